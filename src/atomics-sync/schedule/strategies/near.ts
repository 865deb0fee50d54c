// Schedules near one that was seen: the order in which threads began their operations is known
// (from
// the stamps of a free-running machine), and what happened inside of them is not. A thread that is
// about to begin an operation says so by a call on a mark of its own; it may go on when its turn in
// the order has come. Everything else goes by priorities as POS has them. The first schedule keeps
// to the order; the later a schedule is, the more neighbours of the order it swaps.
import { B_ORDINAL, B_SEED, B_STEPS, EVENT_WORDS, MAX_THREADS, RECORDED } from '../board.ts';
import { Dice, mixSeed } from '../strategy.ts';
import { POINT_CALL } from '../point.ts';
import { Pos } from './pos.ts';
import type { Board } from '../board.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

/** Addresses that nothing has, so that marks conflict with nothing. */
const FIRST_MARK = 4;

/** The object of the calls by which a thread says that it begins an operation. */
export function markOf(thread: number): number {
  return FIRST_MARK + 4 * thread;
}

function isMark(kind: number, object: number): boolean {
  return kind === POINT_CALL && object >= FIRST_MARK && object < markOf(MAX_THREADS);
}

/** Schedules after which every second pair of neighbours is swapped. */
const FAR = 400;

// Words: dice, events followed, first operation of the order that has not begun; the order.
const CURSOR = 1;
const NEXT = 2;
const ORDER = 3;
const BEGUN = -1;

export class Near implements Strategy {
  readonly name: string;
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #board: Board;
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #dice: Dice;
  readonly #order: readonly number[];
  readonly #pos: Pos;
  readonly #allowed: Int32Array;

  /** @param order the threads in the order in which they began an operation each. */
  constructor(room: StrategyRoom, order: readonly number[]) {
    const { board } = room;
    this.name = `near:${order.join('.')}`;
    this.#board = board;
    this.#w = board.words;
    this.#at = room.at;
    this.#dice = new Dice(this.#w, room.at);
    this.#order = order;
    this.#allowed = new Int32Array(board.threads);
    const rest = ORDER + order.length;
    if (rest + 1 + board.threads > room.length) {
      throw new Error(`an order of ${order.length} operations is longer than the board keeps`);
    }
    this.#pos = new Pos({ board, at: room.at + rest, length: room.length - rest });
  }

  reset(): void {
    // Each schedule has a seed of its own.
  }

  begin(): boolean {
    const w = this.#w;
    const order = this.#at + ORDER;
    this.#dice.seed(mixSeed(w[B_SEED]! + 1, w[B_ORDINAL]!));
    w[this.#at + CURSOR] = w[this.#at + NEXT] = 0;
    w.set(this.#order, order);
    const swaps = Math.min(w[B_ORDINAL]!, FAR);
    for (let i = 0; i + 1 < this.#order.length; i++) {
      if (this.#dice.below(2 * FAR) >= swaps) continue;
      [w[order + i], w[order + i + 1]] = [w[order + i + 1]!, w[order + i]!];
    }
    return this.#pos.begin();
  }

  /** Notes which operations have begun since the last choice. */
  #follow(): void {
    const w = this.#w;
    for (let j = w[this.#at + CURSOR]!; j < w[B_STEPS]!; j++) {
      const at = this.#board.eventsAt + j * EVENT_WORDS;
      const who = w[at]!;
      if ((who & RECORDED) !== 0 || !isMark((who >>> 8) & 255, w[at + 1]!)) continue;
      this.#begun(who & 255);
    }
    w[this.#at + CURSOR] = w[B_STEPS]!;
  }

  #begun(thread: number): void {
    const w = this.#w;
    const order = this.#at + ORDER;
    const count = this.#order.length;
    for (let i = w[this.#at + NEXT]!; i < count; i++) {
      if (w[order + i] !== thread) continue;
      w[order + i] = BEGUN;
      break;
    }
    let next = w[this.#at + NEXT]!;
    while (next < count && w[order + next] === BEGUN) next++;
    w[this.#at + NEXT] = next;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    this.#follow();
    const w = this.#w;
    const next = w[this.#at + NEXT]!;
    const turn = next < this.#order.length ? w[this.#at + ORDER + next]! : BEGUN;
    let allowed = 0;
    let canLast = false;
    for (let i = 0; i < count; i++) {
      const t = ids[i]!;
      const waits = turn !== BEGUN && t !== turn &&
        isMark(this.#board.kind(t), this.#board.object(t));
      if (waits) continue;
      this.#allowed[allowed++] = t;
      if (t === last) canLast = canStay;
    }
    // The one whose turn it is cannot go on, because of somebody who waits for his.
    if (allowed === 0) return this.#pos.next(ids, count, last, canStay);
    return this.#pos.next(this.#allowed, allowed, last, canLast);
  }

  choose(n: number): number {
    return this.#pos.choose(n);
  }

  end(): void {
    // Nothing is learnt.
  }
}
