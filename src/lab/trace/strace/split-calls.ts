// Calls that strace wrote on two lines because another thread's line came between, and the order in
// which such calls took effect.
// Guarantees: a split call takes effect where it ended. Two exceptions follow what Linux must have
// done: a close or an unlock takes effect earlier, as soon as another thread is seen to use what it
// frees; an unlock takes effect later, while a lock request of another thread is under way that may
// have been refused because of it. Every line is counted: one half makes the events or has the
// reason, the other is "a half".
import { handleCall } from './calls.ts';
import type { Call } from './events.ts';
import { callBody } from './line.ts';
import type { LineBody } from './line.ts';
import type { PendingCall, Thread } from './processes.ts';
import type { StraceState } from './state.ts';
import { BadLine, splitArguments } from './text.ts';

export type CallLine = Extract<LineBody, { kind: 'call' }>;

/** Where a call began, when it takes effect, and who made it. */
export interface CallStart {
  readonly line: number;
  readonly time: number;
  readonly thread: Thread;
}

/** An unlock that has ended but waits for a lock request that is under way. */
interface LateCall {
  readonly start: CallStart;
  readonly body: CallLine;
  /** It was on two lines. */
  readonly split: boolean;
}

/** Gives something up, which others may take before strace writes the end of the call. */
function frees(call: PendingCall): boolean {
  return call.name === 'close' || unlocks(call.name, call.text);
}

function unlocks(name: string, text: string): boolean {
  return (name === 'fcntl' && /SETLK.*\bF_UNLCK\b/.test(text))
    || (name === 'flock' && text.includes('LOCK_UN'));
}

/** A request for a lock that is answered at once. */
function triesLock(call: PendingCall): boolean {
  if (call.name === 'flock') return call.text.includes('LOCK_NB');
  return call.name === 'fcntl' && /\bF_(OFD_)?SETLK(64)?\b/.test(call.text)
    && !call.text.includes('F_UNLCK');
}

export class SplitCalls {
  private readonly state: StraceState;
  private late: LateCall[] = [];

  constructor(state: StraceState) {
    this.state = state;
    state.endFrees = (chosen) => this.endFrees(chosen);
  }

  /** A call takes effect now. True when it made events; otherwise its reason was counted. */
  run(start: CallStart, body: CallLine): boolean {
    const { name, items, result, duration } = body;
    const call: Call = { ...start, duration, name, items, result, made: 0 };
    const reason = handleCall(this.state, call);
    if (call.made === 0) this.state.tally.skip(reason ?? `${name} without an effect`);
    return call.made > 0;
  }

  /** A call on one line. */
  whole(start: CallStart, body: CallLine): void {
    if (unlocks(body.name, body.items.join()) && this.lockUnderWay(start.thread)) {
      this.late.push({ start, body, split: false });
    } else {
      this.run(start, body);
    }
  }

  /** The first half. */
  began(start: CallStart, body: { name: string; text: string }): void {
    this.abandon(start.thread);
    const { line, time } = start;
    const { name, text } = body;
    start.thread.pending = { line, time, name, text, taken: false };
  }

  /** The second half, at `time`. */
  ended(time: number, thread: Thread, body: { name: string; text: string }): void {
    const { pending } = thread;
    if (!pending || pending.name !== body.name) {
      throw new BadLine('call', `the end of ${body.name} has no beginning`,
        'Does the log begin in the middle?');
    }
    thread.pending = undefined;
    if (pending.taken) {
      this.state.tally.skip('the second half of a call');
      return;
    }
    const start = { line: pending.line, time, thread };
    let whole: CallLine;
    try {
      whole = callBody(pending.text + body.text) as CallLine;
    } catch (error) {
      this.state.tally.skip('the first half of a call');
      throw error;
    }
    if (unlocks(pending.name, pending.text) && this.lockUnderWay(thread)) {
      this.late.push({ start, body: whole, split: true });
      return;
    }
    this.countHalf(this.run(start, whole));
    if (triesLock(pending)) this.runLate(() => true);
  }

  /** A thread's next line, or its end: what of its calls still waits takes effect before. */
  runLateOf(thread: Thread): void {
    if (this.late.length > 0) this.runLate(({ start }) => start.thread === thread);
  }

  /** The thread will not end its call: it ended itself, or the log did. */
  abandon(thread: Thread): void {
    if (thread.pending && !thread.pending.taken) {
      this.state.tally.skip('a call that did not return');
    }
    thread.pending = undefined;
  }

  /** The log is over. */
  finish(): void {
    this.runLate(() => true);
    for (const thread of this.state.processes.threads.values()) this.abandon(thread);
  }

  private countHalf(made: boolean): void {
    this.state.tally.skip(made ? 'the second half of a call' : 'the first half of a call');
  }

  private lockUnderWay(but: Thread): boolean {
    for (const thread of this.state.processes.threads.values()) {
      if (thread !== but && thread.pending && triesLock(thread.pending)) return true;
    }
    return false;
  }

  private runLate(chosen: (call: LateCall) => boolean): void {
    const now = this.late.filter(chosen);
    if (now.length === 0) return;
    this.late = this.late.filter((call) => !chosen(call));
    for (const { start, body, split } of now) {
      const made = this.run(start, body);
      if (split) this.countHalf(made);
    }
  }

  /** See StraceState.endFrees. */
  private endFrees(chosen: (thread: Thread) => boolean): void {
    this.runLate(({ start }) => chosen(start.thread));
    for (const thread of this.state.processes.threads.values()) {
      const { pending } = thread;
      if (!pending || pending.taken || !frees(pending) || !chosen(thread)) continue;
      pending.taken = true;
      const { line, time, name, text } = pending;
      const { items } = splitArguments(`${text})`, name.length);
      const result = { value: 0, error: undefined, descriptor: '0' };
      this.run({ line, time, thread }, { kind: 'call', name, items, duration: undefined, result });
    }
  }
}
