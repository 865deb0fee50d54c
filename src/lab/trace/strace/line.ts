// One line of an strace log: who, when, and which of the few forms it has. All heads of strace are
// read: `1234 ` (-f -o), `[pid 1234] ` (-f to a terminal) or no pid at all; epoch seconds (-ttt),
// time of day (-t, -tt), seconds since the line before (-r), or no time.
// Guarantees: a line is recognised or throws `BadLine`. Times come out in 100 ns units since the
// first line, so that the large epoch numbers lose nothing.
import { BadLine, splitArguments } from './text.ts';

/** What follows the ` = `. */
export interface CallResult {
  /** undefined for `?`: the call did not return (exit, or it will be restarted). */
  readonly value: number | undefined;
  /** `ENOENT`, `ERESTARTSYS`; undefined for success. */
  readonly error: string | undefined;
  /** Number and `<path>` as printed, for a call that returns a descriptor. */
  readonly descriptor: string;
}

export type LineBody =
  | { readonly kind: 'call'; readonly name: string; readonly items: readonly string[];
      readonly result: CallResult; readonly duration: number | undefined }
  | { readonly kind: 'unfinished'; readonly name: string; readonly text: string }
  | { readonly kind: 'resumed'; readonly name: string; readonly text: string }
  | { readonly kind: 'exit' }
  | { readonly kind: 'superseded'; readonly by: number }
  | { readonly kind: 'signal' | 'message' };

export interface LineHead {
  readonly pid: number;
  /** 100 ns units since the first line of the log. */
  readonly time: number;
  readonly rest: string;
}

/** The only pid of a log recorded without -f. */
export const LONE_PID = 1;
/** The largest pid that Linux gives; a larger leading number is a time in whole seconds. */
const PID_MAX = 4_194_304;
/** Below it a time is the distance to the line before (-r), from it on the epoch. */
const EPOCH_SECONDS_MIN = 100_000_000;
const TICKS_PER_SECOND = 10_000_000;
const DAY_SECONDS = 86_400;

const LONE_TIME = /^(\d+)(?:\.(\d+))?\s+(?=\S)/;
const CLOCK_TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s+(?=\S)/;

/** Reads the head of each line in turn; it remembers the first time and the one before. */
export class LineHeads {
  /** The first time as it was printed; undefined until there is one. */
  firstTime: string | undefined;
  private firstSeconds = 0;
  private firstTicks = 0;
  private last = 0;

  read(line: string): LineHead {
    let rest = line.trimStart();
    const bracketed = /^\[pid\s+(\d+)\]\s*/.exec(rest);
    const bare = bracketed ? null : /^(\d+)\s+(?=\S)/.exec(rest);
    const pid = Number((bracketed ?? bare)?.[1] ?? LONE_PID);
    const isPid = bracketed !== null || (bare !== null && pid <= PID_MAX);
    if (isPid) rest = rest.slice((bracketed ?? bare)?.[0].length);
    const clock = CLOCK_TIME.exec(rest);
    const lone = clock ? null : LONE_TIME.exec(rest);
    const stamp = clock ?? lone;
    if (stamp) {
      rest = rest.slice(stamp[0].length).replace(/^\(\+\s*\d+\.\d+\)\s*/, '');
      const seconds = clock ? Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])
        : Number(lone?.[1]);
      const digits = (clock ? clock[4] : lone?.[2]) ?? '';
      const ticks = Number(digits.slice(0, 7).padEnd(7, '0'));
      this.advance(stamp[0].trim(), seconds, ticks, clock !== null);
    }
    return { pid: isPid ? pid : LONE_PID, time: this.last, rest };
  }

  private advance(text: string, seconds: number, ticks: number, isClock: boolean): void {
    const first = this.firstTime === undefined;
    if (first) {
      this.firstTime = text;
      this.firstSeconds = seconds;
      this.firstTicks = ticks;
    }
    if (!isClock && seconds < EPOCH_SECONDS_MIN) {
      if (!first) this.last += seconds * TICKS_PER_SECOND + ticks;
      return;
    }
    const time = (seconds - this.firstSeconds) * TICKS_PER_SECOND + ticks - this.firstTicks;
    const day = DAY_SECONDS * TICKS_PER_SECOND;
    const days = isClock ? Math.max(0, Math.round((this.last - time) / day)) : 0;
    this.last = time + days * day;
  }
}

const UNFINISHED = / ?<(?:unfinished|detached) \.\.\.>$/;

/** The form of a line without its head. */
export function lineBody(text: string): LineBody {
  if (text.startsWith('+++ ')) {
    const by = /^\+\+\+ superseded by execve in pid (\d+)/.exec(text)?.[1];
    return by === undefined ? { kind: 'exit' } : { kind: 'superseded', by: Number(by) };
  }
  if (text.startsWith('--- ')) return { kind: 'signal' };
  if (/^(strace: |<pid changed )/.test(text)) return { kind: 'message' };
  const resumed = /^<\.\.\. (\S+) resumed>\s?/.exec(text);
  if (resumed) {
    return { kind: 'resumed', name: resumed[1] as string, text: text.slice(resumed[0].length) };
  }
  const name = /^([a-z_][a-z0-9_]*|\?\?\?)\(/i.exec(text)?.[1];
  if (name === undefined) {
    throw new BadLine('line', `"${text.slice(0, 40)}" is no call, signal or exit as strace prints`,
      'Is this an strace log (strace -f -ttt -T -y -o FILE ...)?');
  }
  if (UNFINISHED.test(text)) {
    return { kind: 'unfinished', name, text: text.replace(UNFINISHED, '') };
  }
  return callBody(text);
}

/** A whole call: `name(arguments) = result <duration>`. */
export function callBody(text: string): LineBody {
  const open = text.indexOf('(');
  const { items, next } = splitArguments(text, open);
  const equals = /^\s*=\s*/.exec(text.slice(next));
  if (!equals) throw new BadLine('result', 'there is no "= result" after the arguments');
  const tail = text.slice(next + equals[0].length);
  const duration = /\s<(\d+)\.(\d{1,9})>$/.exec(tail);
  return {
    kind: 'call', name: text.slice(0, open), items, result: callResult(tail),
    duration: duration ? Number(duration[1]) * TICKS_PER_SECOND
      + Number((duration[2] as string).slice(0, 7).padEnd(7, '0')) : undefined,
  };
}

function callResult(tail: string): CallResult {
  const number = /^(\?|-?\d+|0x[0-9a-f]+)/i.exec(tail)?.[1];
  if (number === undefined) {
    throw new BadLine('result', `"${tail.slice(0, 30)}" is not a result`);
  }
  const word = /^\s+(E[A-Z0-9_]+)\b/.exec(tail.slice(number.length))?.[1];
  const value = number === '?' ? undefined : Number(number);
  if (value === -1 && word === undefined) {
    return { value, error: 'E_NOT_NAMED', descriptor: '' };
  }
  return { value, error: value === -1 || number === '?' ? word : undefined, descriptor: tail };
}
