// FltCreateSystemVolumeInformationFolder: the folder in which filters keep what is theirs on a
// volume, made and mended below the instance that asks.
import { i32, u8, u16 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { FILE_ALL_ACCESS, FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM,
  FILE_DIRECTORY_FILE, FILE_OPENED, FILE_OPEN_IF, FILE_SHARE_DELETE, FILE_SHARE_READ,
  FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, READ_CONTROL, SYNCHRONIZE, WRITE_DAC }
  from '../../ntos/io/file-constants.ts';
import { closeOpenedFile } from '../../ntos/io/object/file-object.ts';
import { ACCESS_ALLOWED_ACE_TYPE, ACL, ACL_REVISION, RtlCreateSecurityDescriptor,
  RtlSetDaclSecurityDescriptor, SECURITY_DESCRIPTOR, SECURITY_DESCRIPTOR_REVISION,
  SE_DACL_PRESENT, ntSid } from '../../ntos/rtl/security-descriptor.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLT_FSTYPE_NTFS } from '../constants.ts';
import { checkInstance, checkMayBlock } from '../initiated/initiated-check.ts';
import { createBelow } from '../initiated/initiated-create.ts';
import { FltQuerySecurityObject, FltSetSecurityObject } from '../initiated/initiated-query.ts';
import { FLT_INSTANCE, FLT_VOLUME } from './object.ts';
import { textOf } from '../strings.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PACL, PSECURITY_DESCRIPTOR } from '../../ntos/rtl/security-descriptor.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const { Volume } = FLT_INSTANCE.bound;
const v = FLT_VOLUME.bound;
const l = ACL.bound;
const d = SECURITY_DESCRIPTOR.bound;
const KernelMode = 0;
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const DACL_SECURITY_INFORMATION = 4;
/** OBJECT_INHERIT_ACE and CONTAINER_INHERIT_ACE: for files and folders below, too. */
const INHERITED_BY_ALL = 3;
const ACE_HEAD = 8;
const TAG = poolTag('FMsv');
const ROOM = 4096;
const system = ntSid(18);

/** Writes a descriptor that grants everything to the system, and to it alone, on the stack. */
function systemOnly(): PSECURITY_DESCRIPTOR {
  const descriptor = stackAlloc(SECURITY_DESCRIPTOR.size) as PSECURITY_DESCRIPTOR;
  const size = ACL.size + ACE_HEAD + system.length;
  const acl = stackAlloc(size) as PACL;
  l.set_AclRevision(acl, ACL_REVISION);
  l.set_AclSize(acl, size);
  l.set_AceCount(acl, 1);
  const ace = acl + ACL.size;
  u8[ace] = ACCESS_ALLOWED_ACE_TYPE;
  u8[ace + 1] = INHERITED_BY_ALL;
  u16[(ace + 2) >> 1] = ACE_HEAD + system.length;
  i32[(ace + 4) >> 2] = FILE_ALL_ACCESS;
  u8.set(system, ace + ACE_HEAD);
  RtlCreateSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION);
  RtlSetDaclSecurityDescriptor(descriptor, true, acl, false);
  return descriptor;
}

/** Makes the system's full control heritable; whether a self-relative descriptor was changed. */
function makeHeritable(descriptor: PSECURITY_DESCRIPTOR): boolean {
  const offset = d.Dacl(descriptor);
  if ((d.Control(descriptor) & SE_DACL_PRESENT) === 0 || offset === 0) return false;
  const acl = (descriptor + offset) as PACL;
  let ace = acl + ACL.size;
  for (let left = l.AceCount(acl); left > 0; left--) {
    const full = u8[ace] === ACCESS_ALLOWED_ACE_TYPE &&
      (i32[(ace + 4) >> 2]! & FILE_ALL_ACCESS) === FILE_ALL_ACCESS &&
      system.every((byte, i) => u8[ace + ACE_HEAD + i] === byte);
    if (full && (u8[ace + 1]! & INHERITED_BY_ALL) !== INHERITED_BY_ALL) {
      u8[ace + 1] = u8[ace + 1]! | INHERITED_BY_ALL;
      return true;
    }
    ace += u16[(ace + 2) >> 1]!;
  }
  return false;
}

/** Looks at the security of a folder that was there already, and mends it. */
function mend(instance: PFLT_INSTANCE, file: PFILE_OBJECT): NTSTATUS {
  const buffer = ExAllocatePoolWithTag(PagedPool, ROOM, TAG);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  let status = FltQuerySecurityObject(instance, file, DACL_SECURITY_INFORMATION, buffer, ROOM,
    0 as OutPtr);
  if (NT_SUCCESS(status) && makeHeritable(buffer as PSECURITY_DESCRIPTOR)) {
    status = FltSetSecurityObject(instance, file, DACL_SECURITY_INFORMATION, buffer);
  }
  ExFreePoolWithTag(buffer, TAG);
  return status;
}

/**
 * Sees to it that the volume of an instance has its "System Volume Information" folder: hidden, a
 * system folder, and on NTFS for the system alone. PASSIVE_LEVEL, APCs enabled. In a folder that
 * is there already the system's full control is made heritable.
 *
 * @returns STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DELETING_OBJECT, the file system's status.
 * @see flt/fltcreatesystemvolumeinformationfolder
 */
export function FltCreateSystemVolumeInformationFolder(Instance: PFLT_INSTANCE): NTSTATUS {
  const name = 'FltCreateSystemVolumeInformationFolder';
  checkInstance(name, Instance);
  checkMayBlock(name);
  const isNtfs = v.FileSystemType(Volume(Instance)) === FLT_FSTYPE_NTFS;
  const frame = pushFrame();
  const security = isNtfs ? systemOnly() : 0;
  const result = createBelow(Instance, {
    path: `${textOf(v.at_Name(Volume(Instance)))}\\System Volume Information`,
    desiredAccess: READ_CONTROL | WRITE_DAC | SYNCHRONIZE,
    fileAttributes: FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_DIRECTORY,
    shareAccess: SHARE_ALL, disposition: FILE_OPEN_IF,
    options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, mode: KernelMode, security,
  });
  popFrame(frame);
  if (typeof result === 'number') return result;
  if (!NT_SUCCESS(result.status)) return result.status;
  const status = isNtfs && result.information === FILE_OPENED
    ? mend(Instance, result.file) : STATUS_SUCCESS;
  closeOpenedFile(result.file);
  return status;
}
