// SIDs: who somebody is, as text and as bytes: revision, count, six bytes of authority (the highest
// first), and up to fifteen sub-authorities. Nothing here is synchronised.
import { copyBytes, i32, u8, u16 } from '../../mem/memory.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER,
  STATUS_INVALID_SID, STATUS_NO_MEMORY, STATUS_SUCCESS } from '../status-codes.ts';
import { allocateString, checkIrql } from './services.ts';
import { UNICODE_STRING } from './types.ts';
import { setUnicode, writeUtf16 } from './unicode-string.ts';
import type { Ptr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../status.ts';
import type { PUNICODE_STRING } from './types.ts';

export type PSID = Ptr<'SID'>;

const APC_LEVEL = 1;
const { MaximumLength, Buffer, set_Length } = UNICODE_STRING.bound;
export const SID_REVISION = 1;
export const SID_MAX_SUB_AUTHORITIES = 15;
const HEAD = 8;
const AUTHORITY_AT = 2;
const AUTHORITY_BYTES = 6;

// The authorities of well-known SIDs: six bytes, one character each.
export const SECURITY_NULL_SID_AUTHORITY = '\0\0\0\0\0\x00';
export const SECURITY_WORLD_SID_AUTHORITY = '\0\0\0\0\0\x01';
export const SECURITY_LOCAL_SID_AUTHORITY = '\0\0\0\0\0\x02';
export const SECURITY_CREATOR_SID_AUTHORITY = '\0\0\0\0\0\x03';
export const SECURITY_NT_AUTHORITY = '\0\0\0\0\0\x05';
export const SECURITY_MANDATORY_LABEL_AUTHORITY = '\0\0\0\0\0\x10';
// Sub-authorities of well-known SIDs.
export const SECURITY_WORLD_RID = 0;
export const SECURITY_AUTHENTICATED_USER_RID = 11;
export const SECURITY_LOCAL_SYSTEM_RID = 18;
export const SECURITY_LOCAL_SERVICE_RID = 19;
export const SECURITY_NETWORK_SERVICE_RID = 20;
export const SECURITY_BUILTIN_DOMAIN_RID = 32;
export const DOMAIN_ALIAS_RID_ADMINS = 544;
export const DOMAIN_ALIAS_RID_USERS = 545;

/** The bytes of a SID, by what its own count says. */
export function sidLength(sid: number): number {
  return HEAD + 4 * u8[sid + 1]!;
}

/** Whether the head of a SID is one. */
export function isSid(sid: number): boolean {
  return sid !== 0 && u8[sid] === SID_REVISION && u8[sid + 1]! <= SID_MAX_SUB_AUTHORITIES;
}

/** The bytes that a SID with so many sub-authorities takes. IRQL <= APC_LEVEL. */
export function RtlLengthRequiredSid(SubAuthorityCount: number): number {
  checkIrql('RtlLengthRequiredSid', APC_LEVEL);
  return HEAD + 4 * SubAuthorityCount;
}

/** The bytes of a SID. IRQL <= APC_LEVEL. The SID must be valid. */
export function RtlLengthSid(Sid: PSID): number {
  checkIrql('RtlLengthSid', APC_LEVEL);
  return sidLength(Sid);
}

/** Whether a SID's revision and count are possible. IRQL <= APC_LEVEL. */
export function RtlValidSid(Sid: PSID): boolean {
  checkIrql('RtlValidSid', APC_LEVEL);
  return isSid(Sid);
}

/**
 * Begins a SID; its sub-authorities are written through RtlSubAuthoritySid. IRQL <= APC_LEVEL.
 *
 * @param IdentifierAuthority SECURITY_NT_AUTHORITY or another constant, or address of six bytes.
 * @returns STATUS_INVALID_PARAMETER for more than fifteen sub-authorities.
 */
export function RtlInitializeSid(
  Sid: PSID, IdentifierAuthority: number | string, SubAuthorityCount: number,
): NTSTATUS {
  checkIrql('RtlInitializeSid', APC_LEVEL);
  if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES) return STATUS_INVALID_PARAMETER;
  u8[Sid] = SID_REVISION;
  u8[Sid + 1] = SubAuthorityCount;
  if (typeof IdentifierAuthority === 'number') {
    copyBytes(Sid + AUTHORITY_AT, IdentifierAuthority, AUTHORITY_BYTES);
  } else {
    for (let i = 0; i < AUTHORITY_BYTES; i++) {
      u8[Sid + AUTHORITY_AT + i] = IdentifierAuthority.charCodeAt(i);
    }
  }
  return STATUS_SUCCESS;
}

/**
 * Makes a whole SID. IRQL <= APC_LEVEL.
 *
 * @param IdentifierAuthority as RtlInitializeSid. @param SubAuthorities one each.
 * @returns STATUS_INVALID_PARAMETER as RtlInitializeSid.
 */
export function RtlInitializeSidEx(
  Sid: PSID, IdentifierAuthority: number | string, SubAuthorityCount: number,
  ...SubAuthorities: readonly number[]
): NTSTATUS {
  const status = RtlInitializeSid(Sid, IdentifierAuthority, SubAuthorityCount);
  if (status !== STATUS_SUCCESS) return status;
  for (let i = 0; i < SubAuthorityCount; i++) {
    i32[(Sid + HEAD + 4 * i) >> 2] = SubAuthorities[i] ?? 0;
  }
  return STATUS_SUCCESS;
}

/** The address of a sub-authority. IRQL <= APC_LEVEL. */
export function RtlSubAuthoritySid(Sid: PSID, SubAuthority: number): number {
  checkIrql('RtlSubAuthoritySid', APC_LEVEL);
  return Sid + HEAD + 4 * SubAuthority;
}

/** Copies a SID. IRQL <= APC_LEVEL. @returns STATUS_BUFFER_TOO_SMALL. */
export function RtlCopySid(
  DestinationSidLength: number, DestinationSid: PSID, SourceSid: PSID,
): NTSTATUS {
  checkIrql('RtlCopySid', APC_LEVEL);
  const length = sidLength(SourceSid);
  if (length > DestinationSidLength >>> 0) return STATUS_BUFFER_TOO_SMALL;
  copyBytes(DestinationSid, SourceSid, length);
  return STATUS_SUCCESS;
}

function sameBytes(a: number, b: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    if (u8[a + i] !== u8[b + i]) return false;
  }
  return true;
}

/** Whether two SIDs are equal. Any IRQL at which both can be read. */
export function RtlEqualSid(Sid1: PSID, Sid2: PSID): boolean {
  return u8[Sid1 + 1] === u8[Sid2 + 1] && sameBytes(Sid1, Sid2, sidLength(Sid1));
}

/** Whether two SIDs are equal but for the last sub-authority. IRQL <= APC_LEVEL. */
export function RtlEqualPrefixSid(Sid1: PSID, Sid2: PSID): boolean {
  checkIrql('RtlEqualPrefixSid', APC_LEVEL);
  return u8[Sid1 + 1] === u8[Sid2 + 1] &&
    sameBytes(Sid1, Sid2, Math.max(HEAD, sidLength(Sid1) - 4));
}

/** A SID as people write it: S-1-5-32-544. */
export function sidText(sid: number): string {
  let authority = 0;
  for (let i = 0; i < AUTHORITY_BYTES; i++) authority = authority * 256 + u8[sid + 2 + i]!;
  const shown = authority <= 0xffff_ffff
    ? `${authority}`
    : `0x${authority.toString(16).toUpperCase().padStart(12, '0')}`;
  const parts = Array.from({ length: u8[sid + 1]! },
    (_, i) => `-${i32[(sid + HEAD + 4 * i) >> 2]! >>> 0}`);
  return `S-${u8[sid]}-${shown}${parts.join('')}`;
}

/**
 * Writes a SID as text: S-1-5-18. IRQL <= APC_LEVEL.
 *
 * @param AllocateDestinationString TRUE: the buffer is allocated, RtlFreeUnicodeString frees it.
 * @returns STATUS_INVALID_SID, STATUS_BUFFER_OVERFLOW (the caller's buffer), STATUS_NO_MEMORY.
 */
export function RtlConvertSidToUnicodeString(
  UnicodeString: PUNICODE_STRING, Sid: PSID, AllocateDestinationString: boolean,
): NTSTATUS {
  checkIrql('RtlConvertSidToUnicodeString', APC_LEVEL);
  if (!isSid(Sid)) return STATUS_INVALID_SID;
  const text = sidText(Sid);
  const bytes = 2 * text.length;
  if (AllocateDestinationString) {
    const buffer = allocateString(bytes + 2);
    if (buffer === 0) return STATUS_NO_MEMORY;
    writeUtf16(buffer, text);
    u16[(buffer + bytes) >> 1] = 0;
    setUnicode(UnicodeString, buffer, bytes, bytes + 2);
    return STATUS_SUCCESS;
  }
  const room = MaximumLength(UnicodeString);
  if (bytes > room) return STATUS_BUFFER_OVERFLOW;
  writeUtf16(Buffer(UnicodeString), text);
  if (bytes + 2 <= room) u16[(Buffer(UnicodeString) + bytes) >> 1] = 0;
  set_Length(UnicodeString, bytes);
  return STATUS_SUCCESS;
}
