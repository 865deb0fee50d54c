// Threads that use the contexts of the same objects while these go.
import { add, load, notify, store } from '#src/atomics-sync/atomics.ts';
import { parkWhile } from '#src/atomics-sync/park.ts';
import { i32 } from '#src/mem/memory.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { runWorkQueue } from '#src/ntos/ex/work-queue.ts';
import { DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { INSTANCE_DETACHING, FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { FltAllocateContext, FltDeleteContext, FltReleaseContext }
  from '#src/fltmgr/context/context.ts';
import { FltDeleteStreamContext, FltGetStreamContext, FltGetStreamHandleContext,
  FltSetStreamContext, FltSetStreamHandleContext } from '#src/fltmgr/context/context-files.ts';
import { deleteInstanceContexts } from '#src/fltmgr/context/context-teardown.ts';
import { FsRtlTeardownPerStreamContexts } from '#src/ntos/fsrtl/filter-context.ts';
import { STATUS_FLT_DELETING_OBJECT } from '#src/ntos/status-codes.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '#src/fltmgr/types.ts';
import type { Thread } from '#test/support/thread.ts';

/** What a round works on; addresses. */
export interface Round {
  readonly instance: number;
  readonly stream: number;
  readonly file: number;
}

/** What all threads share: words in the machine's memory, and the rounds. */
export interface Shared {
  readonly filter: number;
  /** Cleanups; then contexts whose body was not as their owner left it. */
  readonly counts: number;
  /** Per round: how many users are done with it. */
  readonly done: number;
  /** Per round: how many operations the users did. */
  readonly busy: number;
  readonly rounds: readonly Round[];
  readonly users: number;
}

const STREAM = 8;
const HANDLE = 16;
/** What a context holds while it lives, and after it was cleaned up. */
const ALIVE = 0x600d_c0de;
const DEAD = 0x0bad_c0de;
const { at_State } = FLT_INSTANCE.bound;
let counts = 0;

/** The cleanup callback: a context is cleaned up once, and whole. */
export const countCleanup = kernelRoutine('test!CountCleanup', (context) => {
  if (i32[context! >> 2] !== ALIVE) add(counts + 4, 1);
  i32[context! >> 2] = DEAD;
  add(counts, 1);
  return 0;
});

function look(context: number): void {
  if (i32[context >> 2] !== ALIVE) add(counts + 4, 1);
}

/** One user: numbers from a small generator of its own decide what it does next. */
class User {
  allocated = 0;
  private seed: number;
  private readonly out = stackAlloc(4);
  private readonly filter: PFLT_FILTER;

  constructor(shared: Shared, index: number) {
    this.filter = shared.filter as PFLT_FILTER;
    this.seed = index * 7919 + 1;
  }

  private next(bound: number): number {
    this.seed = (Math.imul(this.seed, 1103515245) + 12345) & 0x7fffffff;
    return (this.seed >>> 8) % bound;
  }

  private taken(): number {
    return i32[this.out >> 2]!;
  }

  /** Drops a reference, now and then at DISPATCH_LEVEL. */
  private drop(context: number): void {
    if (context === 0) return;
    look(context);
    const old = this.next(4) === 0 ? KfRaiseIrql(2) : -1;
    FltReleaseContext(context);
    if (old >= 0) KeLowerIrql(old);
  }

  private set(round: Round, type: number): number {
    FltAllocateContext(this.filter, type, 32, 0, this.out);
    const fresh = this.taken();
    this.allocated++;
    i32[fresh >> 2] = ALIVE;
    const put = type === STREAM ? FltSetStreamContext : FltSetStreamHandleContext;
    const status = put(round.instance as PFLT_INSTANCE, round.file as PFILE_OBJECT, this.next(2),
      fresh, this.out);
    this.drop(this.taken());
    this.drop(fresh);
    return status;
  }

  /** Does one thing; false when the instance is going. Leaves a context through `keep`. */
  step(round: Round, keep: (context: number) => void): boolean {
    const instance = round.instance as PFLT_INSTANCE;
    const file = round.file as PFILE_OBJECT;
    const what = this.next(6);
    if (what < 2) {
      return this.set(round, what === 0 ? STREAM : HANDLE) !== STATUS_FLT_DELETING_OBJECT;
    }
    if (what === 2) {
      const status = FltDeleteStreamContext(instance, file, this.out);
      this.drop(this.taken());
      return status !== STATUS_FLT_DELETING_OBJECT;
    }
    const get = what === 3 ? FltGetStreamHandleContext : FltGetStreamContext;
    get(instance, file, this.out);
    const context = this.taken();
    if (what === 5) keep(context);
    else this.drop(context);
    return true;
  }

  /** Uses the objects of a round until the instance goes; returns a context it still holds. */
  use(round: Round, busy: number): number {
    let kept = 0;
    const keep = (context: number): void => {
      this.drop(kept);
      kept = context;
    };
    while (this.step(round, keep)) {
      add(busy, 1);
      notify(busy, 1);
    }
    return kept;
  }

  finish(context: number): void {
    if (context === 0) return;
    look(context);
    FltDeleteContext(context);
    this.drop(context);
  }
}

function runUser(thread: Thread<Shared>): number {
  const shared = thread.args;
  const user = new User(shared, thread.index);
  shared.rounds.forEach((round, i) => {
    thread.at('use', i);
    const kept = user.use(round, shared.busy + 4 * i);
    // The file object is given up; the context is not, and it may be the last thing to go.
    add(shared.done + 4 * i, 1);
    notify(shared.done + 4 * i, 3);
    user.finish(kept);
  });
  return user.allocated;
}

function tearInstancesDown({ args, at }: Thread<Shared>): number {
  args.rounds.forEach((round, i) => {
    at('instance', i);
    const busy = args.busy + 4 * i;
    while (load(busy) < 40) parkWhile(busy, load(busy), 10_000);
    store(at_State(round.instance as PFLT_INSTANCE), INSTANCE_DETACHING);
    deleteInstanceContexts(round.instance as PFLT_INSTANCE);
  });
  return 0;
}

function endStreams({ args, at }: Thread<Shared>): number {
  args.rounds.forEach((round, i) => {
    at('stream', i);
    const done = args.done + 4 * i;
    while (load(done) < args.users) parkWhile(done, load(done), 10_000);
    FsRtlTeardownPerStreamContexts(round.stream);
  });
  // Contexts whose last reference went at DISPATCH_LEVEL are this thread's work.
  runWorkQueue([DelayedWorkQueue], 10, () => load(args.counts + 8) !== 0);
  return 0;
}

/** Threads: users, then one that ends instances, then one that ends streams. */
export function contextUsers(thread: Thread<Shared>): number {
  const frame = pushFrame();
  counts = thread.args.counts;
  const role = thread.index - thread.args.users;
  const result = role < 0 ? runUser(thread)
    : role === 0 ? tearInstancesDown(thread) : endStreams(thread);
  if (role <= 0) add(thread.args.counts + 12, 1);
  // The last but the worker lets it go.
  if (load(thread.args.counts + 12) === thread.args.users + 1) store(thread.args.counts + 8, 1);
  popFrame(frame);
  return result;
}
