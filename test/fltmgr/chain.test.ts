// Compiled chains do what the interpreter does: whatever filters answer, callbacks see the same
// operation in the same order, and whoever asked gets the same result.
// @alone: it registers more filters than a window of routines holds.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { bootInline } from '#test/support/boot-inline.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { open } from '#test/support/open-file.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { local } from '#src/image/out.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { chainFor } from '#src/fltmgr/chain/chain.ts';
import { FltCompletePendedPostOperation, FltCompletePendedPreOperation }
  from '#src/fltmgr/pending/pending.ts';
import { FltDetachVolume } from '#src/fltmgr/attach/attach.ts';
import { sheetsInUse } from '#src/fltmgr/walk/irp-ctrl.ts';
import { STATUS_ACCESS_DENIED, STATUS_END_OF_FILE, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { FLT_IO_PARAMETER_BLOCK } from '#src/fltmgr/types.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { ProbeFs } from '#test/support/probe-fs.ts';
import type { PFLT_CALLBACK_DATA, PFLT_VOLUME } from '#src/fltmgr/types.ts';

const READ = 3;
const { set_Parameters_Read_Key } = FLT_IO_PARAMETER_BLOCK.bound;
const DIRTY = 0x80000000;
/** More operations than the interpreter walks before a chain is made. */
const HEAT = 130;

/** What a filter does with an operation, on the way down and up. */
interface Habit {
  readonly pre: 'with' | 'no' | 'pend-with' | 'pend-no' | 'complete' | 'sync' | 'none';
  readonly post: 'finished' | 'pend' | 'change-status' | 'write' | 'write-past' | 'write-kept';
  /** Changes the length, with and without telling; or past the view, by its address. */
  readonly change: 'not' | 'dirty' | 'silent' | 'past';
  /** What it looks at: all, whose turn it is, or nothing. */
  readonly looks: 'all' | 'turn' | 'not';
}

let shutdown: () => void;
let fs: ProbeFs;
let made: MadeFilter[];
let log: string[];
/** By filter; what it does now. */
let habits: Habit[];
/** By filter; the address of the parameters, which its post-operation callback does not ask for. */
let kept: number[];

beforeEach(() => {
  shutdown = bootInline();
  fs = mountProbeFs();
  made = [];
  log = [];
  kept = [];
});

afterEach(() => {
  for (const one of made) one.unregister();
  expect(sheetsInUse()).toBe(0);
  fs.unmount();
  shutdown();
});

function volume(): PFLT_VOLUME {
  return fs.mounted.volume;
}

function seen(looks: Habit['looks'], Data: FltCallbackData, objects: FltRelatedObjects): string {
  if (looks === 'not') return '';
  if (looks === 'turn') return `${objects.Instance} ${objects.Filter}`;
  const { Iopb } = Data;
  return `${Iopb.TargetInstance} ${Iopb.Parameters.Read.Length} ` +
    `${Iopb.TargetInstance === objects.Instance} ${Iopb.TargetFileObject === objects.FileObject} ${Data.Flags >>> 0} ${objects.Size} ` +
    `${objects.TransactionContext} ${Iopb.IrpFlags} ${Iopb.MajorFunction} ` +
      `${Iopb.Parameters.Read.Key}`;
}

function preOf(index: number) {
  return (
    Data: FltCallbackData, objects: FltRelatedObjects, Context: { value: number },
  ): number => {
    const { pre, change, looks, post } = habits[index]!;
    log.push(`pre ${index} ${seen(looks, Data, objects)}`);
    if (post === 'write-kept') kept[index] = Data.Iopb.address;
    if (change === 'past') set_Parameters_Read_Key(Data.Iopb.address, 7 + index);
    else if (change !== 'not') Data.Iopb.Parameters.Read.Length += 1 + index;
    if (change === 'dirty') Data.Flags |= DIRTY;
    switch (pre) {
      case 'no': return 1;
      case 'sync': Context.value = 70 + index; return 5;
      case 'complete':
        Data.IoStatus.Status = STATUS_ACCESS_DENIED;
        return 4;
      case 'pend-with':
        FltCompletePendedPreOperation(Data.address as PFLT_CALLBACK_DATA, 0, 90 + index);
        return 2;
      case 'pend-no':
        FltCompletePendedPreOperation(Data.address as PFLT_CALLBACK_DATA, 1, 0);
        return 2;
      default: Context.value = 50 + index; return 0;
    }
  };
}

function postOf(index: number) {
  return (
    Data: FltCallbackData, objects: FltRelatedObjects, context: number, flags: number,
  ): number => {
    const { post, looks } = habits[index]!;
    log.push(`post ${index} ${seen(looks, Data, objects)} ${Data.IoStatus.Status} ${context} ` +
      `${flags}`);
    if (post === 'write-kept' && kept[index] !== undefined) {
      set_Parameters_Read_Key(kept[index] as never, 60 + index);
    }
    if (post === 'write') Data.Iopb.Parameters.Read.Length = 70 + index;
    if (post === 'write-past') set_Parameters_Read_Key(Data.Iopb.address, 80 + index);
    if (post === 'change-status') Data.IoStatus.Status = STATUS_END_OF_FILE;
    if (post !== 'pend') return 0;
    FltCompletePendedPostOperation(Data.address as PFLT_CALLBACK_DATA);
    return 1;
  };
}

function addFilters(kinds: readonly Habit[]): void {
  for (const [index, { pre }] of kinds.entries()) {
    made.push(makeFilter({ name: `f${index}`, altitude: String(1000 - index), operations: [
      { major: READ, post: postOf(index), ...(pre !== 'none' && { pre: preOf(index) }) }],
    queryTeardown: () => STATUS_SUCCESS }));
  }
}

function read(handle: number): string {
  const frame = pushFrame();
  const iosb = local(IO_STATUS_BLOCK);
  const status = NtReadFile(handle, 0, iosb.address, 0x20000, 100, 0);
  const result = `${status} ${iosb.Status} ${iosb.Information}`;
  popFrame(frame);
  return result;
}

const plain: Habit = { pre: 'with', post: 'finished', change: 'not', looks: 'not' };
const habit: fc.Arbitrary<Habit> = fc.record({
  pre: fc.constantFrom('with', 'with', 'no', 'pend-with', 'pend-no', 'complete', 'sync', 'none'),
  post: fc.constantFrom('finished', 'finished', 'pend', 'change-status', 'write', 'write-past',
    'write-kept'),
  change: fc.constantFrom('not', 'not', 'dirty', 'silent', 'past'),
  looks: fc.constantFrom('all', 'turn', 'not'),
});

describe('a compiled chain', () => {
  test('shows callbacks what the interpreter shows them, whatever they answer', () => {
    fc.assert(fc.property(fc.array(habit, { minLength: 1, maxLength: 5 }), (kinds) => {
      addFilters(kinds);
      const { handle } = open('P:\\f');
      habits = [...kinds];
      const cold = [read(handle), read(handle), ...log];
      habits = kinds.map(() => plain);
      for (let i = 0; i < HEAT; i++) read(handle);
      expect(chainFor(volume(), READ)).not.toBeNull();
      habits = [...kinds];
      log = [];
      expect([read(handle), read(handle), ...log]).toEqual(cold);
      NtClose(handle);
      for (const one of made.splice(0)) one.unregister();
      log = [];
    }), { numRuns: 100 });
  });

  test('is left behind when a filter attaches or detaches', () => {
    habits = [plain, plain, plain];
    addFilters([plain, plain]);
    const { handle } = open('P:\\f');
    for (let i = 0; i < HEAT; i++) read(handle);
    expect(chainFor(volume(), READ)).not.toBeNull();
    made.push(makeFilter({ name: 'late', altitude: '5',
      operations: [{ major: READ, pre: preOf(2), post: postOf(2) }] }));
    log = [];
    read(handle);
    expect(log.map((line) => line.slice(0, 6))).toEqual(
      ['pre 0 ', 'pre 1 ', 'pre 2 ', 'post 2', 'post 1', 'post 0']);
    FltDetachVolume(made[0]!.filter, volume(), 0 as never);
    log = [];
    read(handle);
    expect(log.map((line) => line.slice(0, 6))).toEqual(['pre 1 ', 'pre 2 ', 'post 2', 'post 1']);
    NtClose(handle);
  });

  test('lets a callback do I/O of its own on the same volume', () => {
    habits = [plain];
    const { handle } = open('P:\\f');
    const inner = open('P:\\g').handle;
    let depth = 0;
    made.push(makeFilter({ name: 'nested', altitude: '7', operations: [{ major: READ, pre: () => {
      log.push(`pre at depth ${depth}`);
      if (depth === 0) {
        depth++;
        read(inner);
        depth--;
      }
      return 0;
    }, post: () => (log.push(`post at depth ${depth}`), 0) }] }));
    for (let i = 0; i < HEAT; i++) read(handle);
    log = [];
    read(handle);
    expect(log).toEqual(['pre at depth 0', 'pre at depth 1', 'post at depth 1', 'post at depth 0']);
    NtClose(inner);
    NtClose(handle);
  });
});
