// Where the host and the requestors of a stress run meet: rounds begin when the host says so, and
// end when every requestor has closed what it opened. Words of a memory of its own, so that the
// host needs none of the machine's.
import { doorInto } from '../../atomics-sync/atomics.ts';
import type { Door } from '../../atomics-sync/atomics.ts';

const ROUND = 0;
const ACT = 4;
const OVER = 8;
const ARRIVED = 12;
const QUIT = 16;
const PAGES = 1;

export class Gate {
  readonly memory: WebAssembly.Memory;
  readonly #door: Door;

  constructor(memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true })) {
    this.memory = memory;
    this.#door = doorInto(memory);
  }

  /** Host: begins a round. */
  begin(act: number): void {
    this.#door.store(ARRIVED, 0);
    this.#door.store(OVER, 0);
    this.#door.store(ACT, act);
    this.#door.store(ROUND, this.#door.load(ROUND) + 1);
  }

  /** Host: asks the requestors to come to the round's end. */
  end(): void {
    this.#door.store(OVER, 1);
  }

  /** Host or anybody: no round begins any more; the one that runs ends. */
  quit(): void {
    this.#door.store(QUIT, 1);
    this.end();
  }

  /** Requestors that have come to the end of the round. */
  get arrived(): number {
    return this.#door.load(ARRIVED);
  }

  get round(): number {
    return this.#door.load(ROUND);
  }

  get act(): number {
    return this.#door.load(ACT);
  }

  get isOver(): boolean {
    return this.#door.load(OVER) !== 0;
  }

  get isQuitting(): boolean {
    return this.#door.load(QUIT) !== 0;
  }

  /** Requestor: everything that it opened is closed. */
  arrive(): void {
    const door = this.#door;
    for (let now = door.load(ARRIVED); ; now = door.load(ARRIVED)) {
      if (door.compareExchange(ARRIVED, now, now + 1) === now) return;
    }
  }
}
