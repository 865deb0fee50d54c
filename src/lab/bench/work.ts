// The requestor's side of `fltlab bench`: each kind of work on a file of its own, by system
// services. Rounds of batches tell what an operation costs; single operations between two looks at
// the clock tell how that is distributed; counters of pool and heap tell what was allocated.
import { createFile, NtClose } from '../../ntos/io/service/nt-create.ts';
import { NtFlushBuffersFile, NtReadFile, NtWriteFile }
  from '../../ntos/io/service/nt-read-write.ts';
import { NtQueryInformationFile, NtSetInformationFile }
  from '../../ntos/io/service/nt-information.ts';
import { NtQueryDirectoryFile } from '../../ntos/io/service/nt-control.ts';
import { FILE_DIRECTORY_FILE, FILE_NON_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_IF,
  FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, GENERIC_READ,
  GENERIC_WRITE, SYNCHRONIZE } from '../../ntos/io/file-constants.ts';
import { FileBasicInformation, FileDirectoryInformation, FileStandardInformation }
  from '../../ntos/io/information/information-classes.ts';
import { calmStorage } from '../../fs/storage.ts';
import { i32 } from '../../mem/memory.ts';
import { poolCounts } from '../../ntos/ex/pool/pool-tags.ts';
import { sliceOf } from '../workload/user/arena.ts';
import { playSteps } from './steps.ts';
import { workKinds } from './types.ts';
import type { Batch, StepResult, StepsData } from './steps.ts';
import type { WorkCosts, WorkKind } from './types.ts';

/** Told beside the steps. */
export interface WorkOptions {
  readonly letter: string;
  /** Single operations that are timed, per kind of work. */
  readonly latencies: number;
}

/** Told at the end. */
export interface WorkResult {
  readonly steps: readonly StepResult[];
  /** Of the first requestor. */
  readonly costs: Partial<Record<WorkKind, WorkCosts>>;
}

const BATCH = 32;
const TRANSFER = 4096;
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const READ_WRITE = GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE;
/** Operations over which allocations are counted. */
const COUNTED = 256;

class Requestor {
  readonly #path: string;
  readonly #out: number;
  readonly #iosb: number;
  readonly #buffer: number;
  readonly #file: number;
  readonly #folder: number;

  constructor(options: WorkOptions, index: number, count: number) {
    const arena = sliceOf(index, count, 0);
    this.#path = `${options.letter}:\\bench-${index}`;
    this.#out = arena.take(8);
    this.#iosb = arena.take(32);
    this.#buffer = arena.take(2 * TRANSFER);
    calmStorage(true);
    this.#file = this.#open(this.#path, FILE_OPEN_IF, FILE_NON_DIRECTORY_FILE);
    this.#folder = this.#open(`${options.letter}:\\`, FILE_OPEN, FILE_DIRECTORY_FILE);
    NtWriteFile(this.#file, 0, this.#iosb, this.#buffer, TRANSFER, 0);
    calmStorage(false);
  }

  #open(path: string, disposition: number, kind: number): number {
    i32[this.#out >> 2] = 0;
    const status = createFile(this.#out, this.#iosb, { path, desiredAccess: READ_WRITE,
      fileAttributes: 0, shareAccess: SHARE_ALL, disposition,
      options: FILE_SYNCHRONOUS_IO_NONALERT | kind, mode: 1 });
    if (status < 0) {
      throw new Error(`${path} did not open: 0x${(status >>> 0).toString(16)}; a filter refuses ` +
        `it?`);
    }
    return i32[this.#out >> 2]!;
  }

  /** One operation of a kind. */
  operation(kind: WorkKind): () => void {
    const file = this.#file;
    const iosb = this.#iosb;
    const buffer = this.#buffer;
    const operations: Record<WorkKind, () => void> = {
      'create': () => void NtClose(this.#open(this.#path, FILE_OPEN, FILE_NON_DIRECTORY_FILE)),
      'read': () => void NtReadFile(file, 0, iosb, buffer, TRANSFER, 0),
      'write': () => void NtWriteFile(file, 0, iosb, buffer, TRANSFER, 0),
      'query-information': () =>
        void NtQueryInformationFile(file, iosb, buffer, TRANSFER, FileStandardInformation),
      'set-information': () => {
        NtQueryInformationFile(file, iosb, buffer, 40, FileBasicInformation);
        NtSetInformationFile(file, iosb, buffer, 40, FileBasicInformation);
      },
      'directory-control': () => void NtQueryDirectoryFile(this.#folder, iosb, buffer, TRANSFER,
        FileDirectoryInformation, true, 0, true),
      'flush': () => void NtFlushBuffersFile(file, iosb),
    };
    return operations[kind];
  }

  end(): void {
    NtClose(this.#folder);
    NtClose(this.#file);
  }
}

function batchOf(operation: () => void): Batch {
  return () => {
    for (let i = 0; i < BATCH; i++) operation();
    return BATCH;
  };
}

function allocations(): number {
  return poolCounts().reduce((sum, use) => sum + use.allocations, 0);
}

function costsOf(operation: () => void, latencies: number): WorkCosts {
  const before = allocations();
  for (let i = 0; i < COUNTED; i++) operation();
  const poolAllocations = (allocations() - before) / COUNTED;
  const heap = process.memoryUsage().heapUsed;
  for (let i = 0; i < COUNTED; i++) operation();
  const grown = process.memoryUsage().heapUsed - heap;
  const single: number[] = Array.from({ length: latencies }, () => 0);
  for (let i = 0; i < latencies; i++) {
    const start = performance.now();
    operation();
    single[i] = Math.round((performance.now() - start) * 1e6);
  }
  return { poolAllocations, heapBytes: grown < 0 ? undefined : grown / COUNTED, latencies: single };
}

/** Plays the steps; the first requestor also counts what operations cost beside their time. */
export function benchWork(
  told: StepsData, place: { readonly index: number; readonly count: number },
): WorkResult {
  const options = told.more as WorkOptions;
  const requestor = new Requestor(options, place.index, place.count);
  const wanted = new Set(told.steps.map(({ task }) => task));
  const kinds = workKinds.filter((kind) => wanted.has(kind));
  const steps = playSteps(told, place, Object.fromEntries(
    kinds.map((kind) => [kind, () => batchOf(requestor.operation(kind))])));
  const costs: Partial<Record<WorkKind, WorkCosts>> = {};
  if (place.index === 0) {
    for (const kind of kinds) costs[kind] = costsOf(requestor.operation(kind), options.latencies);
  }
  requestor.end();
  return { steps, costs };
}
