// The walk down and up: order, answers, parameter visibility, pending, synchronised operations.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { open } from '#test/support/open-file.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { local, out } from '#src/image/out.ts';
import { FILE_NO_INTERMEDIATE_BUFFERING, FILE_SYNCHRONOUS_IO_NONALERT, FILE_WRITE_THROUGH }
  from '#src/ntos/io/file-constants.ts';
import { IO_STATUS_BLOCK, IRP_NOCACHE, IRP_READ_OPERATION, IRP_WRITE_OPERATION, SL_WRITE_THROUGH }
  from '#src/ntos/io/types.ts';
import { FltCompletePendedPostOperation, FltCompletePendedPreOperation }
  from '#src/fltmgr/pending/pending.ts';
import { sheetsInUse } from '#src/fltmgr/walk/irp-ctrl.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { BugCheck, MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { STATUS_ACCESS_DENIED, STATUS_END_OF_FILE, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import type { MadeFilter, Post, Pre } from '#test/support/make-filter.ts';
import type { ProbeFs } from '#test/support/probe-fs.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { PFLT_CALLBACK_DATA } from '#src/fltmgr/types.ts';

const READ = 3;
const CREATE = 0;
const WITH_CALLBACK = 0;
const NO_CALLBACK = 1;
const PENDING = 2;
const COMPLETE = 4;
const SYNCHRONIZE = 5;
const FINISHED = 0;
const MORE_PROCESSING = 1;
const DIRTY = 0x80000000;

let shutdown: () => void;
let fs: ProbeFs;
let made: MadeFilter[];
const log: string[] = [];

beforeEach(() => {
  shutdown = bootInline();
  fs = mountProbeFs();
  made = [];
  log.length = 0;
});

afterEach(() => {
  // After a bug check nothing is given back: the next boot starts from empty memory.
  if (machineState() === MACHINE_CRASHED) return;
  for (const one of made) one.unregister();
  expect(sheetsInUse()).toBe(0);
  fs.unmount();
  shutdown();
  expect(poolUsage()).toEqual([]);
});

function filter(name: string, altitude: string, pre?: Pre, post?: Post, major = READ): void {
  const operation = { major, ...(pre && { pre }), ...(post && { post }) };
  made.push(makeFilter({ name, altitude, operations: [operation] }));
}

function read(length = 100): { status: number; information: number } {
  const { handle } = open('P:\\f');
  const frame = pushFrame();
  const iosb = local(IO_STATUS_BLOCK);
  const status = NtReadFile(handle, 0, iosb.address, 0x20000, length, 0);
  const information = iosb.Information;
  popFrame(frame);
  NtClose(handle);
  return { status, information };
}

describe('the way down and up', () => {
  test('LC-2, S1.1, S1.8: ' +
    'pre-ops run from the highest altitude down, post-ops from the lowest up', () => {
    for (const [name, altitude] of [['low', '100'], ['high', '300'], ['mid', '200.5']] as const) {
      filter(name, altitude,
        () => (log.push(`pre ${name}`), WITH_CALLBACK),
        () => (log.push(`post ${name}`), FINISHED));
    }
    fs.information = 7;
    expect(read()).toEqual({ status: STATUS_SUCCESS, information: 7 });
    expect(log).toEqual(['pre high', 'pre mid', 'pre low', 'post low', 'post mid', 'post high']);
  });

  test('3.1, F-52: a filter that answers NO_CALLBACK gets no post-op', () => {
    filter('a', '1', () => NO_CALLBACK, () => (log.push('post'), FINISHED));
    read();
    expect(log).toEqual([]);
  });

  test('PRE-9, DIS-21, S1.10: a filter with only a post-op gets it, with a NULL context', () => {
    filter('a', '1', undefined, (_d, _o, context) => (log.push(`post ${context}`), FINISHED));
    read();
    expect(log).toEqual(['post 0']);
  });

  test('PRE-7, F-51: the completion context reaches the post-op by value', () => {
    filter('a', '1', (_d, _o, context) => ((context.value = 1234), WITH_CALLBACK),
      (_d, _o, context) => (log.push(`${context}`), FINISHED));
    read();
    expect(log).toEqual(['1234']);
  });

  test('3.1, F-54, F-60: ' +
    'COMPLETE: lower filters and the file system see nothing, higher post-ops run', () => {
    filter('top', '300', () => WITH_CALLBACK, (data) => {
      log.push(`top ${data.IoStatus.Status === STATUS_ACCESS_DENIED}`);
      return FINISHED;
    });
    filter('mid', '200', (data) => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      return COMPLETE;
    }, () => (log.push('mid'), FINISHED));
    filter('low', '100', () => (log.push('low'), WITH_CALLBACK), () => FINISHED);
    expect(read().status).toBe(STATUS_ACCESS_DENIED);
    expect(log).toEqual(['top true']);
    expect(fs.seen).not.toContain(READ);
  });

  test('POST-18, S1.24: a post-op may fail an operation that succeeded below', () => {
    filter('a', '1', () => WITH_CALLBACK, (data) => {
      data.IoStatus.Status = STATUS_END_OF_FILE;
      return FINISHED;
    });
    expect(read().status).toBe(STATUS_END_OF_FILE);
  });
});

describe('what the callbacks are given', () => {
  test('S1.11, F-33: Data, FltObjects, CompletionContext, Flags; the objects of the ' +
    'operation', () => {
    const seen: unknown[] = [];
    const see = (data: FltCallbackData, objects: FltRelatedObjects): void => {
      const { Filter, Instance, Volume, FileObject, Size, Transaction } = objects;
      seen.push([Filter === made[0]?.filter, Instance === data.Iopb.TargetInstance,
        Volume === fs.mounted.volume, FileObject === fs.files[0], Size, Transaction]);
    };
    filter('a', '1', (data, objects, context) => {
      seen.push(context.value);
      see(data, objects);
      context.value = 9;
      return WITH_CALLBACK;
    }, (data, objects, context, flags) => {
      see(data, objects);
      seen.push([data.Iopb.MajorFunction, context, flags]);
      return FINISHED;
    });
    read();
    const objects = [true, true, true, true, 24, 0];
    expect(seen).toEqual([0, objects, objects, [READ, 9, 0]]);
  });

  test('F-41: IrpFlags and OperationFlags say how a transfer is to be made', () => {
    const flags: number[][] = [];
    const operations = [READ, 4].map((major) => ({ major, pre: (data: FltCallbackData) => {
      flags.push([data.Iopb.IrpFlags & IRP_NOCACHE, data.Iopb.IrpFlags & IRP_READ_OPERATION,
        data.Iopb.IrpFlags & IRP_WRITE_OPERATION, data.Iopb.OperationFlags]);
      return NO_CALLBACK;
    } }));
    made.push(makeFilter({ name: 'a', altitude: '1', operations }));
    const frame = pushFrame();
    const iosb = local(IO_STATUS_BLOCK);
    const through = FILE_NO_INTERMEDIATE_BUFFERING | FILE_WRITE_THROUGH;
    for (const options of [0, through]) {
      const { handle } = open('P:\\f', { options: options | FILE_SYNCHRONOUS_IO_NONALERT });
      NtReadFile(handle, 0, iosb.address, 0x20000, 512, 0);
      NtWriteFile(handle, 0, iosb.address, 0x20000, 512, 0);
      NtClose(handle);
    }
    popFrame(frame);
    expect(flags).toEqual([[0, IRP_READ_OPERATION, 0, 0], [0, 0, IRP_WRITE_OPERATION, 0],
      [IRP_NOCACHE, IRP_READ_OPERATION, 0, 0],
      [IRP_NOCACHE, 0, IRP_WRITE_OPERATION, SL_WRITE_THROUGH]]);
  });
});

describe('parameters', () => {
  test('OP-23: a dirty change is seen below, not by the own post-op and not above', () => {
    const length: Post = (data, objects) => {
      log.push(`${objects.Instance} ${data.Iopb.Parameters.Read.Length}`);
      return FINISHED;
    };
    filter('top', '300', () => WITH_CALLBACK, length);
    filter('mid', '200', (data) => {
      data.Iopb.Parameters.Read.Length = 50;
      data.Flags |= DIRTY;
      return WITH_CALLBACK;
    }, length);
    filter('low', '100', (data) => {
      log.push(`pre ${data.Iopb.Parameters.Read.Length}`);
      return WITH_CALLBACK;
    }, length);
    read(100);
    expect(fs.lengths).toEqual([50]);
    expect(log.map((line) => line.split(' ')[1])).toEqual(['50', '50', '100', '100']);
  });

  test('OP-13: a change without the dirty flag is undone', () => {
    filter('a', '1', (data) => {
      data.Iopb.Parameters.Read.Length = 50;
      return WITH_CALLBACK;
    }, () => FINISHED);
    read(100);
    expect(fs.lengths).toEqual([100]);
  });
});

describe('pending', () => {
  test('PEND-2: completing a pre-op before it has returned PENDING goes on as if it had ' +
    'not', () => {
    filter('a', '1', (data) => {
      FltCompletePendedPreOperation(data.address, WITH_CALLBACK, 77);
      return PENDING;
    }, (_d, _o, context) => (log.push(`post ${context}`), FINISHED));
    expect(read().status).toBe(STATUS_SUCCESS);
    expect(log).toEqual(['post 77']);
  });

  test('PEND-2: the same for a post-op', () => {
    filter('top', '2', () => WITH_CALLBACK, () => (log.push('top'), FINISHED));
    filter('a', '1', () => WITH_CALLBACK, (data) => {
      FltCompletePendedPostOperation(data.address);
      log.push('pended');
      return MORE_PROCESSING;
    });
    expect(read().status).toBe(STATUS_SUCCESS);
    expect(log).toEqual(['pended', 'top']);
  });

  test('PRE-14: a pended pre-op keeps the operation until it is completed; nothing below ' +
    'runs', () => {
    let held: PFLT_CALLBACK_DATA | undefined;
    filter('a', '2', (data) => ((held = data.address), PENDING), () => (log.push('post'), FINISHED));
    filter('b', '1', () => (log.push('below'), NO_CALLBACK));
    const { handle } = open('P:\\f', { options: 0 });
    const frame = pushFrame();
    const iosb = local(IO_STATUS_BLOCK);
    expect(NtReadFile(handle, 0, iosb.address, 0x20000, 10, 0)).toBe(0x103);
    expect(log).toEqual([]);
    FltCompletePendedPreOperation(held as PFLT_CALLBACK_DATA, WITH_CALLBACK, 0);
    expect(log).toEqual(['below', 'post']);
    popFrame(frame);
    NtClose(handle);
  });

  test('POST-3, POST-4, S1.21, S2.13, S2.14: ' +
    'a pended post-op keeps the operation even when it failed', () => {
    let held: PFLT_CALLBACK_DATA | undefined;
    fs.status = STATUS_ACCESS_DENIED;
    fs.keep = (major) => major === READ;
    filter('top', '2', () => WITH_CALLBACK, () => (log.push('top'), FINISHED));
    filter('a', '1', () => WITH_CALLBACK, (data) => ((held = data.address), MORE_PROCESSING));
    fs.status = STATUS_SUCCESS;
    const { handle } = open('P:\\f', { options: 0 });
    const frame = pushFrame();
    const iosb = local(IO_STATUS_BLOCK);
    const done = out();
    expect(NtReadFile(handle, 0, iosb.address, 0x20000, 10, 0)).toBe(0x103);
    fs.complete(STATUS_ACCESS_DENIED);
    expect(log).toEqual([]);
    expect(iosb.Status).toBe(0);
    FltCompletePendedPostOperation(held as PFLT_CALLBACK_DATA);
    expect(log).toEqual(['top']);
    expect(done.value).toBe(0);
    popFrame(frame);
    NtClose(handle);
  });

  test('PEND-3: completing an operation twice is a bug check that names the routine', () => {
    filter('a', '1', (data) => {
      FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
      FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
      return PENDING;
    });
    expect(() => read()).toThrow(BugCheck);
  });
});

describe('synchronised operations', () => {
  test('PRE-11: the post-op of a synchronised operation runs in the pre-op thread', () => {
    filter('a', '1', () => SYNCHRONIZE, () => (log.push('post'), FINISHED));
    expect(read().status).toBe(STATUS_SUCCESS);
    expect(log).toEqual(['post']);
  });

  test('PRE-6: WITH_CALLBACK without a registered post-op is bug check 0xF5/0x66', () => {
    filter('a', '1', () => WITH_CALLBACK);
    expect(() => read()).toThrow(/0x000000f5.*0x66/);
  });

  test('creates: a failed create reaches the post-op and gives no handle', () => {
    fs.status = STATUS_ACCESS_DENIED;
    filter('a', '1', () => WITH_CALLBACK, (data) => {
      log.push(`${data.IoStatus.Status === STATUS_ACCESS_DENIED}`);
      return FINISHED;
    }, CREATE);
    expect(open('P:\\f')).toMatchObject({ status: STATUS_ACCESS_DENIED, handle: 0 });
    expect(log).toEqual(['true']);
  });
});
