// fio's I/O logs (`write_iolog`), version 2 and 3, as a stream of events.
// Guarantees: every line is an event, a counted skip (`add`, `wait`) or a problem with its line.
// `wait` (version 2, microseconds) and the timestamps of version 3 (milliseconds) set the time.
// Simplification: fio logs no results and no threads. An operation that it logged is taken to have
// succeeded (`statusAssumed`), so that sizes can be inferred; one process with one thread issues
// all. `trim` becomes FSCTL_FILE_LEVEL_TRIM, `sync` and `datasync` become a flush.
import type { EventParameters, OperationKind, TraceEvent, TraceOptions } from './event.ts';
import { controlCode } from './control-codes.ts';
import { TraceError, type TraceTally } from './tally.ts';
import { splitPosixPath, splitWindowsPath } from './volume-path.ts';
import * as wdk from './wdk.ts';

const HEADER = /^fio version (\d+) iolog\s*$/;
const FILE_LINE = /^(.+) (add|open|close)$/;
const IO_LINE = /^(.+) (read|write|sync|datasync|trim|wait) (\d+) (\d+)$/;
const PROCESS = 1;

/** True for the first line of a log of this kind. */
export const isFioHeader = (line: string): boolean => HEADER.test(line);

/**
 * Parses a log, line by line.
 * @throws TraceError for another version, and for the first broken line when the tally is strict.
 */
export async function* parseFioIolog(
  lines: AsyncIterable<string>, { tally }: TraceOptions,
): AsyncGenerator<TraceEvent> {
  tally.summary.format = 'fio-iolog';
  let log: FioLog | undefined;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (log === undefined) {
      log = new FioLog(versionOf(line, tally), tally);
      continue;
    }
    if (line.trim() === '') continue;
    tally.summary.rows++;
    const event = log.line(line, number);
    if (event !== undefined) yield event;
  }
}

function versionOf(line: string, tally: TraceTally): 2 | 3 {
  const version = Number(HEADER.exec(line)?.[1]);
  if (version === 2 || version === 3) return version;
  throw new TraceError(tally.summary.source, {
    line: 1, column: 'header', message: `"${line.slice(0, 60)}" is no iolog of version 2 or 3.`,
    advice: 'Record it again with a current fio (--write_iolog).',
  });
}

class FioLog {
  readonly #version: 2 | 3;
  readonly #tally: TraceTally;
  readonly #opens = new Map<string, number>();
  #sequence = 0;
  #time = 0;

  constructor(version: 2 | 3, tally: TraceTally) {
    this.#version = version;
    this.#tally = tally;
  }

  line(text: string, number: number): TraceEvent | undefined {
    const body = this.#version === 3 ? this.#stamped(text) : text;
    const file = body === undefined ? null : FILE_LINE.exec(body);
    const io = body === undefined || file !== null ? null : IO_LINE.exec(body);
    if (file !== null) return this.#file(file[1] ?? '', file[2] ?? '', number);
    if (io !== null) {
      return this.#io(io[1] ?? '', io[2] ?? '', Number(io[3]), Number(io[4]), number);
    }
    this.#tally.problem({
      line: number, column: 'line', message: `"${text.slice(0, 80)}" is no action of fio.`,
      advice: 'Expected `file add|open|close` or `file read|write|sync|trim|wait offset length`.',
    });
    return undefined;
  }

  /** Takes the timestamp of a version 3 line off it. */
  #stamped(text: string): string | undefined {
    const match = /^(\d+) (.*)$/.exec(text);
    if (match === null) return undefined;
    this.#time = Number(match[1]) * 1e4;
    return match[2];
  }

  #file(name: string, action: string, line: number): TraceEvent | undefined {
    if (action === 'add') {
      this.#tally.skip('fio add');
      return undefined;
    }
    if (action === 'close') return this.#event('cleanup', action, name, { type: 'none' }, line);
    this.#opens.set(name, (this.#opens.get(name) ?? 0) + 1);
    return this.#event('create', action, name, {
      type: 'create', DesiredAccess: wdk.FILE_GENERIC_READ | wdk.FILE_GENERIC_WRITE,
      CreateDisposition: wdk.FILE_OPEN_IF, FileAttributes: wdk.FILE_ATTRIBUTE_NORMAL,
      CreateOptions: wdk.FILE_NON_DIRECTORY_FILE | wdk.FILE_SYNCHRONOUS_IO_NONALERT,
      ShareAccess: wdk.FILE_SHARE_ALL, AllocationSize: undefined, OpenResult: undefined,
    }, line);
  }

  #io(
    name: string, action: string, offset: number, length: number, line: number,
  ): TraceEvent | undefined {
    if (action === 'wait') {
      this.#time += offset * 10;
      this.#tally.skip('fio wait');
      return undefined;
    }
    if (action === 'read' || action === 'write') {
      return this.#event(action, action, name, { type: 'read-write', ByteOffset: offset,
        Length: length, IrpFlags: 0, WriteThrough: false }, line);
    }
    if (action === 'trim') {
      return this.#event('file-system-control', action, name, { type: 'control',
        IoControlCode: controlCode('FSCTL_FILE_LEVEL_TRIM') ?? 0, FileOffset: offset,
        Length: length, InputBufferLength: undefined, OutputBufferLength: undefined }, line);
    }
    return this.#event('flush-buffers', action, name, { type: 'none' }, line);
  }

  #event(
    operation: OperationKind, action: string, name: string, parameters: EventParameters,
    line: number,
  ): TraceEvent {
    const windows = /^[A-Za-z]:[\\/]/.test(name);
    const path = windows ? splitWindowsPath(name.replaceAll('/', '\\')) : splitPosixPath(name);
    const open = this.#opens.get(name);
    this.#tally.event(action);
    return {
      sequence: this.#sequence++, line, time: this.#time, duration: undefined,
      processId: PROCESS, threadId: PROCESS, processName: 'fio', operation,
      recordedName: action, path: name, ...path, status: 0, statusAssumed: true, parameters,
      ...(open === undefined ? {} : { handle: `${name}#${open}` }),
    };
  }
}
