// What the checked machine says about callbacks, beyond the answers that are checked always (12.1):
// each rule with a filter that breaks it and one that only looks as if.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open } from '#test/support/open-file.ts';
import { FltClearCallbackDataDirty, FltSetCallbackDataDirty } from '#src/fltmgr/data.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '#src/ntos/ex/types.ts';
import { ExDeleteResourceLite, ExInitializeResourceLite } from '#src/ntos/ex/lock/resource.ts';
import { FltAcquireResourceExclusive, FltReleaseResource } from '#src/fltmgr/lock/locks.ts';
import { forgetLocks } from '#src/verifier/lock/held-locks.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK,
  FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2, FSCTL_SET_SPARSE }
  from '#src/ntos/io/control-codes.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { IRP_NOCACHE, IRP_PAGING_IO, IRP_SYNCHRONOUS_PAGING_IO } from '#src/ntos/io/types.ts';
import { IoAllocateMdl, MmBuildMdlForNonPagedPool } from '#src/ntos/io/irp/mdl.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtFsControlFile, NtLockFile, NtNotifyChangeDirectoryFile }
  from '#src/ntos/io/service/nt-control.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { STATUS_ACCESS_DENIED, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { BUFFER, COMPLETE, FINISHED, NO_CALLBACK, ProbeMachine, READ, SYNCHRONIZE, WITH_CALLBACK }
  from './probe-machine.ts';
import { stopAt } from '../verifier/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';

const IOSB = 0x2_8000;
const TAG = poolTag('Tver');
let m: ProbeMachine;
/** What the last bug check said. */
let said = '';
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  if (machineState() !== MACHINE_CRASHED) m.end();
});

/** The violation that `act` raises, as the low byte of the first parameter; -1 for none. */
function violation(act: () => unknown): number {
  const stop = stopAt(0, act);
  if (stop === undefined) return -1;
  said = stop.text;
  // After a bug check nothing is given back: the machine starts afresh.
  m = new ProbeMachine();
  return stop.code === 0xc4 ? (stop.parameters[0] ?? 0) - 0xf500 : stop.code;
}

describe('violation 20: parameters changed without the dirty flag', () => {
  const change = (act: (data: FltCallbackData) => void, answer: number): number => {
    m.filter('a', '100', (data) => {
      act(data);
      return answer;
    }, () => FINISHED);
    return violation(() => m.read());
  };
  const shorter = (data: FltCallbackData): void => void (data.Iopb.Parameters.Read.Length = 8);

  test('OP-13: the change is lost, and the filter hears of it', () => {
    expect(change(shorter, WITH_CALLBACK)).toBe(20);
    expect(change(shorter, NO_CALLBACK)).toBe(20);
    expect(change((data) => (data.Iopb.MinorFunction = 1), NO_CALLBACK)).toBe(20);
  });

  test('OP-13: with the flag, or taken back, or on an operation that is completed: nothing', () => {
    expect(change((data) => {
      shorter(data);
      FltSetCallbackDataDirty(data.address);
    }, WITH_CALLBACK)).toBe(-1);
    m.remove(m.filters[0]!);
    expect(change((data) => {
      const length = data.Iopb.Parameters.Read.Length;
      shorter(data);
      FltSetCallbackDataDirty(data.address);
      data.Iopb.Parameters.Read.Length = length;
      FltClearCallbackDataDirty(data.address);
    }, NO_CALLBACK)).toBe(-1);
    m.remove(m.filters[0]!);
    expect(change(shorter, COMPLETE)).toBe(-1);
  });
});

describe('members that are constant for the life of an operation', () => {
  const write = (act: (data: FltCallbackData) => void, inPost = false): number => {
    const made = m.filter('a', '100', (data) => {
      if (!inPost) act(data);
      FltSetCallbackDataDirty(data.address);
      return WITH_CALLBACK;
    }, (data) => {
      if (inPost) act(data);
      return FINISHED;
    });
    const found = violation(() => m.read());
    if (found === -1) m.remove(made);
    return found;
  };

  test('OP-13: Thread and RequestorMode cannot be changed, with or without the dirty flag', () => {
    expect(write(() => undefined)).toBe(-1);
    expect(write((data) => void (data.Thread = 4 as never))).toBe(0);
    expect(said).toMatch(/Pre changed Thread or RequestorMode/);
    expect(write((data) => void (data.RequestorMode = 1 - data.RequestorMode))).toBe(0);
    expect(write((data) => void (data.RequestorMode = 1 - data.RequestorMode), true)).toBe(0);
    expect(said).toMatch(/Post changed Thread or RequestorMode/);
  });
});

describe('violation 21: a result in a pre-op that passes the operation on', () => {
  const result = (answer: number, status: number, information = 0): number => {
    m.filter('a', '100', (data) => {
      data.IoStatus.Status = status as never;
      data.IoStatus.Information = information;
      return answer;
    }, () => FINISHED);
    return violation(() => m.read());
  };

  test('OP-14: only COMPLETE may set IoStatus', () => {
    expect(result(WITH_CALLBACK, STATUS_ACCESS_DENIED)).toBe(21);
    expect(result(NO_CALLBACK, 0, 5)).toBe(21);
    expect(result(COMPLETE, STATUS_ACCESS_DENIED)).toBe(-1);
  });
});

describe('violation 16: SYNCHRONIZE where it must not be (PRE-12)', () => {
  const synchronised = (major: number, act: (handle: number) => unknown, options = 0): number => {
    m.filter('a', '100', () => SYNCHRONIZE, () => FINISHED, major);
    const { handle } = open('P:\\f', { options });
    m.handles.push(handle);
    const found = violation(() => act(handle));
    for (const made of m.filters.splice(0)) made.unregister();
    return found;
  };
  const fsctl = (code: number) => (handle: number): unknown =>
    NtFsControlFile(handle, 0, IOSB, code, 0, 0, 0, 0);

  test('PRE-12: asynchronous transfers; synchronous ones may be', () => {
    const read = (flags: number) => (handle: number): unknown =>
      NtReadFile(handle, 0, IOSB, BUFFER, 16, 0, 0, flags);
    expect(synchronised(READ, read(0))).toBe(16);
    expect(synchronised(READ, read(IRP_PAGING_IO | IRP_NOCACHE))).toBe(16);
    expect(synchronised(READ, read(0), FILE_SYNCHRONOUS_IO_NONALERT)).toBe(-1);
    expect(synchronised(READ, read(IRP_PAGING_IO | IRP_NOCACHE | IRP_SYNCHRONOUS_PAGING_IO)))
      .toBe(-1);
  });

  test.each([['FILTER', FSCTL_REQUEST_FILTER_OPLOCK], ['BATCH', FSCTL_REQUEST_BATCH_OPLOCK],
    ['LEVEL_1', FSCTL_REQUEST_OPLOCK_LEVEL_1], ['LEVEL_2', FSCTL_REQUEST_OPLOCK_LEVEL_2],
    ['OPLOCK', FSCTL_REQUEST_OPLOCK]])('PRE-12: a request for an oplock (%s)', (_name, code) => {
    expect(synchronised(0x0d, fsctl(code))).toBe(16);
  });

  test('PRE-12: change notifications and locks; other control codes may be', () => {
    expect(synchronised(0x0c, (handle) =>
      NtNotifyChangeDirectoryFile(handle, 0, IOSB, BUFFER, 64, 1, false))).toBe(16);
    expect(synchronised(0x11, (handle) => NtLockFile(handle, 0, IOSB, 0, 1, 0, true, true)))
      .toBe(16);
    expect(synchronised(0x0d, fsctl(FSCTL_SET_SPARSE))).toBe(-1);
  });

  test('PRE-12: a create is redundant but allowed', () => {
    m.filter('a', '100', () => SYNCHRONIZE, () => FINISHED, 0);
    const { status, handle } = open('P:\\f');
    m.handles.push(handle);
    expect(status).toBe(STATUS_SUCCESS);
  });
});

describe('violation 31: a swapped buffer that is too short (PRE-17)', () => {
  function swap(bytes: number, length: number, flags: number): number {
    let buffer = 0;
    m.filter('a', '100', (data) => {
      buffer = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
      data.Iopb.Parameters.Read.ReadBuffer = buffer;
      const mdl = IoAllocateMdl(buffer, bytes);
      MmBuildMdlForNonPagedPool(mdl);
      data.Iopb.Parameters.Read.MdlAddress = mdl;
      FltSetCallbackDataDirty(data.address);
      return WITH_CALLBACK;
    }, () => {
      ExFreePoolWithTag(buffer, TAG);
      return FINISHED;
    });
    const { handle } = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT });
    m.handles.push(handle);
    const found = violation(() => NtReadFile(handle, 0, IOSB, BUFFER, length, 0, 0, flags));
    for (const made of m.filters.splice(0)) made.unregister();
    return found;
  }

  test('PRE-17: a non-cached transfer needs whole sectors, whatever its length', () => {
    expect(swap(100, 100, IRP_NOCACHE)).toBe(31);
    expect(swap(512, 513, IRP_NOCACHE)).toBe(31);
    expect(swap(512, 100, IRP_NOCACHE)).toBe(-1);
    expect(swap(4096, 4096, IRP_NOCACHE)).toBe(-1);
    expect(swap(100, 100, 0)).toBe(-1);
  });
});

describe('violation 15: a cleanup or close that fails', () => {
  test.each([0x12, 2])('OP-11: failed by a post-op (%i)', (major) => {
    const fails = (data: FltCallbackData): number => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      return FINISHED;
    };
    m.filter('a', '100', () => WITH_CALLBACK, fails, major);
    const { handle } = open('P:\\f');
    expect(violation(() => NtClose(handle))).toBe(15);
  });
});

describe('PRE-13: a lock that is held from the pre-op to the post-op', () => {
  function held(answer: number, release: boolean): number {
    const lock = ExAllocatePoolWithTag(NonPagedPool, 64, TAG);
    ExInitializeResourceLite(lock);
    m.filter('a', '100', () => {
      FltAcquireResourceExclusive(lock);
      if (release) FltReleaseResource(lock);
      return answer;
    }, () => {
      if (!release) FltReleaseResource(lock);
      return FINISHED;
    });
    const { handle } = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT });
    m.handles.push(handle);
    const found = violation(() => NtReadFile(handle, 0, IOSB, BUFFER, 16, 0));
    if (found !== -1) return found;
    for (const made of m.filters.splice(0)) made.unregister();
    ExDeleteResourceLite(lock);
    ExFreePoolWithTag(lock, TAG);
    return found;
  }

  test.each([['WITH_CALLBACK', WITH_CALLBACK], ['SYNCHRONIZE', SYNCHRONIZE]])(
    'PRE-13: %s with a resource held is the resource; with it released, ' +
      'nothing', (_name, answer) => {
      expect(held(answer, true)).toBe(-1);
      expect(held(answer, false)).toBe(0xc5 - 0xf500);
      expect(said).toMatch(/Pre returned with ERESOURCE .* held/);
      forgetLocks();
    });
});
