// Which detectors a failing schedule speaks for. A rule's name begins with its detector; beside the
// rules there are the races of the schedule's record, deadlocks, what is left behind at the end,
// and the invariants that a scenario states. An entry says nothing here: what is found is told by
// the finding alone.
import { detectors } from './scenario.ts';
import type { Outcome } from '../hunt/outcome.ts';
import type { Detector } from './scenario.ts';

const known: ReadonlySet<string> = new Set(detectors);

/** By what a failure without a verdict of the verifier begins with. */
const failures: readonly (readonly [RegExp, Detector])[] = [
  [/^rule data race /, 'data-race'],
  [/^deadlock /, 'deadlock'],
  [/^\w+ InvariantBroken: /, 'invariant'],
  [/^\w+ LeftBehind: /, 'leak'],
];

function isDetector(kind: string): kind is Detector {
  return known.has(kind);
}

/** The detectors whose finding a schedule shows; empty when it failed by none of them. */
export function detectorsOf(outcome: Outcome): Detector[] {
  const { failure, text, verdicts } = outcome;
  if (failure === 'none') return [];
  if (verdicts.length > 0) {
    const kinds = verdicts.map(({ rule }) => rule.split('.')[0] ?? '');
    return [...new Set(kinds.filter(isDetector))];
  }
  const line = `${failure} ${text}`;
  return failures.flatMap(([begins, detector]) => (begins.test(line) ? [detector] : []));
}
