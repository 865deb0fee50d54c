// Handles: what they name, what they allow, and that the table gives every one out once.
// @alone: its object types are of its own making.
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_HANDLES } from '#src/mem/param.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { ObOpenObjectByPointer, ObReferenceObjectByHandle, ObReferenceObjectByPointer,
  ObpCloseHandle, ObpCreateHandle, eachHandle, openHandles, protectHandle }
  from '#src/ntos/ob/handle.ts';
import { OB_TYPE_EVENT, OB_TYPE_FILE, OB_TYPE_THREAD, ObCreateObject, ObDereferenceObject,
  handleCount, referenceCount } from '#src/ntos/ob/object.ts';
import { OBJ_KERNEL_HANDLE } from '#src/ntos/rtl/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_HANDLE_NOT_CLOSABLE, STATUS_INVALID_HANDLE,
  STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { events, freshObjects, out, outWord } from './support.ts';

const KernelMode = 0;
const UserMode = 1;
const READ = 1;
const WRITE = 2;

let object: number;
beforeEach(() => {
  freshObjects();
  object = ObCreateObject(OB_TYPE_EVENT, 16);
});

describe('a handle', () => {
  test('is a multiple of four and keeps its object alive until it is closed', () => {
    const handle = ObpCreateHandle(object, READ);
    expect(handle % 4).toBe(0);
    expect(handle).toBeGreaterThan(0);
    ObDereferenceObject(object);
    expect(events).toEqual([]);
    expect(ObpCloseHandle(handle)).toBe(STATUS_SUCCESS);
    expect(events).toEqual([['close', object, 0], ['delete', object]]);
    expect(ObpCloseHandle(handle)).toBe(STATUS_INVALID_HANDLE);
  });

  test('tells at each close how many others of the object are left', () => {
    const handles = [1, 2, 3].map(() => ObpCreateHandle(object, READ));
    expect(handleCount(object)).toBe(3);
    expect(new Set(handles).size).toBe(3);
    for (const handle of handles) ObpCloseHandle(handle);
    expect(events.map((e) => e[2])).toEqual([2, 1, 0]);
    expect(referenceCount(object)).toBe(1);
  });

  test('allows a caller in user mode what was granted, and the kernel everything', () => {
    const handle = ObpCreateHandle(object, READ);
    const refer = (access: number, type: number, mode: number): number =>
      ObReferenceObjectByHandle(handle, access, type, mode, out, out + 4);
    expect(refer(READ, OB_TYPE_EVENT, UserMode)).toBe(STATUS_SUCCESS);
    expect([outWord(0), outWord(2)]).toEqual([object, READ]);
    expect(refer(READ | WRITE, OB_TYPE_EVENT, UserMode)).toBe(STATUS_ACCESS_DENIED);
    expect(outWord(0)).toBe(0);
    expect(refer(READ | WRITE, 0, KernelMode)).toBe(STATUS_SUCCESS);
    expect(refer(READ, OB_TYPE_FILE, KernelMode)).toBe(STATUS_OBJECT_TYPE_MISMATCH);
    expect(referenceCount(object)).toBe(4);
  });

  test('of the kernel is none for a caller in user mode', () => {
    const handle = ObpCreateHandle(object, READ, OBJ_KERNEL_HANDLE);
    expect(handle).toBeLessThan(0);
    const byUser = ObReferenceObjectByHandle(handle, READ, 0, UserMode, out);
    expect(byUser).toBe(STATUS_INVALID_HANDLE);
    expect(ObpCloseHandle(handle, UserMode)).toBe(STATUS_INVALID_HANDLE);
    expect(ObpCloseHandle(handle & 0x7fff_ffff)).toBe(STATUS_INVALID_HANDLE);
    expect(ObpCloseHandle(handle)).toBe(STATUS_SUCCESS);
  });

  test('that is protected cannot be closed', () => {
    const handle = ObpCreateHandle(object, READ);
    expect(protectHandle(handle, true)).toBe(true);
    expect(ObpCloseHandle(handle)).toBe(STATUS_HANDLE_NOT_CLOSABLE);
    expect(ObReferenceObjectByHandle(handle, READ, 0, UserMode, out)).toBe(STATUS_SUCCESS);
    protectHandle(handle, false);
    expect(ObpCloseHandle(handle)).toBe(STATUS_SUCCESS);
  });

  test('that was never given out is invalid, whatever its bits', () => {
    for (const handle of [0, 3, 4, 400, MAX_HANDLES * 4, 0x7fff_fffc, -4, -12345]) {
      expect(ObReferenceObjectByHandle(handle, 0, 0, KernelMode, out)).toBe(STATUS_INVALID_HANDLE);
    }
  });
});

test('the pseudo handle of the thread names the thread', () => {
  expect(ObReferenceObjectByHandle(-2, 0, OB_TYPE_THREAD, UserMode, out)).toBe(STATUS_SUCCESS);
  expect(outWord()).toBe(currentThread);
  ObDereferenceObject(currentThread);
});

test('an object known by pointer is opened or referenced as the type it is', () => {
  expect(ObReferenceObjectByPointer(object, 0, OB_TYPE_FILE, 0)).toBe(STATUS_OBJECT_TYPE_MISMATCH);
  expect(ObReferenceObjectByPointer(object, 0, OB_TYPE_EVENT, 0)).toBe(STATUS_SUCCESS);
  expect(ObOpenObjectByPointer(object, 0, 0, READ, OB_TYPE_EVENT, 0, out)).toBe(STATUS_SUCCESS);
  expect(openHandles()).toBe(1);
  expect(ObpCloseHandle(outWord())).toBe(STATUS_SUCCESS);
});

test('every handle of the machine can be given out, and none twice; then there are no more', () => {
  const seen = new Set<number>();
  for (let i = 1; i < MAX_HANDLES; i++) seen.add(ObpCreateHandle(object, 0));
  expect(seen.size).toBe(MAX_HANDLES - 1);
  expect(seen.has(0)).toBe(false);
  expect(ObpCreateHandle(object, 0)).toBe(0);
  expect(openHandles()).toBe(MAX_HANDLES - 1);
  const listed: number[] = [];
  eachHandle((handle) => listed.push(handle));
  expect(listed.length).toBe(MAX_HANDLES - 1);
  for (const handle of seen) ObpCloseHandle(handle);
  expect([openHandles(), handleCount(object), referenceCount(object)]).toEqual([0, 0, 1]);
});

test('threads that share handles never reach an object that was deleted', async () => {
  const results = await spawnThreads<number>({
    module: '#test/ntos/ob/handle-threads.ts',
    routine: 'shareHandles',
    threads: 3,
    args: { rounds: 3000, object },
  });
  expect(results.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
  expect([openHandles(), handleCount(object), referenceCount(object)]).toEqual([0, 0, 1]);
});
