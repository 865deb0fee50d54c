// The threads of a replay program: those of the log, and one for the opens of somebody that the log
// does not show.
// Guarantees: indices are given in order of appearance; a thread's steps keep their global order.
import type { Step } from './steps.ts';

/** The process of opens whose owner the log does not show. */
export const OTHER_PROCESS = -1;

export interface ProgramThread {
  readonly processId: number;
  readonly threadId: number;
  readonly processName: string;
  readonly steps: readonly Step[];
}

interface Identity {
  readonly processId: number;
  readonly threadId: number;
  readonly processName: string;
}

export class ProgramThreads {
  readonly #byIdentity = new Map<string, number>();
  readonly #threads: (Identity & { readonly steps: Step[] })[] = [];

  get list(): readonly ProgramThread[] {
    return this.#threads;
  }

  indexOf({ processId, threadId, processName }: Identity): number {
    const key = `${processId}:${threadId}`;
    const known = this.#byIdentity.get(key);
    if (known !== undefined) return known;
    const index = this.#threads.length;
    this.#byIdentity.set(key, index);
    this.#threads.push({ processId, threadId, processName, steps: [] });
    return index;
  }

  /** The thread of processes that the log does not show. */
  indexOfOthers(): number {
    return this.indexOf({ processId: OTHER_PROCESS, threadId: 0, processName: 'not recorded' });
  }

  add(step: Step): void {
    this.#threads[step.thread]?.steps.push(step);
  }
}
