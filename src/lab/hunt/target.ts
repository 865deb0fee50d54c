// What is hunted: a scenario with everything a cell needs to play it. The host knows of it only
// what the scenario's module says without a kernel.
import { MODE_ACCESS, MODE_COARSE, MODE_QUIET, MODE_RECORD }
  from '../../atomics-sync/schedule/board.ts';
import { castOf } from './machine/scenario.ts';
import type { CellOptions } from './cell.ts';
import type { HuntScenario } from './machine/scenario.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { MachineTold } from './machine/play.ts';
import type { Play } from '../../atomics-sync/schedule/scenario.ts';

/** How finely a machine's threads are interleaved. */
export type Grain = 'calls' | 'accesses' | 'words';

/** A scenario, ready to be hunted. */
export interface Target {
  readonly name: string;
  readonly about: string;
  readonly threads: readonly string[];
  readonly cell: CellOptions;
  /** MODE_* bits that each schedule begins with. */
  readonly mode: number;
  readonly timeouts: 'late' | 'any';
  /** The search may say that nothing else can happen: every point of the scenario is a step. */
  readonly canProve: boolean;
}

/** A scenario over words: `module` exports a Play under `name`. */
export function wordTarget(
  module: string, name: string, play: Pick<Play, 'name' | 'threads'>,
  more: { readonly timeouts?: 'late' | 'any'; readonly maxSteps?: number } = {},
): Target {
  return {
    name: play.name, about: 'threads over shared words',
    threads: Array.from({ length: play.threads }, (_, t) => `thread ${t}`),
    cell: {
      module, scenario: name, threads: play.threads, maxSteps: more.maxSteps ?? 8192,
      maxResults: MAX_RESULTS,
    },
    mode: 0, timeouts: more.timeouts ?? 'late', canProve: true,
  };
}

/** Schedules between two looks of the host. */
const MAX_RESULTS = 4096;
/** Events of one schedule of a machine: what passes the door is recorded with the steps. */
const MACHINE_STEPS = 1 << 16;
const MACHINE_BYTES = 64 * 1024 * 1024;

export interface MachineTargetOptions {
  /** File URL of the scenario's module, and which of its exports it is. */
  readonly module: string;
  readonly export: string;
  /** Filters beside the scenario's own; they are mapped first. */
  readonly images?: readonly ImageSpec[];
  readonly grain?: Grain;
  /** The checked configuration: rules are verified in every schedule. On by default. */
  readonly verifier?: boolean;
  /** Data races are looked for. On by default. */
  readonly races?: boolean;
  readonly timeouts?: 'late' | 'any';
  /** Given to the export where it is a function that makes the scenario. */
  readonly data?: unknown;
}

function modeOf(grain: Grain, races: boolean): number {
  const record = races ? MODE_RECORD : 0;
  if (grain === 'words') return MODE_QUIET | record;
  if (grain === 'accesses') return MODE_QUIET | MODE_COARSE | MODE_RECORD | MODE_ACCESS;
  return MODE_QUIET | MODE_COARSE | record;
}

/** A scenario on a machine. */
export function machineTarget(s: HuntScenario, options: MachineTargetOptions): Target {
  const cast = castOf(s);
  const { grain = 'calls', races = true, verifier = true } = options;
  const told: MachineTold = {
    module: options.module, scenario: options.export,
    images: [...(options.images ?? []), ...(s.filters ?? [])],
    ...(options.data !== undefined && { data: options.data }),
  };
  return {
    name: s.name, about: s.about ?? '', threads: cast.names, mode: modeOf(grain, races),
    timeouts: options.timeouts ?? 'late', canProve: false,
    cell: {
      module: new URL('./machine/play.js', import.meta.url).href, scenario: 'machinePlay',
      data: told, threads: cast.names.length, daemons: cast.daemons, maxSteps: MACHINE_STEPS,
      maxResults: MAX_RESULTS, memoryBytes: MACHINE_BYTES, watch: races || grain === 'accesses',
      patienceMs: 30_000, boot: { completion: s.completion ?? 'hostile', verifier },
    },
  };
}
