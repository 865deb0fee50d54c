// The judge: hears every event of its thread and asks the rules that care. Rules keep what they
// must share in the machine's memory; each is a file in rules/ that names the events it hears. A
// thread calls startJudge once, before it runs anything of the machine, if the machine is checked.
import { boot } from '../mem/boot-options.ts';
import { atReboot } from '../mem/reboot.ts';
import { onWaitSlice } from '../atomics-sync/park.ts';
import { onBugCheck, stopIfCrashed } from '../ntos/ke/bug-check.ts';
import { DRIVER_ENTERED, ROLE_POST, ROLE_PRE, ROUTINE_CALLED, ROUTINE_RETURNED }
  from '../trace/event.ts';
import { setSink, tracer } from '../trace/tracer.ts';
import { enterDriver, noteCall } from './driver-frames.ts';
import { forgetLocks } from './lock/held-locks.ts';
import { recordBugCheck } from './finding/bug-check-finding.ts';
import { callbackConduct } from './rules/callback-conduct.ts';
import { callbackReturn } from './rules/callback-return.ts';
import { dispatchWork } from './rules/dispatch-work.ts';
import { failedCreate } from './rules/failed-create.ts';
import { heldAcrossIo } from './rules/held-across-io.ts';
import { heldLocks } from './rules/held-locks.ts';
import { leak } from './rules/leak.ts';
import { lockOrder } from './rules/lock-order.ts';
import { lockUsage } from './rules/lock-usage.ts';
import { nameBinding } from './rules/name-binding.ts';
import { oplockDuty } from './rules/oplock-duty.ts';
import { ownIo } from './rules/own-io.ts';
import { reference } from './rules/reference.ts';
import { stackDepth } from './rules/stack-depth.ts';
import { lookForStall } from './rules/stall.ts';
import { unloaded } from './rules/unloaded.ts';
import { userBuffer } from './rules/user-buffer.ts';
import { waiting } from './rules/waiting.ts';
import { memoryAccess } from './rules/memory-access.ts';
import { operation } from './rules/operation.ts';
import { forgetSheets, operationAt } from './operations.ts';
import { pool } from './rules/pool.ts';
import { omitAbove } from './finding/stack.ts';
import { textOf } from './finding/text-pool.ts';
import type { Hear, Rule } from './rule.ts';

/** In the order in which they judge one event: what holds is noted before and after the rules. */
const rules: readonly Rule[] = [lockUsage, lockOrder, heldAcrossIo, unloaded, stackDepth,
  ownIo, oplockDuty, nameBinding, userBuffer, callbackConduct, failedCreate, operation,
  callbackReturn, pool, reference, memoryAccess, dispatchWork, leak, waiting, heldLocks];

const listeners: Hear[][] = [];

function listen(kind: number, ear: Hear): void {
  (listeners[kind] ??= []).push(ear);
}

listen(DRIVER_ENTERED, (routine, role, first, second) =>
  enterDriver(routine, role, dataOf(role, first, second)));
listen(ROUTINE_CALLED, (name) => noteCall(textOf(name)));
listen(ROUTINE_RETURNED, () => noteCall(''));
for (const rule of rules) {
  for (const [kind, ear] of Object.entries(rule.on)) listen(Number(kind), ear);
}

/**
 * Lets somebody who judges nothing hear one kind of event of this thread, behind the rules; for as
 * long as the thread lives. Only the checked machine has events.
 */
export function hearAlso(kind: number, ear: Hear): void {
  listen(kind, ear);
}

/** The callback data among the first two arguments of a driver's routine. */
function dataOf(role: number, first: number, second: number): number {
  const isCallback = role === ROLE_PRE || role === ROLE_POST;
  return isCallback || operationAt(first) !== 0 ? first : operationAt(second) !== 0 ? second : 0;
}

/** A rule that runs code of the machine is not judged itself. */
let isJudging = false;
atReboot(() => {
  isJudging = false;
  forgetLocks();
});

function hear(kind: number, a: number, b: number, c: number, d: number): void {
  const heard = listeners[kind];
  if (heard === undefined || isJudging) return;
  isJudging = true;
  omitAbove(tracer?.event);
  try {
    for (let n = 0; n < heard.length; n++) heard[n]!(a, b, c, d);
  } finally {
    isJudging = false;
    omitAbove(undefined);
  }
}

/** Makes this thread a checked one. Harmless when it is called again. */
export function startJudge(): void {
  if (!boot.verifier) return;
  forgetLocks();
  forgetSheets();
  setSink(hear);
  onBugCheck(recordBugCheck);
  onWaitSlice(() => {
    stopIfCrashed();
    if (!boot.inline) lookForStall();
  });
}
