// Looking at the bug check that an act raises: code, parameters, text. The machine is reset after
// it, so that the next act starts from one that runs.
import { store } from '#src/atomics-sync/atomics.ts';
import { BugCheck, KI_SYSTEM, MACHINE_RUNNING, kiSystem } from '#src/ntos/ke/bug-check.ts';
import { KeGetCurrentIrql, KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';

/** What a bug check said. */
export interface Stop {
  readonly code: number;
  readonly parameters: readonly number[];
  readonly text: string;
}

/** Runs `act` at a level; the bug check it raised, undefined when it raised none. */
export function stopAt(irql: number, act: () => unknown): Stop | undefined {
  const before = KeGetCurrentIrql();
  if (irql > before) KfRaiseIrql(irql);
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof BugCheck)) throw error;
    const root = kiSystem as Parameters<typeof KI_SYSTEM.bound.at_State>[0];
    store(KI_SYSTEM.bound.at_State(root), MACHINE_RUNNING);
    store(KI_SYSTEM.bound.at_CrashClaimed(root), 0);
    return { code: error.code, parameters: error.parameters, text: error.evidence };
  } finally {
    KeLowerIrql(before);
  }
}
