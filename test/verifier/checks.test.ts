// The checked configuration: a call that breaks a contract ends the machine with Windows' bug check
// and a text that names the routine, the rule and its source.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as flt from '#src/fltKernel.ts';
import { local, out } from '#src/image/out.ts';
import { ULONG } from '#src/mem/field.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { struct } from '#src/mem/struct.ts';
import { checked, highestOf } from '#src/verifier/check.ts';
import { contracts } from '#src/verifier/contracts.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import { stopAt } from './support.ts';

const { APC_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } = flt;
const TAG = flt.poolTag('Chck');
const CHECKED_DATA = struct('CHECKED_DATA', { Count: ULONG, More: ULONG });

let shutdown: () => void;
let frame: number;
beforeAll(() => { shutdown = bootInline(); });
afterAll(() => shutdown());
beforeEach(() => { frame = pushFrame(); });
afterEach(() => popFrame(frame));

/** Whether a routine is refused at a level, called with zeros. */
function refused(name: string, irql: number): boolean {
  let ran = false;
  const routine = checked(name, () => { ran = true; });
  stopAt(irql, () => (routine as (...args: number[]) => void)(...Array<number>(20).fill(4)));
  return !ran;
}

describe('a routine above its highest level', () => {
  test('POST-5: FltLockUserBuffer at DISPATCH_LEVEL is 0xC4/0xF516 and says so', () => {
    const stop = stopAt(DISPATCH_LEVEL, () => flt.FltLockUserBuffer(flt.cast(0x1000)));
    expect(stop).toMatchObject({ code: 0xc4 });
    expect(stop?.parameters.slice(0, 3)).toEqual([0xf516, DISPATCH_LEVEL, APC_LEVEL]);
    expect(stop?.text).toMatch(/^FltLockUserBuffer at DISPATCH_LEVEL; the highest is APC_LEVEL/);
    expect(stop?.text).toMatch(/BUF-2.*POST-5.*fltkernel\/nf-fltkernel-fltlockuserbuffer/);
  });

  test('POST-5, F-216: ' +
    'RtlCompareUnicodeString at DISPATCH_LEVEL is 0xC4/0xE5, at APC_LEVEL too', () => {
    const text = local(flt.UNICODE_STRING);
    const compare = (): unknown => flt.RtlCompareUnicodeString(text, text, false);
    expect(stopAt(PASSIVE_LEVEL, compare)).toBeUndefined();
    for (const irql of [APC_LEVEL, DISPATCH_LEVEL]) {
      expect(stopAt(irql, compare)).toMatchObject({ code: 0xc4, parameters: [0xe5, irql, 0,
        text.address] });
    }
  });

  test('POST-5: a resource, a fast mutex, getting or setting a context: each with its code', () => {
    const at = (act: () => unknown): number[] => {
      const stop = stopAt(DISPATCH_LEVEL, act);
      return [stop?.code ?? 0, stop?.parameters[0] ?? 0];
    };
    const p = 0x1000;
    expect(at(() => flt.ExAcquireResourceExclusiveLite(p, true))).toEqual([0xc4, 0x37]);
    expect(at(() => flt.ExAcquireFastMutex(p))).toEqual([0xc4, 0x33]);
    expect(at(() => flt.FltGetStreamContext(flt.cast(p), flt.cast(p), out()))).toEqual(
      [0xc4, 0xf516]);
    expect(at(() => flt.FltSetStreamContext(flt.cast(p), flt.cast(p), 0, p, 0))).toEqual(
      [0xc4, 0xf516]);
    expect(at(() => flt.ExAcquirePushLockShared(p))).toEqual([0x192, 0]);
  });

  test('IRQL-1: every routine with a plain limit is refused right above it, allowed at it', () => {
    const levels = [PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL, 3];
    const wrong = [...contracts].flatMap(([name, { irql, lowest = 0, kind }]) => {
      if (kind === 'callback' || typeof irql !== 'number') return [];
      return levels.filter((level) => refused(name, level) !== (level > irql || level < lowest))
        .map((level) => `${name} at ${level}`);
    });
    expect(wrong).toEqual([]);
  });

  test('a release below DISPATCH_LEVEL is refused as well', () => {
    const stop = stopAt(APC_LEVEL, () => flt.KeReleaseSpinLock(0x1000, 0));
    expect(stop).toMatchObject({ code: 0xc4 });
    expect(stop?.parameters[0]).toBe(0x32);
    expect(stop?.text).toMatch(/KeReleaseSpinLock at APC_LEVEL; the lowest is DISPATCH_LEVEL/);
  });
});

describe('IRQL-4: a level that depends on an argument', () => {
  const highest = (name: string, ...args: unknown[]): number => {
    const contract = contracts.get(name);
    if (contract === undefined) throw new Error(name);
    return highestOf(contract, args);
  };

  test('pool: by type, by flags, by where the block lies', () => {
    expect(highest('ExAllocatePoolWithTag', flt.NonPagedPool, 16, TAG)).toBe(DISPATCH_LEVEL);
    expect(highest('ExAllocatePoolWithTag', flt.PagedPool, 16, TAG)).toBe(APC_LEVEL);
    expect(highest('ExAllocatePool2', flt.POOL_FLAG_PAGED, 16, TAG)).toBe(APC_LEVEL);
    expect(highest('ExAllocatePool2', flt.POOL_FLAG_NON_PAGED, 16, TAG)).toBe(DISPATCH_LEVEL);
    const paged = flt.ExAllocatePool2(flt.POOL_FLAG_PAGED, 16, TAG);
    const stop = stopAt(DISPATCH_LEVEL, () => flt.ExFreePool(paged));
    expect(stop).toMatchObject({ code: 0xc4 });
    expect(stop?.parameters[0]).toBe(0x11);
    expect(stop?.text).toMatch(/when P lies in paged memory/);
    flt.ExFreePool(paged);
  });

  test('IRQL-3: blocks and strings: any level while they are resident', () => {
    const paged = flt.ExAllocatePool2(flt.POOL_FLAG_PAGED, 64, TAG);
    const nonpaged = flt.ExAllocatePool2(flt.POOL_FLAG_NON_PAGED, 64, TAG);
    expect(stopAt(DISPATCH_LEVEL, () => flt.RtlZeroMemory(nonpaged, 64))).toBeUndefined();
    expect(stopAt(DISPATCH_LEVEL, () => flt.RtlZeroMemory(paged, 64))?.code).toBe(0xc4);
    const string = local(flt.UNICODE_STRING);
    flt.RtlInitEmptyUnicodeString(string, paged, 64);
    expect(highest('RtlCopyUnicodeString', string.address, 0)).toBe(APC_LEVEL);
    flt.RtlInitEmptyUnicodeString(string, nonpaged, 64);
    expect(highest('RtlCopyUnicodeString', string.address, 0)).toBe(31);
    flt.ExFreePool(paged);
    flt.ExFreePool(nonpaged);
  });

  test('IRQL-2: waits: DISPATCH_LEVEL with a timeout of zero only', () => {
    const zero = flt.localBytes(8);
    const event = local(flt.KEVENT);
    flt.KeInitializeEvent(event, flt.NotificationEvent, true);
    const wait = (timeout: number) => (): unknown =>
      flt.KeWaitForSingleObject(event.address, 0, 0, false, timeout);
    expect(stopAt(DISPATCH_LEVEL, wait(zero))).toBeUndefined();
    expect(stopAt(DISPATCH_LEVEL, wait(0))).toMatchObject({ code: 0xc4 });
    expect(stopAt(APC_LEVEL, wait(0))).toBeUndefined();
  });

  test('completing a pended operation: DISPATCH_LEVEL with FLT_PREOP_COMPLETE only', () => {
    const name = 'FltCompletePendedPreOperation';
    expect(highest(name, 0, flt.FLT_PREOP_COMPLETE, 0)).toBe(DISPATCH_LEVEL);
    expect(highest(name, 0, flt.FLT_PREOP_SUCCESS_NO_CALLBACK, 0)).toBe(APC_LEVEL);
  });

  test('DIS-8: own I/O: APC_LEVEL for paging I/O, else PASSIVE_LEVEL', () => {
    const flags = flt.FLTFL_IO_OPERATION_PAGING;
    expect(highest('FltReadFile', 0, 0, 0, 0, 0, flags)).toBe(APC_LEVEL);
    expect(highest('FltReadFile', 0, 0, 0, 0, 0, 0)).toBe(PASSIVE_LEVEL);
    const data = local(flt.FLT_CALLBACK_DATA);
    const iopb = local(flt.FLT_IO_PARAMETER_BLOCK);
    data.Iopb = iopb;
    expect(highest('FltPerformSynchronousIo', data.address)).toBe(PASSIVE_LEVEL);
    iopb.IrpFlags = flt.IRP_PAGING_IO;
    expect(highest('FltPerformSynchronousIo', data.address)).toBe(APC_LEVEL);
  });
});

describe('NULL where a pointer is required', () => {
  test('VER-2: a Filter Manager routine is 0xC4/0xF500 and names the parameter', () => {
    const stop = stopAt(PASSIVE_LEVEL, () => flt.FltRegisterFilter(0, flt.cast(0x1000), out()));
    expect(stop).toMatchObject({ code: 0xc4 });
    expect(stop?.parameters[0]).toBe(0xf500);
    expect(stop?.text).toMatch(/^FltRegisterFilter with Driver NULL/);
  });

  test('another routine is an access violation, 0x1E/0xC0000005', () => {
    const stop = stopAt(PASSIVE_LEVEL, () => flt.KeSetEvent(0, 0, false));
    expect(stop).toMatchObject({ code: 0x1e });
    expect((stop?.parameters[0] ?? 0) >>> 0).toBe(0xc0000005);
    expect(stop?.text).toMatch(/^KeSetEvent with Event NULL.*KRN-20/);
  });

  test('where NULL is allowed it passes', () => {
    const string = local(flt.UNICODE_STRING);
    expect(stopAt(PASSIVE_LEVEL, () => flt.RtlInitUnicodeString(string, 0))).toBeUndefined();
  });
});

describe('pageable memory', () => {
  test('KRN-3, POST-5: a view of paged pool at DISPATCH_LEVEL is 0xD1 with address and ' +
    'kind', () => {
    const block = flt.ExAllocatePool2(flt.POOL_FLAG_PAGED, CHECKED_DATA.size, TAG);
    const view = CHECKED_DATA.at(block);
    expect(stopAt(APC_LEVEL, () => { view.More = 1; })).toBeUndefined();
    expect(stopAt(DISPATCH_LEVEL, () => view.More)).toMatchObject(
      { code: 0xd1, parameters: [block + 4, DISPATCH_LEVEL, 0, 0] });
    expect(stopAt(DISPATCH_LEVEL, () => { view.Count = 2; })).toMatchObject(
      { code: 0xd1, parameters: [block, DISPATCH_LEVEL, 1, 0] });
    const { Count } = CHECKED_DATA.bound;
    expect(stopAt(DISPATCH_LEVEL, () => Count(flt.cast(block)))?.code).toBe(0xd1);
    flt.ExFreePool(block);
  });

  test('nonpaged pool and the stack may be touched', () => {
    const block = flt.ExAllocatePool2(flt.POOL_FLAG_NON_PAGED, CHECKED_DATA.size, TAG);
    expect(stopAt(DISPATCH_LEVEL, () => CHECKED_DATA.at(block).Count)).toBeUndefined();
    expect(stopAt(DISPATCH_LEVEL, () => local(CHECKED_DATA).Count)).toBeUndefined();
    flt.ExFreePool(block);
  });
});
