// Where documents disagree, the machine has taken sides (section 14): the names and values that it
// publishes, and the levels that it holds routines to. What is about the behaviour of one room is
// shown in that room's tests.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as flt from '#src/fltKernel.ts';
import { COMPLETION_NODE, IRP_CTRL } from '#src/fltmgr/walk/irp-ctrl.ts';
import { checkPreStatus } from '#src/fltmgr/walk/walk-slow.ts';
import { local } from '#src/image/out.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { breachOf, withChecks } from '#src/verifier/check.ts';
import { contracts } from '#src/verifier/contracts.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import { stopAt } from './support.ts';
import type { Contract } from '#src/verifier/contracts.ts';

const { APC_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } = flt;
const names = new Set(Object.keys(flt));

let shutdown: () => void;
beforeAll(() => { shutdown = bootInline(); });
afterAll(() => shutdown());

function contractOf(name: string): Contract {
  const found = contracts.get(name);
  if (found === undefined) throw new Error(`${name} has no contract`);
  return found;
}

/** Whether the checked machine refuses a routine at a level. */
function refuses(name: string, irql: number): boolean {
  let ran = false;
  const routine = withChecks(name, contractOf(name), () => { ran = true; });
  stopAt(irql, () => (routine as (...args: number[]) => void)(4, 4, 4, 4, 4, 4, 4, 4));
  return !ran;
}

describe('names and values', () => {
  test('DIS-1, S5.25: the pending answer is FLT_POSTOP_MORE_PROCESSING_REQUIRED, no other', () => {
    expect(flt.FLT_POSTOP_MORE_PROCESSING_REQUIRED).toBe(1);
    expect(names.has('FLT_STATUS_MORE_PROCESSING_REQUIRED')).toBe(false);
  });

  test('DIS-2, S1.25: the synchronising answer is FLT_PREOP_SYNCHRONIZE, no other', () => {
    expect(flt.FLT_PREOP_SYNCHRONIZE).toBe(5);
    expect(names.has('FLT_PREOPERATION_SYNCHRONIZE')).toBe(false);
    expect(names.has('FLT_STATUS_DISALLOW_FAST_IO')).toBe(false);
    expect(flt.STATUS_FLT_DISALLOW_FAST_IO >>> 0).toBe(0xc01c0004);
  });

  test('DIS-13: the mask of transaction notifications has COMMIT_FINALIZE in it', () => {
    expect(flt.FLT_MAX_TRANSACTION_NOTIFICATIONS & flt.TRANSACTION_NOTIFY_COMMIT_FINALIZE)
      .toBe(flt.TRANSACTION_NOTIFY_COMMIT_FINALIZE);
  });

  test('DIS-14, DIS-16: FLT_SECTION_CONTEXT is 0x40; NEW_SYSTEM_BUFFER is 0x100000', () => {
    expect(flt.FLT_SECTION_CONTEXT).toBe(0x40);
    expect(flt.FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER).toBe(0x100000);
  });

  test('DIS-15: major code -7 is IRP_MJ_QUERY_OPEN', () => {
    expect(flt.IRP_MJ_QUERY_OPEN << 24 >> 24).toBe(-7);
    expect(names.has('IRP_MJ_NOTIFY_STREAM_FO_CREATION')).toBe(false);
  });
});

describe('levels', () => {
  test('DIS-5: FltCancelFileOpen is for PASSIVE_LEVEL', () => {
    expect([PASSIVE_LEVEL, APC_LEVEL].map((irql) => refuses('FltCancelFileOpen', irql)))
      .toEqual([false, true]);
  });

  test('DIS-9, DIS-28: where annotation and page differ, the page holds', () => {
    const page: readonly (readonly [string, number])[] = [
      ['FltAttachVolume', PASSIVE_LEVEL], ['FltAttachVolumeAtAltitude', PASSIVE_LEVEL],
      ['FltIs32bitProcess', APC_LEVEL], ['FltRequestOperationStatusCallback', APC_LEVEL],
      ['FltReleaseContexts', DISPATCH_LEVEL], ['FltGetDiskDeviceObject', DISPATCH_LEVEL],
    ];
    for (const [name, highest] of page) {
      expect([name, refuses(name, highest), refuses(name, highest + 1)]).toEqual(
        [name, false, true]);
    }
    expect(refuses('FltClearCancelCompletion', 3)).toBe(false);
  });

  test('VER-6: what WDM drivers are held to has the number of its rule', () => {
    const rule = (name: string, highest: number): number =>
      breachOf(name, contractOf(name), highest)[1];
    expect(rule('KeReadStateEvent', DISPATCH_LEVEL)).toBe(0x20011);
    expect(rule('ExFlushLookasideListEx', APC_LEVEL)).toBe(0x20006);
    expect(rule('IoCheckShareAccess', PASSIVE_LEVEL)).toBe(0x2000a);
    expect(rule('ObReferenceObjectByHandle', PASSIVE_LEVEL)).toBe(0x2001b);
    expect(rule('ZwClose', PASSIVE_LEVEL)).toBe(0xe6);
  });

  test('VER-8: KeSetEvent with Wait TRUE is not for DISPATCH_LEVEL', () => {
    const event = contractOf('KeSetEvent');
    const set = withChecks('KeSetEvent', event, () => 0);
    const call = (wait: boolean) => (): unknown =>
      (set as (...args: unknown[]) => unknown)(4, 0, wait);
    expect(stopAt(DISPATCH_LEVEL, call(false))).toBeUndefined();
    expect(stopAt(DISPATCH_LEVEL, call(true))?.parameters[0]).toBe(0x80);
  });
});

test('DIS-19: mounting and dismounting cannot be disallowed, though they come as fast I/O', () => {
  const frame = pushFrame();
  const sheet = local(IRP_CTRL);
  const node = local(COMPLETION_NODE);
  sheet.Data.Flags = flt.FLTFL_CALLBACK_DATA_FAST_IO_OPERATION;
  const disallow = (major: number) => (): unknown => {
    sheet.Iopb.MajorFunction = major;
    return checkPreStatus(sheet.address, node.address, flt.FLT_PREOP_DISALLOW_FASTIO);
  };
  for (const major of [flt.IRP_MJ_VOLUME_MOUNT, flt.IRP_MJ_VOLUME_DISMOUNT]) {
    expect(stopAt(PASSIVE_LEVEL, disallow(major))?.parameters[0]).toBe(0xf50c);
  }
  expect(stopAt(PASSIVE_LEVEL, disallow(flt.IRP_MJ_READ))).toBeUndefined();
  popFrame(frame);
});
