// One application thread of a workload: on whose behalf it acts, its buffers, and the accounts of
// what it asked for. Every request goes through `call` or `start`, which count it as issued once
// and, when its final status is known, as completed once: in KTHREAD.OperationsIssued and
// OperationsCompleted, which the host reads while the machine runs, and per major function.
// Guarantees: what `call` issued has ended when it returns, whatever the file was opened for; what
// `start` issued may go on, is then in `pending`, and ends in `poll` or `settle`.
import { Arena, sliceOf } from './user/arena.ts';
import { Statistics } from './statistics.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { KEVENT } from '../../ntos/ke/types.ts';
import { KeClearEvent, KeInitializeEvent, NotificationEvent } from '../../ntos/ke/event.ts';
import { UserRequest, waitForObject } from '../../ntos/ke/dispatcher.ts';
import { deliverApcsIfPossible } from '../../ntos/ke/apc.ts';
import { IO_STATUS_BLOCK } from '../../ntos/io/types.ts';
import { STATUS_PENDING } from '../../ntos/status-codes.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PEPROCESS } from '../../ntos/ob/process.ts';

/** An open file as an application holds it. */
export interface UserFile {
  readonly handle: number;
  /** Opened without FILE_SYNCHRONOUS_IO_*: requests may return before they end. */
  readonly asynchronous: boolean;
}

/** A request that its thread did not wait for. */
export interface PendingRequest {
  readonly major: number;
  readonly iosb: number;
  readonly event: number;
  /** Milliseconds, from the lab's clock. */
  readonly started: number;
  /** Blocks of the arena that live as long as the request. */
  readonly blocks: readonly number[];
  /** Told the final status and the count of bytes. */
  readonly done: (status: NTSTATUS, information: number) => void;
}

/** Issues a system service; given where the result goes, and an event for asynchronous files. */
export type Issue = (iosb: number, event: number) => NTSTATUS;

const t = KTHREAD.bound;
const io = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof io.Status>[0];
/** Behind the status block NtLockFile wants eight bytes. */
const IOSB_BYTES = 32;
const UserMode = 1;
const KernelMode = 0;
const MILLISECOND = 10_000;

export class User {
  readonly arena: Arena;
  readonly statistics = new Statistics();
  readonly pending = new Set<PendingRequest>();
  readonly #iosb: number;
  readonly #event: number;
  readonly #modeBefore = t.PreviousMode(currentThread);

  /** @param shared bytes at the start of the user region that all requestors share. */
  constructor(index: number, count: number, shared = 0) {
    this.arena = sliceOf(index, count, shared);
    this.#iosb = this.arena.take(IOSB_BYTES);
    this.#event = this.arena.take(KEVENT.size);
    KeInitializeEvent(this.#event, NotificationEvent, false);
    this.act(0 as PEPROCESS);
  }

  /** IoStatus.Information of the last request that `call` issued. */
  get information(): number {
    return io.Information(this.#iosb as PIOSB);
  }

  /** The mode that requests come from now: KernelMode 0 or UserMode 1. */
  get mode(): number {
    return t.PreviousMode(currentThread);
  }

  /**
   * Chooses the process on whose behalf the following requests are made; 0 is System.
   * @param fromKernel the request comes from a driver, which no handle's access binds.
   */
  act(process: PEPROCESS, fromKernel = false): void {
    t.set_Process(currentThread, process);
    t.set_PreviousMode(currentThread, fromKernel ? KernelMode : UserMode);
  }

  /** Makes the thread what it was before; nothing may be pending. */
  leave(): void {
    t.set_Process(currentThread, 0);
    t.set_PreviousMode(currentThread, this.#modeBefore);
  }

  /** Issues a request and waits for its end; the final status. PASSIVE_LEVEL. */
  call(major: number, file: UserFile | undefined, issue: Issue): NTSTATUS {
    const started = this.#begin(major, this.#iosb);
    let status = issue(this.#iosb, file?.asynchronous === true ? this.#event : 0);
    if (status === STATUS_PENDING) {
      waitForObject(this.#event, UserRequest);
      status = io.Status(this.#iosb as PIOSB);
    }
    KeClearEvent(this.#event);
    this.#end(major, status, started);
    return status;
  }

  /**
   * Issues a request that may outlive the call; STATUS_PENDING when it does. PASSIVE_LEVEL.
   * @param blocks blocks of the arena, given back when the request has ended.
   * @param done told the end, at once or later.
   */
  start(
    major: number, issue: Issue, blocks: readonly number[], done: PendingRequest['done'],
  ): { status: NTSTATUS; request: PendingRequest } {
    const iosb = this.arena.take(IOSB_BYTES);
    const event = this.arena.take(KEVENT.size);
    KeInitializeEvent(event, NotificationEvent, false);
    const started = this.#begin(major, iosb);
    const request = { major, iosb, event, started, blocks, done };
    const status = issue(iosb, event);
    if (status === STATUS_PENDING) this.pending.add(request);
    else this.#finish(request, status);
    return { status, request };
  }

  /** Ends every pending request whose result has come. */
  poll(): void {
    deliverApcsIfPossible();
    for (const request of this.pending) {
      const status = io.Status(request.iosb as PIOSB);
      if (status === STATUS_PENDING) continue;
      this.pending.delete(request);
      this.#finish(request, status);
    }
  }

  /** Waits for pending requests, each at most so long; how many are left. PASSIVE_LEVEL. */
  settle(milliseconds: number): number {
    for (const request of this.pending) {
      waitForObject(request.event, UserRequest, -milliseconds * MILLISECOND);
    }
    this.poll();
    return this.pending.size;
  }

  #begin(major: number, iosb: number): number {
    io.set_Status(iosb as PIOSB, STATUS_PENDING);
    io.set_Information(iosb as PIOSB, 0);
    t.set_OperationsIssued(currentThread, t.OperationsIssued(currentThread) + 1);
    this.statistics.issued(major);
    return performance.now();
  }

  #end(major: number, status: NTSTATUS, started: number): void {
    t.set_OperationsCompleted(currentThread, t.OperationsCompleted(currentThread) + 1);
    this.statistics.completed(major, status, (performance.now() - started) * 1e6);
  }

  #finish(request: PendingRequest, status: NTSTATUS): void {
    this.#end(request.major, status, request.started);
    request.done(status, io.Information(request.iosb as PIOSB));
    this.arena.give(request.iosb);
    this.arena.give(request.event);
    for (const block of request.blocks) this.arena.give(block);
  }
}
