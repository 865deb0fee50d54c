// FltDoCompletionProcessingWhenSafe: three outcomes, who resumes the operation, what may not be
// done (4.4, POST-12 to POST-17).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { PFLT_POST_OPERATION_CALLBACK } from '#src/image/role.ts';
import { FltCompletePendedPostOperation } from '#src/fltmgr/pending/pending.ts';
import { FltDoCompletionProcessingWhenSafe } from '#src/fltmgr/pending/safe-completion.ts';
import { IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { IRP_PAGING_IO } from '#src/ntos/io/types.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { STATUS_ACCESS_DENIED, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { FINISHED, MORE_PROCESSING, NO_CALLBACK, ProbeMachine, READ, WITH_CALLBACK }
  from './probe-machine.ts';
import { atIrql, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { RoutineId } from '#src/mem/routine.ts';
import type { Post } from '#test/support/make-filter.ts';

let m: ProbeMachine;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  setAllocationGate(null);
  IoSetTopLevelIrp(0);
  m.end();
});

let made = 0;
function safe(routine: Post): RoutineId {
  return PFLT_POST_OPERATION_CALLBACK(`Safe${made++}`, routine);
}

/** A post-op that hands its work to `callback` and logs what it was told. */
function handsOver(callback: RoutineId): Post {
  return (data, objects, context, flags) => {
    const frame = pushFrame();
    const ret = stackAlloc(4);
    const done = FltDoCompletionProcessingWhenSafe(data.address, objects.address, context, flags,
      callback, ret);
    const status = i32[ret >> 2]!;
    m.log.push(`${done} ${status}`);
    popFrame(frame);
    return status;
  };
}

const logged = safe((data, objects, context, flags) => {
  m.log.push(`safe ${KeGetCurrentIrql()} ${context} ${flags} ${objects.Instance !== 0} ` +
    `${data.IoStatus.Information}`);
  return FINISHED;
});

function filters(callback: RoutineId): void {
  m.filter('top', '200', () => WITH_CALLBACK, () => (m.log.push('top'), FINISHED));
  m.filter('a', '100', (_d, _o, context) => ((context.value = 5), WITH_CALLBACK), handsOver(callback));
  m.keep(READ);
  m.read();
}

describe('below DISPATCH_LEVEL', () => {
  test.each([0, 1])('the callback runs at once in the same thread (IRQL %i)', (irql) => {
    filters(logged);
    atIrql(irql, () => m.fs.complete(STATUS_SUCCESS, 3));
    expect(m.log).toEqual([`safe ${irql} 5 0 true 3`, 'true 0', 'top']);
  });

  test('POST-14: MORE_PROCESSING_REQUIRED from the callback is passed on', () => {
    let held = 0 as FltCallbackData['address'];
    filters(safe((data) => ((held = data.address), MORE_PROCESSING)));
    m.fs.complete();
    expect(m.log).toEqual(['true 1']);
    FltCompletePendedPostOperation(held);
    expect(m.log).toEqual(['true 1', 'top']);
  });

  test('POST-17, DIS-29: paging I/O at APC_LEVEL runs at once as well', () => {
    m.filter('flag', '300', (data) => {
      data.Iopb.IrpFlags |= IRP_PAGING_IO;
      data.Flags |= 0x80000000;
      return NO_CALLBACK;
    });
    filters(logged);
    atIrql(1, () => m.fs.complete());
    expect(m.log).toEqual(['safe 1 5 0 true 0', 'true 0', 'top']);
  });
});

describe('at DISPATCH_LEVEL', () => {
  test('POST-12: TRUE and MORE_PROCESSING_REQUIRED; the callback runs later at ' +
    'PASSIVE_LEVEL', () => {
    filters(logged);
    atIrql(2, () => m.fs.complete(STATUS_SUCCESS, 3));
    expect(m.log).toEqual(['true 1']);
    m.work();
    expect(m.log).toEqual(['true 1', 'safe 0 5 0 true 3', 'top']);
    expect(m.outcome).toEqual({ status: STATUS_SUCCESS, information: 3 });
  });

  test('POST-13: the Filter Manager resumes the operation, failed or not', () => {
    filters(safe((data) => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      return FINISHED;
    }));
    atIrql(2, () => m.fs.complete());
    m.work();
    expect(m.log).toEqual(['true 1', 'top']);
    expect(m.outcome.status).toBe(STATUS_ACCESS_DENIED);
  });

  test('POST-13: after MORE_PROCESSING_REQUIRED the filter resumes it', () => {
    let held = 0 as FltCallbackData['address'];
    filters(safe((data) => ((held = data.address), MORE_PROCESSING)));
    atIrql(2, () => m.fs.complete());
    m.work();
    expect(m.log).toEqual(['true 1']);
    FltCompletePendedPostOperation(held);
    expect(m.log).toEqual(['true 1', 'top']);
  });

  test('POST-13, rule 32: resuming it and answering FINISHED is a bug check', () => {
    filters(safe((data) => {
      FltCompletePendedPostOperation(data.address);
      return FINISHED;
    }));
    atIrql(2, () => m.fs.complete());
    expect(bugCheckOf(() => m.work())).toEqual([0xc4, 0xf520]);
  });
});

describe('POST-15, POST-16: FALSE and FINISHED when it cannot be posted; the callback never ' +
  'runs', () => {
  function completes(): void {
    atIrql(2, () => m.fs.complete());
    m.work();
    expect(m.log).toEqual(['false 0', 'top']);
  }

  test('paging I/O', () => {
    m.filter('flag', '300', (data) => {
      data.Iopb.IrpFlags |= IRP_PAGING_IO;
      data.Flags |= 0x80000000;
      return NO_CALLBACK;
    });
    filters(logged);
    completes();
  });

  test('a TopLevelIrp', () => {
    filters(logged);
    IoSetTopLevelIrp(1);
    atIrql(2, () => m.fs.complete());
    IoSetTopLevelIrp(0);
    expect(m.log).toEqual(['false 0', 'top']);
  });

  test('no memory', () => {
    filters(logged);
    setAllocationGate(() => false);
    atIrql(2, () => m.fs.complete());
    setAllocationGate(null);
    expect(m.log).toEqual(['false 0', 'top']);
  });
});

describe('rule 18: elsewhere it is a bug check', () => {
  test('in a draining callback (POST-9)', () => {
    let code: number[] = [];
    m.keep(READ);
    const leaving = m.filter('leaving', '100', () => WITH_CALLBACK, (data, objects, context, flags) => {
      code = bugCheckOf(() => FltDoCompletionProcessingWhenSafe(data.address, objects.address,
        context, flags, logged, stackAlloc(4)));
      return FINISHED;
    });
    m.read();
    m.remove(leaving);
    m.fs.complete();
    expect(code).toEqual([0xc4, 0xf512]);
  });

  test('in a pre-operation callback', () => {
    let code: number[] = [];
    m.filter('a', '100', (data, objects) => {
      code = bugCheckOf(() => FltDoCompletionProcessingWhenSafe(data.address, objects.address, 0, 0,
        logged, stackAlloc(4)));
      return NO_CALLBACK;
    });
    m.read();
    expect(code).toEqual([0xc4, 0xf512]);
  });
});
