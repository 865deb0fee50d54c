// Who has an operation, judged by what filters do with its callback data: each fault with a filter
// that commits it and a twin that only looks as if it did.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DelayedWorkQueue, FLT_CALLBACK_DATA, FltAllocateDeferredIoWorkItem,
  FltCompletePendedPostOperation, FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem,
  FltQueueDeferredIoWorkItem, PFLT_DEFERRED_IO_WORKITEM_ROUTINE } from '#src/fltKernel.ts';
import { loggedFindings } from '#src/verifier/finding/finding-log.ts';
import { FINISHED, MORE_PROCESSING, NO_CALLBACK, PENDING, ProbeMachine, WITH_CALLBACK }
  from '../fltmgr/probe-machine.ts';
import { asDriver } from './as-driver.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';

let m: ProbeMachine;
let isBroken: boolean;
beforeEach(() => {
  isBroken = false;
  m = new ProbeMachine();
});
afterEach(() => {
  if (!isBroken) m.end();
});

let made = 0;
const work = (body: (data: FltCallbackData) => void): number =>
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE(`Work${made++}`, (item, data) => {
    FltFreeDeferredIoWorkItem(item);
    body(data);
  });
const finishPre = work((data) => FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0));
const finishPost = work((data) => FltCompletePendedPostOperation(data.address));

/** Queues the operation to a worker. */
function queue(data: FltCallbackData, routine = finishPre): void {
  const item = FltAllocateDeferredIoWorkItem();
  expect(FltQueueDeferredIoWorkItem(item, data, routine as never, DelayedWorkQueue, 0)).toBe(0);
}

function broken(act: () => unknown): [number, number] {
  isBroken = true;
  return bugCheckOf(act);
}

const only = (): ReturnType<typeof loggedFindings>[number] => {
  expect(loggedFindings()).toHaveLength(1);
  return loggedFindings()[0]!;
};

describe('lifetime.callback-data', () => {
  test('F-230: read after the operation is over; its journey is told', () => {
    let kept = 0;
    m.filter('logger', '100', (data) => {
      kept = data.address;
      return NO_CALLBACK;
    });
    m.read();
    expect(broken(() => asDriver(() => FLT_CALLBACK_DATA.at(kept as never).Flags))[0]).toBe(0xd5);
    expect(only()).toMatchObject({ rule: 'lifetime.callback-data' });
    expect(only().cause).toMatch(/IRP_MJ_READ is read after the operation is over/);
    const journey = only().history.join('\n');
    expect(journey).toMatch(/IRP_MJ_READ begins[^]*logger0Pre entered[^]*returned 1/);
  });

  test('read while a lower filter has the operation', () => {
    let kept = 0;
    m.filter('upper', '200', (data) => {
      kept = data.address;
      return WITH_CALLBACK;
    }, () => FINISHED);
    m.filter('lower', '100', () => WITH_CALLBACK, () => FINISHED);
    m.keep(3);
    m.read();
    expect(broken(() => asDriver(() => FLT_CALLBACK_DATA.at(kept as never).Flags))[0]).toBe(0xd5);
    expect(only().cause).toContain('although the callback has returned');
  });

  test('what only looks like it: read in the callbacks, and by the worker that has it', () => {
    const finish = work((data) => {
      void data.Iopb.Parameters.Read.Length;
      FltCompletePendedPreOperation(data.address, WITH_CALLBACK, 0);
    });
    m.filter('a', '100', (data, objects) => {
      void objects.Instance;
      void data.Iopb.TargetFileObject;
      queue(data, finish);
      return PENDING;
    }, (data) => {
      void data.IoStatus.Status;
      return FINISHED;
    });
    m.filter('b', '50', (data) => {
      void data.Iopb.Parameters.Read.Key;
      return WITH_CALLBACK;
    }, (data) => (void data.Flags, FINISHED));
    m.read();
    m.work();
    expect(loggedFindings()).toEqual([]);
  });

  test('BZ-043: the worker reads it after it has completed the operation', () => {
    const finish = work((data) => {
      FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
      void data.IoStatus.Status;
    });
    m.filter('a', '100', (data) => (queue(data, finish), PENDING));
    m.read();
    expect(broken(() => m.work())[0]).toBe(0xd5);
    expect(only()).toMatchObject({ rule: 'lifetime.callback-data' });
  });
});

describe('lifetime.given-away', () => {
  test('BZ-012: a callback writes it after it was queued, though the worker has not run', () => {
    m.filter('a', '100', (data) => {
      queue(data);
      data.IoStatus.Information = 7;
      return PENDING;
    });
    expect(broken(() => m.read())[0]).toBe(0xd5);
    expect(only()).toMatchObject({ rule: 'lifetime.given-away' });
    expect(only().cause).toContain('written after the operation was given to a work item');
  });

  test('what only looks like it: written before, and queueing that failed', () => {
    m.filter('a', '100', (data) => {
      data.IoStatus.Information = 0;
      queue(data);
      return PENDING;
    });
    m.filter('b', '50', () => WITH_CALLBACK, (data) => {
      queue(data, finishPost);
      return MORE_PROCESSING;
    });
    m.read();
    m.work();
    expect(loggedFindings()).toEqual([]);
  });
});

describe('double-complete', () => {
  test('BZ-057: a callback queues the operation and passes it on all the same', () => {
    m.filter('a', '100', (data) => (queue(data), NO_CALLBACK));
    expect(broken(() => m.read())).toEqual([0xc4, 0xf51c]);
    expect(only()).toMatchObject({ rule: 'double-complete.two-owners' });
    expect(only().cause).toContain('gave its IRP_MJ_READ to a work item and answered 1');
  });

  test('a post-operation callback that does so', () => {
    m.filter('a', '100', () => WITH_CALLBACK, (data) => (queue(data, finishPost), FINISHED));
    expect(broken(() => m.read())).toEqual([0xc4, 0xf51c]);
  });

  test('PEND-3: completed twice is a finding with the journey of the operation', () => {
    let kept = 0;
    m.filter('a', '100', (data) => {
      kept = data.address;
      return PENDING;
    });
    m.keep(3);
    m.read();
    FltCompletePendedPreOperation(kept as never, NO_CALLBACK, 0);
    expect(broken(() => FltCompletePendedPreOperation(kept as never, NO_CALLBACK, 0))[0]).toBe(0xc4);
    expect(only().history.join('\n')).toMatch(/pended by[^]*FltCompletePendedPreOperation[^]*sent to the driver/);
  });
});
