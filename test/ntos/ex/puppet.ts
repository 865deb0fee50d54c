// A thread that does what it is told: tests of locks need threads that acquire, wait and release
// when the test says so. Commands and answers lie in a mailbox of the machine's memory.
import { IoGetTopLevelIrp, IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { load, notify, store } from '#src/atomics-sync/atomics.ts';
import { PARK, parkWhile } from '#src/atomics-sync/park.ts';
import { i32 } from '#src/mem/memory.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { BugCheck } from '#src/ntos/ke/bug-check.ts';
import { UserRequest, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { initializeApcs } from '#src/ntos/ke/apc.ts';
import { KTHREAD, currentThread, threadOf } from '#src/ntos/ke/prcb.ts';
import { KeReleaseMutex } from '#src/ntos/ke/mutex.ts';
import { KeReleaseSemaphore } from '#src/ntos/ke/semaphore.ts';
import { WAIT_ALERTABLE } from '#src/ntos/ke/wait-interruption.ts';
import * as fastMutex from '#src/ntos/ex/lock/fast-mutex.ts';
import * as pushLock from '#src/ntos/ex/lock/push-lock.ts';
import * as resource from '#src/ntos/ex/lock/resource.ts';
import * as rundown from '#src/ntos/ex/lock/rundown.ts';
import * as rundownPerProcessor from '#src/ntos/ex/lock/rundown-cache-aware.ts';
import * as readerWriter from '#src/ntos/ex/lock/spin-lock.ts';
import * as queuedSpinLock from '#src/ntos/ke/queued-spin-lock.ts';
import * as spinLock from '#src/ntos/ke/spin-lock.ts';
import type { Thread } from '#test/support/thread.ts';

/** A kernel APC that says that it runs, and runs until it is told to end: two words. */
export const holdUp = kernelRoutine('test!HoldUp', (_apc, words) => {
  store(words!, 1);
  while (load(words! + 4) === 0) parkWhile(words! + 4, 0, 1000, PARK);
  return 0;
});

/** What a puppet can be told to do. */
const routines: Record<string, (...args: never[]) => unknown> = {
  ...resource,
  ...fastMutex,
  ...rundown,
  ...rundownPerProcessor,
  ...pushLock,
  ...readerWriter,
  ...spinLock,
  ...queuedSpinLock,
  IoGetTopLevelIrp: () => IoGetTopLevelIrp(),
  IoSetTopLevelIrp: (irp: number) => IoSetTopLevelIrp(irp),
  takeApcs: () => initializeApcs(currentThread),
  waitForObject: (object: number, reason: number) => waitForObject(object, reason),
  waitAlertable: (object: number) => waitForObject(object, UserRequest, undefined, WAIT_ALERTABLE),
  releaseSemaphore: (semaphore: number, count: number) => KeReleaseSemaphore(semaphore, 0, count),
  KeReleaseMutex: (mutex: number) => KeReleaseMutex(mutex),
};
const names = Object.keys(routines).toSorted();

/** Bytes of one puppet's mailbox: command number, done number, routine, two arguments, answer. */
export const MAILBOX_BYTES = 64;
const QUIT = -1;
/** Added to the code of a bug check, so that it is told from an answer. */
const BUG_CHECK = 0x10000;

/** The puppet's own loop. */
export function puppet(thread: Thread<{ mail: number }>): number {
  const mail = thread.args.mail + thread.index * MAILBOX_BYTES;
  for (let done = 0; ; ) {
    parkWhile(mail, done, Infinity, PARK);
    done = load(mail);
    const routine = i32[(mail + 8) >> 2]!;
    if (routine === QUIT) return done;
    thread.at(names[routine]!);
    i32[(mail + 20) >> 2] = perform(routine, mail);
    store(mail + 4, done);
  }
}

function perform(routine: number, mail: number): number {
  const act = routines[names[routine]!] as (a: number, b: number) => unknown;
  try {
    return Number(act(i32[(mail + 12) >> 2]!, i32[(mail + 16) >> 2]!));
  } catch (error) {
    if (error instanceof BugCheck) return BUG_CHECK + error.code;
    throw error;
  }
}

/** The test's end of a puppet. */
export class Puppet {
  readonly thread: number;
  readonly #mail: number;
  constructor(mail: number, index: number) {
    this.#mail = mail + index * MAILBOX_BYTES;
    this.thread = threadOf(index + 1);
    for (let at = this.#mail; at < this.#mail + MAILBOX_BYTES; at += 4) store(at, 0);
  }

  /** Gives a command; the answer comes when the routine returns, which may be late. */
  tell(name: string, first: number, second = 0): void {
    i32[(this.#mail + 8) >> 2] = name === 'quit' ? QUIT : names.indexOf(name);
    i32[(this.#mail + 12) >> 2] = first;
    i32[(this.#mail + 16) >> 2] = second;
    store(this.#mail, load(this.#mail) + 1);
    notify(this.#mail, 1);
  }

  /** Whether the last command is done. */
  isDone(): boolean {
    return load(this.#mail) === load(this.#mail + 4);
  }

  /** Whether it sleeps in a wait for the given reason. */
  waitsFor(reason: number): boolean {
    const thread = this.thread as Parameters<typeof KTHREAD.bound.State>[0];
    return KTHREAD.bound.State(thread) === 1 && KTHREAD.bound.WaitReason(thread) === reason;
  }

  /** The answer of the last command: a number, or `0x10000 +` the code of a bug check. */
  answer(): number {
    return i32[(this.#mail + 20) >> 2]!;
  }
}
