// The stack of the running thread as a report shows it: functions, files and lines, without the
// machine's paths, without what the schedule and the accessors put on top.
import { writtenPlace } from '../../mem/written-place.ts';

/** Frames that are no news to anybody. */
const own = /\/src\/(atomics-sync|mem)\/|\/workers\/|conduct\.|watched\.|node:|eval at/;
const MOST = 8;

/** The line with the file and row that were written, where the build joined modules. */
function asWritten(line: string): string {
  return line.replace(/(file:[^\s()]+):(\d+)(:\d+\)?)$/, (all, file: string, row, rest) => {
    const place = writtenPlace(file, Number(row));
    return place === undefined ? all : `/src/${place.file}:${place.row}${rest}`;
  });
}

/** One frame as `function (file:line)`. */
function shorten(line: string): string {
  return line.trim().replace(/^at (async )?/, '')
    .replace(/\(?(?:file:\/\/)?[^\s()]*\/([^/\s)]+?):(\d+):\d+\)?$/, '($1:$2)');
}

/** Frames of a stack that say something, innermost first. */
export function shortStack(stack: string): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line)).map(asWritten);
  const telling = frames.filter((line) => !own.test(line));
  return (telling.length > 0 ? telling : frames).slice(0, MOST).map(shorten).join('\n');
}

/** Where this thread is. */
export function hereStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const { stack = '' } = new Error('here');
  Error.stackTraceLimit = limit;
  return shortStack(stack);
}
