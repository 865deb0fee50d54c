// What lies in the model file system of a vector: files, their opens, operations under way.
import type { PFILE_LOCK } from '../../ntos/io/control-types.ts';
import type { PFILE_OBJECT, PIRP, PSHARE_ACCESS } from '../../ntos/io/types.ts';
import type { Step } from './vector.ts';

/** An operation under way. */
export interface Operation {
  readonly step: Step;
  irp: PIRP;
  /** What the package gets for it: a number of the runner's, and its two routines. */
  readonly context: number;
  readonly routine: number;
  readonly post: number;
}

/** Parked, or what an attempt ended with. */
export type Result = 'pended' | { readonly status: string; readonly info?: number };

/** A file, a directory or a named stream. */
export interface Node {
  name: string;
  readonly isDirectory: boolean;
  size: number;
  allocation: number;
  deletePending: boolean;
  writableSection: boolean;
  modified: boolean;
  opens: Open[];
  /** Address of its OPLOCK. */
  readonly oplock: number;
  readonly lock: PFILE_LOCK;
  readonly share: PSHARE_ACCESS;
}

export interface Open {
  readonly file: PFILE_OBJECT;
  readonly node: Node;
  /** Opened for attributes only. */
  readonly isStat: boolean;
  deleteOnClose: boolean;
}

export const PENDING = 'STATUS_PENDING';
export const SUCCESS = 'STATUS_SUCCESS';
export const IN_PROGRESS = 'STATUS_OPLOCK_BREAK_IN_PROGRESS';

/** The result of an attempt that is not parked. */
export function done(status: string, info?: number): Result {
  return info === undefined ? { status } : { status, info };
}
