// A RAM volume with a filter that owns the oplocks of C:\f, in the test's own thread. The filter
// answers oplock controls itself, so that the file system never sees one, and asks before every
// operation that breaks oplocks. A test may replace how it asks.
import { expect } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { mountC } from '#test/support/ramfs-volume.ts';
import { close, create, makeFile } from '#test/fs/support/files.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { FltCheckOplockEx } from '#src/fltmgr/lock/oplock.ts';
import { FltInitializeOplock, FltOplockFsctrl, FltUninitializeOplock }
  from '#src/fltmgr/lock/oplock-control.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { FLTFL_CALLBACK_DATA_FAST_IO_OPERATION } from '#src/fltmgr/constants.ts';
import { sheetsInUse } from '#src/fltmgr/walk/irp-ctrl.ts';
import { PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE, PFLTOPLOCK_WAIT_COMPLETE_ROUTINE }
  from '#src/image/role.ts';
import * as codes from '#src/ntos/io/control-codes.ts';
import { FILE_NON_DIRECTORY_FILE } from '#src/ntos/io/file-constants.ts';
import { NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import * as majors from '#src/ntos/io/types.ts';
import { drainWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { asStatus, statusName } from '#src/ntos/status.ts';
import { BUFFER, nameOf } from '#test/fs/support/files.ts';
import { fresh, transfer } from '#test/fs/support/oplocks.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { CreateRequest } from '#src/ntos/io/service/create-file.ts';
import type { FilterSketch, MadeFilter } from '#test/support/make-filter.ts';

/** What an operation of the log is called. */
const names: Record<number, string> = {
  [majors.IRP_MJ_CREATE]: 'create', [majors.IRP_MJ_READ]: 'read', [majors.IRP_MJ_WRITE]: 'write',
  [majors.IRP_MJ_FLUSH_BUFFERS]: 'flush', [majors.IRP_MJ_LOCK_CONTROL]: 'lock',
  [majors.IRP_MJ_SET_INFORMATION]: 'set', [majors.IRP_MJ_FILE_SYSTEM_CONTROL]: 'fsctl',
  [majors.IRP_MJ_CLEANUP]: 'cleanup',
  [majors.IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION]: 'section',
};
const answers = ['WITH_CALLBACK', 'NO_CALLBACK', 'PENDING', 'DISALLOW', 'COMPLETE'];
const controls: readonly number[] = [codes.FSCTL_REQUEST_OPLOCK, codes.FSCTL_REQUEST_OPLOCK_LEVEL_1,
  codes.FSCTL_REQUEST_OPLOCK_LEVEL_2, codes.FSCTL_REQUEST_BATCH_OPLOCK,
  codes.FSCTL_REQUEST_FILTER_OPLOCK, codes.FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  codes.FSCTL_OPBATCH_ACK_CLOSE_PENDING, codes.FSCTL_OPLOCK_BREAK_ACK_NO_2,
  codes.FSCTL_OPLOCK_BREAK_NOTIFY];
/** Not NULL and told apart from every address. */
export const CONTEXT = 0x4711;

export const OPLOCK = USER.start + 0x400;
export const ASYNC = { options: FILE_NON_DIRECTORY_FILE };

let machine: OplockMachine;
/** The machine whose routines the package calls. */
function adopt(made: OplockMachine): void {
  machine = made;
}

export const waitComplete = PFLTOPLOCK_WAIT_COMPLETE_ROUTINE('OwnerWaitComplete', (data, context) => {
  machine.log.push(`wait-complete ${statusName(data.IoStatus.Status)} ${context === CONTEXT}`);
  machine.onWaitComplete(data);
});
export const prePost = PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE('OwnerPrePost', (data, context) => {
  machine.log.push(`pre-post ${context === CONTEXT}`);
  machine.onPrePost(data);
});

const checkWithRoutines = (data: FltCallbackData): number =>
  FltCheckOplockEx(OPLOCK, data.address, 0, CONTEXT, waitComplete, prePost);

export class OplockMachine {
  readonly log: string[] = [];
  /** Whether fast I/O is refused, so that every operation comes with an IRP. */
  refusesFastIo = true;
  /** OpenCount of requests. */
  openCount = 1;
  /** How the filter asks, for all but oplock controls and cleanup. */
  check: (data: FltCallbackData) => number = checkWithRoutines;
  control: (data: FltCallbackData) => number = (data) =>
    FltOplockFsctrl(OPLOCK, data.address, this.openCount);
  /** What the wait-complete routine does with an operation: on, or its end. */
  onWaitComplete: (data: FltCallbackData) => void = (data) => {
    const failed = data.IoStatus.Status < 0;
    FltCompletePendedPreOperation(data.address, failed ? 4 : 1, 0);
  };
  onPrePost: (data: FltCallbackData) => void = () => undefined;
  /** What is asked about; by default all but opens, which the tests use to get handles. */
  asks = new Set(Object.keys(names).map(Number).filter((major) => major !== majors.IRP_MJ_CREATE));
  readonly #filters: MadeFilter[] = [];
  readonly #unmount: () => void;
  readonly #shutdown: () => void;

  constructor() {
    adopt(this);
    this.#shutdown = bootInline();
    this.#unmount = mountC();
    makeFile('\\f', 'old contents');
    i32[OPLOCK >> 2] = 0;
    FltInitializeOplock(OPLOCK);
    this.add({
      name: 'owner', altitude: '100',
      operations: Object.keys(names).map(Number).map((major) => ({
        major, pre: (data) => this.#pre(data),
      })),
    });
  }

  #pre(data: FltCallbackData): number {
    const { MajorFunction, Parameters } = data.Iopb;
    const isControl = MajorFunction === majors.IRP_MJ_FILE_SYSTEM_CONTROL &&
      controls.includes(Parameters.FileSystemControl.Common.FsControlCode);
    if (isControl) return this.control(data);
    if (!this.asks.has(MajorFunction)) return 1;
    if (this.refusesFastIo && data.Flags & FLTFL_CALLBACK_DATA_FAST_IO_OPERATION) return 3;
    const isCleanup = MajorFunction === majors.IRP_MJ_CLEANUP;
    const answer = (isCleanup ? checkWithRoutines : this.check)(data);
    const status = answer === 2 ? '' : ` ${statusName(data.IoStatus.Status)}`;
    this.log.push(`${names[MajorFunction]} ${answers[answer]}${status}`);
    // Without a post-operation callback the filter says so.
    return answer === 0 ? 1 : answer;
  }

  add(sketch: FilterSketch): MadeFilter {
    const made = makeFilter(sketch);
    this.#filters.push(made);
    return made;
  }

  /** What was logged since the last call. */
  take(): string[] {
    return this.log.splice(0);
  }

  /** Opens C:\f asynchronously, whatever is not said otherwise. */
  open(more: Partial<CreateRequest> = {}): number {
    const opened = create('\\f', { ...ASYNC, ...more });
    if (opened.handle === 0) throw new Error(opened.status);
    return opened.handle;
  }

  work(): number {
    return drainWorkQueues();
  }

  /** Takes everything away; nothing may be left. */
  end(): void {
    FltUninitializeOplock(OPLOCK);
    for (const made of this.#filters) made.unregister();
    this.work();
    expect(sheetsInUse()).toBe(0);
    this.#unmount();
    this.#shutdown();
    expect(poolUsage()).toEqual([]);
  }
}

/** Writes through an asynchronous handle; `ended(transfer)` tells the end. */
export function beginWrite(handle: number, text = 'new'): string {
  for (let i = 0; i < text.length; i++) u8[BUFFER + i] = text.charCodeAt(i);
  const { event, iosb } = fresh(transfer);
  return nameOf(asStatus(NtWriteFile(handle, event, iosb, BUFFER, text.length, 0)));
}

export { close };
