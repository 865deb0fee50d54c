// A lane of a campaign: a process of its own that hunts one target at a time. Cells in one process
// would wait for each other: before Node 24 all of a process's threads that sleep and wake pass one
// lock of V8's (two cells at once in one process run no more schedules than one, in two processes
// twice as many; bench/hunt-rate).
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';
import type { HuntOptions, HuntProgress } from './hunt.ts';
import type { HuntOutcome, HuntPlace } from './one.ts';
import type { Target } from './target.ts';

/** What a lane is told. */
export type LaneOrder =
  | { readonly target: Target; readonly options: HuntOptions }
  | { readonly interrupt: true };

/** What it answers. */
export type LaneAnswer = { readonly progress: HuntProgress } | { readonly outcome: HuntOutcome };

const entry = fileURLToPath(new URL('./lane-process.js', import.meta.url));

export class Lane implements HuntPlace {
  #process: ChildProcess | undefined;

  /** The lane's process is started when there is none. */
  async hunt(
    target: Target, options: HuntOptions, progress: (progress: HuntProgress) => void,
  ): Promise<HuntOutcome> {
    const child = this.#process ??= fork(entry, { serialization: 'advanced', execArgv: [] });
    return new Promise((resolve) => {
      const onMessage = (answer: LaneAnswer): void => {
        if ('progress' in answer) progress(answer.progress);
        else settle(answer.outcome);
      };
      const onExit = (code: number | null, signal: string | null): void => {
        this.#process = undefined;
        settle({ target, error: new Error(`the process of its hunt ended (${signal ?? code}); ` +
          'the others go on') });
      };
      const settle = (outcome: HuntOutcome): void => {
        child.off('message', onMessage).off('exit', onExit);
        resolve(outcome);
      };
      child.on('message', onMessage).on('exit', onExit);
      child.send({ target, options } satisfies LaneOrder);
    });
  }

  interrupt(): void {
    this.#process?.send({ interrupt: true } satisfies LaneOrder);
  }

  /** Lets the process go. */
  close(): void {
    this.#process?.disconnect();
    this.#process = undefined;
  }
}
