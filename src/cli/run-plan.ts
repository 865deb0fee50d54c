// From the options of `fltlab run` to what a session needs: the filters, the workload of each
// requestor, the volumes.
import { basename } from 'node:path';
import { planGenerator } from '../lab/workload/plan-generator.ts';
import { presets } from '../lab/workload/presets.ts';
import { resolveFilters } from './filters.ts';
import { readSuppressions } from './finding-options.ts';
import { UsageError } from './options.ts';
import { planTrace } from '../lab/session/trace-plan.ts';
import type { RunSettings } from '../lab/report/run-report.ts';
import type { RunOptions } from './run-options.ts';
import type { Workload } from '../lab/session/trace-plan.ts';
import type { SessionPlan } from '../lab/session/session.ts';

/** A preset without a bound runs for so long. */
const DEFAULT_SECONDS = 10;
const DEFAULT_ORDER = 'recorded';

function settingsOf(options: RunOptions, workload: string): RunSettings {
  const { order, attachStorm, duration, operations, records, failOn } = options;
  const suppressions = readSuppressions(options);
  return {
    workload, fileSystem: options.fileSystem, requestors: options.requestors,
    systemWorkers: options.systemWorkers, storageThreads: options.storageThreads,
    completion: options.completion, seed: options.seed, memoryBytes: options.memory,
    verifier: options.verifier,
    ...(failOn !== undefined && { failOn }),
    ...(suppressions.length > 0 && { suppressions }),
    ...(order !== undefined && { order }),
    ...(attachStorm !== undefined && { attachStormMs: attachStorm }),
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(operations !== undefined && { operations }),
    ...(records !== undefined && { records }),
  };
}

function planPreset(name: string, options: RunOptions): Workload {
  if (presets[name] === undefined) {
    const list = Object.values(presets).map((p) => `  ${p.name.padEnd(14)} ${p.description}`);
    throw new UsageError(
      `--preset ${name}: there is no such preset; there are\n${list.join('\n')}`);
  }
  const { requestors, seed, fileSystem, operations, duration } = options;
  const seconds = duration ?? (operations === undefined ? DEFAULT_SECONDS : undefined);
  return planGenerator(name, {
    requestors, seed, fileSystem, ...(operations !== undefined && { operations }),
    ...(seconds !== undefined && { milliseconds: seconds * 1000 }),
  });
}

function planLog(path: string, options: RunOptions): Promise<Workload> {
  const { order, requestors, duration, lenient } = options;
  return planTrace(path, { requestors, lenient, order: order ?? DEFAULT_ORDER,
    ...(duration !== undefined && { durationMs: duration * 1000 }) });
}

/**
 * Plans a run.
 * @throws UsageError, UnsupportedRoutine or TraceError for what cannot be run.
 */
export async function planRun(options: RunOptions): Promise<SessionPlan> {
  const { preset, trace, order } = options;
  const images = await resolveFilters(options.filter, process.cwd());
  if (trace === undefined) {
    const name = preset ?? '';
    const settings = settingsOf(options, `preset ${name}`);
    return { settings, images, ...planPreset(name, options) };
  }
  const settings = settingsOf({ ...options, order: order ?? DEFAULT_ORDER },
    `trace ${basename(trace)}`);
  return { settings, images, ...(await planLog(trace, options)) };
}
