// Replays of recorded logs, as the host plans them. Three orders:
//
//   recorded    every step in the log's global order, one at a time: deterministic
//   per-thread  each recorded thread keeps its own order, requestors run freely
//   asap        the same, round after round if a duration is given, each round in a fresh tree
//
// Guarantees: plain data for the workers (and one shared word, by which the host asks them to end).
// The preparation is run first, alone; whether before or after filters are loaded is the caller's
// choice. Only the order `asap` makes its files itself, in every round, through the filters.
import { infer } from '../trace/infer.ts';
import { readTrace } from '../trace/open-trace.ts';
import { buildProgram, type ReplayProgram } from '../trace/program.ts';
import { requestStop } from './stop-flag.ts';
import { planProgram, type PlanOptions } from './replay/plan.ts';
import { mergeResults, type ReplayResult, type ReplaySummary } from './replay/result.ts';
import type { TraceSummary } from '../trace/tally.ts';
import type { InitialVolume } from '../trace/inference/initial-state.ts';
import type { VolumeSpec, WorkloadSpec } from '../../machine/assignment.ts';
import type { PreparationResult, ReplayerResult } from './replay/worker.ts';

export { mergeResults, type ReplayResult, type ReplaySummary };
export type { PreparationResult, ReplayerResult };
export type { ReplayOrder } from './replay/plan-types.ts';

export interface ReplayOptions extends PlanOptions {
  /** Leave out what is broken in the log. */
  readonly lenient?: boolean;
}

/** Everything a session needs to replay a log. */
export interface PlannedReplay {
  /** Volumes that the log names, to be mounted. */
  readonly volumes: readonly VolumeSpec[];
  /** Runs first, alone. */
  readonly preparation: readonly WorkloadSpec[];
  /** One per requestor. */
  readonly workloads: readonly WorkloadSpec[];
  readonly summary: ReplaySummary;
  /** What reading the log came to; undefined where the program came from elsewhere. */
  readonly trace: TraceSummary | undefined;
  /** Asks the requestors to end soon. */
  readonly requestStop: () => void;
  /** What the requestors' results amount to. */
  readonly merge: (results: readonly unknown[]) => ReplayResult;
}

/** The worker side, as built beside this module. */
const WORKER = new URL('./replay/worker.js', import.meta.url).href;

/**
 * Reads a log and plans its replay.
 * @throws TraceError when the log cannot be read.
 */
export async function planReplay(
  path: string, options: ReplayOptions = {},
): Promise<PlannedReplay> {
  const log = await readTrace(path, { lenient: options.lenient ?? false });
  const program = buildProgram(infer(log.events));
  return { ...planReplayOf(program, options), trace: log.summary };
}

/** Plans the replay of a program. */
export function planReplayOf(program: ReplayProgram, options: PlanOptions = {}): PlannedReplay {
  const plan = planProgram(program, options);
  const summary: ReplaySummary = {
    order: options.order ?? 'recorded', requestors: plan.works.length,
    events: program.totals.events, steps: plan.steps, initialBytes: plan.initialBytes,
    omitted: countReasons(program), contradictions: program.contradictions.length,
  };
  return {
    volumes: volumesOf(program.state.volumes),
    preparation: [{ module: WORKER, routine: 'prepareVolume', data: plan.preparation }],
    workloads: plan.works.map((data) => ({ module: WORKER, routine: 'replay', data })),
    summary, trace: undefined,
    requestStop: () => requestStop(plan.stop),
    merge: (results) => mergeResults(results as readonly ReplayerResult[], summary),
  };
}

function countReasons({ omitted }: ReplayProgram): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of omitted) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Drives get device names in order; a volume that the log names by device keeps its name. */
function volumesOf(volumes: readonly InitialVolume[]): VolumeSpec[] {
  const inside = volumes.filter((volume) => !volume.isOutside);
  const taken = new Set(inside.map(({ name }) => name.toLowerCase()));
  let number = 0;
  const nextName = (): string => {
    for (;;) {
      const name = `\\Device\\HarddiskVolume${++number}`;
      if (!taken.has(name.toLowerCase())) return name;
    }
  };
  const specs = inside.map(({ name, fields }): VolumeSpec => {
    const isDrive = name.endsWith(':');
    const label = fields.VolumeLabel ?? '';
    return { fileSystem: 'ramfs', name: isDrive ? nextName() : name,
      letter: isDrive ? name.charAt(0).toUpperCase() : '',
      ...(label !== '' && label.length <= 32 && { label }) };
  });
  const isEmpty = specs.length === 0;
  return isEmpty ? [{ fileSystem: 'ramfs', name: nextName(), letter: 'C' }] : specs;
}
