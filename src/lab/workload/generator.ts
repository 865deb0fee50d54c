// A generator in a requestor's thread: does what its preset's mix says, chosen by seed and
// requestor alone, until its operations are issued, its time is over or it is told to stop.
// Guarantees: with the same data a requestor issues the same requests in the same order (as long as
// no time bounds it); all that it read was verified; at the end nothing is open.
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { presets } from './presets.ts';
import { StopFlag } from './stop-flag.ts';
import { Weighted } from './zipf.ts';
import { Run } from './generator/run.ts';
import { layTree } from './generator/lay-tree.ts';
import { miss, openNext } from './generator/opens.ts';
import * as steps from './generator/steps.ts';
import * as stories from './generator/stories.ts';
import type { GeneratorData, GeneratorResult } from './generator/data.ts';
import type { OperationKind, Preset } from './presets.ts';

/** Which requestor this is, of how many. */
export interface GeneratorContext {
  readonly index: number;
  readonly count: number;
}

const { OperationsIssued } = KTHREAD.bound;

const doers: Readonly<Record<OperationKind, (run: Run) => unknown>> = {
  'open': openNext, 'close': steps.closeOne, 'read': steps.read, 'write': steps.write,
  'append': steps.append, 'flush': steps.flush, 'query': steps.query, 'set-size': steps.setSize,
  'set-allocation': steps.setAllocation, 'set-times': steps.setTimes, 'zero': steps.zero,
  'query-directory': steps.listDirectory, 'query-volume': steps.volumeInformation,
  'query-security': steps.security, 'set-security': steps.changeSecurity,
  'query-ea': steps.queryAttribute, 'set-ea': steps.setAttribute, 'lock': steps.lock,
  'control': steps.controlFile, 'section': steps.section,
  'create-file': stories.createFile, 'create-mail': stories.createMail,
  'read-file': stories.readFileWhole, 'append-file': stories.appendFile,
  'append-log': stories.appendLog, 'update-mail': stories.updateMail, 'stat': stories.stat,
  'miss': miss, 'delete': stories.deleteFile, 'rename': stories.rename,
  'replace': stories.replace, 'link': stories.link, 'make-directory': stories.makeDirectory,
  'remove-directory': stories.removeDirectory, 'scan': stories.scan,
};

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

/** Does the mix until one of the bounds is reached; the milliseconds it took. */
function work(run: Run, data: GeneratorData): number {
  const kinds = Object.keys(run.preset.mix) as OperationKind[];
  const choice = new Weighted(kinds.map((kind) => run.preset.mix[kind] ?? 0));
  const stop = data.stop === undefined ? undefined : new StopFlag(data.stop);
  const started = performance.now();
  const end = data.milliseconds > 0 ? started + data.milliseconds : Infinity;
  const last = data.operations > 0 ? OperationsIssued(currentThread) + data.operations : Infinity;
  while (OperationsIssued(currentThread) < last && performance.now() < end) {
    if (stop?.isRequested === true) break;
    const kind = kinds[choice.choose(run.prng)]!;
    run.kinds[kind] = (run.kinds[kind] ?? 0) + 1;
    doers[kind](run);
  }
  run.closeAll();
  return performance.now() - started;
}

/** Runs the mix of one requestor to its end. PASSIVE_LEVEL. */
export function generate(data: GeneratorData, context: GeneratorContext): GeneratorResult {
  const preset = presetOf(data);
  if (data.operations === 0 && data.milliseconds === 0 && data.stop === undefined) {
    throw new Error('a generator without operations, time or a word to stop it never ends');
  }
  if (!data.isPrepared) lay(preset, data, context.index, context);
  const run = new Run(preset, data, context.index, context);
  const milliseconds = work(run, data);
  run.user.leave();
  const { kinds, expected, unexpected, content } = run;
  return { counts: run.user.statistics.counts, milliseconds, kinds, expected, unexpected, content };
}
