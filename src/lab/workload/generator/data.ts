// What the host tells the requestors of a generator, and what each of them tells at its end. Plain
// data, but for the word that ends a run early, which lies in a shared memory of its own.
import type { Counts } from '../statistics.ts';
import type { OperationKind } from '../presets.ts';
import type { StopBuffer } from '../stop-flag.ts';
import type { VolumeSpec } from '../../../machine/assignment.ts';

/** Told at start. */
export interface GeneratorData {
  readonly preset: string;
  readonly seed: number;
  /** The drive letter of the volume. */
  readonly letter: string;
  /** On null-fs nothing is kept: contents are not verified, refusals belong to it. */
  readonly fileSystem: VolumeSpec['fileSystem'];
  readonly requestors: number;
  /** Requests of this requestor; 0 for as many as come. */
  readonly operations: number;
  /** Milliseconds; 0 for as long as it takes. */
  readonly milliseconds: number;
  /** The files were made before, by `prepareGenerator`. */
  readonly isPrepared: boolean;
  /** Requested when the run is to end. */
  readonly stop?: StopBuffer;
  /** The machine injects faults: what they explain is no finding. */
  readonly hasFaults?: boolean;
  /** The folder of all trees, without a backslash before it; gen where it is left out. */
  readonly folder?: string;
}

/** What reads were held against. */
export interface ContentCounts {
  readsChecked: number;
  bytesChecked: number;
  errors: number;
  readonly examples: string[];
}

/** Told at the end. */
export interface GeneratorResult {
  /** Requests of the mix; those that made the files are not among them. */
  readonly counts: Counts;
  /** Milliseconds that the mix took. */
  readonly milliseconds: number;
  /** How often each kind of operation was chosen. */
  readonly kinds: Partial<Record<OperationKind, number>>;
  /** Deliberate misses and other results that belong to the mix, by name of the status. */
  readonly expected: Readonly<Record<string, number>>;
  /** Statuses that nothing in the mix accounts for. */
  readonly unexpected: { readonly count: number; readonly examples: readonly string[] };
  readonly content: ContentCounts;
}
