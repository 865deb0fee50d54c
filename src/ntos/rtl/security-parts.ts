// The parts of a security descriptor, of either form: got, set, measured, checked, and put together
// into one block. See security-descriptor.ts.
import { copyBytes, i32 as words, u8 } from '../../mem/memory.ts';
import { STATUS_BAD_DESCRIPTOR_FORMAT, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_SECURITY_DESCR,
  STATUS_SUCCESS, STATUS_UNKNOWN_REVISION } from '../status-codes.ts';
import { ACL, SECURITY_DESCRIPTOR, SECURITY_DESCRIPTOR_REVISION, SE_DACL_DEFAULTED,
  SE_DACL_PRESENT, SE_SELF_RELATIVE } from './security-descriptor.ts';
import { isAcl } from './acl.ts';
import { checkIrql } from './services.ts';
import { isSid, sidLength } from './sid.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../status.ts';
import type { PACL, PSECURITY_DESCRIPTOR } from './security-descriptor.ts';
import type { PSID } from './sid.ts';

const i32 = words;
const d = SECURITY_DESCRIPTOR.bound;
const PASSIVE_LEVEL = 0;
const APC_LEVEL = 1;
export const SE_OWNER_DEFAULTED = 0x0001;
export const SE_GROUP_DEFAULTED = 0x0002;
export const SE_SACL_PRESENT = 0x0010;
export const SE_SACL_DEFAULTED = 0x0020;
const HEAD = SECURITY_DESCRIPTOR.size;
const PARTS = ['Owner', 'Group', 'Sacl', 'Dacl'] as const;
type Part = (typeof PARTS)[number];

/** Where a part lies, whichever form the descriptor has; NULL when there is none. */
function partOf(sd: PSECURITY_DESCRIPTOR, part: Part): number {
  const control = d.Control(sd);
  if (part === 'Dacl' && (control & SE_DACL_PRESENT) === 0) return 0;
  if (part === 'Sacl' && (control & SE_SACL_PRESENT) === 0) return 0;
  const word = d[part](sd);
  return word !== 0 && (control & SE_SELF_RELATIVE) !== 0 ? sd + word : word;
}

function isList(part: Part): boolean {
  return part === 'Sacl' || part === 'Dacl';
}

/** The bytes of a part, rounded to words; 0 for one that is not there. */
function bytesOf(sd: PSECURITY_DESCRIPTOR, part: Part): number {
  const at = partOf(sd, part);
  if (at === 0) return 0;
  const bytes = isList(part) ? ACL.bound.AclSize(at as PACL) : sidLength(at);
  return (bytes + 3) & ~3;
}

function wholeLength(sd: PSECURITY_DESCRIPTOR): number {
  return PARTS.reduce((sum, part) => sum + bytesOf(sd, part), HEAD);
}

/** The bytes of a descriptor and all its parts. PASSIVE_LEVEL. The descriptor must be valid. */
export function RtlLengthSecurityDescriptor(SecurityDescriptor: PSECURITY_DESCRIPTOR): number {
  checkIrql('RtlLengthSecurityDescriptor', PASSIVE_LEVEL);
  return wholeLength(SecurityDescriptor);
}

/** Whether a descriptor's revision, SIDs and lists are possible. */
export function isSecurityDescriptor(sd: PSECURITY_DESCRIPTOR): boolean {
  if (sd === 0 || d.Revision(sd) !== SECURITY_DESCRIPTOR_REVISION) return false;
  return PARTS.every((part) => {
    const at = partOf(sd, part);
    return at === 0 || ((at & 3) === 0 && (isList(part) ? isAcl(at as PACL) : isSid(at)));
  });
}

/** Whether a descriptor is one: its revision, SIDs and lists are possible. PASSIVE_LEVEL. */
export function RtlValidSecurityDescriptor(SecurityDescriptor: PSECURITY_DESCRIPTOR): boolean {
  checkIrql('RtlValidSecurityDescriptor', PASSIVE_LEVEL);
  return isSecurityDescriptor(SecurityDescriptor);
}

function getList(
  sd: PSECURITY_DESCRIPTOR, present: 'Dacl' | 'Sacl', bits: readonly [number, number],
  presentOut: number, listOut: number, defaultedOut: number,
): NTSTATUS {
  if (d.Revision(sd) !== SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
  const control = d.Control(sd);
  const has = (control & bits[0]) !== 0;
  u8[presentOut] = has ? 1 : 0;
  if (!has) return STATUS_SUCCESS;
  i32[listOut >> 2] = partOf(sd, present);
  u8[defaultedOut] = control & bits[1] ? 1 : 0;
  return STATUS_SUCCESS;
}

/**
 * Gets the DACL. IRQL <= APC_LEVEL.
 *
 * @param DaclPresent,DaclDefaulted addresses of BOOLEANs (bytes); when none is present, only the
 *   first is written. @param Dacl gets the address, which may be NULL: everything is allowed.
 * @returns STATUS_UNKNOWN_REVISION.
 */
export function RtlGetDaclSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR, DaclPresent: OutPtr, Dacl: OutPtr,
  DaclDefaulted: OutPtr,
): NTSTATUS {
  checkIrql('RtlGetDaclSecurityDescriptor', APC_LEVEL);
  return getList(SecurityDescriptor, 'Dacl', [SE_DACL_PRESENT, SE_DACL_DEFAULTED], DaclPresent,
    Dacl, DaclDefaulted);
}

/** Gets the SACL, as RtlGetDaclSecurityDescriptor. IRQL <= APC_LEVEL. */
export function RtlGetSaclSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR, SaclPresent: OutPtr, Sacl: OutPtr,
  SaclDefaulted: OutPtr,
): NTSTATUS {
  checkIrql('RtlGetSaclSecurityDescriptor', APC_LEVEL);
  return getList(SecurityDescriptor, 'Sacl', [SE_SACL_PRESENT, SE_SACL_DEFAULTED], SaclPresent,
    Sacl, SaclDefaulted);
}

function getSid(
  sd: PSECURITY_DESCRIPTOR, part: 'Owner' | 'Group', bit: number, sidOut: number,
  defaultedOut: number,
): NTSTATUS {
  if (d.Revision(sd) !== SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
  i32[sidOut >> 2] = partOf(sd, part);
  u8[defaultedOut] = d.Control(sd) & bit ? 1 : 0;
  return STATUS_SUCCESS;
}

/** Gets the owner: NULL when there is none. PASSIVE_LEVEL. STATUS_UNKNOWN_REVISION. */
export function RtlGetOwnerSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR, Owner: OutPtr, OwnerDefaulted: OutPtr,
): NTSTATUS {
  checkIrql('RtlGetOwnerSecurityDescriptor', PASSIVE_LEVEL);
  return getSid(SecurityDescriptor, 'Owner', SE_OWNER_DEFAULTED, Owner, OwnerDefaulted);
}

/** Gets the primary group: NULL when there is none. IRQL <= APC_LEVEL. */
export function RtlGetGroupSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR, Group: OutPtr, GroupDefaulted: OutPtr,
): NTSTATUS {
  checkIrql('RtlGetGroupSecurityDescriptor', APC_LEVEL);
  return getSid(SecurityDescriptor, 'Group', SE_GROUP_DEFAULTED, Group, GroupDefaulted);
}

/** The control of an absolute descriptor that may be changed; a status (negative) otherwise. */
function changeable(sd: PSECURITY_DESCRIPTOR): number {
  if (d.Revision(sd) !== SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
  const control = d.Control(sd);
  return (control & SE_SELF_RELATIVE) !== 0 ? STATUS_INVALID_SECURITY_DESCR : control;
}

/**
 * Sets the owner of an absolute descriptor, which points to the SID. IRQL <= APC_LEVEL.
 * @returns STATUS_UNKNOWN_REVISION, STATUS_INVALID_SECURITY_DESCR for a self-relative one.
 */
export function RtlSetOwnerSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR, Owner: PSID, OwnerDefaulted: boolean,
): NTSTATUS {
  checkIrql('RtlSetOwnerSecurityDescriptor', APC_LEVEL);
  const control = changeable(SecurityDescriptor);
  if (control < 0) return control as NTSTATUS;
  d.set_Owner(SecurityDescriptor, Owner);
  d.set_Control(SecurityDescriptor,
    (control & ~SE_OWNER_DEFAULTED) | (OwnerDefaulted ? SE_OWNER_DEFAULTED : 0));
  return STATUS_SUCCESS;
}

/** Sets the primary group, as RtlSetOwnerSecurityDescriptor. IRQL <= APC_LEVEL. */
export function RtlSetGroupSecurityDescriptor(
  SecurityDescriptor: PSECURITY_DESCRIPTOR, Group: PSID, GroupDefaulted: boolean,
): NTSTATUS {
  checkIrql('RtlSetGroupSecurityDescriptor', APC_LEVEL);
  const control = changeable(SecurityDescriptor);
  if (control < 0) return control as NTSTATUS;
  d.set_Group(SecurityDescriptor, Group);
  d.set_Control(SecurityDescriptor,
    (control & ~SE_GROUP_DEFAULTED) | (GroupDefaulted ? SE_GROUP_DEFAULTED : 0));
  return STATUS_SUCCESS;
}

/**
 * Puts an absolute descriptor and its parts into one block. IRQL <= APC_LEVEL.
 *
 * @param BufferLength address of the block's size; gets what is needed when that is too small.
 * @returns STATUS_BAD_DESCRIPTOR_FORMAT for a self-relative one, STATUS_BUFFER_TOO_SMALL.
 */
export function RtlAbsoluteToSelfRelativeSD(
  AbsoluteSecurityDescriptor: PSECURITY_DESCRIPTOR,
  SelfRelativeSecurityDescriptor: PSECURITY_DESCRIPTOR, BufferLength: OutPtr,
): NTSTATUS {
  checkIrql('RtlAbsoluteToSelfRelativeSD', APC_LEVEL);
  const from = AbsoluteSecurityDescriptor;
  const to = SelfRelativeSecurityDescriptor;
  const control = d.Control(from);
  if ((control & SE_SELF_RELATIVE) !== 0) return STATUS_BAD_DESCRIPTOR_FORMAT;
  const needed = wholeLength(from);
  const room = i32[BufferLength >> 2]! >>> 0;
  if (room < needed) {
    i32[BufferLength >> 2] = needed;
    return STATUS_BUFFER_TOO_SMALL;
  }
  u8.fill(0, to, to + needed);
  d.set_Revision(to, d.Revision(from));
  d.set_Control(to, control | SE_SELF_RELATIVE);
  let at = HEAD;
  for (const part of PARTS) {
    const bytes = bytesOf(from, part);
    if (bytes === 0) continue;
    copyBytes(to + at, partOf(from, part), bytes);
    d[`set_${part}`](to, at);
    at += bytes;
  }
  return STATUS_SUCCESS;
}
