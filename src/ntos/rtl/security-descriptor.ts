// SECURITY_DESCRIPTOR, ACL and SID as a driver builds and the machine reads them. A descriptor is
// absolute (its members are pointers) or self-relative (offsets from its start). Only allowing and
// denying entries of a DACL are read; SACLs are carried by whoever stores descriptors (ramfs).
import { POINTER, UCHAR, ULONG, USHORT, array } from '../../mem/field.ts';
import { i32, u8, u16 } from '../../mem/memory.ts';
import { struct } from '../../mem/struct.ts';
import { STATUS_INVALID_SECURITY_DESCR, STATUS_SUCCESS, STATUS_UNKNOWN_REVISION }
  from '../status-codes.ts';
import { sidText } from './sid.ts';
import type { NTSTATUS } from '../status.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** The absolute form; in the self-relative one the pointers are offsets. */
export const SECURITY_DESCRIPTOR = struct('SECURITY_DESCRIPTOR', {
  Revision: UCHAR,
  Sbz1: UCHAR,
  Control: USHORT,
  Owner: POINTER,
  Group: POINTER,
  Sacl: POINTER,
  Dacl: POINTER,
});
export type PSECURITY_DESCRIPTOR = Ptr<'SECURITY_DESCRIPTOR'>;

export const ACL = struct('ACL', {
  AclRevision: UCHAR,
  Sbz1: UCHAR,
  AclSize: USHORT,
  AceCount: USHORT,
  Sbz2: USHORT,
});
export type PACL = Ptr<'ACL'>;

/** ACCESS_ALLOWED_ACE and ACCESS_DENIED_ACE; the SID begins at SidStart. */
export const ACCESS_ALLOWED_ACE = struct('ACCESS_ALLOWED_ACE', {
  AceType: UCHAR,
  AceFlags: UCHAR,
  AceSize: USHORT,
  Mask: ULONG,
  SidStart: ULONG,
});

export const SID = struct('SID', {
  Revision: UCHAR,
  SubAuthorityCount: UCHAR,
  IdentifierAuthority: array(UCHAR, 6),
  SubAuthority: array(ULONG, 1),
});

export const SECURITY_DESCRIPTOR_REVISION = 1;
export const ACL_REVISION = 2;
export const SE_DACL_PRESENT = 0x0004;
export const SE_DACL_DEFAULTED = 0x0008;
export const SE_SELF_RELATIVE = 0x8000;
export const ACCESS_ALLOWED_ACE_TYPE = 0;
export const ACCESS_DENIED_ACE_TYPE = 1;
export const SYSTEM_AUDIT_ACE_TYPE = 2;
// AceFlags: to whom below the object an entry goes.
export const OBJECT_INHERIT_ACE = 0x01;
export const CONTAINER_INHERIT_ACE = 0x02;
export const NO_PROPAGATE_INHERIT_ACE = 0x04;
/** The entry is only for what is made below the object. */
export const INHERIT_ONLY_ACE = 0x08;
export const INHERITED_ACE = 0x10;
const NT_AUTHORITY = 5;

const d = SECURITY_DESCRIPTOR.bound;

/**
 * Makes an absolute security descriptor with nothing in it. IRQL <= APC_LEVEL.
 * @returns STATUS_UNKNOWN_REVISION for another revision than SECURITY_DESCRIPTOR_REVISION.
 */
export function RtlCreateSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR,
  Revision: number,
): NTSTATUS {
  if (Revision !== SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
  u8.fill(0, SecurityDescriptor, SecurityDescriptor + SECURITY_DESCRIPTOR.size);
  d.set_Revision(SecurityDescriptor, Revision);
  return STATUS_SUCCESS;
}

/**
 * Sets the DACL of an absolute security descriptor; a present DACL that is NULL allows everything
 * to everybody, which is how drivers open their ports to all users. IRQL <= APC_LEVEL.
 * @returns STATUS_UNKNOWN_REVISION, STATUS_INVALID_SECURITY_DESCR for a self-relative descriptor.
 */
export function RtlSetDaclSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR,
  DaclPresent: boolean,
  Dacl: number,
  DaclDefaulted: boolean,
): NTSTATUS {
  if (d.Revision(SecurityDescriptor) !== SECURITY_DESCRIPTOR_REVISION) {
    return STATUS_UNKNOWN_REVISION;
  }
  const control = d.Control(SecurityDescriptor);
  if ((control & SE_SELF_RELATIVE) !== 0) return STATUS_INVALID_SECURITY_DESCR;
  const present = DaclPresent ? SE_DACL_PRESENT : 0;
  const defaulted = DaclPresent && DaclDefaulted ? SE_DACL_DEFAULTED : 0;
  d.set_Control(SecurityDescriptor,
    (control & ~(SE_DACL_PRESENT | SE_DACL_DEFAULTED)) | present | defaulted);
  d.set_Dacl(SecurityDescriptor, DaclPresent ? Dacl : 0);
  return STATUS_SUCCESS;
}

/** The bytes of a SID of the NT authority, for example (32, 544) for the administrators. */
export function ntSid(...subAuthorities: readonly number[]): readonly number[] {
  const little = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
  return [1, subAuthorities.length, 0, 0, 0, 0, 0, NT_AUTHORITY, ...subAuthorities.flatMap(little)];
}

/** One entry of a DACL that counts: whom it names (S-1-5-18), what it says, which rights. */
export interface AccessEntry {
  readonly allows: boolean;
  readonly mask: number;
  readonly sid: string;
}

/**
 * The entries of a descriptor's DACL in their order; undefined when it has none that is present
 * and not NULL, which allows everything to everybody.
 */
export function readDacl(descriptor: PSECURITY_DESCRIPTOR): readonly AccessEntry[] | undefined {
  const control = d.Control(descriptor);
  const word = d.Dacl(descriptor);
  if ((control & SE_DACL_PRESENT) === 0 || word === 0) return undefined;
  const acl = (control & SE_SELF_RELATIVE) !== 0 ? descriptor + word : word;
  const entries: AccessEntry[] = [];
  let at = acl + ACL.size;
  for (let left = u16[(acl + 4) >> 1]!; left > 0; left--) {
    const type = u8[at]!;
    const known = type === ACCESS_ALLOWED_ACE_TYPE || type === ACCESS_DENIED_ACE_TYPE;
    if (known && (u8[at + 1]! & INHERIT_ONLY_ACE) === 0) {
      entries.push({
        allows: type === ACCESS_ALLOWED_ACE_TYPE,
        mask: i32[(at + 4) >> 2]!,
        sid: sidText(at + 8),
      });
    }
    at += u16[(at + 2) >> 1]!;
  }
  return entries;
}
