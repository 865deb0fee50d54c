// Ctrl-C: the first one stops cleanly, a second one does not wait for anybody.
import type { Progress } from '../lab/report/progress.ts';
import type { Stop } from '../lab/session/stop.ts';

/** What a shell shows for a program that was ended by Ctrl-C. */
const KILLED_BY_SIGINT = 130;

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
