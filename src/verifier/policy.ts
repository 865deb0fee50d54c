// What this machine does about each rule and filter: the rule's own reaction, unless a suppression
// that the host told at birth says otherwise (VER-4). Plain data, so that it can be posted to
// every thread; lab/report/suppressions.ts reads it from a file.
import type { Reaction } from './rule-book.ts';

/** `ignore` records it as suppressed, `remove` does not even look. */
export type Suppressed = 'ignore' | 'once' | 'break' | 'remove';

/** One line of a suppression file. */
export interface Suppression {
  readonly action: Suppressed;
  /** A rule, or a kind of fault with all its rules. */
  readonly rule: string;
  /** The service name; absent for every filter. */
  readonly filter?: string;
}

let suppressions: readonly Suppression[] = [];

/** Sets the suppressions of this thread; every thread is told the same. */
export function setSuppressions(told: readonly Suppression[]): void {
  suppressions = told;
}

/** Whether a suppression speaks of a rule in a filter. */
export function matches(s: Suppression, rule: string, filter: string): boolean {
  const isRule = s.rule === '*' || s.rule === rule || rule.startsWith(`${s.rule}.`);
  return isRule && (s.filter === undefined || s.filter === filter);
}

/** What happens when a rule is broken by a filter: the last suppression that speaks of it. */
export function reactionFor(rule: string, filter: string, own: Reaction): Suppressed {
  return suppressions.findLast((s) => matches(s, rule, filter))?.action ?? own;
}
