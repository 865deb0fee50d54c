// An entry of the zoo as its author writes it: a scenario that drives a faulty minifilter and its
// fixed twin alike, with the detectors that have to find the fault. A folder of the zoo has one
// folder for each entry:
//
//   NAME/faulty.ts     the minifilter with the bug      NAME/fixed.ts   the same without it
//   NAME/scenario.ts   export const story = zooScenario({ … })
//
// The scenario knows nothing of which of the two it drives, and the checkers know nothing of the
// zoo. This file needs no kernel; every thread of the machine loads it.
import { scenario } from '../hunt/machine/scenario.ts';
import type { HuntScenario } from '../hunt/machine/scenario.ts';

/** The kinds of fault that the checkers tell apart; a rule's name begins with its kind. */
export const detectors = ['irql-rule', 'paged-memory', 'lock-order', 'lock-usage', 'deadlock',
  'data-race', 'lifetime', 'leak', 'double-complete', 'never-complete', 'lost-wakeup',
  'drain-teardown', 'work-queue', 'stack-depth', 'memory-order', 'oplock-state', 'toctou',
  'buffer', 'contract', 'starvation', 'invariant'] as const;

export type Detector = typeof detectors[number];

export interface ZooScenario extends HuntScenario {
  /** Capitals, - and a number: BZ-012. */
  readonly id: string;
  /** The detector that has to find the fault, then others that may as well. */
  readonly detectors: readonly [Detector, ...Detector[]];
  /** Whether the fault shows in some interleavings only; the first schedule shows it otherwise. */
  readonly interleaving: 'any' | 'chosen';
  /** The altitude of both filters. */
  readonly altitude?: string;
}

/** Says what an entry is; checks what a type cannot say. */
export function zooScenario(s: ZooScenario): ZooScenario {
  if (!/^[A-Z]{1,8}-\d{1,5}$/.test(s.id)) {
    throw new Error(`an entry's id is capitals, - and a number, such as BZ-012: ${s.id}`);
  }
  if (s.interleaving !== 'any' && s.interleaving !== 'chosen') {
    throw new Error(`${s.id}: interleaving is 'any' or 'chosen', not ${String(s.interleaving)}`);
  }
  if (!Array.isArray(s.detectors) || s.detectors.length === 0) {
    throw new Error(`${s.id} names no detector`);
  }
  const unknown = s.detectors.find((name) => !detectors.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${s.id}: no detector is called ${unknown}; there are ${detectors.join(', ')}`);
  }
  if (!Array.isArray(s.applications)) throw new Error(`${s.id} has no applications`);
  scenario(s);
  return s;
}
