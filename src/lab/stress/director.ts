// The host's side of a stress run: rounds of acts, each with attach storms or a filter that is
// unloaded and loaded again under the traffic, and between two rounds a quiet machine, which is
// counted. The control thread obeys one order at a time, so storms come in short slices.
import { FaultBoard } from '../../machine/faults/board.ts';
import { FAULT_SCALE } from '../../mem/fault-plan.ts';
import { nameOfAct } from './acts.ts';
import { unquiet } from './quiet.ts';
import type { Act } from './acts.ts';
import type { Gate } from './gate.ts';
import type { Beside } from '../session/session.ts';
import type { StormCounts } from '../../machine/orders.ts';

export interface Direction {
  readonly acts: readonly Act[];
  readonly gate: Gate;
  readonly requestors: number;
  readonly board: FaultBoard | undefined;
  /** Milliseconds of one round. */
  readonly roundMs: number;
  /** How long rounds go on. */
  readonly milliseconds: number;
  /** Asked between rounds: whether there is anything left to find. */
  readonly isDone?: () => boolean;
}

/** What the rounds came to. */
export interface RoundCounts {
  rounds: number;
  /** Quiet points at which the machine was counted. */
  counted: number;
  reloads: number;
  /** Detaches and unloads that came while something of the filter was under way. */
  hits: number;
  readonly acts: Record<string, number>;
}

const STORM_MS = 20;
const SLICE_MS = 200;
const POLL_MS = 5;
/** How long a machine in which nobody does anything may take to become quiet. */
const QUIET_PATIENCE_MS = 20_000;
/** Of rounds with faults, one in so many is short of memory. */
const PRESSED_ROUNDS = 5;
const PRESSURE = FAULT_SCALE / 5;
const LOAD_ATTEMPTS = 200;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Director {
  readonly counts: RoundCounts = { rounds: 0, counted: 0, reloads: 0, hits: 0, acts: {} };
  readonly #direction: Direction;
  readonly #beside: Beside;
  readonly #storm: StormCounts = { attached: 0, detached: 0, hits: 0 };

  #turns = 0;

  constructor(direction: Direction, beside: Beside) {
    this.#direction = direction;
    this.#beside = beside;
  }

  /** Directs until nobody works any more; what was attached and detached. */
  async direct(): Promise<StormCounts> {
    const { gate, acts, isDone, milliseconds } = this.#direction;
    while (this.#beside.working() && !this.#beside.begun()) await pause(POLL_MS);
    const end = performance.now() + milliseconds;
    while (this.#beside.working() && !gate.isQuitting) {
      const act = this.counts.rounds % acts.length;
      const name = nameOfAct(acts[act]!);
      this.counts.acts[name] = (this.counts.acts[name] ?? 0) + 1;
      await this.#round(act, end);
      if (performance.now() >= end || isDone?.() === true) gate.quit();
    }
    return this.#storm;
  }

  async #round(act: number, last: number): Promise<void> {
    const { gate, board, roundMs } = this.#direction;
    const n = this.counts.rounds++;
    if (n % PRESSED_ROUNDS === PRESSED_ROUNDS - 1) board?.press(PRESSURE);
    gate.begin(act);
    const end = Math.min(performance.now() + roundMs, last);
    while (performance.now() < end && this.#isOn()) await this.#trouble(n, end);
    gate.end();
    board?.press(0);
    await this.#gathered();
    if (this.#beside.working() && !gate.isQuitting) await this.#count(nameOfAct(
      this.#direction.acts[act]!));
  }

  #isOn(): boolean {
    return this.#beside.working() && !this.#direction.gate.isQuitting;
  }

  /**
   * What happens to the filters meanwhile: by turns nothing, attach storms, reloads. Every other
   * storm or reload aims at a moment when much of the filter is under way.
   */
  async #trouble(round: number, end: number): Promise<void> {
    const { machine, images } = this.#beside;
    const kind = Math.floor(round / 2) % 3;
    const aimMs = this.#turns++ % 2 === 0 ? STORM_MS : 0;
    if (images.length === 0 || kind === 0) {
      await pause(Math.min(SLICE_MS, Math.max(1, end - performance.now())));
    } else if (kind === 1) {
      const slice = await machine.storm(images, STORM_MS, SLICE_MS, aimMs);
      this.#storm.attached += slice.attached;
      this.#storm.detached += slice.detached;
      this.counts.hits += slice.hits;
    } else {
      await this.#reload(images[round % images.length]!, aimMs);
      await pause(SLICE_MS / 4);
    }
  }

  /** Unloads a filter under the traffic and loads it again; it may refuse to go. */
  async #reload(index: number, aimMs: number): Promise<void> {
    const answer = await this.#beside.machine.unload(index, false, aimMs);
    if (answer.hit === true) this.counts.hits++;
    if (!answer.ok) return;
    this.counts.reloads++;
    await this.#load(index);
  }

  async #load(index: number): Promise<void> {
    const { board } = this.#direction;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#beside.machine.load(index);
        return;
      } catch (error) {
        const isFault = /STATUS_INSUFFICIENT_RESOURCES/.test((error as Error).message);
        if (board === undefined || !isFault || attempt === LOAD_ATTEMPTS) throw error;
      }
    }
  }

  /** Waits until every requestor has come to the end of the round. */
  async #gathered(): Promise<void> {
    const { gate, requestors } = this.#direction;
    while (gate.arrived < requestors && this.#beside.working()) await pause(POLL_MS);
  }

  /** Counts a quiet machine; what filters do behind the requestors' backs may take a moment. */
  async #count(act: string): Promise<void> {
    const until = performance.now() + QUIET_PATIENCE_MS;
    for (;;) {
      const census = await this.#beside.machine.census();
      this.#beside.counted(census);
      const left = unquiet(census);
      if (left.length === 0) break;
      if (performance.now() < until) {
        await pause(POLL_MS);
        continue;
      }
      this.#beside.found({ kind: 'lost-operation', text: `after a round of ${act}, with nothing ` +
        `open and nobody at work, the machine still had ${left.join(', ')}` });
      break;
    }
    this.counts.counted++;
  }
}
