// Calling the routines that a filter gave for its port: PASSIVE_LEVEL, in the thread that
// connected, sent or closed. They must leave the thread as they found it.
import { routineTable } from '../../mem/routine.ts';
import { KeGetCurrentIrql, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { checkApcBalance, combinedApcDisable } from '../../ntos/ke/apc.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { violation } from '../violation.ts';
import { FLT_SERVER_PORT } from './types.ts';
import type { PFLT_SERVER_PORT } from './types.ts';

const { CurrentFilter, set_CurrentFilter } = KTHREAD.bound;
const { Filter } = FLT_SERVER_PORT.bound;

/** Violation 29: a callback returned with another IRQL than it was called at. */
const RULE_LEFT_STATE = 29;

/** Calls a routine of a server port's filter with numbers; what it returns. */
export function callNotify(
  server: PFLT_SERVER_PORT,
  routine: number,
  name: string,
  ...args: readonly number[]
): number {
  const apcs = combinedApcDisable();
  const outer = CurrentFilter(currentThread);
  set_CurrentFilter(currentThread, Filter(server));
  const answer = routineTable[routine]!(...args) as number;
  set_CurrentFilter(currentThread, outer);
  const irql = KeGetCurrentIrql();
  if (irql !== PASSIVE_LEVEL) {
    violation(RULE_LEFT_STATE, routine, `${name} was called at PASSIVE_LEVEL and returned at ` +
      `IRQL ${irql} (PORT-3)`);
  }
  checkApcBalance(apcs, routine, false);
  return answer;
}
