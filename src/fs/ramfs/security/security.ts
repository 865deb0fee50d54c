// IRP_MJ_QUERY_SECURITY and IRP_MJ_SET_SECURITY. NTFS answers a buffer that is too small with
// STATUS_BUFFER_OVERFLOW and the needed length; the system service makes STATUS_BUFFER_TOO_SMALL
// of it. Rights: reading needs READ_CONTROL (of the SACL's audit entries nobody is asked: there are
// no privileges), writing WRITE_DAC or WRITE_OWNER.
import { requestBuffer } from '../../../ntos/io/irp/mdl.ts';
import { IO_STACK_LOCATION, IRP } from '../../../ntos/io/types.ts';
import { DACL_SECURITY_INFORMATION, FILE_NOTIFY_CHANGE_SECURITY, GROUP_SECURITY_INFORMATION,
  LABEL_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION, READ_CONTROL, SACL_SECURITY_INFORMATION,
  WRITE_DAC, WRITE_OWNER }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER, STATUS_INVALID_SECURITY_DESCR, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { RAMFS_FCB } from '../types.ts';
import { TAG_SECURITY, givePool, takePaged } from '../pool.ts';
import { lockNamespace, shareNamespace, unlockNamespace } from '../locks.ts';
import { touchChange } from '../info/times.ts';
import { USN_REASON_SECURITY_CHANGE, noteChange } from '../journal/journal.ts';
import { reportModified } from '../notify.ts';
import { mayUse } from '../tree/ccb.ts';
import { descriptorOf, keepSecurity, referenceSecurity, releaseSecurity } from './shared.ts';
import { isValidDescriptor, lengthOfParts, parseDescriptor, replaceParts, selectParts, writeParts }
  from './descriptor.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { Parts } from './descriptor.ts';
import type { PCCB, PFCB, PSECURITY, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const { set_IoStatus_Information } = IRP.bound;
const { Security, set_Security } = RAMFS_FCB.bound;
const READ_PARTS = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
  DACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION;
const OWNER_PARTS = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
  LABEL_SECURITY_INFORMATION;

/** IRP_MJ_QUERY_SECURITY. */
export function querySecurity(
  vcb: PVCB, fcb: PFCB, ccb: PCCB, irp: PIRP, location: PIO_STACK_LOCATION,
): NTSTATUS {
  const information = s.Parameters_QuerySecurity_SecurityInformation(location);
  if (information & READ_PARTS && !mayUse(irp, ccb, READ_CONTROL)) return STATUS_ACCESS_DENIED;
  shareNamespace(vcb);
  const parts = selectParts(parseDescriptor(descriptorOf(Security(fcb))), information);
  const needed = lengthOfParts(parts);
  const fits = needed <= s.Parameters_QuerySecurity_Length(location);
  if (fits) writeParts(requestBuffer(irp), parts);
  unlockNamespace(vcb);
  set_IoStatus_Information(irp, needed);
  return fits ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

/** Keeps a descriptor given by its parts; NULL when there is no memory. */
function keepParts(parts: Parts): PSECURITY {
  const length = lengthOfParts(parts);
  const scratch = takePaged(length, TAG_SECURITY);
  if (scratch === 0) return 0 as PSECURITY;
  writeParts(scratch, parts);
  const kept = keepSecurity(scratch, length);
  givePool(scratch, TAG_SECURITY);
  return kept;
}

/** A new file's descriptor: what its creator gives, over its directory's. NULL: no memory. */
export function securityOfNew(parent: PFCB, given: number): PSECURITY {
  const inherited = Security(parent);
  if (given === 0) {
    referenceSecurity(inherited);
    return inherited;
  }
  const parts = parseDescriptor(given);
  let information = 0;
  if (parts.owner !== 0) information |= OWNER_SECURITY_INFORMATION;
  if (parts.group !== 0) information |= GROUP_SECURITY_INFORMATION;
  if (parts.dacl !== 0) information |= DACL_SECURITY_INFORMATION;
  if (parts.audit.length > 0) information |= LABEL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;
  return keepParts(replaceParts(parseDescriptor(descriptorOf(inherited)), parts, information));
}

/** IRP_MJ_SET_SECURITY. */
export function setSecurity(
  vcb: PVCB, fcb: PFCB, ccb: PCCB, irp: PIRP, location: PIO_STACK_LOCATION,
): NTSTATUS {
  const information = s.Parameters_SetSecurity_SecurityInformation(location);
  const given = s.Parameters_SetSecurity_SecurityDescriptor(location);
  const rights = (information & DACL_SECURITY_INFORMATION ? WRITE_DAC : 0) |
    (information & OWNER_PARTS ? WRITE_OWNER : 0);
  if (!mayUse(irp, ccb, rights)) return STATUS_ACCESS_DENIED;
  if (information === 0) return STATUS_INVALID_PARAMETER;
  if (!isValidDescriptor(given)) return STATUS_INVALID_SECURITY_DESCR;
  lockNamespace(vcb);
  const old = parseDescriptor(descriptorOf(Security(fcb)));
  const security = keepParts(replaceParts(old, parseDescriptor(given), information));
  if (security !== 0) {
    releaseSecurity(Security(fcb));
    set_Security(fcb, security);
  }
  unlockNamespace(vcb);
  if (security === 0) return STATUS_INSUFFICIENT_RESOURCES;
  touchChange(fcb);
  noteChange(fcb, USN_REASON_SECURITY_CHANGE);
  reportModified(vcb, fcb, ccb, FILE_NOTIFY_CHANGE_SECURITY);
  return STATUS_SUCCESS;
}
