// The host's side of the calls that port threads run (fltuser/call.ts): takes a free call, fills it
// in, rings, and waits for the answer without blocking the event loop. The host looks up at each
// slice of a wait whether the machine still runs.
import { doorInto } from '../atomics-sync/atomics.ts';
import { viewsOf } from '../mem/memory.ts';
import { HOST_BUFFERS } from '../mem/memory-map.ts';
import { Arena } from '../fltuser/arena.ts';
import { CALL_ANSWERED, CALL_ASKED, CALL_FREE, FLT_HOST_CALL, MAX_HOST_CALLS, hostBell, hostCall }
  from '../fltuser/call.ts';
import type { Door } from '../atomics-sync/atomics.ts';
import type { Views } from '../mem/memory.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PFLT_HOST_CALL } from '../fltuser/call.ts';

/** What a call says. Addresses are in the machine's memory. */
export interface HostCall {
  readonly operation: number;
  readonly handle?: number;
  readonly identity?: number;
  readonly input?: number;
  readonly inputLength?: number;
  readonly output?: number;
  readonly outputLength?: number;
  readonly target?: number;
}

/** What came of it. */
export interface HostAnswer {
  readonly status: NTSTATUS;
  readonly result: number;
}

/** Throws what ended the machine, when it no longer runs. */
export type Liveness = () => void;

const SLICE_MS = 50;
const stateAt = FLT_HOST_CALL.offsets['State'] ?? 0;

/** The calls of one machine's host, and the user memory their buffers lie in. */
export class HostCalls {
  readonly views: Views;
  readonly arena = new Arena(HOST_BUFFERS.start, HOST_BUFFERS.end);
  readonly #door: Door;
  readonly #isAlive: Liveness;
  readonly #busy = new Set<number>();

  constructor(memory: WebAssembly.Memory, isAlive: Liveness) {
    this.views = viewsOf(memory);
    this.#door = doorInto(memory);
    this.#isAlive = isAlive;
  }

  /** Takes a call for the caller's use; an Error with advice when all are under way. */
  take(): PFLT_HOST_CALL {
    for (let index = 0; index < MAX_HOST_CALLS; index++) {
      if (this.#busy.has(index)) continue;
      this.#busy.add(index);
      return hostCall(index);
    }
    throw new Error(`${MAX_HOST_CALLS} calls to communication ports are under way; wait for one ` +
      'to end before the next');
  }

  /** Gives a call back; nobody in the machine looks at it any more. */
  give(call: PFLT_HOST_CALL): void {
    this.#door.store(call + stateAt, CALL_FREE);
    this.#busy.delete((call - hostCall(0)) / FLT_HOST_CALL.size);
  }

  /** Asks, and resolves with the answer. The call stays taken. */
  async ask(call: PFLT_HOST_CALL, what: HostCall): Promise<HostAnswer> {
    this.#isAlive();
    const to = FLT_HOST_CALL.over(this.views, call);
    to.Operation = what.operation;
    to.Handle = what.handle ?? 0;
    to.Identity = what.identity ?? 0;
    to.Input = what.input ?? 0;
    to.InputLength = what.inputLength ?? 0;
    to.Output = what.output ?? 0;
    to.OutputLength = what.outputLength ?? 0;
    to.Target = what.target ?? 0;
    to.Result = 0;
    const state = call + stateAt;
    // Pairs with the port thread's compare-exchange: it sees what was filled in.
    this.#door.store(state, CALL_ASKED);
    this.#ring();
    for (let now = CALL_ASKED; now !== CALL_ANSWERED; now = this.#door.load(state)) {
      await this.until(state, now);
    }
    return { status: to.Status, result: to.Result };
  }

  #ring(): void {
    for (;;) {
      const before = this.#door.load(hostBell);
      if (this.#door.compareExchange(hostBell, before, (before + 1) | 0) === before) break;
    }
    this.#door.notify(hostBell, 1);
  }

  /** Asks with a call of its own. */
  async once(what: HostCall): Promise<HostAnswer> {
    const call = this.take();
    try {
      return await this.ask(call, what);
    } finally {
      this.give(call);
    }
  }

  /** Resolves when a word is no longer `value`, or a slice is over; rejects with the machine. */
  async until(address: number, value: number): Promise<void> {
    await this.#door.waitAsync(address, value, SLICE_MS);
    if (this.#door.load(address) === value) this.#isAlive();
  }

  /** Reads a word. */
  load(address: number): number {
    return this.#door.load(address);
  }
}
