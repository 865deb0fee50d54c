// What a thread is told when it starts, and what it tells when it ends. Plain data: posted to the
// worker once; everything after that goes through the machine's memory.
import type { BootOptions } from '../mem/boot-options.ts';
import type { Suppression } from '../verifier/policy.ts';
import type { ImageSpec } from '../image/js-image.ts';
import type { MessagePort } from 'node:worker_threads';

/** The part a worker plays in its machine. */
export type Role =
  'control' | 'system-worker' | 'storage' | 'clock' | 'requestor' | 'port';

/** A volume to mount at boot. */
export interface VolumeSpec {
  readonly fileSystem: 'ramfs' | 'null-fs';
  /** The device name, for example \Device\HarddiskVolume1. */
  readonly name: string;
  /** The drive letter, for example 'C'. */
  readonly letter: string;
  readonly label?: string;
  /** The size the volume claims, in bytes. */
  readonly size?: number;
}

/** A workload for one requestor: a module and the plain data it works on. */
export interface WorkloadSpec {
  /** File URL of a module that exports the routine. */
  readonly module: string;
  /** `(data, context) => result`, called in the requestor's thread; the result is plain data. */
  readonly routine: string;
  readonly data: unknown;
}

/** Told at start. */
export interface Assignment {
  readonly boot: BootOptions;
  readonly role: Role;
  readonly images: readonly ImageSpec[];
  /** Control: the volumes to mount, and the port its orders come by. */
  readonly volumes?: readonly VolumeSpec[];
  readonly orders?: MessagePort;
  /** Requestor: what to do. */
  readonly workload?: WorkloadSpec;
  /** What a checked machine does about rules, where it is not what the rules say. */
  readonly suppressions?: readonly Suppression[];
  /** Requestor: which of how many. */
  readonly index?: number;
  readonly count?: number;
}

/** Told at the end. */
export interface ThreadReport {
  readonly role: Role;
  readonly processor: number;
  readonly workerThreadId: number;
  /** Why the thread left: it was told to, the machine crashed, or its work was done. */
  readonly exit: 'done' | 'stopped' | 'crashed';
  readonly error?: string;
  readonly result?: unknown;
}
