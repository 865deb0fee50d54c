// A stress run as a session plays it: what is prepared, what each requestor does, what the host
// does beside, what it all amounts to.
import { figuresOf } from '../workload/plan-generator.ts';
import { FaultBoard } from '../../machine/faults/board.ts';
import { actsNamed, actsOf, nameOfAct } from './acts.ts';
import { Director } from './director.ts';
import { Gate } from './gate.ts';
import type { FaultWish } from '../../machine/faults/board.ts';
import type { FaultPlan } from '../../mem/fault-plan.ts';
import type { WorkloadSpec } from '../../machine/assignment.ts';
import type { GeneratorResult } from '../workload/generator/data.ts';
import type { PreparedWork } from '../session/session.ts';
import type { StressReport } from '../report/run-report.ts';
import type { StressData } from './worker.ts';

export interface StressOptions {
  readonly requestors: number;
  readonly seed: number;
  /** One mix instead of the rotation. */
  readonly preset?: string;
  /** These acts instead of the rotation. */
  readonly acts?: readonly string[];
  readonly faults?: FaultWish;
  /** Call paths and sites that failed in earlier runs. */
  readonly known?: KnownFailures;
  readonly roundMs?: number;
  /** How long rounds go on, counted from the first; as long as nobody stops them if left out. */
  readonly milliseconds?: number;
  /** With systematic faults: end when no new path was walked in so many rounds. */
  readonly calmRounds?: number;
}

/** Allocations that have failed. */
export interface KnownFailures {
  readonly paths: readonly number[];
  readonly sites: readonly string[];
}

/** A planned stress run. */
export interface StressPlan extends PreparedWork {
  readonly faults?: FaultPlan;
  /** What is known of it now. */
  readonly stress: () => StressReport;
  /** What failed, for the next run. */
  readonly failures: () => KnownFailures;
}

const ROUND_MS = 1200;
const LETTER = 'C';

function boardFor({ faults, known }: StressOptions): FaultBoard | undefined {
  if (faults === undefined) return undefined;
  const board = new FaultBoard();
  if (known !== undefined) board.remember(known.paths, known.sites);
  return board;
}

/** Says, asked after each round, whether so many went by without a new call path. */
function nothingNew(board: FaultBoard, calmRounds: number): () => boolean {
  let before = -1;
  let calm = 0;
  return () => {
    const { newPaths } = board.counts();
    calm = newPaths === before ? calm + 1 : 0;
    before = newPaths;
    return calm >= calmRounds;
  };
}

/** Plans a stress run. @throws RangeError when there is no such preset or act. */
export function planStress(options: StressOptions): StressPlan {
  const { requestors, seed, preset, faults, calmRounds } = options;
  const acts = options.acts === undefined ? actsOf(preset) : actsNamed(options.acts);
  const gate = new Gate();
  const board = boardFor(options);
  const data: StressData = { acts, seed, letter: LETTER, gate: gate.memory,
    hasFaults: board !== undefined };
  const spec = (routine: string): WorkloadSpec =>
    ({ module: new URL('./worker.js', import.meta.url).href, routine, data });
  let director: Director | undefined;
  return {
    volumes: [{ fileSystem: 'ramfs', name: '\\Device\\HarddiskVolume1', letter: LETTER }],
    preparation: [spec('prepareStress')],
    workloads: Array.from({ length: requestors }, () => spec('stress')),
    requestStop: () => gate.quit(),
    figures: (results) => {
      // The rate is the run's: mixes and storms take turns.
      const { perSecond: _, ...figures } = figuresOf((results as GeneratorResult[][]).flat());
      return figures;
    },
    beside: (beside) => {
      director = new Director({ acts, gate, requestors, board,
        roundMs: options.roundMs ?? ROUND_MS, milliseconds: options.milliseconds ?? Infinity,
        ...(board !== undefined && calmRounds !== undefined &&
          { isDone: nothingNew(board, calmRounds) }) }, beside);
      return director.direct();
    },
    ...(board !== undefined && faults !== undefined &&
      { faults: { ...faults, board: board.memory } }),
    doing: () => (director === undefined ? 'running' : `running ${nameOfAct(acts[gate.act]!)}`),
    stress: () => ({ ...(director?.counts ?? { rounds: 0, counted: 0, reloads: 0, hits: 0,
        acts: {} }),
      ...(board !== undefined && { faults: board.counts() }) }),
    failures: () => ({ paths: board?.paths() ?? [], sites: board?.sites() ?? [] }),
  };
}
