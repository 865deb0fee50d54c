// The words that faults keep in a memory of their own, beside the machine's: the threads decide by
// them, the host reads them, and the call paths of one run are there for the next.
//
// Each counter is written by compare-exchange; a path is a hash in a table that is only added to. A
// site is a text in another: its hash claims the place, its length says that the text is there.
import { doorInto } from '../../atomics-sync/atomics.ts';
import { hashText } from '../../verifier/finding/text-pool.ts';
import { FAULT_SCALE } from '../../mem/fault-plan.ts';
import type { Door } from '../../atomics-sync/atomics.ts';
import type { FaultPlan } from '../../mem/fault-plan.ts';

/** Pages of the board's memory. */
const BOARD_PAGES = 3;
const PATH_PAGES = 2;
const PAGE_BYTES = 65_536;
const CALM = 0;
const PRESSURE = 4;
/** By FAULT_* of trace/event.ts: what was asked about, and what failed. */
const ASKED = 16;
const FAILED = 32;
const PATHS = 48;
const NEW_PATHS = 52;
const UNKEPT = 56;
const TABLE = 1024;
/** Call paths of one campaign; later ones do not fail systematically, and are counted. */
export const MAX_CALL_PATHS = (PATH_PAGES * PAGE_BYTES - TABLE) / 4;
/** A site: its hash, the length of its text, the text in ASCII, cut to what fits. */
const SITES = PATH_PAGES * PAGE_BYTES;
const SITE_BYTES = 128;
const SITE_TEXT = 8;
const MAX_SITES = PAGE_BYTES / SITE_BYTES;

/** How many requests faults were asked about, and how many failed. */
export interface FaultCount {
  readonly asked: number;
  readonly failed: number;
}

export interface FaultCounts {
  readonly allocations: FaultCount;
  readonly storage: FaultCount;
  readonly queueing: FaultCount;
  /** Distinct call paths of allocations that failed once, in this run and before. */
  readonly paths: number;
  /** Of those, the ones of this run. */
  readonly newPaths: number;
  /** Paths for which the table had no room. */
  readonly unkept: number;
  /** Places in the code, of filters and of the Filter Manager, whose allocation has failed. */
  readonly sites: readonly string[];
}

/** What a user asks for; the board is made with it. */
export type FaultWish = Omit<FaultPlan, 'board'>;

export class FaultBoard {
  readonly memory: WebAssembly.Memory;
  readonly #door: Door;
  readonly #bytes: Uint8Array;

  constructor(memory = new WebAssembly.Memory(
    { initial: BOARD_PAGES, maximum: BOARD_PAGES, shared: true })) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#door = doorInto(memory);
  }

  #add(at: number, by = 1): void {
    const door = this.#door;
    for (let now = door.load(at); ; now = door.load(at)) {
      if (door.compareExchange(at, now, now + by) === now) return;
    }
  }

  /** Keeps every request whole while somebody prepares or repairs; calls nest. Any thread. */
  calm(on: boolean): void {
    this.#add(CALM, on ? 1 : -1);
  }

  get isCalm(): boolean {
    return this.#door.load(CALM) > 0;
  }

  /** For a time, allocations fail so often (of FAULT_SCALE) instead of as planned; 0 ends it. */
  press(chance: number): void {
    this.#door.store(PRESSURE, Math.min(chance, FAULT_SCALE));
  }

  get pressure(): number {
    return this.#door.load(PRESSURE);
  }

  /** Counts a request of a kind (FAULT_*), and whether it failed. */
  count(kind: number, failed: boolean): void {
    this.#add(ASKED + 4 * (kind - 1));
    if (failed) this.#add(FAILED + 4 * (kind - 1));
  }

  /** Whether a call path is new; it is known from then on. */
  isNewPath(hash: number): boolean {
    if (!this.#insert(hash)) return false;
    this.#add(NEW_PATHS);
    return true;
  }

  #insert(hash: number): boolean {
    const value = hash === 0 ? 1 : hash | 0;
    const door = this.#door;
    for (let n = 0; n < MAX_CALL_PATHS; n++) {
      const at = TABLE + 4 * (((value >>> 0) + n) % MAX_CALL_PATHS);
      const there = door.compareExchange(at, 0, value);
      if (there === value) return false;
      if (there !== 0) continue;
      this.#add(PATHS);
      return true;
    }
    this.#add(UNKEPT);
    return false;
  }

  /** Keeps a site whose allocation fails; of those for which there is no room nothing is told. */
  noteSite(text: string): void {
    const shown = text.slice(0, SITE_BYTES - SITE_TEXT);
    const value = hashText(shown) | 1;
    const door = this.#door;
    for (let n = 0; n < MAX_SITES; n++) {
      const at = SITES + SITE_BYTES * (((value >>> 0) + n) % MAX_SITES);
      const there = door.compareExchange(at, 0, value);
      if (there === value) return;
      if (there !== 0) continue;
      for (let i = 0; i < shown.length; i++) this.#bytes[at + SITE_TEXT + i] = shown.charCodeAt(i);
      door.store(at + 4, shown.length);
      return;
    }
  }

  /** Sites whose allocation has failed, in the order of their names. */
  sites(): string[] {
    const found: string[] = [];
    for (let at = SITES; at < SITES + MAX_SITES * SITE_BYTES; at += SITE_BYTES) {
      const length = this.#door.load(at + 4);
      if (length === 0) continue;
      found.push(String.fromCharCode(...this.#bytes.subarray(at + SITE_TEXT,
        at + SITE_TEXT + length)));
    }
    return found.toSorted();
  }

  /** Call paths that failed, for the next run. */
  paths(): number[] {
    const found: number[] = [];
    for (let n = 0; n < MAX_CALL_PATHS; n++) {
      const value = this.#door.load(TABLE + 4 * n);
      if (value !== 0) found.push(value >>> 0);
    }
    return found.toSorted((a, b) => a - b);
  }

  /** Makes paths and sites of earlier runs known. */
  remember(paths: readonly number[], sites: readonly string[] = []): void {
    for (const path of paths) this.#insert(path);
    for (const site of sites) this.noteSite(site);
  }

  counts(): FaultCounts {
    const of = (kind: number): FaultCount => ({ asked: this.#door.load(ASKED + 4 * kind) >>> 0,
      failed: this.#door.load(FAILED + 4 * kind) >>> 0 });
    return { allocations: of(0), storage: of(1), queueing: of(2),
      paths: this.#door.load(PATHS), newPaths: this.#door.load(NEW_PATHS),
      unkept: this.#door.load(UNKEPT), sites: this.sites() };
  }
}
