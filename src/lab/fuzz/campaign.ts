// A campaign in the fuzzer's thread: sequences by the hundred on one machine, so that booting costs
// little; when one fails, it is played on a fresh machine, alone if it fails alone, and shrunk.
import { sequenceOf } from './sequence.ts';
import { shrink } from './shrink.ts';
import type { Fault, FuzzMachine } from './machine.ts';
import type { FuzzOperation } from './sequence.ts';
import type { Reached } from './reached.ts';

/** Sequences of one machine. */
const BATCH = 100;
/** Machines that may be booted to make a failing sequence small. */
const TRIES = 1500;

export type Sequences = readonly (readonly FuzzOperation[])[];

export interface FuzzFinding {
  readonly fault: Fault;
  /** Played one after the other on a fresh machine they fail; one, if it fails alone. */
  readonly sequences: readonly (readonly FuzzOperation[])[];
  /** How many operations the failing sequence had before. */
  readonly drawn: number;
  /** Which sequence of the campaign it was. */
  readonly index: number;
  /** The same before it was made small: alone, and with all that was played before it. */
  readonly larger: readonly Sequences[];
}

export interface CampaignOptions {
  readonly seed: number;
  /** The first sequence of the seed; 0 when it is left out. */
  readonly first?: number;
  readonly sequences: number;
  /** Told before a sequence begins: which one it is. */
  readonly beginning: (index: number) => void;
  /** Where it is counted what the application got. */
  readonly reached?: Reached;
}

/** What a campaign came to. */
export interface CampaignResult {
  readonly finding?: FuzzFinding;
  /** Sequences in which the one thread would have waited for ever: nothing is known of them. */
  readonly stuck: number;
}

/** Plays a campaign up to the first finding, which is made small. */
export function campaign(machine: FuzzMachine, options: CampaignOptions): CampaignResult {
  const { seed, beginning, reached } = options;
  const end = (options.first ?? 0) + options.sequences;
  let stuck = 0;
  for (let first = options.first ?? 0; first < end;) {
    const count = Math.min(BATCH, end - first);
    const batch = Array.from({ length: count }, (_, n) => sequenceOf(seed, first + n));
    let last = 0;
    const fault = machine.run(batch, { stacks: false, ...(reached && { reached }), each: (n) => {
      last = n;
      beginning(first + n);
    } });
    if (fault !== undefined) {
      return { stuck, finding: smaller(machine, batch, last, fault, first) };
    }
    // What comes behind a sequence that got stuck is played on another machine.
    if (machine.isStuck) stuck++;
    first += machine.isStuck ? last + 1 : count;
  }
  return { stuck };
}

function smaller(
  machine: FuzzMachine, batch: Sequences, last: number, fault: Fault, first: number,
): FuzzFinding {
  const fails = (list: Sequences): boolean =>
    machine.run(list, { stacks: false })?.kind === fault.kind;
  // The one that was played last, or, for what only shows at the end, any of them.
  const alone = [last, ...batch.keys()].find((n) => fails([batch[n]!]));
  if (alone === undefined) {
    const list = withHistory(batch.slice(0, last + 1), fails);
    return { fault: machine.run(list) ?? fault, sequences: list, drawn: list.flat().length,
      index: first + last, larger: [batch.slice(0, last + 1)] };
  }
  const small = shrink(batch[alone]!, (sequence) => fails([sequence]), TRIES);
  // Now with the stacks that a finding needs.
  const again = machine.run([small]) ?? fault;
  return { fault: again, sequences: [small], drawn: batch[alone]!.length, index: first + alone,
    larger: [[batch[alone]!], batch.slice(0, alone + 1)] };
}

/** The fewest sequences before the failing one that still make it fail. */
function withHistory(list: Sequences, fails: (list: Sequences) => boolean): Sequences {
  let best = list;
  for (let n = 0; n < best.length - 1;) {
    const without = best.toSpliced(n, 1);
    if (fails(without)) best = without;
    else n++;
  }
  return best.map((sequence, n) => shrink(sequence,
    (smallerOne) => fails(best.with(n, smallerOne)), TRIES / 10));
}
