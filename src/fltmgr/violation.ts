// Broken rules of minifilters, as Filter Verifier reports them: bug check 0xC4 whose first
// parameter is 0xF500 plus the number of the rule in the list of violations (12.1); number 0 is for
// rules that stand in no list. The text names the routine, the rule and its source.
import { KeBugCheckEx } from '../ntos/ke/bug-check.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../ntos/ke/bug-check-codes.ts';
import { APC_LEVEL, KeGetCurrentIrql, PASSIVE_LEVEL } from '../ntos/ke/irql.ts';

/** Numbers of the list that more than one room reports. */
export const RULE_UNLISTED = 0;
export const RULE_IRQL = 22;
export const RULE_OWN_DATA = 24;
export const RULE_WORK_ITEM = 25;

/** Ends the machine: a minifilter broke rule `number`. */
export function violation(number: number, about: number, text: string, more = 0): never {
  return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0xf500 | number, about, more,
    KeGetCurrentIrql(), text);
}

function levelName(irql: number): string {
  if (irql === PASSIVE_LEVEL) return 'PASSIVE_LEVEL';
  return irql === APC_LEVEL ? 'APC_LEVEL' : 'DISPATCH_LEVEL';
}

/** Holds a routine to its highest IRQL (10.1); violation 22. */
export function checkIrql(routine: string, highest: number): void {
  const irql = KeGetCurrentIrql();
  if (irql > highest) {
    violation(RULE_IRQL, irql, `${routine} at IRQL ${irql}; the highest is ` +
      `${levelName(highest)} (10.1)`);
  }
}
