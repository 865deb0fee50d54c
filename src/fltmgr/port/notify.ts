// Calling the routines that a filter gave for its port: PASSIVE_LEVEL, in the thread that
// connected, sent or closed. They must leave the thread as they found it.
import { routineTable } from '../../mem/routine.ts';
import { KeGetCurrentIrql, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { checkApcBalance, combinedApcDisable } from '../../ntos/ke/apc.ts';
import { violation } from '../violation.ts';

/** Violation 29: a callback returned with another IRQL than it was called at. */
const RULE_LEFT_STATE = 29;

/** Calls a routine of the filter with numbers; what it returns. */
export function callNotify(routine: number, name: string, ...args: readonly number[]): number {
  const apcs = combinedApcDisable();
  const answer = routineTable[routine]!(...args) as number;
  const irql = KeGetCurrentIrql();
  if (irql !== PASSIVE_LEVEL) {
    violation(RULE_LEFT_STATE, routine, `${name} was called at PASSIVE_LEVEL and returned at ` +
      `IRQL ${irql} (PORT-3)`);
  }
  checkApcBalance(apcs, routine, false);
  return answer;
}
