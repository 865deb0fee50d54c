// Who may connect to a port: the descriptor that most filters give their ports (PORT-2).
import { i32, u8, u16 } from '../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { ACCESS_ALLOWED_ACE_TYPE, ACL, ACL_REVISION, RtlCreateSecurityDescriptor,
  RtlSetDaclSecurityDescriptor, SECURITY_DESCRIPTOR, SECURITY_DESCRIPTOR_REVISION, ntSid }
  from '../../ntos/rtl/security-descriptor.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { checkIrql } from '../violation.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PACL, PSECURITY_DESCRIPTOR } from '../../ntos/rtl/security-descriptor.ts';

const l = ACL.bound;
const TAG = poolTag('FMsd');
const trustees = [ntSid(18), ntSid(32, 544)];
const ACE_HEAD = 8;
const ACL_BYTES = trustees.reduce((sum, sid) => sum + ACE_HEAD + sid.length, ACL.size);

function writeAcl(acl: PACL, access: number): void {
  l.set_AclRevision(acl, ACL_REVISION);
  l.set_Sbz1(acl, 0);
  l.set_AclSize(acl, ACL_BYTES);
  l.set_AceCount(acl, trustees.length);
  l.set_Sbz2(acl, 0);
  let at = acl + ACL.size;
  for (const sid of trustees) {
    const size = ACE_HEAD + sid.length;
    u8[at] = ACCESS_ALLOWED_ACE_TYPE;
    u8[at + 1] = 0;
    u16[(at + 2) >> 1] = size;
    i32[(at + 4) >> 2] = access;
    u8.set(sid, at + ACE_HEAD);
    at += size;
  }
}

/**
 * Makes a security descriptor that grants `DesiredAccess` to the system and to administrators, and
 * nothing to anybody else. IRQL <= APC_LEVEL.
 *
 * @param SecurityDescriptor address of the word that gets the descriptor, which is absolute, in
 *   paged pool; FltFreeSecurityDescriptor gives it back.
 * @param DesiredAccess usually FLT_PORT_ALL_ACCESS.
 * @returns STATUS_INSUFFICIENT_RESOURCES.
 * @see PORT-2
 */
export function FltBuildDefaultSecurityDescriptor(
  SecurityDescriptor: OutPtr,
  DesiredAccess: number,
): NTSTATUS {
  checkIrql('FltBuildDefaultSecurityDescriptor', APC_LEVEL);
  i32[SecurityDescriptor >> 2] = 0;
  const at = ExAllocatePoolWithTag(PagedPool, SECURITY_DESCRIPTOR.size + ACL_BYTES, TAG);
  if (at === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const acl = (at + SECURITY_DESCRIPTOR.size) as PACL;
  RtlCreateSecurityDescriptor(at as PSECURITY_DESCRIPTOR, SECURITY_DESCRIPTOR_REVISION);
  writeAcl(acl, DesiredAccess);
  RtlSetDaclSecurityDescriptor(at as PSECURITY_DESCRIPTOR, true, acl, false);
  i32[SecurityDescriptor >> 2] = at;
  return STATUS_SUCCESS;
}

/** Frees what FltBuildDefaultSecurityDescriptor made. IRQL <= APC_LEVEL. */
export function FltFreeSecurityDescriptor(SecurityDescriptor: PSECURITY_DESCRIPTOR): void {
  checkIrql('FltFreeSecurityDescriptor', APC_LEVEL);
  ExFreePoolWithTag(SecurityDescriptor, TAG);
}
