// Reads the log of `strace -f -ttt -T -y` and tells what Windows would have been asked by the same
// programs: each system call on a file becomes the NT requests that do the same. The rules stand
// in the files of ./strace: open-calls, io-calls, query-calls, change-calls, lock-calls and
// process-calls; how names and locks are carried over, in posix-name and locks.
// Guarantees: every line is an event, or counted as left out with a reason, or a problem with its
// number. Later lines decide one thing only: whether an earlier missing name lay in a missing
// folder. Events stand in the order in which the calls took effect, and `time` follows that order.
// Simplification: one volume, `C:`, holds all POSIX paths except /proc, /sys and /dev.
import type { TraceEvent, TraceOptions } from './event.ts';
import { StraceParser } from './strace/parser.ts';

/** Counts of what had to be changed to fit NT, beside the tally; plain data. */
export interface StraceNotes {
  /** Names that differ from another one only in case and got a mark. */
  caseCollisions: number;
  /** Names with a character that NT does not allow, mapped into U+F000 and up. */
  illegalNames: number;
  /** "Name not found" that a later line showed to be "path not found". */
  correctedStatuses: number;
}

/** `TraceOptions`, and an object to leave the notes in. */
export interface StraceOptions extends TraceOptions {
  readonly notes?: Partial<StraceNotes>;
}

/**
 * Parses an strace log.
 * @param lines the log, one line each, without or with their line ends
 * @param options where to count; a lenient tally lets broken lines go by
 * @yields the events in the order of the log; memory holds names, open files and the last events
 * @throws TraceError for a broken line, unless lenient
 */
export async function* parseStrace(
  lines: AsyncIterable<string>, options: StraceOptions,
): AsyncGenerator<TraceEvent> {
  const parser = new StraceParser(options.tally);
  let line = 0;
  for await (const text of lines) {
    parser.take(++line, text);
    yield* parser.state.events.drain();
  }
  parser.finish();
  const { events, tree } = parser.state;
  if (options.notes) {
    options.notes.caseCollisions = tree.caseCollisions;
    options.notes.illegalNames = tree.illegalNames;
    options.notes.correctedStatuses = events.corrected;
  }
  yield* events.drain(true);
}
