// Redirecting operations to another volume or another file (OP-19 to OP-22).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { open } from '#test/support/open-file.ts';
import { FltSetCallbackDataDirty } from '#src/fltmgr/data.ts';
import { instancesOfFilter } from '#src/fltmgr/attach/instance.ts';
import { FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { FltAdjustDeviceStackSizeForIoRedirection, FltIsIoRedirectionAllowed,
  FltIsIoRedirectionAllowedForOperation } from '#src/fltmgr/initiated/redirect.ts';
import { u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { MAX_STACK_LOCATIONS } from '#src/mem/param.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { FILE_OBJECT } from '#src/ntos/io/types.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { statusName } from '#src/ntos/status.ts';
import { FINISHED, NO_CALLBACK, ProbeMachine, READ, WITH_CALLBACK } from './probe-machine.ts';
import { FastProbe } from './fast-probe.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { ProbeFs } from '#test/support/probe-fs.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

let m: ProbeMachine;
let other: ProbeFs;
let fast: FastProbe;
/** An open file on the other volume. */
let there: PFILE_OBJECT;
let thereHandle: number;
beforeEach(() => {
  fast = new FastProbe();
  m = new ProbeMachine({ fast: fast.table });
  start();
});
afterEach(() => {
  if (machineState() !== MACHINE_CRASHED) end();
});

function start(stackSize = 1): void {
  other = mountProbeFs({ letter: 'Q', name: '\\Device\\Other', stackSize, fast: fast.table });
  thereHandle = open('Q:\\g').handle;
  there = other.files.at(-1)!;
}
function end(): void {
  NtClose(thereHandle);
  for (const handle of m.handles.splice(0)) NtClose(handle);
  for (const made of m.filters.splice(0)) made.unregister();
  other.unmount();
  m.end();
}

const name = (instance: number): string => {
  if (instance === 0) return '-';
  return FLT_INSTANCE.bound.Volume(instance as PFLT_INSTANCE) === other.mounted.volume ? 'Q' : 'P';
};
function instances(made: MadeFilter): { P: PFLT_INSTANCE; Q: PFLT_INSTANCE } {
  const [a, b] = instancesOfFilter(made.filter);
  return name(a!) === 'P' ? { P: a!, Q: b! } : { P: b!, Q: a! };
}

/** Logs each callback: whose, on which volume, with which file and length. */
function log(who: string, phase: string, data: FltCallbackData, objects: FltRelatedObjects): void {
  const volume = objects.Volume === other.mounted.volume ? 'Q' : 'P';
  const file = objects.FileObject === there ? 'g' : 'f';
  expect(objects.FileObject).toBe(data.Iopb.TargetFileObject);
  expect(objects.Instance).toBe(data.Iopb.TargetInstance);
  m.log.push(`${who} ${phase} ${name(objects.Instance)}${volume}${file} ` +
    `${data.Iopb.Parameters.Read.Length}`);
}

type Change = (data: FltCallbackData, made: MadeFilter) => void;
/** Three filters on both volumes; the middle one changes where reads on P: go. */
function three(change: Change): MadeFilter {
  const add = (who: string, altitude: string, act: Change = () => undefined): MadeFilter => {
    const made: MadeFilter = m.add({ name: who, altitude, operations: [{ major: READ,
      pre: (data, objects) => {
        log(who, 'pre', data, objects);
        if (objects.Volume === m.fs.mounted.volume) act(data, made);
        return WITH_CALLBACK;
      },
      post: (data, objects) => {
        log(who, 'post', data, objects);
        return FINISHED;
      } }] });
    return made;
  };
  add('top', '300');
  const made = add('mid', '200', change);
  add('low', '100');
  return made;
}

const toOther: Change = (data, made) => {
  data.Iopb.TargetInstance = instances(made).Q;
  data.Iopb.TargetFileObject = there;
  data.Iopb.Parameters.Read.Length = 7;
  FltSetCallbackDataDirty(data.address);
};

describe('another volume', () => {
  test('OP-20, OP-22: the operation goes on below that instance; those above see nothing of it',
    () => {
      three(toOther);
      m.fs.information = 1;
      other.information = 2;
      m.read(50);
      expect(m.log).toEqual(['top pre PPf 50', 'mid pre PPf 50', 'low pre QQg 7', 'low post QQg 7',
        'mid post PPf 50', 'top post PPf 50']);
      expect([m.fs.lengths, other.lengths, m.outcome.information]).toEqual([[], [7], 2]);
    });

  test('OP-20: completed later, in the completion routine, as well', () => {
    three(toOther);
    other.keep = (major) => major === READ;
    m.read(50);
    expect(m.log.length).toBe(3);
    other.complete();
    expect(m.log.slice(3)).toEqual(['low post QQg 7', 'mid post PPf 50', 'top post PPf 50']);
  });

  test('OP-20: fast I/O too', () => {
    three(toOther);
    const { handle } = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT });
    m.handles.push(handle);
    const file = m.fs.files.at(-1)!;
    FILE_OBJECT.bound.set_PrivateCacheMap(file, 1);
    NtReadFile(handle, 0, 0x2_8000, 0x2_0000, 50, 0);
    expect(m.log.length).toBe(6);
    // The file system below the other volume is called, with the other file.
    expect([fast.last('FastIoRead')[0], fast.last('FastIoRead')[2]]).toEqual([there, 7]);
    expect(fast.last('FastIoRead').at(-1)).toBe(other.mounted.fsDevice);
  });

  test('OP-22: without the dirty flag nothing is redirected', () => {
    three((data, made) => {
      data.Iopb.TargetInstance = instances(made).Q;
      data.Iopb.TargetFileObject = there;
    });
    m.read(50);
    expect([m.fs.lengths, other.lengths]).toEqual([[50], []]);
  });

  test.each<[string, Change]>([
    ['nothing', (data) => void (data.Iopb.TargetInstance = 0 as PFLT_INSTANCE)],
    ['a filter', (data, made) => void (data.Iopb.TargetInstance = made.filter as never)],
    ['another filter\'s', (data) =>
      void (data.Iopb.TargetInstance = instances(m.filters[2]!).Q)],
    ['on the same volume', (data) =>
      void (data.Iopb.TargetInstance = instances(m.filters[2]!).P)],
  ])('OP-20: an instance that is %s is violation 30', (_what, change) => {
    three((data, made) => {
      change(data, made);
      FltSetCallbackDataDirty(data.address);
    });
    expect(bugCheckOf(() => m.read())).toEqual([0xc4, 0xf51e]);
    m = new ProbeMachine();
    start();
  });

  test('OP-21: the file must lie on the volume of the instance', () => {
    three((data, made) => {
      data.Iopb.TargetInstance = instances(made).Q;
      FltSetCallbackDataDirty(data.address);
    });
    expect(bugCheckOf(() => m.read())).toEqual([0xc4, 0xf51e]);
    m = new ProbeMachine();
    start();
    three((data) => {
      data.Iopb.TargetFileObject = there;
      FltSetCallbackDataDirty(data.address);
    });
    expect(bugCheckOf(() => m.read())).toEqual([0xc4, 0xf51e]);
    m = new ProbeMachine();
    start();
  });

  test('OP-21, OP-22: another file of the same volume: lower filters are shown that one', () => {
    const { handle } = open('P:\\second');
    m.handles.push(handle);
    const second = m.fs.files.at(-1)!;
    const seen: boolean[] = [];
    m.filter('mid', '200', (data) => {
      data.Iopb.TargetFileObject = second;
      FltSetCallbackDataDirty(data.address);
      return WITH_CALLBACK;
    }, (_data, objects) => {
      seen.push(objects.FileObject === second);
      return FINISHED;
    });
    m.filter('low', '100', (_data, objects) => {
      seen.push(objects.FileObject === second);
      return NO_CALLBACK;
    });
    m.read(10, m.open());
    expect(seen).toEqual([true, false]);
  });

  test('OP-19: MajorFunction and Reserved cannot be changed; MinorFunction and flags can', () => {
    const change = (act: (data: FltCallbackData) => void): (() => void) => {
      for (const made of m.filters.splice(0)) made.unregister();
      m.filter('mid', '200', (data) => {
        act(data);
        FltSetCallbackDataDirty(data.address);
        return WITH_CALLBACK;
      }, () => FINISHED);
      const seen: number[] = [];
      m.filter('low', '100', (data) => {
        seen.push(data.Iopb.MinorFunction, data.Iopb.OperationFlags, data.Iopb.IrpFlags & 1);
        return NO_CALLBACK;
      });
      return () => {
        m.read();
        expect(seen).toEqual([2, 4, 1]);
      };
    };
    change((data) => {
      data.Iopb.MinorFunction = 2;
      data.Iopb.OperationFlags = 4;
      data.Iopb.IrpFlags |= 1;
    })();
    const forbidden: ((data: FltCallbackData) => void)[] =
      [(data) => void (data.Iopb.MajorFunction = 4), (data) => void (data.Iopb.Reserved = 1)];
    for (const act of forbidden) {
      expect(bugCheckOf(change(act))).toEqual([0xc4, 0xf51e]);
      m = new ProbeMachine();
      start();
    }
  });
});

describe('stack sizes (OP-20)', () => {
  const asked = (call: (out: number) => number): [string, number] => {
    const frame = pushFrame();
    const out = stackAlloc(4);
    u8[out] = 9;
    const status = call(out);
    const answer = u8[out]!;
    popFrame(frame);
    return [statusName(status as never), answer];
  };
  function deeper(stackSize: number): void {
    NtClose(thereHandle);
    other.unmount();
    start(stackSize);
  }

  test('OP-20: allowed to a stack that is not deeper; a deeper one after the source was adjusted',
    () => {
      deeper(3);
      const made = three(() => undefined);
      const { P, Q } = instances(made);
      const allowed = (from: PFLT_INSTANCE, to: PFLT_INSTANCE): [string, number] =>
        asked((out) => FltIsIoRedirectionAllowed(from, to, out));
      const ok = 'STATUS_SUCCESS';
      expect([allowed(Q, P), allowed(P, Q)]).toEqual([[ok, 1], [ok, 0]]);
      const adjust = (): [string, number] =>
        asked((out) => FltAdjustDeviceStackSizeForIoRedirection(P, Q, out));
      expect(adjust()).toEqual([ok, 1]);
      expect([allowed(P, Q), adjust()]).toEqual([[ok, 1], [ok, 0]]);
    });

  test('OP-20: instances that are no twins: STATUS_NOT_SUPPORTED; too deep: INVALID_PARAMETER',
    () => {
      deeper(MAX_STACK_LOCATIONS);
      const made = three(() => undefined);
      const low = m.filters[2]!;
      const { P, Q } = instances(made);
      const no = ['STATUS_NOT_SUPPORTED', 9];
      expect(asked((out) => FltIsIoRedirectionAllowed(P, instances(low).Q, out))).toEqual(no);
      expect(asked((out) => FltIsIoRedirectionAllowed(P, P, out))).toEqual(no);
      expect(asked((out) => FltAdjustDeviceStackSizeForIoRedirection(P, P, out))).toEqual(no);
      expect(asked((out) => FltAdjustDeviceStackSizeForIoRedirection(P, Q, out)))
        .toEqual(['STATUS_INVALID_PARAMETER', 9]);
      expect(bugCheckOf(() => FltIsIoRedirectionAllowed(P, made.filter as never, 0)))
        .toEqual([0xc4, 0xf500]);
    });

  test('OP-20: this operation, by its own IRP; an IRP that is too short is violation 30', () => {
    deeper(3);
    const answers: unknown[] = [];
    three((data, made) => {
      const { Q } = instances(made);
      answers.push(asked((out) => FltIsIoRedirectionAllowedForOperation(data.address, Q, out, 0)));
      answers.push(asked((out) => FltIsIoRedirectionAllowedForOperation(data.address, Q, 0, out)));
      toOther(data, made);
    });
    expect(bugCheckOf(() => m.read())).toEqual([0xc4, 0xf51e]);
    expect(answers).toEqual([['STATUS_SUCCESS', 0], ['STATUS_SUCCESS', 0]]);
    m = new ProbeMachine();
    start(3);
    three(toOther);
    const { P, Q } = instances(m.filters[1]!);
    FltAdjustDeviceStackSizeForIoRedirection(P, Q, 0);
    m.read(50);
    expect(other.lengths).toEqual([7]);
  });
});
