// What a schedule's reads saw: which write each of them read from. A site is an object with how
// often the thread has been there, whichever thread it is: threads that run the same code share
// their sites, so that a hundred of them are no more to learn than two. A pair is a reading site
// with the writing site whose value it saw; site 0 writes what was there at the beginning.
//
// The events are read from the board, a few at each choice, as far as they have come.
import { B_STEPS, EVENT_WORDS, RECORDED } from '../board.ts';
import { changes, looks } from '../point.ts';
import { WordTable } from './word-table.ts';
import type { Board } from '../board.ts';

/** Visits of one thread to one object that are told apart. */
const VISITS = 7;
const TABLE_WIDTH = 2;
/** Entries cleared before each schedule, at most. */
const MAX_ENTRIES = 2048;

/** The value that was there before anybody wrote. */
export const INITIAL = 0;

/** A read: `isOther` where another thread wrote what it saw. */
export type OnRead = (object: number, reader: number, writer: number, isOther: boolean) => void;

/** The bits of a writer's word that hold its thread; sites leave them free. */
const WRITER_THREAD = 127;

/** Mixes two numbers into 32 bits. */
export function mix(a: number, b: number): number {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x27d4eb2f);
  return x ^ (x >>> 13);
}

/** Follows a schedule and tells each read. */
export class ReadsFrom {
  readonly #board: Board;
  readonly #w: Int32Array;
  readonly #cursor: number;
  /** By object: the last writing site and its thread. By thread and object: visits. */
  readonly #table: WordTable;
  readonly #onRead: OnRead;
  readonly length: number;

  /** @param at where its words lie; it takes no more than `room` of them. */
  constructor(board: Board, at: number, room: number, onRead: OnRead) {
    this.#board = board;
    this.#w = board.words;
    this.#cursor = at;
    const most = Math.min(room - 1, TABLE_WIDTH * MAX_ENTRIES);
    this.#table = new WordTable(board.words, at + 1, most, TABLE_WIDTH);
    this.#onRead = onRead;
    this.length = 1 + this.#table.length;
  }

  begin(): void {
    this.#w[this.#cursor] = 0;
    this.#table.clear();
  }

  #visitKey(thread: number, object: number): number {
    return mix(object, thread);
  }

  #site(object: number, visits: number): number {
    return (mix(object, visits) & ~WRITER_THREAD) | (WRITER_THREAD + 1);
  }

  /** The site of what a thread is about to do to an object. */
  siteOf(thread: number, object: number): number {
    const at = this.#table.find(this.#visitKey(thread, object));
    return this.#site(object, at < 0 ? 0 : this.#w[at + 1]!);
  }

  /** The site that wrote what is in the object now. */
  writerOf(object: number): number {
    const at = this.#table.find(object);
    return at < 0 ? INITIAL : this.#w[at + 1]! & ~WRITER_THREAD;
  }

  /** Reads the events that have come since the last call. */
  follow(): void {
    const w = this.#w;
    const steps = w[B_STEPS]!;
    for (let j = w[this.#cursor]!; j < steps; j++) {
      const at = this.#board.eventsAt + j * EVENT_WORDS;
      const who = w[at]!;
      const object = w[at + 1]!;
      if (object === 0 || (who & RECORDED) !== 0) continue;
      const kind = (who >>> 8) & 255;
      const look = looks(kind);
      const change = changes(kind);
      if (look || change) this.#visit(who & 255, object, look, change);
    }
    w[this.#cursor] = steps;
  }

  #visit(thread: number, object: number, look: boolean, change: boolean): void {
    const w = this.#w;
    const visits = this.#table.reach(this.#visitKey(thread, object));
    const before = visits < 0 ? 0 : w[visits + 1]!;
    if (visits >= 0 && before < VISITS) w[visits + 1] = before + 1;
    const site = this.#site(object, before);
    const last = this.#table.reach(object);
    if (last < 0) return;
    const written = w[last + 1]!;
    if (look) {
      const isOther = written !== INITIAL && (written & WRITER_THREAD) !== thread;
      this.#onRead(object, site, written & ~WRITER_THREAD, isOther);
    }
    if (change) w[last + 1] = site | thread;
  }
}
