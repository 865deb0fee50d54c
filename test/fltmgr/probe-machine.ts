// One machine with the probe file system for tests of operations under way: filters, requests that
// are waited for or not, and what must be left at the end.
import { expect } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { open } from '#test/support/open-file.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { i32 } from '#src/mem/memory.ts';
import { sheetsInUse } from '#src/fltmgr/walk/irp-ctrl.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { drainWorkQueues } from '#src/ntos/ex/work-queue.ts';
import type { FilterSketch, MadeFilter, Post, Pre } from '#test/support/make-filter.ts';
import type { ProbeFs, ProbeOptions } from '#test/support/probe-fs.ts';

export const CREATE = 0;
export const READ = 3;
export const WRITE = 4;
export const CLEANUP = 0x12;
export const CLOSE = 2;
export const WITH_CALLBACK = 0;
export const NO_CALLBACK = 1;
export const PENDING = 2;
export const COMPLETE = 4;
export const SYNCHRONIZE = 5;
export const FINISHED = 0;
export const MORE_PROCESSING = 1;
export const STATUS_IS_PENDING = 0x103;

/** Where requests of tests have their data and their status block. */
export const BUFFER = 0x20000;
const IOSB = 0x28000;

export interface Outcome {
  readonly status: number;
  readonly information: number;
}

export class ProbeMachine {
  readonly fs: ProbeFs;
  readonly log: string[] = [];
  readonly filters: MadeFilter[] = [];
  readonly handles: number[] = [];
  readonly #shutdown: () => void;

  constructor(options: ProbeOptions = {}) {
    this.#shutdown = bootInline();
    this.fs = mountProbeFs(options);
  }

  /** Attaches a filter for one major function. */
  filter(name: string, altitude: string, pre?: Pre, post?: Post, major = READ): MadeFilter {
    const operation = { major, ...(pre && { pre }), ...(post && { post }) };
    return this.add({ name, altitude, operations: [operation] });
  }

  add(sketch: FilterSketch): MadeFilter {
    const made = makeFilter(sketch);
    this.filters.push(made);
    return made;
  }

  remove(made: MadeFilter): void {
    this.filters.splice(this.filters.indexOf(made), 1);
    made.unregister();
  }

  /** Opens P:\f; asynchronously unless told otherwise. */
  open(options = 0): number {
    const { handle } = open('P:\\f', { options });
    this.handles.push(handle);
    return handle;
  }

  /** Reads without waiting; the result is in `outcome` once the operation has ended. */
  read(length = 100, handle = this.handles[0] ?? this.open()): number {
    i32[IOSB >> 2] = STATUS_IS_PENDING;
    return NtReadFile(handle, 0, IOSB, BUFFER, length, 0);
  }

  write(length = 100, handle = this.handles[0] ?? this.open()): number {
    i32[IOSB >> 2] = STATUS_IS_PENDING;
    return NtWriteFile(handle, 0, IOSB, BUFFER, length, 0);
  }

  get outcome(): Outcome {
    return { status: i32[IOSB >> 2]!, information: i32[(IOSB + 4) >> 2]! };
  }

  /** Keeps requests of one major pending in the file system. */
  keep(major: number): void {
    this.fs.keep = (asked) => asked === major;
  }

  work(): number {
    return drainWorkQueues();
  }

  /** Takes everything away; nothing may be left. */
  end(): void {
    for (const handle of this.handles) NtClose(handle);
    for (const made of this.filters) made.unregister();
    this.work();
    expect(sheetsInUse()).toBe(0);
    this.fs.unmount();
    this.#shutdown();
    expect(poolUsage()).toEqual([]);
  }
}
