// A word by which the host asks running workloads to end soon. It travels inside a workload's data,
// because the host may not touch the machine's memory as a kernel thread does.
// Guarantees: once requested it stays so. Simplification: requestors read the word plainly between
// two operations; it is a wish, and a late look costs nothing.

export type StopBuffer = SharedArrayBuffer;

/** A fresh flag, for the data of all workloads of one run. */
export const newStopBuffer = (): StopBuffer => new SharedArrayBuffer(4);

/** Asks all workloads that hold the flag to end. Host or any thread. */
export function requestStop(buffer: StopBuffer): void {
  new Int32Array(buffer)[0] = 1;
}

/** Reads a flag; make one per requestor. */
export class StopFlag {
  readonly #word: Int32Array;

  constructor(buffer: StopBuffer) {
    this.#word = new Int32Array(buffer);
  }

  get isRequested(): boolean {
    return this.#word[0] !== 0;
  }
}
