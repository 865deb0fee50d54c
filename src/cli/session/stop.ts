// How a run is ended early: by its duration or by Ctrl-C. Whoever can pass the request on to the
// requestors listens; a second Ctrl-C does not wait for anybody.
import type { Progress } from '../../lab/report/progress.ts';

/** What a shell shows for a program that was ended by Ctrl-C. */
const KILLED_BY_SIGINT = 130;

/** The request to stop, as the host holds it. */
export class Stop {
  isRequested = false;
  /** The user asked for it. */
  bySignal = false;
  readonly #listeners: (() => void)[] = [];

  /** Calls `listener` at the first request; at once when that has come. */
  onRequest(listener: () => void): void {
    if (this.isRequested) listener();
    else this.#listeners.push(listener);
  }

  request(): void {
    this.isRequested = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

/** Lets Ctrl-C stop cleanly; returns how to take that back. */
export function stopOnSignals(stop: Stop, progress: Progress): () => void {
  const onSignal = (): void => {
    if (stop.bySignal) process.exit(KILLED_BY_SIGINT);
    stop.bySignal = true;
    progress.say('stopping: the requestors finish what they do, then comes the report ' +
      '(Ctrl-C once more ends at once, without it)');
    stop.request();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
