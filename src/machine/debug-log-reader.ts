// The host's end of the debug log: what drivers printed since the last look. It takes no lock: it
// copies records and then checks that none was overwritten meanwhile.
import { DEBUG_HEADER_BYTES, DEBUG_LOG, DEBUG_LOG_BYTES, debugLog } from '../ntos/ke/debug-log.ts';
import { alignUp } from '../mem/pointer.ts';
import type { Door } from '../atomics-sync/atomics.ts';
import type { Views } from '../mem/memory.ts';

/** One call of DbgPrint or its kin. */
export interface DebugLine {
  /** Milliseconds since the machine booted. */
  readonly tick: number;
  readonly processor: number;
  /** DPFLTR_*_ID and level. */
  readonly component: number;
  readonly level: number;
  readonly text: string;
}

/** What was printed since the last look. */
export interface DebugOutput {
  readonly lines: readonly DebugLine[];
  /** Lines that were overwritten before anybody looked. */
  readonly missed: number;
}

const at = (name: string): number => debugLog + (DEBUG_LOG.offsets[name] ?? 0);
const data = at('Data');

/** Reads a machine's debug log from its beginning, once. */
export class DebugLogReader {
  readonly #views: Views;
  readonly #door: Door;
  #position = 0;
  #seen = 0;

  constructor(views: Views, door: Door) {
    this.#views = views;
    this.#door = door;
  }

  /** The lines printed since the last call. */
  read(): DebugOutput {
    const records = this.#door.load(at('Records')) >>> 0;
    // A machine that was booted anew begins a new log.
    if (records < this.#seen) this.#position = this.#seen = 0;
    const written = this.#door.load(at('Written')) >>> 0;
    const oldest = this.#door.load(at('Oldest')) >>> 0;
    // Positions wrap around at 2^32: they are compared by how far they lie behind `written`.
    const behind = (position: number): number => (written - position) >>> 0;
    if (behind(this.#position) > behind(oldest)) this.#position = oldest;
    const found: { line: DebugLine; from: number }[] = [];
    for (let from = this.#position; from !== written; ) {
      const { line, size } = this.#line(from);
      found.push({ line, from });
      const next = (from + size) >>> 0;
      // A record that was overwritten under our eyes may have any length.
      from = behind(next) < behind(from) ? next : written;
    }
    this.#position = written;
    const valid = this.#door.load(at('Oldest')) >>> 0;
    const lines = found.filter(({ from }) => behind(from) <= behind(valid)).map((f) => f.line);
    const missed = Math.max(0, records - this.#seen - lines.length);
    this.#seen += lines.length + missed;
    return { lines, missed };
  }

  #word(position: number): number {
    return this.#views.u32[(data + (position & (DEBUG_LOG_BYTES - 1))) >> 2] ?? 0;
  }

  #line(from: number): { line: DebugLine; size: number } {
    const head = this.#word(from + 4);
    const length = head & 0xffff;
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const place = (from + DEBUG_HEADER_BYTES + i) & (DEBUG_LOG_BYTES - 1);
      bytes[i] = this.#views.u8[data + place] ?? 0;
    }
    const line = {
      tick: this.#word(from),
      processor: (head >>> 16) & 0xff,
      level: head >>> 24,
      component: this.#word(from + 8),
      text: new TextDecoder().decode(bytes),
    };
    return { line, size: DEBUG_HEADER_BYTES + alignUp(length, 4) };
  }
}
