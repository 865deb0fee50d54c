// What the executive's tests need: the bug check that an act raises, and a level to act at.
import { store } from '#src/atomics-sync/atomics.ts';
import { BugCheck, KI_SYSTEM, MACHINE_OFF, kiSystem } from '#src/ntos/ke/bug-check.ts';
import { KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';

/** Runs `act`, which must raise a bug check; returns its code and first parameter. */
export function bugCheckOf(act: () => unknown): [number, number] {
  try {
    act();
  } catch (error) {
    if (!(error instanceof BugCheck)) throw error;
    const root = kiSystem as Parameters<typeof KI_SYSTEM.bound.at_State>[0];
    store(KI_SYSTEM.bound.at_State(root), MACHINE_OFF);
    store(KI_SYSTEM.bound.at_CrashClaimed(root), 0);
    return [error.code, error.parameters[0] ?? -1];
  }
  throw new Error('no bug check was raised');
}

/** Runs `act` at a level and comes back, whatever the act did to the level. */
export function atIrql<T>(irql: number, act: () => T): T {
  const old = KfRaiseIrql(irql);
  try {
    return act();
  } finally {
    KeLowerIrql(old);
  }
}

/** The bug check that `act` raises at a level. */
export function bugCheckAt(irql: number, act: () => unknown): [number, number] {
  return atIrql(irql, () => bugCheckOf(act));
}
