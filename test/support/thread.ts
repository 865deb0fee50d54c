// What a routine that a test runs on a worker thread is given, and how the test sees where it is.
// A place is a text and a number in a small memory of the test's own, written plainly: the test
// reads it when the thread has hung, so nothing needs to be ordered.

/** Given to each routine that spawnThreads runs. */
export interface Thread<Args = unknown> {
  /** 0 … threads - 1. */
  readonly index: number;
  readonly threads: number;
  /** The thread's owner id: index + 1. */
  readonly owner: number;
  readonly args: Args;
  /** Says where the thread is: reported when the test's patience is over. */
  at(place: string, round?: number): void;
}

const PLACE_BYTES = 64;
const SLOT_BYTES = PLACE_BYTES + 8;

/** Where each thread of one run is. */
export class Places {
  readonly buffer: SharedArrayBuffer;

  constructor(threadsOrBuffer: number | SharedArrayBuffer) {
    this.buffer =
      typeof threadsOrBuffer === 'number'
        ? new SharedArrayBuffer(threadsOrBuffer * SLOT_BYTES)
        : threadsOrBuffer;
  }

  /** The function that one thread tells its place with. */
  writer(index: number): (place: string, round?: number) => void {
    const numbers = new Int32Array(this.buffer, index * SLOT_BYTES, 2);
    const text = new Uint8Array(this.buffer, index * SLOT_BYTES + 8, PLACE_BYTES);
    let last = '';
    return (place, round = 0) => {
      if (place !== last) {
        // Encoded into a buffer of its own first: the encoder does not write to shared memory.
        const bytes = new TextEncoder().encode(place).subarray(0, PLACE_BYTES);
        text.set(bytes);
        numbers[0] = bytes.length;
        last = place;
      }
      numbers[1] = round;
    };
  }

  /** One thread's place, for a message. */
  read(index: number): string {
    const [length = 0, round = 0] = new Int32Array(this.buffer, index * SLOT_BYTES, 2);
    if (length === 0) return 'did not begin';
    const text = new Uint8Array(this.buffer, index * SLOT_BYTES + 8, length).slice();
    return `at "${new TextDecoder().decode(text)}", round ${round}`;
  }
}

/** What a thread entry is told in its workerData beside the memory. */
export interface Told {
  readonly module: string;
  readonly routine: string;
  readonly index: number;
  readonly threads: number;
  readonly args: unknown;
  readonly places: SharedArrayBuffer;
}

/** What a thread posts at its end. */
export type Ended =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };
