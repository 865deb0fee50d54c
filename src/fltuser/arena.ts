// The memory of one application: a slice of the machine's user region, given out in blocks whose
// sizes are powers of two. What is given back is used again; nothing is ever moved.
// Guarantees: blocks are 16-byte aligned and lie below MmUserProbeAddress, so a driver that probes
// them as user memory finds them right.
import { PAGE_SIZE } from '../mem/param.ts';

const SMALLEST = 32;

export class Arena {
  readonly #end: number;
  #next: number;
  readonly #free = new Map<number, number[]>();
  readonly #sizes = new Map<number, number>();
  /** The longest block that a caller may count on: a transfer that is longer is cut. */
  readonly largest: number;

  constructor(start: number, end: number) {
    this.#next = Math.ceil(start / PAGE_SIZE) * PAGE_SIZE;
    this.#end = end;
    this.largest = 2 ** Math.floor(Math.log2((end - this.#next) / 3));
  }

  /** Takes at least `bytes`. An Error with advice when the slice is used up. */
  take(bytes: number): number {
    const size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
    const address = this.#free.get(size)?.pop() ?? this.#bump(size);
    this.#sizes.set(address, size);
    return address;
  }

  #bump(size: number): number {
    const address = this.#next;
    if (address + size > this.#end) {
      throw new Error(`an application's ${this.#end - address} bytes of user memory left are too ` +
        `few for a buffer of ${size}; use fewer requestors or shorter transfers`);
    }
    this.#next += size;
    return address;
  }

  /** Gives a block back. */
  give(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) throw new Error(`no block was taken at ${address}`);
    this.#sizes.delete(address);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [address]);
    else list.push(address);
  }

  /** Blocks that are taken now. */
  get taken(): number {
    return this.#sizes.size;
  }
}
