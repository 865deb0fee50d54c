// Routines that callers may use at APC_LEVEL although the callbacks they run are for PASSIVE_LEVEL
// (TD-8): a system thread does the work, and the caller waits for it. A machine of one thread has
// no system thread; there this thread plays it.
import { LONG, POINTER, ROUTINE } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { struct } from '../../mem/struct.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../../ntos/ex/work-queue.ts';
import { CriticalWorkQueue, WORK_QUEUE_ITEM } from '../../ntos/ex/types.ts';
import { Executive, waitForObject } from '../../ntos/ke/dispatcher.ts';
import { KeInitializeEvent, KeSetEvent } from '../../ntos/ke/event.ts';
import { KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { KEVENT } from '../../ntos/ke/types.ts';
import type { RoutineId } from '../../mem/routine.ts';

const PASSIVE_CALL = struct('FLTP_PASSIVE_CALL', {
  Item: WORK_QUEUE_ITEM,
  Done: KEVENT,
  Routine: ROUTINE,
  Argument: POINTER,
  Result: LONG,
});
const k = PASSIVE_CALL.bound;
type PCALL = Parameters<typeof k.Routine>[0];

const worker = kernelRoutine('FltpPassiveCall', (at) => {
  const call = at as PCALL;
  k.set_Result(call, routineTable[k.Routine(call)]!(k.Argument(call)));
  KeSetEvent(k.at_Done(call));
  return 0;
});

function callInline(routine: RoutineId, argument: number): number {
  const irql = KeGetCurrentIrql();
  KeLowerIrql(PASSIVE_LEVEL);
  const result = routineTable[routine]!(argument);
  KfRaiseIrql(irql);
  return result;
}

/** Calls a routine with one argument at PASSIVE_LEVEL and returns what it does. IRQL <= APC. */
export function callAtPassive(routine: RoutineId, argument: number): number {
  if (KeGetCurrentIrql() === PASSIVE_LEVEL) return routineTable[routine]!(argument);
  if (boot.inline) return callInline(routine, argument);
  const frame = pushFrame();
  const call = stackAlloc(PASSIVE_CALL.size) as PCALL;
  k.set_Routine(call, routine);
  k.set_Argument(call, argument);
  KeInitializeEvent(k.at_Done(call), 0, false);
  ExInitializeWorkItem(k.at_Item(call), worker, call);
  ExQueueWorkItem(k.at_Item(call), CriticalWorkQueue);
  waitForObject(k.at_Done(call), Executive);
  const result = k.Result(call);
  popFrame(frame);
  return result;
}
