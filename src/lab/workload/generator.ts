// A generator in a requestor's thread: does what its preset's mix says, chosen by seed and
// requestor alone, until its operations are issued, its time is over or it is told to stop.
// Guarantees: with the same data a requestor issues the same requests in the same order (as long as
// no time bounds it); all that it read was verified; at the end nothing is open.
import { presets } from './presets.ts';
import { Run } from './generator/run.ts';
import { layTree } from './generator/lay-tree.ts';
import { workMix } from './generator/mix.ts';
import type { GeneratorData, GeneratorResult } from './generator/data.ts';
import type { Preset } from './presets.ts';

/** Which requestor this is, of how many. */
export interface GeneratorContext {
  readonly index: number;
  readonly count: number;
}

function presetOf(data: GeneratorData): Preset {
  const preset = presets[data.preset];
  if (preset === undefined) {
    throw new Error(`no preset is called ${data.preset}; there are ` +
      Object.keys(presets).join(', '));
  }
  return preset;
}

/** Makes the files of one requestor; fails when that does not work: nothing would be right then. */
function lay(preset: Preset, data: GeneratorData, tree: number, place: GeneratorContext): void {
  const run = new Run(preset, data, tree, place);
  layTree(run);
  run.user.leave();
  if (run.unexpected.count > 0) {
    throw new Error(`the files of ${data.preset} could not be made: ` +
      run.unexpected.examples.join('; '));
  }
}

/** Makes the files of all requestors. Runs alone, before them. PASSIVE_LEVEL. */
export function prepareGenerator(data: GeneratorData, context: GeneratorContext): void {
  const preset = presetOf(data);
  for (let n = 0; n < data.requestors; n++) lay(preset, data, n, context);
}

/** Runs the mix of one requestor to its end. PASSIVE_LEVEL. */
export function generate(data: GeneratorData, context: GeneratorContext): GeneratorResult {
  const preset = presetOf(data);
  if (data.operations === 0 && data.milliseconds === 0 && data.stop === undefined) {
    throw new Error('a generator without operations, time or a word to stop it never ends');
  }
  if (!data.isPrepared) lay(preset, data, context.index, context);
  const run = new Run(preset, data, context.index, context);
  const milliseconds = workMix(run, data);
  run.closeAll();
  run.user.leave();
  return run.result(milliseconds);
}
