// A scenario on a whole machine: which filters, what each application thread does, what the control
// thread does meanwhile, and what must hold. A scenario is a small module of its own; every thread
// of the machine loads it, so it keeps nothing in JavaScript variables. This file needs no kernel:
// the host reads scenarios too, to know how many threads there are.
import type { CompletionPolicy } from '../../../mem/boot-options.ts';
import type { ImageSpec } from '../../../image/js-image.ts';
import type { VolumeSpec } from '../../../machine/assignment.ts';
import type { Control } from './control.ts';
import type { Files } from './files.ts';

/** What one application thread does. */
export type Application = (files: Files, index: number) => void;

export interface HuntScenario {
  /** Letters, digits and -; it is part of every token. */
  readonly name: string;
  /** One sentence: what it tries. */
  readonly about?: string;
  /** Filters under test, the first to be loaded first; those of the command line come before. */
  readonly filters?: readonly ImageSpec[];
  readonly volumes?: readonly VolumeSpec[];
  /** How storage completes; the choices that are left open are the schedule's. */
  readonly completion?: CompletionPolicy;
  readonly systemWorkers?: number;
  readonly storageThreads?: number;
  /** Lays out files before the schedule begins, when the filters are loaded. */
  readonly prepare?: (files: Files) => void;
  readonly applications: readonly Application[];
  /** What the control thread does while the applications run: unloads, detaches. */
  readonly control?: (control: Control) => void;
  /** Throws when something is wrong after all threads have ended; the filters are still loaded. */
  readonly check?: (files: Files, control: Control) => void;
  /** Allocations of the filters that may fail in one schedule: which ones is its choice. */
  readonly faults?: number;
  /** Leave the filters loaded at the end, and do not ask whether anything leaked. */
  readonly keepsLoaded?: boolean;
}

/** Says what a scenario is; the identity, for its types. */
export function scenario(s: HuntScenario): HuntScenario {
  if (!/^[A-Za-z0-9-]{1,60}$/.test(s.name)) {
    throw new Error(`a scenario's name has letters, digits and - only: ${s.name}`);
  }
  return s;
}

/** What a scenario promises does not hold. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}

/** Says what must hold; for applications and for `check`. */
export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new InvariantBroken(otherwise);
}

/** The threads of a scenario's machine, by number. */
export interface Cast {
  readonly names: readonly string[];
  /** Threads that a schedule does not wait for. */
  readonly daemons: readonly number[];
  readonly firstWorker: number;
  readonly firstStorage: number;
  readonly firstApplication: number;
}

/** Thread 0 is the control thread, 1 the clock; workers, storage and applications follow. */
export function castOf(s: HuntScenario): Cast {
  const workers = s.systemWorkers ?? 1;
  const storage = s.completion === 'inline' ? 0 : (s.storageThreads ?? 1);
  const numbered = (what: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => (count === 1 ? what : `${what} ${i}`));
  const names = ['control', 'clock', ...numbered('worker', workers),
    ...numbered('storage', storage), ...numbered('app', s.applications.length)];
  const firstStorage = 2 + workers;
  const firstApplication = firstStorage + storage;
  const daemons = Array.from({ length: firstApplication - 1 }, (_, i) => i + 1);
  return { names, daemons, firstWorker: 2, firstStorage, firstApplication };
}
