// Takes an strace log line by line: finds out whose line it is and which form it has, and hands the
// calls on.
// Guarantees: every line makes events, or is counted with a reason, or becomes a problem with its
// number.
// Simplification: while several forks are under way, the lines of a child that none of them has
// named yet wait until one does.
import type { TraceTally } from '../tally.ts';
import { lineBody, LineHeads } from './line.ts';
import type { LineHead } from './line.ts';
import { isFork } from './processes.ts';
import type { Thread } from './processes.ts';
import { SplitCalls } from './split-calls.ts';
import { StraceState } from './state.ts';
import { BadLine } from './text.ts';

/** Lines of children that may wait for their fork; beyond it the first fork takes them. */
const WAITING_LINES_MAX = 10_000;

interface WaitingLine {
  readonly line: number;
  readonly head: LineHead;
}

export class StraceParser {
  readonly state: StraceState;
  private readonly tally: TraceTally;
  private readonly heads = new LineHeads();
  private readonly calls: SplitCalls;
  private readonly waiting = new Map<number, WaitingLine[]>();
  private waitingLines = 0;

  constructor(tally: TraceTally) {
    this.tally = tally;
    this.state = new StraceState(tally);
    this.calls = new SplitCalls(this.state);
    tally.summary.format = 'strace';
  }

  /** Takes one line; its events are in `state.events` afterwards. */
  take(line: number, text: string): void {
    if (text.trim() === '') return;
    this.tally.summary.rows++;
    this.guarded(line, () => {
      const head = this.heads.read(text.trimEnd());
      this.tally.summary.startedAt ??= this.heads.firstTime;
      this.takeHead(line, head, false);
    });
  }

  /** The log is over: what still waits takes effect or is counted. */
  finish(): void {
    this.settleWaiting(true);
    this.calls.finish();
  }

  private guarded(line: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      const { column, message, advice } = error;
      this.tally.problem({ line, column, message: `${message}.`, advice });
    }
  }

  private takeHead(line: number, head: LineHead, decide: boolean): void {
    const thread = this.threadOf(line, head, decide);
    if (thread) this.takeRest(line, head, thread);
  }

  /** The thread of a line; undefined when the line has to wait for the fork that made it. */
  private threadOf(line: number, head: LineHead, decide: boolean): Thread | undefined {
    const { processes } = this.state;
    const known = processes.threads.get(head.pid);
    if (known) return known;
    const forking = processes.forking();
    const [parent] = forking;
    if (!parent || !/^[a-z_?<+-]/i.test(head.rest)) return processes.addRoot(head.pid);
    if (forking.length === 1 || decide) {
      return processes.addChild(parent, head.pid, parent.pending?.text ?? '');
    }
    if (this.waitingLines >= WAITING_LINES_MAX) {
      this.settleWaiting(true);
      return this.threadOf(line, head, true);
    }
    const lines = this.waiting.get(head.pid) ?? [];
    lines.push({ line, head });
    this.waiting.set(head.pid, lines);
    this.waitingLines++;
    return undefined;
  }

  /** After a fork ended: lines that now have a thread go on, at the end all of them. */
  private settleWaiting(all: boolean): void {
    const { processes } = this.state;
    for (const [pid, lines] of this.waiting) {
      if (!all && !processes.threads.has(pid) && processes.forking().length > 1) continue;
      this.waiting.delete(pid);
      this.waitingLines -= lines.length;
      for (const { line, head } of lines) {
        this.guarded(line, () => this.takeHead(line, head, true));
      }
    }
  }

  private takeRest(line: number, head: LineHead, thread: Thread): void {
    const { calls, tally } = this;
    const body = lineBody(head.rest);
    calls.runLateOf(thread);
    const start = { line, time: head.time, thread };
    switch (body.kind) {
      case 'call':
        calls.whole(start, body);
        break;
      case 'unfinished':
        calls.began(start, body);
        return;
      case 'resumed':
        calls.ended(head.time, thread, body);
        break;
      case 'exit':
        this.exited(line, head, thread);
        return;
      case 'superseded':
        this.state.processes.supersede(head.pid, body.by);
        tally.skip('the exec of another thread');
        return;
      default:
        tally.skip(body.kind === 'signal' ? 'a signal' : 'a message of strace');
        return;
    }
    if (isFork(body.name)) this.settleWaiting(false);
  }

  /** The thread ended, and with the last user of its table all descriptors. */
  private exited(line: number, head: LineHead, thread: Thread): void {
    this.calls.abandon(thread);
    const result = { value: 0, error: undefined, descriptor: '' };
    const call = { line, time: head.time, duration: undefined, thread, name: 'exit', items: [],
      result, made: 0 };
    this.state.endThread(call, thread);
    if (call.made === 0) this.tally.skip('the end of a thread or process');
  }
}
