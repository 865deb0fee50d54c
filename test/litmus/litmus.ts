// What a litmus test is here: a few lines for each of two to four threads over shared words, and
// every outcome listed as allowed or forbidden, with a reason. Each instance has words of its own,
// far apart; the threads run through thousands of instances side by side, and the outcomes are
// counted. A forbidden outcome fails the test, and so does one that nobody listed.
//
// "Through the door" means the operations of atomics.ts; "plain" means a typed array. What plain
// accesses may show is listed as allowed even where this machine cannot show it.

/** One thread of a test: gets the instance's words, returns what it read (see `registers`). */
export type Body = (x: number, y: number) => number;

export interface Outcome {
  /** Registers and final words, as `outcomeText` writes them. */
  readonly outcome: string;
  readonly verdict: 'allowed' | 'forbidden';
  readonly because: string;
}

export interface Litmus {
  readonly name: string;
  /** What it asks, in a sentence. */
  readonly question: string;
  readonly threads: readonly Body[];
  /** How many registers each thread returns; read values are 0..9, packed by decimal digits. */
  readonly registers: readonly number[];
  /** Whether the words' final values are part of the outcome. */
  readonly finals: boolean;
  readonly outcomes: readonly Outcome[];
}

/** Bytes of one instance: x and y, on lines of their own. */
export const INSTANCE_BYTES = 128;
/** Instances that the threads run through before they meet again. */
export const INSTANCES = 2048;
export const X_OFFSET = 0;
export const Y_OFFSET = 64;

/** Packs two read values into what a body returns. */
export function pair(first: number, second: number): number {
  return first * 10 + second;
}

/** Writes an outcome as the lists do: `r0=1 r1=0`, then `x=2 y=1` where the finals count. */
export function outcomeText(test: Litmus, returned: number[], x: number, y: number): string {
  const values = test.registers.flatMap((count, thread) =>
    count === 0 ? [] : [...String(returned[thread] ?? 0).padStart(count, '0')],
  );
  const parts = values.map((value, i) => `r${i}=${value}`);
  if (test.finals) parts.push(`x=${x}`, `y=${y}`);
  return parts.join(' ');
}

export function allowed(outcome: string, because: string): Outcome {
  return { outcome, verdict: 'allowed', because };
}

export function forbidden(outcome: string, because: string): Outcome {
  return { outcome, verdict: 'forbidden', because };
}
