// What a crash dump holds: plain data, so that a file of one machine can be read on any other. The
// addresses in it mean nothing elsewhere; what they stand for is told in words beside them.
import type { Finding, RunSettings } from '../report/run-report.ts';

/** The form of the file; another one is refused. */
export const DUMP_FORMAT = 'fltlab dump 1';

/** A lock that a thread holds. */
export interface DumpLock {
  readonly kind: string;
  readonly address: number;
  readonly shared: boolean;
  readonly stack: readonly string[];
}

/** Something that a thread began: an operation on a file, or the end of a filter or an instance. */
export interface DumpStep {
  /** Orders the steps of all threads. */
  readonly stamp: number;
  /** IRP_MJ_*; or unload, detach. */
  readonly what: string;
  /** The file's name, empty where it is not known; of unload and detach the filter. */
  readonly file: string;
}

/** One thread. */
export interface DumpThread {
  readonly processor: number;
  readonly role: string;
  readonly state: string;
  readonly irql: number;
  /** The driver routine and the operation that it runs; empty outside of drivers. */
  readonly where: string;
  readonly issued: number;
  readonly completed: number;
  readonly waitsFor?: string;
  /** Where it began to wait. */
  readonly stack: readonly string[];
  /** The processors whose threads keep it waiting, as far as it is known. */
  readonly blockedBy: readonly number[];
  readonly locks: readonly DumpLock[];
  /** Its last events, oldest first. */
  readonly events: readonly string[];
  /** What it began last, oldest first; not in dumps of older versions. */
  readonly steps?: readonly DumpStep[];
}

/** An operation that had not ended. */
export interface DumpOperation {
  readonly address: number;
  readonly what: string;
  /** Who had it; empty for nobody. */
  readonly owner: string;
  readonly journey: readonly string[];
}

export interface DumpQueue {
  readonly name: string;
  readonly waiting: number;
  readonly run: number;
  readonly longestWaitMs: number;
}

/** What a look into the machine's memory shows. */
export interface MachineLook {
  readonly threads: readonly DumpThread[];
  /** What threads began last that have left the machine; not in dumps of older versions. */
  readonly past?: readonly (readonly DumpStep[])[];
  readonly operations: readonly DumpOperation[];
  readonly queues: readonly DumpQueue[];
  readonly storage: { readonly taken: number; readonly completed: number };
}

/** A crash dump. */
export interface CrashDump extends MachineLook {
  readonly format: typeof DUMP_FORMAT;
  readonly version: string;
  readonly settings: RunSettings;
  readonly filters: readonly string[];
  readonly findings: readonly Finding[];
  /** The crash block, in words; empty when the machine did not stop by itself. */
  readonly crash: string;
  /** What drivers printed last. */
  readonly printed: readonly string[];
}
