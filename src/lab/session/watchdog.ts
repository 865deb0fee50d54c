// Tells a run that goes on from one that hangs, by looking at the machine now and then.
//
// Two faults are told apart: a thread that stays inside one routine of a driver without getting an
// operation done (a loop, named by routine and operation), and a machine in which nothing moves at
// all though somebody should (a deadlock, or a wait that nobody ends). A thread that waits is never
// blamed for looping. Work items and requests of the disk tell that their thread does not loop, but
// not that the machine gets on: work items that queue each other for ever get nothing done.
//
// A slow computer is no hang. A loop burns processor time, and one that got none has not looped:
// what the process used meanwhile is told along. `SlowClock` does not count time in which the host
// itself did not run. Times
// come from the caller, so that the rules can be tested without waiting.
import type { ThreadView } from '../../machine/host-view.ts';

/** What hangs. */
export interface Stuck {
  readonly kind: 'routine' | 'everything';
  readonly thread?: ThreadView;
  readonly forMs: number;
}

interface Memory {
  readonly mark: string;
  readonly since: number;
  /** Milliseconds of processor time that the process had used by then. */
  readonly used: number;
}

/** Of the time that a loop took so long, at least this part must have been burnt by the process. */
const BURNT_PART = 4;
/** So many times the limit is too long, whatever was burnt. */
const AT_MOST = 6;

/** A clock that a computer cannot run ahead of: between two looks goes by what a look may take. */
export class SlowClock {
  readonly #mostMs: number;
  #last: number;
  #time = 0;

  /** @param mostMs what is counted at most from one look to the next. */
  constructor(now: number, mostMs: number) {
    this.#last = now;
    this.#mostMs = mostMs;
  }

  /** The time (milliseconds) at a look; to be called at each. */
  look(now: number): number {
    this.#time += Math.min(now - this.#last, this.#mostMs);
    this.#last = now;
    return this.#time;
  }
}

/** Changes whenever the thread got something done or went somewhere else. */
function markOf(thread: ThreadView): string {
  const { state, routine, issued, completed, heartbeat } = thread;
  return [state, routine, issued, completed, heartbeat].join(' ');
}

/** Threads that count what they get done. */
const counting: readonly string[] = ['requestor', 'system worker', 'storage'];

export class Watchdog {
  readonly #limitMs: number;
  readonly #threads = new Map<number, Memory>();
  #all: Memory = { mark: '', since: 0, used: 0 };
  #used = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Forgets what it saw: a new phase begins at `now` (milliseconds). */
  reset(now: number): void {
    this.#threads.clear();
    this.#all = { mark: '', since: now, used: this.#used };
  }

  /**
   * Looks at the threads at `now`; what hangs, once it has for the limit.
   * @param used processor time of the process in milliseconds; as much as went by if left out.
   */
  look(now: number, threads: readonly ThreadView[], used = now): Stuck | undefined {
    this.#used = used;
    this.#all = remember(this.#all, now, progressOf(threads), used);
    for (const thread of threads) {
      const before = this.#threads.get(thread.processor);
      this.#threads.set(thread.processor, remember(before, now, markOf(thread), used));
    }
    const stillMs = now - this.#all.since;
    const looping = threads.find((thread) => this.#loops(now, thread, stillMs));
    if (looping !== undefined) {
      return { kind: 'routine', thread: looping, forMs: this.#forMs(now, looping) };
    }
    return stillMs >= this.#limitMs ? { kind: 'everything', forMs: stillMs } : undefined;
  }

  #forMs(now: number, { processor }: ThreadView): number {
    return now - (this.#threads.get(processor)?.since ?? now);
  }

  /** Of a thread that counts nothing it is known only when nobody else gets anything done. */
  #loops(now: number, thread: ThreadView, stillMs: number): boolean {
    if (thread.state !== 'running' || thread.routine === 0) return false;
    if (!counting.includes(thread.role) && stillMs < this.#limitMs) return false;
    const forMs = this.#forMs(now, thread);
    const burnt = this.#used - (this.#threads.get(thread.processor)?.used ?? this.#used);
    return forMs >= this.#limitMs &&
      (burnt * BURNT_PART >= this.#limitMs || forMs >= AT_MOST * this.#limitMs);
  }
}

function progressOf(threads: readonly ThreadView[]): string {
  let sum = 0;
  for (const { issued, completed } of threads) sum += issued + completed;
  return String(sum);
}

function remember(
  before: Memory | undefined, now: number, mark: string, used: number,
): Memory {
  return before?.mark === mark ? before : { mark, since: now, used };
}
