// A driver's own device: opened by its name or by a link, asked by control codes of every method,
// from applications and from other drivers.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as k from '#src/fltKernel.ts';
import { mapImage, startImage, stopImage } from '#src/image/js-image.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { NtDeviceIoControlFile } from '#src/ntos/io/service/nt-control.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { statusName } from '#src/ntos/status.ts';
import { codes, controlDevice } from '#test/image/control-device-driver.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import { open } from '#test/support/open-file.ts';

const NAME = '\\FileSystem\\Filters\\ControlDevice';
const image = await mapImage(0, {
  name: 'cdo', altitude: '370001',
  module: new URL('../../dist/test/image/control-device-driver.js', import.meta.url).href,
});

let shutdown: () => void;
let frame: number;
beforeEach(() => {
  shutdown = bootInline();
  frame = pushFrame();
  expect(statusName(startImage(image))).toBe('STATUS_SUCCESS');
});
afterEach(() => {
  popFrame(frame);
  expect(statusName(stopImage(image))).toBe('STATUS_SUCCESS');
  expect(openHandles()).toBe(0);
  shutdown();
  expect(poolUsage()).toEqual([]);
});

const input = USER.start + 4096;
const output = USER.start + 8192;

function ask(handle: number, code: number): string {
  const iosb = k.local(k.IO_STATUS_BLOCK);
  u8.set([1, 2, 3, 4], input);
  u8.fill(0, output, output + 4);
  const status = NtDeviceIoControlFile(handle, 0, iosb.address, code, input, 4, output, 4);
  return `${statusName(status)} ${Array.from(u8.subarray(output, output + 4)).join(' ')}`;
}

test('it is opened by its name and by a link; a driver is ready when DriverEntry has ' +
  'returned', () => {
  for (const path of [NAME, NAME.toUpperCase(), '\\??\\ControlDevice']) {
    const opened = open(path);
    expect(statusName(opened.status)).toBe('STATUS_SUCCESS');
    NtClose(opened.handle);
  }
  expect(statusName(open('\\FileSystem\\Filters\\Nobody').status))
    .toBe('STATUS_OBJECT_PATH_NOT_FOUND');
});

test('an exclusive device is open once at a time', () => {
  const first = open(NAME);
  expect(statusName(open(NAME).status)).toBe('STATUS_ACCESS_DENIED');
  NtClose(first.handle);
  const second = open(NAME);
  expect(statusName(second.status)).toBe('STATUS_SUCCESS');
  NtClose(second.handle);
});

test('a control code of each method finds its buffers', () => {
  const { handle } = open(NAME);
  for (const code of Object.values(codes)) {
    expect(ask(handle, code)).toBe('STATUS_SUCCESS 2 3 4 5');
  }
  expect(ask(handle, codes.neither + 0x40)).toBe('STATUS_INVALID_DEVICE_REQUEST 0 0 0 0');
  NtClose(handle);
});

test('an application\'s bad output buffer is STATUS_ACCESS_VIOLATION for the direct ' +
  'methods', () => {
  const { handle } = open(NAME);
  const iosb = k.local(k.IO_STATUS_BLOCK);
  KTHREAD.bound.set_PreviousMode(currentThread, 1);
  const status = NtDeviceIoControlFile(handle, 0, iosb.address, codes.outDirect, input, 4,
    controlDevice(), 4);
  KTHREAD.bound.set_PreviousMode(currentThread, 0);
  expect(statusName(status)).toBe('STATUS_ACCESS_VIOLATION');
  NtClose(handle);
});

describe('IoBuildDeviceIoControlRequest', () => {
  function send(code: number): string {
    const event = k.local(k.KEVENT);
    const iosb = k.local(k.IO_STATUS_BLOCK);
    k.KeInitializeEvent(event, k.NotificationEvent, false);
    u8.set([5, 6, 7, 8], input);
    const irp = k.IoBuildDeviceIoControlRequest(code, controlDevice(), input, 4, output, 4, false,
      event, iosb);
    let status = k.IoCallDriver(controlDevice(), irp);
    if (status === k.STATUS_PENDING) {
      k.KeWaitForSingleObject(event, k.Executive, k.KernelMode, false, 0);
      status = iosb.Status;
    }
    const signaled = k.KeReadStateEvent(event) !== 0;
    const bytes = Array.from(u8.subarray(output, output + 4)).join(' ');
    return `${statusName(status)} ${iosb.Information} ${signaled} ${bytes}`;
  }

  test('sends a driver a request, whose buffers, status and event the I/O manager looks ' +
    'after', () => {
    for (const code of Object.values(codes)) {
      u8.fill(0, output, output + 4);
      expect(send(code)).toBe('STATUS_SUCCESS 4 true 6 7 8 9');
    }
  });

  test('a failing request does not signal the event: its status came back from ' +
    'IoCallDriver', () => {
    u8.fill(0, output, output + 4);
    expect(send(codes.neither + 0x40)).toBe('STATUS_INVALID_DEVICE_REQUEST 0 false 0 0 0 0');
  });
});

test('the top of a stack is given with a reference, a device by its name with a file ' +
  'object', () => {
  const top = k.IoGetAttachedDeviceReference(controlDevice());
  expect(top).toBe(controlDevice());
  k.ObDereferenceObject(top);
  const name = k.RTL_CONSTANT_STRING(NAME);
  const [file, device] = [k.out(), k.out()];
  const status = k.IoGetDeviceObjectPointer(name, k.FILE_READ_DATA, file, device);
  expect(statusName(status)).toBe('STATUS_SUCCESS');
  expect(device.value).toBe(controlDevice());
  k.ObDereferenceObject(file.value);
});

test('a name is taken once: a second device or link of that name is refused', () => {
  const device = k.out();
  const name = k.RTL_CONSTANT_STRING(NAME);
  const driver = k.DEVICE_OBJECT.at(controlDevice()).DriverObject;
  const again = k.IoCreateDevice(driver, 0, name, k.FILE_DEVICE_UNKNOWN, 0, false, device);
  expect(statusName(again)).toBe('STATUS_OBJECT_NAME_COLLISION');
  const link = k.RTL_CONSTANT_STRING('\\??\\ControlDevice');
  expect(statusName(k.IoCreateSymbolicLink(link, name))).toBe('STATUS_OBJECT_NAME_COLLISION');
  expect(stackAlloc(4)).toBeGreaterThan(0);
});
