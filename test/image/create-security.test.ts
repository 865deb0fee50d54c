// Security descriptors that creates carry.
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as k from '#src/fltKernel.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { readDacl } from '#src/ntos/rtl/security-descriptor.ts';
import { setUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { statusName } from '#src/ntos/status.ts';
import { FilteredVolume } from '../fltmgr/filtered-volume.ts';
import type { POBJECT_ATTRIBUTES, PSECURITY_DESCRIPTOR } from '#src/fltKernel.ts';

let v: FilteredVolume;
let frame: number;
beforeEach(() => {
  v = new FilteredVolume();
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  expect(openHandles()).toBe(0);
  v.end();
});

function attributesOf(path: string, security = 0): POBJECT_ATTRIBUTES {
  const name = k.local(k.UNICODE_STRING);
  const buffer = k.localBytes(2 * path.length + 2);
  setUnicode(name.address, buffer, writeUtf16(buffer, path), 2 * path.length);
  const attributes = k.local(k.OBJECT_ATTRIBUTES);
  k.InitializeObjectAttributes(attributes, name, k.OBJ_KERNEL_HANDLE, 0, security);
  return attributes.address;
}

const SYNC = k.FILE_SYNCHRONOUS_IO_NONALERT;

function create(path: string, security = 0): { status: string; handle: number } {
  const handle = k.out();
  const status = k.ZwCreateFile(handle, k.READ_CONTROL | k.FILE_READ_ATTRIBUTES | k.SYNCHRONIZE,
    attributesOf(path, security), k.local(k.IO_STATUS_BLOCK), 0, 0, 7, k.FILE_OPEN_IF, SYNC, 0, 0);
  return { status: statusName(status), handle: handle.value };
}

function daclOf(handle: number): ReturnType<typeof readDacl> {
  const sd = k.localBytes(512) as PSECURITY_DESCRIPTOR;
  expect(k.ZwQuerySecurityObject(handle, k.DACL_SECURITY_INFORMATION, sd, 512, k.out())).toBe(0);
  return readDacl(sd);
}

const everythingForTheSystem = [{ allows: true, mask: k.FILE_ALL_ACCESS, sid: 'S-1-5-18' }];

test('a file gets the descriptor that its creator gives; otherwise its directory\'s', () => {
  const acl = k.localBytes(28) as k.PACL;
  const sid = k.localBytes(12) as k.PSID;
  k.RtlInitializeSidEx(sid, k.SECURITY_NT_AUTHORITY, 1, k.SECURITY_LOCAL_SYSTEM_RID);
  k.RtlCreateAcl(acl, 28, k.ACL_REVISION);
  k.RtlAddAccessAllowedAce(acl, k.ACL_REVISION, k.FILE_ALL_ACCESS, sid);
  const sd = k.local(k.SECURITY_DESCRIPTOR);
  k.RtlCreateSecurityDescriptor(sd.address, k.SECURITY_DESCRIPTOR_REVISION);
  k.RtlSetDaclSecurityDescriptor(sd.address, true, acl, false);
  const mine = create('\\??\\C:\\mine', sd.address);
  const inherited = create('\\??\\C:\\inherited');
  expect(daclOf(mine.handle)).toEqual(everythingForTheSystem);
  expect(daclOf(inherited.handle)).not.toEqual(everythingForTheSystem);
  for (const it of [mine, inherited]) k.ZwClose(it.handle);
});

test('a descriptor that is none is refused before the file system sees it', () => {
  v.watch(k.IRP_MJ_CREATE);
  expect(create('\\??\\C:\\new', k.localBytes(20)).status).toBe('STATUS_INVALID_SECURITY_DESCR');
  expect(v.log).toEqual([]);
});
