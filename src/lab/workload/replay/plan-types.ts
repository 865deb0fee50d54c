// What the host tells the requestors of a replay. Plain data: posted once, before the run.
import type { InitialFile } from '../../trace/inference/initial-state.ts';
import type { Step } from '../../trace/program/steps.ts';
import type { ProcessFacts } from '../user/processes.ts';

/** Which order a replay keeps: see `planReplay`. */
export type ReplayOrder = 'recorded' | 'per-thread' | 'asap';

/** A step of the program, with what the plan found out about it. */
export interface PlannedStep {
  /** Place in the order of the whole replay, from 0. */
  readonly at: number;
  readonly step: Step;
  /** Content class of the file that the step is about; 0 for none. */
  readonly content: number;
  /** Requests on the slot, by anybody, that this step must come after. */
  readonly after: number;
  /** Set where a request is given up instead of made: the place of the step that made it. */
  readonly cancels?: number;
}

/** A handle of the recorded machine, as requestors share it. */
export interface SlotFacts {
  readonly keepsFileObject: boolean;
  /** More than one requestor uses it. */
  readonly isShared: boolean;
  /** For a rename: contents of what it names. */
  readonly content: number;
}

/** Who writes which bytes of a content class: three numbers (start, end, version) per write. */
export type WriteRanges = readonly number[];

export interface ContentFacts {
  /** By class number; undefined when nothing writes it. */
  readonly writes: Readonly<Record<number, WriteRanges>>;
  /** Classes whose writes go to places that the log does not tell. */
  readonly loose: readonly number[];
  /** By class number: the only requestor that changes it; -1 for several. */
  readonly owners: Readonly<Record<number, number>>;
  readonly classes: number;
  /**
   * By class number: ranges that are filled at first and that no step can empty again, because
   * none changes the file's size, name or existence. Zeros there are wrong.
   */
  readonly solid: Readonly<Record<number, readonly ByteRange[]>>;
}

/** A byte range of a file that needs contents: start and end. */
export type ByteRange = readonly [number, number];

/** A file as it must exist before the replay. */
export interface TreeFile {
  readonly facts: InitialFile;
  readonly content: number;
  readonly ranges: readonly ByteRange[];
  readonly streams: readonly {
    readonly name: string;
    readonly EndOfFile: number;
    readonly content: number;
    readonly ranges: readonly ByteRange[];
  }[];
}

/** All that must exist; directories come before what lies in them. */
export interface TreePlan {
  readonly volumes: readonly string[];
  readonly files: readonly TreeFile[];
}

/** For the preparation. */
export interface PreparationData {
  readonly tree: TreePlan | undefined;
  readonly processes: readonly ProcessFacts[];
  readonly sharedBytes: number;
  readonly requestors: number;
  readonly slots: number;
}

/** For each requestor. */
export interface ReplayWork {
  readonly order: ReplayOrder;
  readonly steps: readonly PlannedStep[];
  /** Requestor of each place; kept for the recorded order only. */
  readonly owners: Uint8Array;
  readonly slots: readonly SlotFacts[];
  /** Process of each recorded thread. */
  readonly processOf: readonly number[];
  readonly content: ContentFacts;
  readonly sharedBytes: number;
  /** With it, each round works on a tree of its own below a directory of its own. */
  readonly rounds: Rounds | undefined;
  readonly processes: readonly ProcessFacts[];
  /** Asks the requestors to end: see `stop-flag.ts`. */
  readonly stop: SharedArrayBuffer;
  /** Milliseconds that a blocked step may hold up the recorded order. */
  readonly patienceMs: number;
}

export interface Rounds {
  readonly tree: TreePlan;
  /** Go on until this many milliseconds are over; 0 for one round. */
  readonly durationMs: number;
}
