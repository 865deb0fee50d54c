// What becomes of a request or an acknowledgement, decided under the stripe and told afterwards.
import { NONE } from './oplock-types.ts';
import type { NTSTATUS } from '../../status.ts';

/** What becomes of a request: its status, and for granular answers the levels it tells. */
export interface Verdict {
  readonly status: NTSTATUS;
  /** Whether levels are told: from, to, and whether an answer is expected. */
  readonly tells: boolean;
  readonly from: number;
  readonly to: number;
  readonly ackRequired: boolean;
}

/** A status that tells no levels. */
export function plain(status: NTSTATUS): Verdict {
  return { status, tells: false, from: NONE, to: NONE, ackRequired: false };
}

/** An answer that tells levels: granular in the output buffer, legacy in Information. */
export function telling(status: NTSTATUS, from: number, to: number, ackRequired: boolean): Verdict {
  return { status, tells: true, from, to, ackRequired };
}
