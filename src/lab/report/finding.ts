// Something that a run found, as plain data.
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';

export type FindingKind =
  | 'leak' | 'lost-operation' | 'content' | 'bug-check' | 'watchdog' | 'spin' | 'worker-died'
  | 'filter' | 'unload' | 'unexpected-status' | 'unsupported' | 'internal' | 'rule';

/** Something that must not be in a clean run. */
export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
  /** What the verifier knows of it: of every broken rule, and of most bug checks. */
  readonly details?: LoggedFinding;
  /** A suppression says that it does not count. */
  readonly isSuppressed?: boolean;
  /** The baseline knows it. */
  readonly isKnown?: boolean;
}
