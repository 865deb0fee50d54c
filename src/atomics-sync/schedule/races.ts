// Data races in a schedule that was run (FastTrack, Flanagan and Freund 2009): two plain accesses
// to one place by different threads, at least one a write, that nothing orders. What orders are the
// operations of the door (a load sees the store before it), sleeps and wake-ups, and what the
// kernel says with noteReleased and noteAcquired. A schedule in which nothing went wrong shows its
// races as well.
//
// A block that is freed counts as written as a whole, so that a use that nothing orders before the
// free is found although it happened to come first.
import { B_STEPS, EVENT_WORDS } from './board.ts';
import { POINT_ACQUIRE, POINT_ALLOCATE, POINT_DATA_READ, POINT_DATA_WRITE, POINT_FREE, POINT_READ,
  POINT_RELEASE, POINT_RESUME, POINT_UPDATE, POINT_WAIT, POINT_WAKE, POINT_WRITE }
  from './point.ts';
import type { Board } from './board.ts';

/** One side of a race. */
export interface RaceAccess {
  readonly thread: number;
  readonly step: number;
  readonly what: 'read' | 'write' | 'free';
}

export interface Race {
  readonly address: number;
  readonly first: RaceAccess;
  readonly second: RaceAccess;
}

/** The last accesses to one place; steps of -1 where there is none. */
interface Cell {
  writer: number;
  writeStep: number;
  writeClock: number;
  wasFreed: boolean;
  /** Per thread: its clock at its last read, and the step. */
  readonly readClocks: Int32Array;
  readonly readSteps: Int32Array;
}

type Clock = Int32Array;

/** Finds the races of one schedule; an instance is used for one. */
export class RaceFinder {
  readonly #board: Board;
  readonly #threads: number;
  readonly #isIncidental: (address: number) => boolean;
  readonly #clocks: Clock[];
  readonly #released = new Map<number, Clock>();
  readonly #wakes = new Map<number, Clock>();
  readonly #cells = new Map<number, Cell>();
  readonly #races: Race[] = [];
  readonly #reported = new Set<number>();

  /** @param isIncidental words of the kernel whose order means nothing to drivers. */
  constructor(board: Board, isIncidental: (address: number) => boolean = () => false) {
    this.#board = board;
    this.#threads = board.threads;
    this.#isIncidental = isIncidental;
    this.#clocks = Array.from({ length: this.#threads }, (_, t) => {
      const clock = new Int32Array(this.#threads);
      clock[t] = 1;
      return clock;
    });
  }

  /** Every race of the schedule on the board, one for each place. */
  run(): readonly Race[] {
    const { words, eventsAt } = this.#board;
    const steps = this.#board.get(B_STEPS);
    for (let step = 0; step < steps; step++) {
      const at = eventsAt + step * EVENT_WORDS;
      this.#event(step, words[at]! & 255, (words[at]! >>> 8) & 255, words[at + 1]!, words[at + 3]!);
    }
    return this.#races;
  }

  #event(step: number, t: number, kind: number, object: number, operand: number): void {
    switch (kind) {
      case POINT_DATA_READ: return this.#read(step, t, object);
      case POINT_DATA_WRITE: return this.#write(step, t, object, false);
      case POINT_ALLOCATE: return this.#forget(object, operand);
      case POINT_FREE: return this.#free(step, t, object, operand);
      case POINT_WAKE:
        this.#wakes.set(step, this.#clocks[t]!.slice());
        return this.#advance(t);
      case POINT_RESUME: return this.#join(t, this.#wakes.get(operand));
      case POINT_ACQUIRE: return this.#join(t, this.#released.get(object));
      case POINT_RELEASE: return this.#release(t, object, true);
      default:
        if (object !== 0 && !this.#isIncidental(object)) this.#synchronize(t, kind, object);
    }
  }

  /** An operation of the door. */
  #synchronize(t: number, kind: number, object: number): void {
    if (kind === POINT_READ || kind === POINT_WAIT) this.#join(t, this.#released.get(object));
    else if (kind === POINT_WRITE) this.#release(t, object, false);
    else if (kind === POINT_UPDATE) {
      this.#join(t, this.#released.get(object));
      this.#release(t, object, true);
    }
  }

  #join(t: number, other: Clock | undefined): void {
    if (other === undefined) return;
    const clock = this.#clocks[t]!;
    for (let q = 0; q < clock.length; q++) if (other[q]! > clock[q]!) clock[q] = other[q]!;
  }

  #release(t: number, object: number, keep: boolean): void {
    const clock = this.#clocks[t]!;
    const before = this.#released.get(object);
    if (!keep || before === undefined) this.#released.set(object, clock.slice());
    else for (let q = 0; q < clock.length; q++) if (clock[q]! > before[q]!) before[q] = clock[q]!;
    this.#advance(t);
  }

  #advance(t: number): void {
    this.#clocks[t]![t]! += 1;
  }

  #cell(address: number): Cell {
    let cell = this.#cells.get(address);
    if (cell === undefined) {
      cell = {
        writer: -1, writeStep: -1, writeClock: 0, wasFreed: false,
        readClocks: new Int32Array(this.#threads),
        readSteps: new Int32Array(this.#threads).fill(-1),
      };
      this.#cells.set(address, cell);
    }
    return cell;
  }

  #read(step: number, t: number, address: number): void {
    const cell = this.#cell(address);
    this.#againstWrite(cell, address, { thread: t, step, what: 'read' });
    cell.readClocks[t] = this.#clocks[t]![t]!;
    cell.readSteps[t] = step;
  }

  #write(step: number, t: number, address: number, isFree: boolean): void {
    const cell = this.#cell(address);
    const access = { thread: t, step, what: isFree ? 'free' : 'write' } as const;
    this.#againstWrite(cell, address, access);
    for (let q = 0; q < this.#threads; q++) {
      if (q === t || cell.readSteps[q]! < 0) continue;
      if (cell.readClocks[q]! <= this.#clocks[t]![q]!) continue;
      this.#report(address, { thread: q, step: cell.readSteps[q]!, what: 'read' }, access);
    }
    cell.writer = t;
    cell.writeStep = step;
    cell.writeClock = this.#clocks[t]![t]!;
    cell.wasFreed = isFree;
    cell.readSteps.fill(-1);
  }

  #againstWrite(cell: Cell, address: number, access: RaceAccess): void {
    const { writer } = cell;
    if (writer < 0 || writer === access.thread) return;
    if (cell.writeClock <= this.#clocks[access.thread]![writer]!) return;
    const what = cell.wasFreed ? 'free' : 'write';
    this.#report(address, { thread: writer, step: cell.writeStep, what }, access);
  }

  #report(address: number, first: RaceAccess, second: RaceAccess): void {
    if (this.#reported.has(address)) return;
    this.#reported.add(address);
    this.#races.push({ address, first, second });
  }

  /** A block goes out of use: as if all of it were written. */
  #free(step: number, t: number, block: number, bytes: number): void {
    for (const address of this.#cells.keys()) {
      if (address >= block && address < block + bytes) this.#write(step, t, address, true);
    }
  }

  /** A block comes into use: what was done to the memory before does not concern it. */
  #forget(block: number, bytes: number): void {
    for (const address of this.#cells.keys()) {
      if (address >= block && address < block + bytes) this.#cells.delete(address);
    }
  }
}
