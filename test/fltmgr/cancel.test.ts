// Cancelling: exactly one of canceller and filter completes an operation, by a cancel completion
// (5.5) and in a callback data queue (5.4); a filter cancels what it initiated.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fillBytes, i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FltCancelIo, FltClearCancelCompletion, FltSetCancelCompletion }
  from '#src/fltmgr/pending/cancel.ts';
import { FltCbdqDisable, FltCbdqEnable, FltCbdqInitialize, FltCbdqInsertIo, FltCbdqRemoveIo,
  FltCbdqRemoveNextIo } from '#src/fltmgr/pending/callback-data-queue.ts';
import { FltAllocateCallbackData, FltFreeCallbackData, FltPerformAsynchronousIo }
  from '#src/fltmgr/initiated/initiated-io.ts';
import { IRP_CTRL, sheetOf } from '#src/fltmgr/walk/irp-ctrl.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { FLT_CALLBACK_DATA, FLT_CALLBACK_DATA_QUEUE } from '#src/fltmgr/types.ts';
import { PFLT_CALLBACK_DATA_QUEUE_ACQUIRE, PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO,
  PFLT_CALLBACK_DATA_QUEUE_INSERT_IO, PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO,
  PFLT_CALLBACK_DATA_QUEUE_RELEASE, PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO,
  PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_COMPLETE_CANCELED_CALLBACK } from '#src/image/role.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { FltIsIoCanceled } from '#src/fltmgr/data.ts';
import { IoCancelIrp, IoReleaseCancelSpinLock, IoSetCancelRoutine }
  from '#src/ntos/io/irp/cancel.ts';
import { IO_CSQ_IRP_CONTEXT, IRP, IRP_PAGING_IO } from '#src/ntos/io/types.ts';
import { IofCompleteRequest } from '#src/ntos/io/irp/completion.ts';
import { KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { STATUS_CANCELLED, STATUS_FLT_CBDQ_DISABLED, STATUS_INVALID_PARAMETER, STATUS_PENDING,
  STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '#src/ntos/status-codes.ts';
import { COMPLETE, NO_CALLBACK, PENDING, ProbeMachine, READ, STATUS_IS_PENDING }
  from './probe-machine.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_CALLBACK_DATA_QUEUE, PFLT_INSTANCE }
  from '#src/fltmgr/types.ts';

let m: ProbeMachine;
let held: PFLT_CALLBACK_DATA[];
beforeEach(() => {
  m = new ProbeMachine();
  held = [];
});
afterEach(() => {
  m.end();
});

function irpOf(data: PFLT_CALLBACK_DATA): PIRP {
  return IRP_CTRL.bound.Irp(sheetOf(data)) as PIRP;
}

function finish(data: PFLT_CALLBACK_DATA, status: number): void {
  FLT_CALLBACK_DATA.at(data).IoStatus.Status = status as never;
  FltCompletePendedPreOperation(data, COMPLETE, 0);
}

const giveUp = PFLT_COMPLETE_CANCELED_CALLBACK('GiveUp', (data) => {
  m.log.push(`cancelled ${KeGetCurrentIrql()} ${FltIsIoCanceled(data.address)}`);
  finish(data.address, STATUS_CANCELLED);
});

describe('FltSetCancelCompletion', () => {
  function pends(): void {
    m.filter('a', '100', (data) => {
      m.log.push(`set ${FltSetCancelCompletion(data.address, giveUp)}`);
      held.push(data.address);
      return PENDING;
    });
    expect(m.read()).toBe(STATUS_IS_PENDING);
  }

  test('PEND-28: the canceller\'s call completes the operation, without any lock', () => {
    pends();
    expect(IoCancelIrp(irpOf(held[0]!))).toBe(true);
    expect(m.log).toEqual(['set 0', 'cancelled 0 true']);
    expect(m.outcome.status).toBe(STATUS_CANCELLED);
  });

  test('PEND-29: whoever clears it first has the operation, and it can be completed', () => {
    pends();
    const data = held[0]!;
    expect(FltClearCancelCompletion(data)).toBe(STATUS_SUCCESS);
    expect(IoCancelIrp(irpOf(data))).toBe(false);
    expect(FltClearCancelCompletion(data)).toBe(STATUS_CANCELLED);
    finish(data, STATUS_SUCCESS);
    expect(m.log).toEqual(['set 0']);
    expect(m.outcome.status).toBe(STATUS_SUCCESS);
  });

  test('PEND-28: an operation that is cancelled already: STATUS_CANCELLED, and no call', () => {
    m.filter('a', '100', (data) => {
      IoCancelIrp(irpOf(data.address));
      expect(FltIsIoCanceled(data.address)).toBe(true);
      m.log.push(`${FltSetCancelCompletion(data.address, giveUp) === STATUS_CANCELLED}`);
      data.IoStatus.Status = STATUS_CANCELLED;
      return COMPLETE;
    });
    expect(m.read()).toBe(STATUS_CANCELLED);
    expect(m.log).toEqual(['true']);
  });

  test('not for paging I/O; not twice (PEND-27)', () => {
    m.filter('a', '100', (data) => {
      data.Iopb.IrpFlags |= IRP_PAGING_IO;
      expect(FltSetCancelCompletion(data.address, giveUp)).toBe(STATUS_INVALID_PARAMETER);
      data.Iopb.IrpFlags &= ~IRP_PAGING_IO;
      FltSetCancelCompletion(data.address, giveUp);
      expect(bugCheckOf(() => FltSetCancelCompletion(data.address, giveUp))).toEqual([0xc4, 0xf500]);
      FltClearCancelCompletion(data.address);
      return NO_CALLBACK;
    });
    m.read();
  });
});

describe('FltCancelIo', () => {
  let instance: PFLT_INSTANCE;
  let file: PFILE_OBJECT;
  const done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('CancelledDone', (data) => {
    m.log.push(`done ${data.IoStatus.Status === STATUS_CANCELLED}`);
  });

  function send(): PFLT_CALLBACK_DATA {
    instance = 0 as PFLT_INSTANCE;
    m.filter('a', '100', (data, objects) => {
      instance = objects.Instance as PFLT_INSTANCE;
      file = data.Iopb.TargetFileObject as PFILE_OBJECT;
      return NO_CALLBACK;
    });
    m.read();
    m.keep(READ);
    const frame = pushFrame();
    const out = stackAlloc(4);
    FltAllocateCallbackData(instance, file, out);
    const data = i32[out >> 2]! as PFLT_CALLBACK_DATA;
    popFrame(frame);
    FLT_CALLBACK_DATA.at(data).Iopb.MajorFunction = READ;
    expect(FltPerformAsynchronousIo(data, done, 0)).toBe(STATUS_PENDING);
    return data;
  }

  test('PEND-30, IO-11: TRUE when a driver below had a cancel routine', () => {
    const data = send();
    IoSetCancelRoutine(m.fs.kept[0]!, cancelBelow);
    expect(FltCancelIo(data)).toBe(true);
    expect(m.log).toEqual(['done true']);
    expect(FltCancelIo(data)).toBe(false);
    FltFreeCallbackData(data);
    m.fs.kept.shift();
  });

  test('PEND-30: FALSE, and the flag set, when there is none; FALSE the second time', () => {
    const data = send();
    expect(FltCancelIo(data)).toBe(false);
    expect(IRP.bound.Cancel(m.fs.kept[0]!)).toBe(1);
    expect(FltCancelIo(data)).toBe(false);
    m.fs.complete();
    FltFreeCallbackData(data);
  });

  test('PEND-30: somebody else\'s operation is a bug check', () => {
    m.filter('a', '100', (data) => {
      expect(bugCheckOf(() => FltCancelIo(data.address))).toEqual([0xc4, 0xf500]);
      return NO_CALLBACK;
    });
    m.read();
  });
});

const cancelBelow = kernelRoutine('test!CancelBelow', (_device, irpNumber) => {
  const irp = irpNumber as PIRP;
  IoReleaseCancelSpinLock(IRP.bound.CancelIrql(irp));
  IRP.bound.set_IoStatus_Status(irp, STATUS_CANCELLED);
  IofCompleteRequest(irp);
  return 0;
});

/** The filter's list, its lock, and what was called under which level. */
let list: PFLT_CALLBACK_DATA[];
let lockHeld = false;
let refuse = false;
const insertIo = PFLT_CALLBACK_DATA_QUEUE_INSERT_IO('Insert', (_queue, data, context) => {
  expect(lockHeld).toBe(true);
  if (refuse) return STATUS_UNSUCCESSFUL;
  list.push(data.address);
  m.log.push(`insert ${context}`);
  return STATUS_SUCCESS;
});
const removeIo = PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO('Remove', (_queue, data) => {
  expect(lockHeld).toBe(true);
  expect(list).toContain(data.address);
  list.splice(list.indexOf(data.address), 1);
});
const peekNextIo = PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO('Peek', (_queue, data, context) => {
  expect(lockHeld).toBe(true);
  const from = data === 0 ? 0 : list.indexOf(data as PFLT_CALLBACK_DATA) + 1;
  const length = (one: PFLT_CALLBACK_DATA): number =>
    FLT_CALLBACK_DATA.at(one).Iopb.Parameters.Read.Length;
  return list.slice(from).find((one) => context === 0 || length(one) === context) ?? 0;
});
const acquire = PFLT_CALLBACK_DATA_QUEUE_ACQUIRE('Acquire', (_queue, irql) => {
  irql.value = KfRaiseIrql(2);
  lockHeld = true;
});
const release = PFLT_CALLBACK_DATA_QUEUE_RELEASE('Release', (_queue, irql) => {
  lockHeld = false;
  KeLowerIrql(irql);
});
const completeCanceled = PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO('Canceled', (_queue, data) => {
  expect(lockHeld).toBe(false);
  m.log.push('canceled');
  finish(data.address, STATUS_CANCELLED);
});

const QUEUE = 0x40000 as PFLT_CALLBACK_DATA_QUEUE;
const CONTEXT = 0x40100 as Parameters<typeof FltCbdqRemoveIo>[1];

describe('a callback data queue', () => {
  let answers: number[];
  beforeEach(() => {
    list = [];
    answers = [];
    refuse = false;
    fillBytes(QUEUE, 0, FLT_CALLBACK_DATA_QUEUE.size);
    fillBytes(CONTEXT, 0, IO_CSQ_IRP_CONTEXT.size);
    FltCbdqInitialize(0 as PFLT_INSTANCE, QUEUE, insertIo, removeIo, peekNextIo, acquire, release,
      completeCanceled);
    m.filter('a', '100', (data) => {
      const status = FltCbdqInsertIo(QUEUE, data.address, context, 7);
      answers.push(status);
      return status >= 0 ? PENDING : NO_CALLBACK;
    });
  });
  let context = CONTEXT;

  test('PEND-19: inserts and removes under the filter\'s lock; the remover completes', () => {
    m.read();
    expect(m.log).toEqual(['insert 7']);
    const data = FltCbdqRemoveIo(QUEUE, CONTEXT);
    expect(data).not.toBe(0);
    expect(KeGetCurrentIrql()).toBe(0);
    expect(FltCbdqRemoveIo(QUEUE, CONTEXT)).toBe(0);
    finish(data, STATUS_SUCCESS);
    expect(m.outcome.status).toBe(STATUS_SUCCESS);
  });

  test('PEND-22, PEND-26: cancelled: CompleteCanceledIo completes it, removal finds ' +
    'nothing', () => {
    m.read();
    expect(IoCancelIrp(irpOf(list[0]!))).toBe(true);
    expect(m.log).toEqual(['insert 7', 'canceled']);
    expect(list).toEqual([]);
    expect(FltCbdqRemoveIo(QUEUE, CONTEXT)).toBe(0);
    expect(m.outcome.status).toBe(STATUS_CANCELLED);
  });

  test('PEND-22: removed before: cancelling calls nobody', () => {
    m.read();
    const data = FltCbdqRemoveIo(QUEUE, CONTEXT);
    expect(IoCancelIrp(irpOf(data))).toBe(false);
    finish(data, STATUS_SUCCESS);
    expect(m.log).toEqual(['insert 7']);
  });

  test('PEND-21: an operation that is cancelled already is completed inside of the ' +
    'insertion', () => {
    m.filter('early', '200', (data) => {
      IoCancelIrp(irpOf(data.address));
      return NO_CALLBACK;
    });
    m.read();
    expect(m.log).toEqual(['insert 7', 'canceled']);
    expect(m.outcome.status).toBe(STATUS_CANCELLED);
  });

  test('PEND-20, PEND-24: a disabled queue refuses, and what is in it can be removed', () => {
    m.read();
    FltCbdqDisable(QUEUE);
    context = 0 as typeof CONTEXT;
    m.read(50);
    expect(answers).toEqual([STATUS_SUCCESS, STATUS_FLT_CBDQ_DISABLED]);
    const data = FltCbdqRemoveNextIo(QUEUE, 0);
    finish(data, STATUS_SUCCESS);
    expect(FltCbdqRemoveNextIo(QUEUE, 0)).toBe(0);
    FltCbdqEnable(QUEUE);
    m.read(50);
    finish(FltCbdqRemoveNextIo(QUEUE, 0), STATUS_SUCCESS);
    context = CONTEXT;
  });

  test('PEND-20: what CbdqInsertIo refuses is not queued', () => {
    refuse = true;
    expect(m.read()).toBe(STATUS_SUCCESS);
    expect(answers).toEqual([STATUS_UNSUCCESSFUL]);
    expect(FltCbdqRemoveIo(QUEUE, CONTEXT)).toBe(0);
  });

  test('PEND-23: RemoveNextIo gives the next match that is not cancelled', () => {
    context = 0 as typeof CONTEXT;
    for (const length of [10, 20, 10]) m.read(length);
    const second = FltCbdqRemoveNextIo(QUEUE, 20);
    expect(FLT_CALLBACK_DATA.at(second).Iopb.Parameters.Read.Length).toBe(20);
    finish(second, STATUS_SUCCESS);
    expect(FltCbdqRemoveNextIo(QUEUE, 20)).toBe(0);
    // A canceller that has taken the routine, but not yet the lock.
    expect(IoSetCancelRoutine(irpOf(list[0]!), 0)).not.toBe(0);
    const taken = list[0]!;
    const third = FltCbdqRemoveNextIo(QUEUE, 10);
    expect(third).not.toBe(taken);
    finish(third, STATUS_SUCCESS);
    list = [];
    finish(taken, STATUS_CANCELLED);
    context = CONTEXT;
  });
});
