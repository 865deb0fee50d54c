// SIDs, access control lists and security descriptors as a driver builds them, takes them apart and
// shows them.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as k from '#src/fltKernel.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { readUnicode } from '#src/ntos/rtl/unicode-string.ts';
import { statusName } from '#src/ntos/status.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import type { PACL, PSID } from '#src/fltKernel.ts';

let shutdown: () => void;
let frame: number;
beforeEach(() => {
  shutdown = bootInline();
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  shutdown();
});

const { SECURITY_NT_AUTHORITY: NT } = k;

function sid(authority: string, ...subAuthorities: readonly number[]): PSID {
  const at = k.localBytes(k.RtlLengthRequiredSid(subAuthorities.length)) as PSID;
  const status =
    k.RtlInitializeSidEx(at, authority, subAuthorities.length, ...subAuthorities);
  expect(status).toBe(k.STATUS_SUCCESS);
  return at;
}

function textOf(of: PSID): string {
  const name = k.local(k.UNICODE_STRING);
  expect(k.RtlConvertSidToUnicodeString(name, of, true)).toBe(k.STATUS_SUCCESS);
  const text = readUnicode(name.address);
  k.RtlFreeUnicodeString(name);
  return text;
}

function list(length: number): PACL {
  const acl = k.localBytes(length) as PACL;
  expect(k.RtlCreateAcl(acl, length, k.ACL_REVISION)).toBe(k.STATUS_SUCCESS);
  return acl;
}

function entry(acl: PACL, index: number): { mask: number; sid: string; flags: number } | string {
  const out = k.out();
  const status = k.RtlGetAce(acl, index, out);
  if (status < 0) return statusName(status);
  const ace = k.ACCESS_ALLOWED_ACE.at(out.value);
  return { mask: ace.Mask, flags: ace.AceFlags, sid: textOf((out.value + 8) as PSID) };
}

describe('SIDs', () => {
  test('are made at once or piece by piece, measured, copied and compared', () => {
    const administrators = sid(NT, k.SECURITY_BUILTIN_DOMAIN_RID, k.DOMAIN_ALIAS_RID_ADMINS);
    expect(textOf(administrators)).toBe('S-1-5-32-544');
    expect(k.RtlLengthSid(administrators)).toBe(16);
    const other = k.localBytes(16) as PSID;
    k.RtlInitializeSid(other, NT, 2);
    i32[k.RtlSubAuthoritySid(other, 0) >> 2] = 32;
    i32[k.RtlSubAuthoritySid(other, 1) >> 2] = 545;
    expect(k.RtlEqualSid(administrators, other)).toBe(false);
    expect(k.RtlEqualPrefixSid(administrators, other)).toBe(true);
    expect(statusName(k.RtlCopySid(15, other, administrators))).toBe('STATUS_BUFFER_TOO_SMALL');
    expect(k.RtlCopySid(16, other, administrators)).toBe(k.STATUS_SUCCESS);
    expect(k.RtlEqualSid(administrators, other)).toBe(true);
  });

  test('can be wrong', () => {
    expect(statusName(k.RtlInitializeSid(k.localBytes(80) as PSID, NT, 16)))
      .toBe('STATUS_INVALID_PARAMETER');
    const bad = sid(NT, 18);
    expect(k.RtlValidSid(bad)).toBe(true);
    u8[bad] = 2;
    expect(k.RtlValidSid(bad)).toBe(false);
    expect(statusName(k.RtlConvertSidToUnicodeString(k.local(k.UNICODE_STRING), bad, true)))
      .toBe('STATUS_INVALID_SID');
  });

  test('show an authority beyond 32 bits in hexadecimal', () => {
    expect(textOf(sid('\0\0\0\x04\x4c\x88', 12, 72, 9, 110))).toBe('S-1-281736-12-72-9-110');
    expect(textOf(sid('\0\x28\x65\x1f\xe8\x48', 12))).toBe('S-1-0x0028651FE848-12');
  });

  test('are written into a buffer that the caller has, if they fit', () => {
    const name = k.local(k.UNICODE_STRING);
    name.Buffer = k.localBytes(16) as never;
    name.MaximumLength = 14;
    expect(statusName(k.RtlConvertSidToUnicodeString(name, sid(NT, 18), false)))
      .toBe('STATUS_BUFFER_OVERFLOW');
    name.MaximumLength = 16;
    expect(k.RtlConvertSidToUnicodeString(name, sid(NT, 18), false)).toBe(k.STATUS_SUCCESS);
    expect(readUnicode(name.address)).toBe('S-1-5-18');
  });
});

describe('access control lists', () => {
  test('take as many entries as they have room for', () => {
    const acl = list(8 + 20 + 24);
    const system = sid(NT, k.SECURITY_LOCAL_SYSTEM_RID);
    const users = sid(NT, 32, k.DOMAIN_ALIAS_RID_USERS);
    expect(k.RtlAddAccessAllowedAce(acl, k.ACL_REVISION, 7, system)).toBe(k.STATUS_SUCCESS);
    expect(k.RtlAddAccessAllowedAceEx(acl, k.ACL_REVISION, k.OBJECT_INHERIT_ACE, 1, users))
      .toBe(k.STATUS_SUCCESS);
    expect(statusName(k.RtlAddAccessAllowedAce(acl, k.ACL_REVISION, 1, system)))
      .toBe('STATUS_ALLOTTED_SPACE_EXCEEDED');
    expect(entry(acl, 0)).toEqual({ mask: 7, flags: 0, sid: 'S-1-5-18' });
    expect(entry(acl, 1)).toEqual({ mask: 1, flags: 1, sid: 'S-1-5-32-545' });
    expect(entry(acl, 2)).toBe('STATUS_INVALID_PARAMETER');
  });

  test('let entries be put in front and taken out', () => {
    const acl = list(100);
    const system = sid(NT, 18);
    k.RtlAddAccessAllowedAce(acl, k.ACL_REVISION, 1, system);
    const other = list(100);
    k.RtlAddAccessAllowedAce(other, k.ACL_REVISION, 2, system);
    k.RtlAddAccessAllowedAce(other, k.ACL_REVISION, 3, system);
    expect(k.RtlAddAce(acl, k.ACL_REVISION, 0, other + 8, 40)).toBe(k.STATUS_SUCCESS);
    expect(statusName(k.RtlAddAce(acl, k.ACL_REVISION, -1, other + 8, 40)))
      .toBe('STATUS_BUFFER_TOO_SMALL');
    expect([0, 1, 2].map((i) => entry(acl, i))).toMatchObject([{ mask: 2 }, { mask: 3 }, { mask: 1 }]);
    expect(k.RtlDeleteAce(acl, 1)).toBe(k.STATUS_SUCCESS);
    expect([0, 1, 2].map((i) => entry(acl, i))).toMatchObject([{ mask: 2 }, { mask: 1 },
      'STATUS_INVALID_PARAMETER']);
    expect(statusName(k.RtlDeleteAce(acl, 2))).toBe('STATUS_INVALID_PARAMETER');
  });

  test('have a size and a revision', () => {
    const at = k.localBytes(16) as PACL;
    expect(statusName(k.RtlCreateAcl(at, 7, k.ACL_REVISION))).toBe('STATUS_BUFFER_TOO_SMALL');
    expect(statusName(k.RtlCreateAcl(at, 16, 9))).toBe('STATUS_INVALID_PARAMETER');
    expect(statusName(k.RtlAddAccessAllowedAce(at, k.ACL_REVISION, 1, sid(NT, 18))))
      .toBe('STATUS_INVALID_ACL');
    expect(statusName(k.RtlAddAccessAllowedAce(list(16), 9, 1, sid(NT, 18))))
      .toBe('STATUS_REVISION_MISMATCH');
  });
});

describe('security descriptors', () => {
  function descriptor(): k.PSECURITY_DESCRIPTOR {
    const sd = k.localBytes(k.SECURITY_DESCRIPTOR.size) as k.PSECURITY_DESCRIPTOR;
    k.RtlCreateSecurityDescriptor(sd, k.SECURITY_DESCRIPTOR_REVISION);
    return sd;
  }

  test('are filled, measured, checked and put into one block', () => {
    const sd = descriptor();
    const acl = list(8 + 20);
    k.RtlAddAccessAllowedAce(acl, k.ACL_REVISION, 0x1ff, sid(NT, 18));
    k.RtlSetDaclSecurityDescriptor(sd, true, acl, false);
    k.RtlSetOwnerSecurityDescriptor(sd, sid(NT, 18), true);
    k.RtlSetGroupSecurityDescriptor(sd, sid(NT, 32, 544), false);
    expect(k.RtlValidSecurityDescriptor(sd)).toBe(true);
    expect(k.RtlLengthSecurityDescriptor(sd)).toBe(20 + 28 + 12 + 16);
    const room = k.out();
    room.value = 10;
    const block = k.localBytes(76) as k.PSECURITY_DESCRIPTOR;
    expect(statusName(k.RtlAbsoluteToSelfRelativeSD(sd, block, room)))
      .toBe('STATUS_BUFFER_TOO_SMALL');
    expect(room.value).toBe(76);
    expect(k.RtlAbsoluteToSelfRelativeSD(sd, block, room)).toBe(k.STATUS_SUCCESS);
    expect(statusName(k.RtlAbsoluteToSelfRelativeSD(block, block, room)))
      .toBe('STATUS_BAD_DESCRIPTOR_FORMAT');
    const part = k.out();
    const flag = k.out();
    k.RtlGetOwnerSecurityDescriptor(block, part, flag);
    expect([textOf(part.value as PSID), flag.value]).toEqual(['S-1-5-18', 1]);
    k.RtlGetGroupSecurityDescriptor(block, part, flag);
    expect([textOf(part.value as PSID), flag.value]).toEqual(['S-1-5-32-544', 0]);
    const present = k.out();
    k.RtlGetDaclSecurityDescriptor(block, present, part, flag);
    expect([present.value, flag.value]).toEqual([1, 0]);
    expect(entry(part.value as PACL, 0)).toMatchObject({ mask: 0x1ff, sid: 'S-1-5-18' });
    k.RtlGetSaclSecurityDescriptor(block, present, part, flag);
    expect(present.value).toBe(0);
    expect(k.RtlValidSecurityDescriptor(block)).toBe(true);
    expect(statusName(k.RtlSetOwnerSecurityDescriptor(block, sid(NT, 18), false)))
      .toBe('STATUS_INVALID_SECURITY_DESCR');
  });

  test('can be wrong', () => {
    const sd = descriptor();
    k.RtlSetDaclSecurityDescriptor(sd, true, k.localBytes(8), false);
    expect(k.RtlValidSecurityDescriptor(sd)).toBe(false);
    u8[sd] = 7;
    expect(k.RtlValidSecurityDescriptor(sd)).toBe(false);
    expect(statusName(k.RtlGetOwnerSecurityDescriptor(sd, k.out(), k.out())))
      .toBe('STATUS_UNKNOWN_REVISION');
  });
});
