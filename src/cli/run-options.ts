// What `fltlab run` is told, in the words of its options: for the command and for the plan of a
// run.
import type { CompletionPolicy } from '../mem/boot-options.ts';
import type { FindingOptions } from './finding-options.ts';

export const orders = ['recorded', 'per-thread', 'asap'] as const;
export type Order = (typeof orders)[number];

/** What `fltlab run` was told, checked option by option. */
export interface RunOptions extends FindingOptions {
  readonly trace?: string;
  readonly preset?: string;
  readonly order?: Order;
  readonly filter: readonly string[];
  readonly requestors: number;
  readonly systemWorkers: number;
  readonly storageThreads: number;
  readonly completion: CompletionPolicy;
  readonly fileSystem: 'ramfs' | 'null-fs';
  readonly duration?: number;
  readonly operations?: number;
  readonly seed: number;
  readonly memory: number;
  readonly attachStorm?: number;
  readonly records?: string;
  readonly watchdog: number;
  readonly verifier: boolean;
  readonly lenient: boolean;
  readonly price?: boolean;
  readonly json: boolean;
}
