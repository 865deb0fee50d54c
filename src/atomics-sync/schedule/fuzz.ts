// The fuzzed policy: threads run as the host likes, but are held up at points by chance, so that
// windows of a few nanoseconds become microseconds. It controls nothing and replays nothing; it
// makes a free-running stress more hostile. A delay is drawn from the thread's own seed.
import type { RawDoor, ScheduleHook } from './point.ts';
import type { WaitResult } from '../atomics.ts';

/** One point in so many holds its thread up. */
const RARITY = 64;
/** The longest time that a thread is put to sleep for, in milliseconds. */
const LONGEST_MS = 0.2;
/** The longest time that a thread is kept busy for, in loads of a word. */
const LONGEST_LOADS = 2000;

/** The hook of one thread. */
export class Fuzz implements ScheduleHook {
  readonly controlled = false;
  #state: number;
  #raw: RawDoor | undefined;
  #words: Int32Array = new Int32Array(0);
  /** Nobody else knows this word, so nobody wakes a sleeper of it. */
  readonly #own = new Int32Array(new SharedArrayBuffer(4));

  constructor(seed: number, thread: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(thread + 1, 0xc2b2ae35);
  }

  bind(raw: RawDoor, words: Int32Array): void {
    this.#raw = raw;
    this.#words = words;
  }

  #draw(n: number): number {
    this.#state = (Math.imul(this.#state, 0x19660d) + 0x3c6ef35f) | 0;
    return (this.#state >>> 8) % n;
  }

  point(): void {
    const raw = this.#raw;
    if (this.#draw(RARITY) !== 0 || raw === undefined) return;
    if (this.#draw(4) === 0) {
      raw.wait(this.#own, 0, 0, (LONGEST_MS * (1 + this.#draw(8))) / 8);
    } else {
      for (let left = this.#draw(LONGEST_LOADS); left > 0; left--) raw.load(this.#own, 0);
    }
  }

  compare(): void {
    this.point();
  }

  wait(address: number, expected: number, milliseconds: number): WaitResult {
    this.point();
    if (this.#raw === undefined) return 'not-equal';
    return this.#raw.wait(this.#words, address >> 2, expected, milliseconds);
  }

  wake(address: number, count: number): number {
    this.point();
    return this.#raw === undefined ? 0 : this.#raw.notify(this.#words, address >> 2, count);
  }

  access(): void {
    this.point();
  }

  note(): void {
    // Nothing is recorded in a free run.
  }

  choose(n: number): number {
    return this.#draw(n);
  }

  call(): void {
    this.point();
  }

  now(): number {
    throw new Error('a fuzzed schedule has no time of its own');
  }

  explore(): void {
    // Everything is fuzzed.
  }
}
