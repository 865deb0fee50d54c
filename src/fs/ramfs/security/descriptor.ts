// Security descriptors: taken apart, filtered by SECURITY_INFORMATION, put together self-relative.
// Nothing here judges access; descriptors are stored and returned (there are no tokens).
//
//   +0 revision  +2 control  +4 owner  +8 group  +12 SACL  +16 DACL     offsets, or in absolute
//   form pointers, which in this machine are as wide
import { copyBytes, i32, u16, u8 } from '../../../mem/memory.ts';
import { DACL_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION, LABEL_SECURITY_INFORMATION,
  OWNER_SECURITY_INFORMATION, SACL_SECURITY_INFORMATION } from '../../../ntos/io/file-constants.ts';

export const SE_DACL_PRESENT = 0x0004;
export const SE_SACL_PRESENT = 0x0010;
export const SE_SELF_RELATIVE = 0x8000;
const SE_DACL_CONTROL = 0x1404 | 0x0108;
const SE_SACL_CONTROL = 0x2810 | 0x0220;
const SE_OWNER_DEFAULTED = 0x0001;
const SE_GROUP_DEFAULTED = 0x0002;
const HEAD = 20;
const ACL_HEAD = 8;
const REVISION = 1;

/** Newer bits of SECURITY_INFORMATION: parts of the SACL, and everything at once. */
export const ATTRIBUTE_SECURITY_INFORMATION = 0x20;
export const SCOPE_SECURITY_INFORMATION = 0x40;
export const PROCESS_TRUST_LABEL_SECURITY_INFORMATION = 0x80;
export const ACCESS_FILTER_SECURITY_INFORMATION = 0x100;
export const BACKUP_SECURITY_INFORMATION = 0x10000;
const SACL_PARTS = SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION |
  ATTRIBUTE_SECURITY_INFORMATION | SCOPE_SECURITY_INFORMATION |
  PROCESS_TRUST_LABEL_SECURITY_INFORMATION | ACCESS_FILTER_SECURITY_INFORMATION;
const EVERYTHING = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
  DACL_SECURITY_INFORMATION | SACL_PARTS;

/** Which SACL part an entry of that type belongs to; all others are audit entries. */
const partOfAce: Readonly<Record<number, number>> = {
  0x11: LABEL_SECURITY_INFORMATION,
  0x12: ATTRIBUTE_SECURITY_INFORMATION,
  0x13: SCOPE_SECURITY_INFORMATION,
  0x14: PROCESS_TRUST_LABEL_SECURITY_INFORMATION,
  0x15: ACCESS_FILTER_SECURITY_INFORMATION,
};

/** A descriptor taken apart: where its parts lie, 0 where there is none. */
export interface Parts {
  readonly control: number;
  readonly owner: number;
  readonly group: number;
  readonly dacl: number;
  /** Entries of the SACL, one address each. */
  readonly audit: readonly number[];
  readonly hasSacl: boolean;
}

function entriesOf(acl: number): number[] {
  const entries: number[] = [];
  if (acl === 0) return entries;
  let at = acl + ACL_HEAD;
  for (let left = u16[(acl + 4) >> 1]!; left > 0; left--) {
    entries.push(at);
    at += u16[(at + 2) >> 1]!;
  }
  return entries;
}

/** Takes a descriptor apart, whichever form it has. */
export function parseDescriptor(descriptor: number): Parts {
  const control = u16[(descriptor + 2) >> 1]!;
  const base = control & SE_SELF_RELATIVE ? descriptor : 0;
  const part = (offset: number): number => {
    const value = i32[(descriptor + offset) >> 2]!;
    return value === 0 ? 0 : base + value;
  };
  const sacl = control & SE_SACL_PRESENT ? part(12) : 0;
  return {
    control: control & ~SE_SELF_RELATIVE,
    owner: part(4),
    group: part(8),
    dacl: control & SE_DACL_PRESENT ? part(16) : 0,
    audit: entriesOf(sacl),
    hasSacl: sacl !== 0,
  };
}

function partsOfSacl(information: number): number {
  return information & BACKUP_SECURITY_INFORMATION ? SACL_PARTS : information & SACL_PARTS;
}

function inParts(information: number, entry: number): boolean {
  return (partsOfSacl(information) & (partOfAce[u8[entry]!] ?? SACL_SECURITY_INFORMATION)) !== 0;
}

/** Only what was asked for. */
export function selectParts(parts: Parts, information: number): Parts {
  const asked = information & BACKUP_SECURITY_INFORMATION ? information | EVERYTHING : information;
  let control = 0;
  if (asked & OWNER_SECURITY_INFORMATION) control |= SE_OWNER_DEFAULTED;
  if (asked & GROUP_SECURITY_INFORMATION) control |= SE_GROUP_DEFAULTED;
  if (asked & DACL_SECURITY_INFORMATION) control |= SE_DACL_CONTROL;
  const audit = parts.audit.filter((entry) => inParts(asked, entry));
  const hasSacl = audit.length > 0 || (parts.hasSacl && (asked & SACL_SECURITY_INFORMATION) !== 0);
  if (hasSacl) control |= SE_SACL_CONTROL;
  return {
    control: parts.control & control,
    owner: asked & OWNER_SECURITY_INFORMATION ? parts.owner : 0,
    group: asked & GROUP_SECURITY_INFORMATION ? parts.group : 0,
    dacl: asked & DACL_SECURITY_INFORMATION ? parts.dacl : 0,
    audit,
    hasSacl,
  };
}

/** What results when the parts that `information` names are replaced by those of `from`. */
export function replaceParts(old: Parts, from: Parts, information: number): Parts {
  const all = information & BACKUP_SECURITY_INFORMATION ? information | EVERYTHING : information;
  const sacl = partsOfSacl(all) !== 0;
  let mask = 0;
  if (all & DACL_SECURITY_INFORMATION) mask |= SE_DACL_CONTROL;
  if (sacl) mask |= SE_SACL_CONTROL;
  const kept = old.audit.filter((entry) => !inParts(all, entry));
  const given = from.audit.filter((entry) => inParts(all, entry));
  return {
    control: (old.control & ~mask) | (from.control & mask),
    owner: all & OWNER_SECURITY_INFORMATION && from.owner !== 0 ? from.owner : old.owner,
    group: all & GROUP_SECURITY_INFORMATION && from.group !== 0 ? from.group : old.group,
    dacl: all & DACL_SECURITY_INFORMATION ? from.dacl : old.dacl,
    audit: [...kept, ...given],
    hasSacl: sacl ? from.hasSacl || kept.length > 0 : old.hasSacl,
  };
}

function sidLength(sid: number): number {
  return sid === 0 ? 0 : 8 + 4 * u8[sid + 1]!;
}

function aclLength(acl: number): number {
  return acl === 0 ? 0 : u16[(acl + 2) >> 1]!;
}

function saclLength(parts: Parts): number {
  if (!parts.hasSacl) return 0;
  return parts.audit.reduce((sum, entry) => sum + u16[(entry + 2) >> 1]!, ACL_HEAD);
}

/** The length in bytes of the descriptor in self-relative form. */
export function lengthOfParts(parts: Parts): number {
  return HEAD + saclLength(parts) + aclLength(parts.dacl) + sidLength(parts.owner) +
    sidLength(parts.group);
}

/** Writes the descriptor in self-relative form; `to` has lengthOfParts bytes, 4-byte aligned. */
export function writeParts(to: number, parts: Parts): void {
  let next = HEAD;
  const put = (field: number, from: number, length: number): void => {
    i32[(to + field) >> 2] = length === 0 ? 0 : next;
    copyBytes(to + next, from, length);
    next += length;
  };
  u8[to] = REVISION;
  u8[to + 1] = 0;
  i32[(to + 12) >> 2] = 0;
  const sacl = saclLength(parts);
  if (sacl !== 0) {
    writeSacl(to + next, sacl, parts.audit);
    i32[(to + 12) >> 2] = next;
    next += sacl;
  }
  put(16, parts.dacl, aclLength(parts.dacl));
  put(4, parts.owner, sidLength(parts.owner));
  put(8, parts.group, sidLength(parts.group));
  const present = sacl === 0 ? 0 : SE_SACL_PRESENT;
  u16[(to + 2) >> 1] = (parts.control & ~SE_SACL_PRESENT) | present | SE_SELF_RELATIVE;
}

function writeSacl(to: number, length: number, entries: readonly number[]): void {
  const ACL_REVISION = 2;
  u8[to] = ACL_REVISION;
  u8[to + 1] = 0;
  u16[(to + 2) >> 1] = length;
  i32[(to + 4) >> 2] = entries.length;
  let at = to + ACL_HEAD;
  for (const entry of entries) {
    const size = u16[(entry + 2) >> 1]!;
    copyBytes(at, entry, size);
    at += size;
  }
}

function isValidSid(sid: number): boolean {
  return sid === 0 || (u8[sid] === 1 && u8[sid + 1]! <= 15);
}

function isValidAcl(acl: number): boolean {
  return acl === 0 || (u8[acl]! >= 1 && aclLength(acl) >= ACL_HEAD);
}

/** Whether a descriptor has the form of one: its revision, and SIDs of at most 15 authorities. */
export function isValidDescriptor(descriptor: number): boolean {
  if (descriptor === 0 || u8[descriptor] !== REVISION) return false;
  const parts = parseDescriptor(descriptor);
  return isValidSid(parts.owner) && isValidSid(parts.group) && isValidAcl(parts.dacl);
}
