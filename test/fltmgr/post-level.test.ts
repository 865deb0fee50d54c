// What a post-operation callback may not do at DISPATCH_LEVEL, in the checked configuration: each
// is a bug check with Windows' code (POST-5, S1).
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { i32, u8 } from '#src/image/driver-memory.ts';
import * as k from '#src/fltmgr/constants.ts';
import { FltLockUserBuffer } from '#src/fltmgr/buffer/buffers.ts';
import { FltAllocateContext, FltReleaseContext } from '#src/fltmgr/context/context.ts';
import { FltGetStreamContext } from '#src/fltmgr/context/context-files.ts';
import { FltGetFileNameInformation } from '#src/fltmgr/name/file-name.ts';
import { FltQueryInformationFile } from '#src/fltmgr/initiated/initiated-query.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { ExAcquireFastMutex, ExInitializeFastMutex } from '#src/ntos/ex/lock/fast-mutex.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { ExAcquireResourceSharedLite, ExDeleteResourceLite, ExInitializeResourceLite }
  from '#src/ntos/ex/lock/resource.ts';
import { ERESOURCE, FAST_MUTEX, NonPagedPool, PagedPool } from '#src/ntos/ex/types.ts';
import { UserRequest, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { KeInitializeMutex } from '#src/ntos/ke/mutex.ts';
import { KeAcquireSpinLock, KeInitializeSpinLock, KeReleaseSpinLock }
  from '#src/ntos/ke/spin-lock.ts';
import { KMUTANT } from '#src/ntos/ke/types.ts';
import { UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { RtlCompareUnicodeString } from '#src/ntos/rtl/unicode-string.ts';
import { FINISHED, ProbeMachine, READ, WITH_CALLBACK } from './probe-machine.ts';
import { atIrql, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';

const TAG = poolTag('Tlev');
let m: ProbeMachine;
let paged: number;
let nonpaged: number;

beforeEach(() => {
  m = new ProbeMachine();
  paged = ExAllocatePoolWithTag(PagedPool, 512, TAG);
  nonpaged = ExAllocatePoolWithTag(NonPagedPool, 512, TAG);
});
afterEach(() => {
  ExFreePoolWithTag(paged, TAG);
  ExFreePoolWithTag(nonpaged, TAG);
  m.end();
});

type Act = (data: FltCallbackData, objects: FltRelatedObjects) => void;

/**
 * Runs `act` in the post-op of a read that ends at a level; what it threw is the test's failure.
 */
function inPost(irql: number, act: Act): void {
  let ran = false;
  m.filter('a', '100', () => WITH_CALLBACK, (data, objects) => {
    expect(KeGetCurrentIrql()).toBe(irql);
    act(data, objects);
    ran = true;
    return FINISHED;
  });
  m.keep(READ);
  m.read();
  atIrql(irql, () => m.fs.complete());
  expect(ran).toBe(true);
}

const string = (at: number) => UNICODE_STRING.at(at);

describe('at DISPATCH_LEVEL', () => {
  test('POST-5, KRN-3, S1.16: ' +
    'reading and writing paged pool is 0xD1 with address, level, access', () => {
    inPost(2, () => {
      const view = string(paged + 8);
      expect(bugCheckOf(() => view.Length)).toEqual([0xd1, paged + 8]);
      expect(bugCheckOf(() => (view.Buffer = 0 as never))).toEqual([0xd1, paged + 12]);
      expect(bugCheckOf(() => i32[paged >> 2])).toEqual([0xd1, paged]);
      expect(bugCheckOf(() => (u8[paged + 1] = 1))).toEqual([0xd1, paged + 1]);
      expect(bugCheckOf(() => u8.fill(0, paged, paged + 8))).toEqual([0xd1, paged]);
      expect(() => (u8[paged + 1] = 1)).toThrow(/d1 .*0x2, 0x1, .*was written at IRQL 2/s);
      bugCheckOf(() => i32[paged >> 2]);
    });
  });

  test('POST-5, S1.2: nonpaged memory may be touched, spin locks held', () => {
    inPost(2, () => {
      string(nonpaged).Length = 8;
      i32[(nonpaged + 8) >> 2] = 9;
      u8.fill(1, nonpaged + 16, nonpaged + 32);
      const lock = nonpaged + 64;
      KeInitializeSpinLock(lock);
      KeAcquireSpinLock(lock, nonpaged + 80);
      KeReleaseSpinLock(lock, u8[nonpaged + 80]!);
      expect([string(nonpaged).Length, i32[(nonpaged + 8) >> 2], u8[nonpaged + 31]])
        .toEqual([8, 9, 1]);
    });
  });

  test('POST-5, S1.14, S1.15: FltLockUserBuffer and RtlCompareUnicodeString', () => {
    inPost(2, (data) => {
      expect(bugCheckOf(() => FltLockUserBuffer(data.address))).toEqual([0xc4, 0xf516]);
      const text = string(nonpaged).address;
      expect(bugCheckOf(() => RtlCompareUnicodeString(text, text, true))).toEqual([0xc4, 0xe5]);
    });
  });

  test('POST-5: resources, mutexes, fast mutexes', () => {
    const [resource, mutex, fast] = [nonpaged, nonpaged + 128, nonpaged + 256];
    expect(ERESOURCE.size + KMUTANT.size + FAST_MUTEX.size).toBeLessThan(512);
    ExInitializeResourceLite(resource);
    KeInitializeMutex(mutex);
    ExInitializeFastMutex(fast);
    inPost(2, () => {
      expect(bugCheckOf(() => ExAcquireResourceSharedLite(resource, true))).toEqual([0xc4, 0x37]);
      expect(bugCheckOf(() => waitForObject(mutex, UserRequest))).toEqual([0xc4, 0x121]);
      expect(bugCheckOf(() => ExAcquireFastMutex(fast))).toEqual([0xc4, 0x33]);
    });
    ExDeleteResourceLite(resource);
  });

  test('POST-5: names, contexts and files are not asked for; a context may be released', () => {
    const filter = m.add({
      name: 'ctx', altitude: '50', operations: [],
      contexts: [{ ContextType: k.FLT_STREAM_CONTEXT, Size: 16, PoolTag: TAG }],
    });
    const frame = pushFrame();
    const out = stackAlloc(4);
    FltAllocateContext(filter.filter, k.FLT_STREAM_CONTEXT, 16, NonPagedPool, out);
    const context = i32[out >> 2]!;
    inPost(2, (data, objects) => {
      const { Instance, FileObject } = objects;
      const asks = [
        () => FltGetStreamContext(Instance, FileObject, out),
        () => FltGetFileNameInformation(data.address, 0x101, out),
        () => FltQueryInformationFile(Instance, FileObject as never, out, 4, 5, 0),
      ];
      for (const ask of asks) expect(bugCheckOf(ask)).toEqual([0xc4, 0xf516]);
      FltReleaseContext(context);
    });
    popFrame(frame);
  });
});

describe('contexts', () => {
  test('CTX-25: what a post-op uses is nonpaged: at DISPATCH_LEVEL a paged context is 0xD1', () => {
    const filter = m.add({
      name: 'ctx', altitude: '50', operations: [],
      contexts: [{ ContextType: k.FLT_INSTANCE_CONTEXT, Size: 16, PoolTag: TAG }],
    });
    const frame = pushFrame();
    const out = stackAlloc(4);
    const allocate = (pool: number): number => {
      FltAllocateContext(filter.filter, k.FLT_INSTANCE_CONTEXT, 16, pool, out);
      return i32[out >> 2]!;
    };
    const [resident, pageable] = [allocate(NonPagedPool), allocate(PagedPool)];
    popFrame(frame);
    inPost(2, () => {
      string(resident).Length = 4;
      expect(string(resident).Length).toBe(4);
      expect(bugCheckOf(() => (string(pageable).Length = 4))).toEqual([0xd1, pageable]);
    });
    FltReleaseContext(resident);
    FltReleaseContext(pageable);
  });
});

describe('below DISPATCH_LEVEL', () => {
  test('POST-5: all of it is allowed at APC_LEVEL, but for what needs PASSIVE_LEVEL', () => {
    inPost(1, (data) => {
      string(paged).Length = 6;
      expect([string(paged).Length, i32[paged >> 2]! & 0xffff]).toEqual([6, 6]);
      expect(FltLockUserBuffer(data.address)).toBe(0);
      const text = string(nonpaged).address;
      expect(bugCheckOf(() => RtlCompareUnicodeString(text, text, true))).toEqual([0xc4, 0xe5]);
    });
  });
});
