// What a run came to, as plain data: the one form that text, JSON and tests read.
// Guarantees: `findings` lists everything that makes a run unclean, each in words; a report can be
// made of a run that broke off, then it holds what was known until then and says so.

import { broken, counts } from './findings.ts';
import type { FaultCounts } from '../../machine/faults/board.ts';
import type { Suppression } from '../../verifier/policy.ts';
import type { ObjectCounts } from '../../verifier/finding/object-rows.ts';
import type { FailOn } from './findings.ts';
import type { Finding } from './finding.ts';

export type { Finding, FindingKind } from './finding.ts';

/** Microseconds. */
export interface LatencyUs {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** One major function: what the requestors issued and what came back. */
export interface OperationRow {
  readonly major: string;
  readonly issued: number;
  readonly completed: number;
  readonly latencyUs?: LatencyUs;
}

export interface StatusRow {
  readonly status: string;
  readonly count: number;
}

/** Callbacks by IRQL: PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL. */
export type ByIrql = readonly [number, number, number];

/** What one filter did. */
export interface FilterRow {
  readonly name: string;
  readonly altitude: string;
  readonly loadOrderGroup: string;
  /** False when the run broke off before anybody counted: the counts mean nothing. */
  readonly counted: boolean;
  readonly pre: ByIrql;
  readonly post: ByIrql;
  /** Post-operations in another thread than the one that asked. */
  readonly postElsewhere: number;
  readonly pended: number;
  /** Post-operations delivered early because their instance went away. */
  readonly drained: number;
  /** What it held when it was last counted: right before its unload in a run that came so far. */
  readonly objects?: ObjectCounts;
  /** What it held as the last instance went that was detached before that. */
  readonly objectsAtDetach?: ObjectCounts;
  /** The status of its unload, by name; undefined when it was not asked to. */
  readonly unload?: string;
}

/** What is left after everything was unloaded and dismounted: all zero when nothing leaked. */
export interface LeftRow {
  readonly kind: 'pool' | 'contexts' | 'callback data' | 'work items' | 'name information'
    | 'operations' | 'files' | 'handles';
  /** The pool's tag or the filter's name; empty where neither applies. */
  readonly owner: string;
  readonly count: number;
  /** Pool only. */
  readonly bytes: number;
}

/** A group of events whose status differs from the recorded one. */
export interface MismatchGroup {
  readonly group: string;
  readonly explanation: string;
  readonly count: number;
  readonly examples: readonly string[];
}

export interface UnscoredRow {
  readonly reason: string;
  readonly explanation: string;
  readonly count: number;
}

/** How a replayed log compares with its recording. */
export interface ReplayReport {
  readonly events: number;
  readonly scored: number;
  readonly matched: number;
  /** Scored events some of whose parameters were taken from their own result: counted apart. */
  readonly ownResult: { readonly scored: number; readonly matched: number };
  readonly mismatches: readonly MismatchGroup[];
  readonly unscored: readonly UnscoredRow[];
  /** Operations of the log that the parser does not know. */
  readonly unknownOperations: readonly { readonly operation: string; readonly count: number }[];
  /** Places of the log that are broken and were left out (--lenient); the first ones. */
  readonly problems: readonly string[];
  /** All of them. */
  readonly problemCount: number;
  /** How often the log was replayed. */
  readonly rounds: number;
  /** What else is worth knowing of the replay: files that could not be made, steps left out. */
  readonly notes: readonly string[];
}

export interface ContentReport {
  readonly bytesChecked: number;
  readonly readsChecked: number;
  readonly errors: number;
  readonly examples: readonly string[];
}

/** What a stress run did beside its operations. */
export interface StressReport {
  readonly rounds: number;
  /** Quiet points between rounds at which the machine was counted. */
  readonly counted: number;
  /** Filters unloaded and loaded again under traffic. */
  readonly reloads: number;
  /** Detaches and unloads that came while something of the filter was under way, as aimed. */
  readonly hits: number;
  /** Rounds by what was done in them. */
  readonly acts: Readonly<Record<string, number>>;
  /** Where faults were injected. */
  readonly faults?: FaultCounts;
}

/** What the verifier costs, measured on two machines of one process. */
export interface PriceReport {
  readonly mix: string;
  /** Operations per second with the verifier on, and off. */
  readonly on: number;
  readonly off: number;
  /** How many times faster the unchecked machine is. */
  readonly ratio: number;
}

/** Where the activity monitor's records went (--records). */
export interface RecordsReport {
  readonly file: string;
  readonly written: number;
  /** Records for which minispy had no room. */
  readonly lost: number;
  /** Why the file could not be written. */
  readonly error?: string;
}

export interface ThreadRow {
  readonly processor: number;
  readonly role: string;
  readonly state: string;
  readonly irql: number;
  readonly where: string;
  readonly issued: number;
  readonly completed: number;
}

/** What was run, as the user asked for it. */
export interface RunSettings {
  readonly workload: string;
  readonly order?: string;
  readonly fileSystem: string;
  readonly requestors: number;
  readonly systemWorkers: number;
  readonly storageThreads: number;
  readonly completion: string;
  readonly seed: number;
  readonly memoryBytes: number;
  readonly verifier: boolean;
  readonly attachStormMs?: number;
  readonly durationSeconds?: number;
  readonly operations?: number;
  /** Which findings make the run fail; any where it is left out. */
  readonly failOn?: FailOn;
  /** What the verifier does about rules, where it is not what the rules say. */
  readonly suppressions?: readonly Suppression[];
  /** The file for the records of minispy. */
  readonly records?: string;
}

export interface RunReport {
  readonly settings: RunSettings;
  /** False when the run broke off: the numbers are those known until then. */
  readonly complete: boolean;
  /** Stopped by the user. */
  readonly interrupted: boolean;
  /** 0 to 1; only where a trace was replayed to a score. */
  readonly fidelity?: number;
  readonly seconds: number;
  readonly issued: number;
  readonly completed: number;
  readonly perSecond: number;
  readonly records?: RecordsReport;
  readonly operations: readonly OperationRow[];
  readonly statuses: readonly StatusRow[];
  readonly filters: readonly FilterRow[];
  readonly attachments?: { readonly attached: number; readonly detached: number };
  readonly replay?: ReplayReport;
  readonly content?: ContentReport;
  readonly stress?: StressReport;
  readonly price?: PriceReport;
  /** The crash dump that was left. */
  readonly dump?: string;
  /** Why what was read was not compared with what was written. */
  readonly contentNotCompared?: string;
  readonly storage?: { readonly taken: number; readonly completed: number };
  /** Undefined when the machine did not get to its end. */
  readonly left?: readonly LeftRow[];
  /** Where every thread was when the run broke off. */
  readonly threads?: readonly ThreadRow[];
  readonly findings: readonly Finding[];
}

export const EXIT_CLEAN = 0;
export const EXIT_FINDINGS = 1;
export const EXIT_USAGE = 2;
/** The run could not be carried through, so that its silence means nothing. */
export const EXIT_INTERNAL = 3;
export const EXIT_UNSUPPORTED = 4;

/** The exit code that a report stands for: a run that could not go on outranks a finding. */
export function exitCodeOf(report: RunReport): number {
  const failOn = report.settings.failOn ?? 'any';
  const counted = report.findings.filter((finding) => counts(finding, failOn));
  const kinds = new Set(counted.map(({ kind }) => kind));
  if (kinds.has('unsupported')) return EXIT_UNSUPPORTED;
  if (broken.some((kind) => kinds.has(kind))) return EXIT_INTERNAL;
  return kinds.size > 0 ? EXIT_FINDINGS : EXIT_CLEAN;
}
