// Several strategies in turn, one schedule each: no single one is best for every bug. One that has
// nothing left to try is passed over; the portfolio is done when a complete search is, since then
// every schedule is known, or when nobody has anything left.
import type { Board } from '../board.ts';
import type { Strategy } from '../strategy.ts';

// Words: whose turn it is, then 1 for each member that is done.
const TURN = 0;
const DONE = 1;
export const PORTFOLIO_WORDS = 32;

export class Portfolio implements Strategy {
  readonly name: string;
  readonly #members: readonly Strategy[];
  readonly #w: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number, members: readonly Strategy[]) {
    this.name = members.map((m) => m.name).join('+');
    this.#members = members;
    this.#w = words;
    this.#at = at;
  }

  get seesAll(): boolean {
    return this.#now.seesAll;
  }

  get goesOn(): boolean {
    return this.#now.goesOn;
  }

  get proves(): boolean {
    const w = this.#w;
    return this.#members.some((m, i) => w[this.#at + DONE + i] !== 0 && m.proves);
  }

  /** Whose schedule this is. */
  get #now(): Strategy {
    return this.#members[this.#w[this.#at + TURN]!]!;
  }

  reset(): void {
    this.#w.fill(0, this.#at, this.#at + PORTFOLIO_WORDS);
    this.#w[this.#at + TURN] = this.#members.length - 1;
    for (const member of this.#members) member.reset();
  }

  begin(): boolean {
    const w = this.#w;
    for (let i = 0; i < this.#members.length; i++) {
      const turn = (w[this.#at + TURN]! + 1) % this.#members.length;
      w[this.#at + TURN] = turn;
      if (w[this.#at + DONE + turn] !== 0) continue;
      if (this.#now.begin()) return true;
      w[this.#at + DONE + turn] = 1;
      if (this.#now.proves) return false;
    }
    return false;
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    return this.#now.next(ids, count, last, canStay);
  }

  choose(n: number, thread: number): number {
    return this.#now.choose(n, thread);
  }

  end(): void {
    this.#now.end();
  }
}

/** Which member of a portfolio made the schedule that is on the board. */
export function memberOnTurn(board: Board, names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? '';
  return names[board.words[board.strategyAt + TURN]!] ?? '';
}
