// Files by handle as a driver uses them: created, written, read, renamed, listed and deleted by the
// Zw routines, in the kernel's name whatever thread it is.
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as k from '#src/fltKernel.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { readUtf16, setUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { createProcess, exitProcess } from '#src/ntos/ob/process.ts';
import { statusName } from '#src/ntos/status.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import { mountC } from '#test/support/ramfs-volume.ts';
import type { POBJECT_ATTRIBUTES } from '#src/fltKernel.ts';

let shutdown: () => void;
let unmount: () => void;
let frame: number;
beforeEach(() => {
  shutdown = bootInline();
  unmount = mountC();
  frame = pushFrame();
  // As in a callback on an application's thread.
  KTHREAD.bound.set_PreviousMode(currentThread, 1);
});
afterEach(() => {
  KTHREAD.bound.set_PreviousMode(currentThread, 0);
  popFrame(frame);
  expect(openHandles()).toBe(0);
  unmount();
  shutdown();
});

function attributesOf(path: string, root = 0, flags = k.OBJ_KERNEL_HANDLE): POBJECT_ATTRIBUTES {
  const name = k.local(k.UNICODE_STRING);
  const buffer = k.localBytes(2 * path.length + 2);
  setUnicode(name.address, buffer, writeUtf16(buffer, path), 2 * path.length);
  const attributes = k.local(k.OBJECT_ATTRIBUTES);
  k.InitializeObjectAttributes(attributes, name, flags, root, 0);
  return attributes.address;
}

const SYNC = k.FILE_SYNCHRONOUS_IO_NONALERT;
const EVERYTHING = k.GENERIC_READ | k.GENERIC_WRITE | k.DELETE | k.SYNCHRONIZE;

function create(path: string, disposition: number, options = SYNC, root = 0, flags?: number): number {
  const handle = k.out();
  const iosb = k.local(k.IO_STATUS_BLOCK);
  const status = k.ZwCreateFile(handle, EVERYTHING, attributesOf(path, root, flags), iosb, 0,
    k.FILE_ATTRIBUTE_NORMAL, 7, disposition, options, 0, 0);
  if (status < 0) throw new Error(statusName(status));
  return handle.value;
}

function large(value: number): number {
  const at = k.localBytes(8);
  writeInt64(at, value);
  return at;
}

function write(handle: number, text: string, offset: number): string {
  const iosb = k.local(k.IO_STATUS_BLOCK);
  const buffer = k.localBytes(256);
  for (let i = 0; i < text.length; i++) u8[buffer + i] = text.charCodeAt(i);
  return statusName(k.ZwWriteFile(handle, 0, 0, 0, iosb, buffer, text.length,
    offset === -2 ? 0 : large(offset), 0));
}

function read(handle: number, offset: number, length = 64): string {
  const iosb = k.local(k.IO_STATUS_BLOCK);
  const buffer = k.localBytes(256);
  const status = k.ZwReadFile(handle, 0, 0, 0, iosb, buffer, length, large(offset), 0);
  if (status < 0) return statusName(status);
  return String.fromCharCode(...Array.from(u8.subarray(buffer, buffer + iosb.Information)));
}

test('a file is made, written, read, and closed; the handle is the kernel\'s', () => {
  const handle = create('\\??\\C:\\log.txt', k.FILE_CREATE);
  expect(k.ObIsKernelHandle(handle)).toBe(true);
  expect(write(handle, 'hello ', 0)).toBe('STATUS_SUCCESS');
  expect(write(handle, 'world', -2)).toBe('STATUS_SUCCESS');
  expect(write(handle, '!', -1)).toBe('STATUS_SUCCESS');
  expect(read(handle, 0)).toBe('hello world!');
  expect(read(handle, 100)).toBe('STATUS_END_OF_FILE');
  const iosb = k.local(k.IO_STATUS_BLOCK);
  expect(statusName(k.ZwFlushBuffersFile(handle, iosb))).toBe('STATUS_SUCCESS');
  // An application cannot use it.
  expect(statusName(k.NtClose(handle))).toBe('STATUS_INVALID_HANDLE');
  expect(statusName(k.ZwClose(handle))).toBe('STATUS_SUCCESS');
});

test('names below an open directory; a listing; a deletion by name', () => {
  const directory = create('\\??\\C:\\dir', k.FILE_CREATE, SYNC | k.FILE_DIRECTORY_FILE);
  for (const name of ['one', 'two']) k.ZwClose(create(name, k.FILE_CREATE, SYNC, directory));
  const iosb = k.local(k.IO_STATUS_BLOCK);
  const buffer = k.localBytes(1024);
  const names = (): string[] => {
    const found: string[] = [];
    const status = k.ZwQueryDirectoryFile(directory, 0, 0, 0, iosb, buffer, 1024,
      k.FileNamesInformation, false, 0, true);
    if (status < 0) return [statusName(status)];
    for (let at = buffer; ; at += i32[at >> 2]!) {
      found.push(readUtf16(at + 12, i32[(at + 8) >> 2]!));
      if (i32[at >> 2] === 0) return found.filter((n) => !n.startsWith('.'));
    }
  };
  expect(names()).toEqual(['one', 'two']);
  expect(statusName(k.ZwDeleteFile(attributesOf('one', directory)))).toBe('STATUS_SUCCESS');
  expect(names()).toEqual(['two']);
  expect(statusName(k.ZwDeleteFile(attributesOf('one', directory))))
    .toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  k.ZwClose(directory);
});

test('information is asked and set: sizes, a rename, the volume, security', () => {
  const handle = create('\\??\\C:\\a', k.FILE_CREATE);
  const iosb = k.local(k.IO_STATUS_BLOCK);
  const size = k.local(k.FILE_END_OF_FILE_INFORMATION);
  size.EndOfFile = 1000;
  expect(statusName(k.ZwSetInformationFile(handle, iosb, size, 8, k.FileEndOfFileInformation)))
    .toBe('STATUS_SUCCESS');
  const standard = k.local(k.FILE_STANDARD_INFORMATION);
  k.ZwQueryInformationFile(handle, iosb, standard, k.FILE_STANDARD_INFORMATION.size,
    k.FileStandardInformation);
  expect(standard.EndOfFile).toBe(1000);
  const rename = k.local(k.FILE_RENAME_INFORMATION);
  const target = k.localBytes(64);
  rename.address = target as never;
  rename.FileNameLength = writeUtf16(rename.FileName, 'renamed');
  expect(statusName(k.ZwSetInformationFile(handle, iosb, rename, 12 + 14, k.FileRenameInformation)))
    .toBe('STATUS_SUCCESS');
  const fs = k.localBytes(64);
  expect(statusName(k.ZwQueryVolumeInformationFile(handle, iosb, fs, 64, k.FileFsSizeInformation)))
    .toBe('STATUS_SUCCESS');
  const needed = k.out();
  expect(statusName(k.ZwQuerySecurityObject(handle, k.OWNER_SECURITY_INFORMATION, 0, 0, needed)))
    .toBe('STATUS_BUFFER_TOO_SMALL');
  expect(needed.value).toBeGreaterThan(20);
  k.ZwClose(handle);
  k.ZwClose(create('\\??\\C:\\renamed', k.FILE_OPEN));
});

test('an asynchronous file ends by an event; an APC routine is not supported, and says so', () => {
  const handle = create('\\??\\C:\\async', k.FILE_CREATE, 0);
  const event = k.out();
  expect(statusName(k.ZwCreateEvent(event, 0x1f0003, 0, k.SynchronizationEvent, false)))
    .toBe('STATUS_SUCCESS');
  const iosb = k.local(k.IO_STATUS_BLOCK);
  const buffer = k.localBytes(16);
  const status = k.ZwWriteFile(handle, event.value, 0, 0, iosb, buffer, 16, large(0), 0);
  expect(status).toBeGreaterThanOrEqual(0);
  expect(statusName(k.ZwWaitForSingleObject(event.value, false, large(-10_000_000))))
    .toBe('STATUS_SUCCESS');
  expect(iosb.Information).toBe(16);
  expect(statusName(k.ZwWriteFile(handle, 0, 0x1234, 0, iosb, buffer, 16, large(0), 0)))
    .toBe('STATUS_NOT_SUPPORTED');
  expect(statusName(k.ZwWriteFile(handle, 0, 0, 0, iosb, buffer, 16, 0, 0)))
    .toBe('STATUS_INVALID_PARAMETER');
  k.ZwClose(event.value);
  k.ZwClose(handle);
});

test('events by handle are set, reset and waited for', () => {
  const event = k.out();
  k.ZwCreateEvent(event, 0x1f0003, attributesOf(''), k.NotificationEvent, false);
  const now = large(0);
  expect(statusName(k.ZwWaitForSingleObject(event.value, false, now))).toBe('STATUS_TIMEOUT');
  const before = k.out();
  k.ZwSetEvent(event.value, before);
  expect(before.value).toBe(0);
  expect(statusName(k.ZwWaitForSingleObject(event.value, false, now))).toBe('STATUS_SUCCESS');
  k.ZwClearEvent(event.value);
  expect(statusName(k.ZwWaitForSingleObject(event.value, false, now))).toBe('STATUS_TIMEOUT');
  k.ZwClose(event.value);
  expect(statusName(k.ZwCreateEvent(event, 0, 0, 7, false))).toBe('STATUS_INVALID_PARAMETER');
});

test('a process is opened by its identity', () => {
  const process = createProcess({ id: 1234, image: 'app.exe' });
  const client = k.local(k.CLIENT_ID);
  client.UniqueProcess = 1234;
  const handle = k.out();
  expect(statusName(k.ZwOpenProcess(handle, 0x400, attributesOf(''), client)))
    .toBe('STATUS_SUCCESS');
  const object = k.out();
  k.ObReferenceObjectByHandle(handle.value, 0, k.PsProcessType, k.KernelMode, object, 0);
  expect(object.value).toBe(process);
  k.ObDereferenceObject(object.value);
  k.ZwClose(handle.value);
  client.UniqueProcess = 99;
  expect(statusName(k.ZwOpenProcess(handle, 0x400, attributesOf(''), client)))
    .toBe('STATUS_INVALID_CID');
  expect(statusName(k.ZwOpenProcess(handle, 0x400, attributesOf('\\x'), client)))
    .toBe('STATUS_INVALID_PARAMETER_MIX');
  exitProcess(process);
});

test('there are no transactions: no file has one, no handle is one', () => {
  const handle = create('\\??\\C:\\t', k.FILE_CREATE);
  const file = k.out();
  k.ObReferenceObjectByHandle(handle, 0, k.IoFileObjectType, k.KernelMode, file, 0);
  expect(k.IoGetTransactionParameterBlock(k.cast(file.value))).toBe(0);
  k.ObDereferenceObject(file.value);
  const needed = k.out();
  expect(statusName(k.ZwQueryInformationTransaction(handle, 0, 0, 0, needed)))
    .toBe('STATUS_OBJECT_TYPE_MISMATCH');
  expect(statusName(k.ZwQueryInformationTransaction(0x7000, 0, 0, 0, needed)))
    .toBe('STATUS_INVALID_HANDLE');
  k.ZwClose(handle);
});

test('a volume\'s device has a drive letter; other devices are no volumes', () => {
  const handle = create('\\??\\C:\\f', k.FILE_CREATE);
  const file = k.out();
  k.ObReferenceObjectByHandle(handle, 0, k.IoFileObjectType, k.KernelMode, file, 0);
  const disk = k.FILE_OBJECT.at(file.value).DeviceObject;
  const name = k.local(k.UNICODE_STRING);
  expect(statusName(k.IoVolumeDeviceToDosName(disk, name))).toBe('STATUS_SUCCESS');
  expect(k.readUnicode(name)).toBe('C:');
  k.ExFreePool(name.Buffer);
  const top = k.IoGetRelatedDeviceObject(k.cast(file.value));
  expect(statusName(k.IoVolumeDeviceToDosName(top, name))).toBe('STATUS_INVALID_DEVICE_REQUEST');
  k.ObDereferenceObject(file.value);
  k.ZwClose(handle);
});
