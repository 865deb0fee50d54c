// What came before what in a schedule that was run: a vector clock for each event, from the events
// on the board. Two events are ordered when they are of one thread, when they conflict, or when one
// woke the other. Schedules with the same order are one class: nobody in them can see a difference.
//
// Races are pairs of conflicting events of different threads with nothing ordered between them:
// the places where another order was possible (dpor.ts).
import { B_STEPS, EVENT_WORDS, RECORDED } from './board.ts';
import { POINT_END, POINT_RESUME, changes, looks, queues } from './point.ts';
import type { Board } from './board.ts';

/** The last events on one object. */
interface Touched {
  write: number;
  /** The last look of each thread since that write; -1 where there is none. */
  readonly reads: Int32Array;
  queue: number;
}

export type OnRace = (earlier: number, later: number) => void;

/** The order of one schedule's events; the arrays are used again for the next. */
export class Order {
  readonly threads: number;
  /** Events of the schedule. */
  length = 0;
  /** The thread of each event. */
  thread: Int32Array;
  /** How many steps of its thread there were up to each event. */
  count: Int32Array;
  /** For each event and thread: how many events of the thread are not after the event. */
  clocks: Int32Array;
  readonly #last: Int32Array;
  readonly #candidates: Int32Array;
  readonly #direct: Int32Array;
  #touched = new Map<number, Touched>();

  constructor(threads: number, steps = 256) {
    this.threads = threads;
    this.thread = new Int32Array(steps);
    this.count = new Int32Array(steps);
    this.clocks = new Int32Array(steps * threads);
    this.#last = new Int32Array(threads);
    this.#candidates = new Int32Array(threads + 2);
    this.#direct = new Int32Array(threads + 2);
  }

  /** Whether event i comes before event j, or is it. */
  before(i: number, j: number): boolean {
    return this.clocks[j * this.threads + this.thread[i]!]! >= this.count[i]!;
  }

  /** Orders the events of the board; reports each race as it is found. */
  run(board: Board, onRace?: OnRace): void {
    const length = board.get(B_STEPS);
    this.#grow(length);
    this.length = length;
    this.#touched.clear();
    this.#last.fill(-1);
    const w = board.words;
    for (let j = 0; j < length; j++) {
      const at = board.eventsAt + j * EVENT_WORDS;
      // What was recorded for the rules is part of the step that did it.
      const isStep = (w[at]! & RECORDED) === 0;
      const kind = isStep ? (w[at]! >>> 8) & 255 : POINT_END;
      this.#add(j, w[at]! & 255, kind, w[at + 1]!, kind === POINT_RESUME ? w[at + 3]! : -1, onRace);
    }
  }

  #grow(length: number): void {
    if (length <= this.thread.length) return;
    const steps = Math.max(length, 2 * this.thread.length);
    this.thread = new Int32Array(steps);
    this.count = new Int32Array(steps);
    this.clocks = new Int32Array(steps * this.threads);
  }

  #add(j: number, t: number, kind: number, object: number, waker: number, onRace?: OnRace): void {
    const n = this.threads;
    const base = j * n;
    const last = this.#last[t]!;
    this.thread[j] = t;
    this.count[j] = (last < 0 ? 0 : this.count[last]!) + (kind === POINT_END ? 0 : 1);
    if (last < 0) this.clocks.fill(0, base, base + n);
    else this.clocks.copyWithin(base, last * n, last * n + n);
    if (waker >= 0) this.#join(base, waker);
    if (object !== 0 && kind !== POINT_RESUME) {
      const found = this.#find(t, kind, object, j);
      const races = onRace === undefined ? 0 : this.#races(j, found);
      for (let c = 0; c < found; c++) this.#join(base, this.#candidates[c]!);
      this.clocks[base + t] = this.count[j]!;
      // Told when the clock of j is complete: the listener asks what comes before it.
      for (let c = 0; c < races; c++) onRace!(this.#direct[c]!, j);
    } else this.clocks[base + t] = this.count[j]!;
    this.#last[t] = j;
  }

  #join(base: number, other: number): void {
    const from = other * this.threads;
    for (let q = 0; q < this.threads; q++) {
      const value = this.clocks[from + q]!;
      if (value > this.clocks[base + q]!) this.clocks[base + q] = value;
    }
  }

  /** The last conflicting events of other threads, into the list of candidates. */
  #find(t: number, kind: number, object: number, j: number): number {
    let touched = this.#touched.get(object);
    if (touched === undefined) {
      touched = { write: -1, reads: new Int32Array(this.threads).fill(-1), queue: -1 };
      this.#touched.set(object, touched);
    }
    const list = this.#candidates;
    let found = 0;
    const change = changes(kind);
    const look = looks(kind);
    if ((change || look) && touched.write >= 0 && this.thread[touched.write] !== t) {
      list[found++] = touched.write;
    }
    if (change) {
      for (let q = 0; q < this.threads; q++) {
        if (q !== t && touched.reads[q]! >= 0) list[found++] = touched.reads[q]!;
      }
      touched.reads.fill(-1);
      touched.write = j;
    } else if (look) touched.reads[t] = j;
    if (queues(kind)) {
      if (touched.queue >= 0 && this.thread[touched.queue] !== t) list[found++] = touched.queue;
      touched.queue = j;
    }
    return found;
  }

  /** The candidates that nothing else puts before j, into a list of their own. */
  #races(j: number, found: number): number {
    const n = this.threads;
    let races = 0;
    for (let c = 0; c < found; c++) {
      const i = this.#candidates[c]!;
      const t = this.thread[i]!;
      let direct = this.clocks[j * n + t]! < this.count[i]!;
      for (let d = 0; d < found && direct; d++) {
        const k = this.#candidates[d]!;
        if (k !== i && this.clocks[k * n + t]! >= this.count[i]!) direct = false;
      }
      if (direct) this.#direct[races++] = i;
    }
    return races;
  }

  /** A number that equals that of every schedule with the same order, and of hardly any other. */
  hash(board: Board): number {
    const w = board.words;
    const n = this.threads;
    let sum = 0;
    for (let j = 0; j < this.length; j++) {
      const at = board.eventsAt + j * EVENT_WORDS;
      if ((w[at]! & RECORDED) !== 0) continue;
      let h = Math.imul((w[at]! & 0xffff) + 0x9e37, 0x85ebca6b) ^ Math.imul(w[at + 1]!, 0xc2b2ae35);
      for (let q = 0; q < n; q++) {
        h = Math.imul(h ^ this.clocks[j * n + q]!, 0x9e3779b1);
        h ^= h >>> 15;
      }
      sum = (sum + Math.imul(h ^ (h >>> 13), 0x27d4eb2f)) | 0;
    }
    return sum;
  }
}
