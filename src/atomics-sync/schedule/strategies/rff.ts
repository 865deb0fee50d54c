// Reads-from-guided fuzzing (Wolff and others, 2024): what a schedule does is which write each of
// its reads saw, so that is what the search steers. It keeps the schedules that showed a new pair
// of read and write, or a new combination of pairs, as lists of wishes ("this read sees that
// write", "… does not"), mutates the ones that are rare, and runs the next schedule as POS does,
// but with those first who bring a wish about and those last who spoil one. Where a bug needs one
// read to see one write among a hundred threads, the search walks there pair by pair.
import { B_ORDINAL, B_SEED } from '../board.ts';
import { Dice, mixSeed } from '../strategy.ts';
import { changes, conflict, looks } from '../point.ts';
import { Corpus, WISH, WISHES } from './rff-corpus.ts';
import { INITIAL, ReadsFrom } from './reads-from.ts';
import type { Board } from '../board.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

/** A schedule without wishes among so many. */
const PLAIN = 8;
/** Who goes first: those of the highest band. */
const LOW = 0;
const NORMAL = 1;
const HIGH = 2;

// Words: dice; this schedule's wishes, and a bit for each that has come true; priorities; the rest.
const WISHES_AT = 1;
const TRUE_AT = WISHES_AT + WISHES;
const PRIORITIES = TRUE_AT + 1;

export class Rff implements Strategy {
  readonly name = 'rff';
  readonly seesAll = false;
  readonly goesOn = false;
  readonly proves = false;
  readonly #board: Board;
  readonly #w: Int32Array;
  readonly #at: number;
  readonly #dice: Dice;
  readonly #priorities: number;
  readonly #reads: ReadsFrom;
  readonly #corpus: Corpus;

  constructor(room: StrategyRoom) {
    const { board } = room;
    this.#board = board;
    this.#w = board.words;
    this.#at = room.at;
    this.#dice = new Dice(this.#w, room.at);
    this.#priorities = room.at + PRIORITIES;
    const readsAt = this.#priorities + board.threads;
    const left = room.at + room.length - readsAt;
    if (left < 512) {
      throw new Error(`rff needs more words than the board keeps for ${board.threads} threads`);
    }
    this.#reads = new ReadsFrom(board, readsAt, left >> 2, (object, reader, writer, isOther) =>
      this.#read(object, reader, writer, isOther));
    const corpusAt = readsAt + this.#reads.length;
    this.#corpus = new Corpus(this.#w, corpusAt, room.at + room.length - corpusAt, this.#dice);
  }

  reset(): void {
    this.#corpus.reset();
  }

  begin(): boolean {
    const w = this.#w;
    this.#dice.seed(mixSeed(w[B_SEED]!, w[B_ORDINAL]!));
    w.fill(0, this.#priorities, this.#priorities + this.#board.threads);
    w[this.#at + TRUE_AT] = 0;
    this.#reads.begin();
    this.#corpus.begin();
    if (this.#dice.below(PLAIN) === 0) w[this.#at + WISHES_AT] = 0;
    else this.#corpus.draw(this.#at + WISHES_AT);
    return true;
  }

  #read(object: number, reader: number, writer: number, isOther: boolean): void {
    const w = this.#w;
    this.#corpus.saw(object, reader, writer, isOther, w[B_ORDINAL]! + 1);
    const wishes = this.#at + WISHES_AT;
    for (let i = 0; i < w[wishes]!; i++) {
      const c = wishes + 1 + i * WISH;
      if (w[c] !== object || w[c + 1] !== reader) continue;
      // A wish that something is not seen has come true once something else was.
      if ((w[c + 2] === writer) !== (w[c + 3] !== 0)) {
        w[this.#at + TRUE_AT] = w[this.#at + TRUE_AT]! | (1 << i);
      }
    }
  }

  next(ids: Int32Array, count: number, last: number, canStay: boolean): number {
    const board = this.#board;
    if (canStay && board.object(last) === 0) return last;
    for (let i = 0; i < count; i++) if (board.object(ids[i]!) === 0) return ids[i]!;
    this.#reads.follow();
    const w = this.#w;
    const p = this.#priorities;
    let best = -1;
    let bestBand = LOW;
    for (let i = 0; i < count; i++) {
      const t = ids[i]!;
      const band = w[this.#at + WISHES_AT] === 0 ? NORMAL : this.#band(t, ids, count);
      if (w[p + t] === 0) w[p + t] = (this.#dice.bits() >>> 1) | 1;
      const isBetter = band > bestBand || (band === bestBand && w[p + t]! > w[p + best]!);
      if (best >= 0 && !isBetter) continue;
      best = t;
      bestBand = band;
    }
    const kind = board.kind(best);
    const object = board.object(best);
    for (let i = 0; i < count; i++) {
      const t = ids[i]!;
      if (conflict(kind, object, board.kind(t), board.object(t))) w[p + t] = 0;
    }
    w[p + best] = 0;
    return best;
  }

  /** Whether what a thread is about to do helps the wishes that are open, or spoils one. */
  #band(thread: number, ids: Int32Array, count: number): number {
    const w = this.#w;
    const wishes = this.#at + WISHES_AT;
    const object = this.#board.object(thread);
    let band = NORMAL;
    for (let i = 0; i < w[wishes]!; i++) {
      const c = wishes + 1 + i * WISH;
      if (w[c] !== object || ((w[this.#at + TRUE_AT]! >> i) & 1) !== 0) continue;
      const wanted =
        w[c + 3] === 0 ? this.#wanted(thread, c, ids, count) : this.#avoided(thread, c);
      if (wanted === LOW) return LOW;
      if (wanted > band) band = wanted;
    }
    return band;
  }

  /** For the wish that the reader sees the writer. */
  #wanted(thread: number, c: number, ids: Int32Array, count: number): number {
    const w = this.#w;
    const object = w[c]!;
    const kind = this.#board.kind(thread);
    const site = this.#reads.siteOf(thread, object);
    const isThere = this.#reads.writerOf(object) === w[c + 2];
    if (looks(kind) && site === w[c + 1]) return isThere ? HIGH : LOW;
    if (!changes(kind)) return NORMAL;
    if (isThere) return LOW;
    const readerWaits = this.#isPending(object, w[c + 1]!, ids, count);
    if (site === w[c + 2]) return readerWaits ? HIGH : NORMAL;
    return readerWaits && w[c + 2] !== INITIAL ? LOW : NORMAL;
  }

  /** For the wish that the reader sees something else. */
  #avoided(thread: number, c: number): number {
    const w = this.#w;
    const object = w[c]!;
    const kind = this.#board.kind(thread);
    const site = this.#reads.siteOf(thread, object);
    const isThere = this.#reads.writerOf(object) === w[c + 2];
    if (looks(kind) && site === w[c + 1]) return isThere ? LOW : NORMAL;
    return changes(kind) && site === w[c + 2] ? LOW : NORMAL;
  }

  /** Whether a thread that can run is about to read at a site. */
  #isPending(object: number, site: number, ids: Int32Array, count: number): boolean {
    const board = this.#board;
    for (let i = 0; i < count; i++) {
      const t = ids[i]!;
      if (board.object(t) !== object || !looks(board.kind(t))) continue;
      if (this.#reads.siteOf(t, object) === site) return true;
    }
    return false;
  }

  choose(n: number): number {
    return this.#dice.below(n);
  }

  end(): void {
    this.#reads.follow();
    this.#corpus.keep(this.#at + WISHES_AT);
  }
}
