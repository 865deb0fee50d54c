// Access control lists: a head and entries, one behind the other, each with its own length.
// Nothing here judges access. Nothing is synchronised.
import { copyBytes, i32 as words, u8, u16 } from '../../mem/memory.ts';
import { STATUS_ALLOTTED_SPACE_EXCEEDED, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_ACL,
  STATUS_INVALID_PARAMETER, STATUS_INVALID_SID, STATUS_REVISION_MISMATCH, STATUS_SUCCESS }
  from '../status-codes.ts';
import { ACCESS_ALLOWED_ACE_TYPE, ACL, ACL_REVISION } from './security-descriptor.ts';
import { checkIrql } from './services.ts';
import { isSid, sidLength } from './sid.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../status.ts';
import type { PACL } from './security-descriptor.ts';
import type { PSID } from './sid.ts';

const i32 = words;
const l = ACL.bound;
const APC_LEVEL = 1;
export const ACL_REVISION_DS = 4;
const LARGEST_ACL = 0xffff;
const ACE_HEAD = 4;
/** Head and mask: the SID begins behind them. */
const SID_AT = 8;
const INHERIT_FLAGS = 0x1f;

/** Where the entries of a list end; 0 when one of them reaches out of the list. */
function endOfEntries(acl: PACL): number {
  const end = acl + l.AclSize(acl);
  let at = acl + ACL.size;
  for (let left = l.AceCount(acl); left > 0; left--) {
    if (at + ACE_HEAD > end) return 0;
    const size = u16[(at + 2) >> 1]!;
    if (size < ACE_HEAD || at + size > end) return 0;
    at += size;
  }
  return at;
}

/** Whether a list is one: revision, size, entries that lie in it. */
export function isAcl(acl: PACL): boolean {
  const revision = l.AclRevision(acl);
  return revision >= ACL_REVISION && revision <= ACL_REVISION_DS &&
    l.AclSize(acl) >= ACL.size && endOfEntries(acl) !== 0;
}

/**
 * Begins a list without entries, which grants nothing to anybody. IRQL <= APC_LEVEL.
 *
 * @param AclLength bytes there. @param AclRevision ACL_REVISION or ACL_REVISION_DS.
 * @returns STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER.
 */
export function RtlCreateAcl(Acl: PACL, AclLength: number, AclRevision: number): NTSTATUS {
  checkIrql('RtlCreateAcl', APC_LEVEL);
  if (AclLength < ACL.size) return STATUS_BUFFER_TOO_SMALL;
  const known = AclRevision >= ACL_REVISION && AclRevision <= ACL_REVISION_DS;
  if (!known || AclLength > LARGEST_ACL) return STATUS_INVALID_PARAMETER;
  l.set_AclRevision(Acl, AclRevision);
  l.set_Sbz1(Acl, 0);
  l.set_AclSize(Acl, AclLength & ~3);
  l.set_AceCount(Acl, 0);
  l.set_Sbz2(Acl, 0);
  return STATUS_SUCCESS;
}

/** The address of an entry; NULL behind the last one. */
function entryAt(acl: PACL, index: number): number {
  if (index >= l.AceCount(acl)) return 0;
  let at = acl + ACL.size;
  for (let left = index; left > 0; left--) at += u16[(at + 2) >> 1]!;
  return at;
}

/**
 * Adds entries that lie behind one another. IRQL <= APC_LEVEL.
 *
 * @param StartingAceIndex where they go; MAXULONG: to the end.
 * @returns STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER.
 */
export function RtlAddAce(
  Acl: PACL, AceRevision: number, StartingAceIndex: number, AceList: number,
  AceListLength: number,
): NTSTATUS {
  checkIrql('RtlAddAce', APC_LEVEL);
  if (!isAcl(Acl) || AceRevision > ACL_REVISION_DS) return STATUS_INVALID_PARAMETER;
  let count = 0;
  let at = AceList;
  while (at + ACE_HEAD <= AceList + AceListLength) {
    const size = u16[(at + 2) >> 1]!;
    if (size < ACE_HEAD) return STATUS_INVALID_PARAMETER;
    at += size;
    count++;
  }
  if (at !== AceList + AceListLength) return STATUS_INVALID_PARAMETER;
  const end = endOfEntries(Acl);
  if (end + AceListLength > Acl + l.AclSize(Acl)) return STATUS_BUFFER_TOO_SMALL;
  const place = entryAt(Acl, StartingAceIndex >>> 0) || end;
  u8.copyWithin(place + AceListLength, place, end);
  copyBytes(place, AceList, AceListLength);
  l.set_AceCount(Acl, l.AceCount(Acl) + count);
  l.set_AclRevision(Acl, Math.max(l.AclRevision(Acl), AceRevision));
  return STATUS_SUCCESS;
}

/**
 * Adds an entry, at the end, that gives somebody rights. IRQL <= APC_LEVEL.
 *
 * @param AceFlags OBJECT_INHERIT_ACE, CONTAINER_INHERIT_ACE...
 * @returns STATUS_ALLOTTED_SPACE_EXCEEDED, STATUS_INVALID_ACL, STATUS_INVALID_SID,
 *   STATUS_REVISION_MISMATCH, STATUS_INVALID_PARAMETER (AceFlags).
 */
export function RtlAddAccessAllowedAceEx(
  Acl: PACL, AceRevision: number, AceFlags: number, AccessMask: number, Sid: PSID,
): NTSTATUS {
  checkIrql('RtlAddAccessAllowedAceEx', APC_LEVEL);
  if (!isSid(Sid)) return STATUS_INVALID_SID;
  if (AceRevision > ACL_REVISION_DS || AceRevision < ACL_REVISION) return STATUS_REVISION_MISMATCH;
  if ((AceFlags & ~INHERIT_FLAGS) !== 0) return STATUS_INVALID_PARAMETER;
  if (!isAcl(Acl)) return STATUS_INVALID_ACL;
  const size = SID_AT + sidLength(Sid);
  const at = endOfEntries(Acl);
  if (at + size > Acl + l.AclSize(Acl)) return STATUS_ALLOTTED_SPACE_EXCEEDED;
  u8[at] = ACCESS_ALLOWED_ACE_TYPE;
  u8[at + 1] = AceFlags;
  u16[(at + 2) >> 1] = size;
  i32[(at + 4) >> 2] = AccessMask;
  copyBytes(at + SID_AT, Sid, sidLength(Sid));
  l.set_AceCount(Acl, l.AceCount(Acl) + 1);
  l.set_AclRevision(Acl, Math.max(l.AclRevision(Acl), AceRevision));
  return STATUS_SUCCESS;
}

/** RtlAddAccessAllowedAceEx without inheritance. IRQL <= APC_LEVEL. */
export function RtlAddAccessAllowedAce(
  Acl: PACL, AceRevision: number, AccessMask: number, Sid: PSID,
): NTSTATUS {
  return RtlAddAccessAllowedAceEx(Acl, AceRevision, 0, AccessMask, Sid);
}

/** The address of an entry. IRQL <= APC_LEVEL. @returns STATUS_INVALID_PARAMETER: none such. */
export function RtlGetAce(Acl: PACL, AceIndex: number, Ace: OutPtr): NTSTATUS {
  checkIrql('RtlGetAce', APC_LEVEL);
  const at = isAcl(Acl) ? entryAt(Acl, AceIndex >>> 0) : 0;
  i32[Ace >> 2] = at;
  return at === 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/** Takes an entry out. IRQL <= APC_LEVEL. @returns STATUS_INVALID_PARAMETER: none such. */
export function RtlDeleteAce(Acl: PACL, AceIndex: number): NTSTATUS {
  checkIrql('RtlDeleteAce', APC_LEVEL);
  const at = isAcl(Acl) ? entryAt(Acl, AceIndex >>> 0) : 0;
  if (at === 0) return STATUS_INVALID_PARAMETER;
  const end = endOfEntries(Acl);
  const size = u16[(at + 2) >> 1]!;
  u8.copyWithin(at, at + size, end);
  u8.fill(0, end - size, end);
  l.set_AceCount(Acl, l.AceCount(Acl) - 1);
  return STATUS_SUCCESS;
}
