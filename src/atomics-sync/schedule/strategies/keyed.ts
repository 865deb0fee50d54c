// Repeats a schedule by departures that are keyed by what a thread has done, not by how many steps
// there were before: "when A has done its 7th, B goes on". Such a list still means something when
// parts of it are taken away, or when the code has changed a little. What does not fit is passed
// over.
import { B_ORDINAL, HEADER_WORDS, THREAD_WORDS, T_EVENTS } from '../board.ts';
import { defaultNext } from '../strategy.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

/** A departure: from the default successor of a thread, or from the first of a choice. */
export interface Departure {
  readonly kind: 'thread' | 'choice';
  /** Whose turn it was (-1: nobody's yet), and how many events it had had. */
  readonly thread: number;
  readonly events: number;
  /** Who goes on instead, or what is chosen. */
  readonly value: number;
}

/** Departures as plain numbers, four for each. */
export function packDepartures(list: readonly Departure[]): number[] {
  return list.flatMap((d) => [d.kind === 'thread' ? 0 : 1, d.thread, d.events, d.value]);
}

const ENTRY = 4;

export class Keyed implements Strategy {
  readonly name = 'keyed';
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #w: Int32Array;
  readonly #keyed: readonly number[];

  /** @param keyed as packDepartures gives them. */
  constructor(room: StrategyRoom, keyed: readonly number[]) {
    this.#w = room.board.words;
    this.#keyed = keyed;
  }

  reset(): void {
    // The list is the state.
  }

  begin(): boolean {
    return this.#w[B_ORDINAL] === 0;
  }

  #find(kind: number, thread: number): number {
    const events = thread < 0 ? 0 : this.#w[HEADER_WORDS + thread * THREAD_WORDS + T_EVENTS]!;
    const k = this.#keyed;
    for (let i = 0; i < k.length; i += ENTRY) {
      if (k[i] === kind && k[i + 1] === thread && k[i + 2] === events) return k[i + 3]!;
    }
    return -1;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    const wanted = this.#find(0, last);
    for (let i = 0; i < count; i++) if (ids[i] === wanted) return wanted;
    return defaultNext(ids, count, last, canStay);
  }

  choose(n: number, thread: number): number {
    const wanted = this.#find(1, thread);
    return wanted < 0 || wanted >= n ? 0 : wanted;
  }

  end(): void {
    // Nothing is learnt.
  }
}
