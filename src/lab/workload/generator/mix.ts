// What a mix consists of: each kind of operation by its weight, until a bound is reached. After a
// step in which a fault was met the requestor no longer knows its files: it mends them first.
import { KTHREAD, currentThread } from '../../../ntos/ke/prcb.ts';
import { StopFlag } from '../stop-flag.ts';
import { Weighted } from '../zipf.ts';
import { mend } from './mend.ts';
import { miss, openNext } from './opens.ts';
import * as steps from './steps.ts';
import * as stories from './stories.ts';
import type { Run } from './run.ts';
import type { OperationKind } from '../presets.ts';
import type { StopBuffer } from '../stop-flag.ts';

/** What ends a mix; the first that comes. */
export interface MixBounds {
  /** Requests of this thread; 0 for as many as come. */
  readonly operations: number;
  /** 0 for as long as it takes. */
  readonly milliseconds: number;
  readonly stop?: StopBuffer;
  /** Asked before each step: true ends the mix. */
  readonly isOver?: () => boolean;
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

/** Does the mix of a run until one of the bounds is reached; the milliseconds it took. */
export function workMix(run: Run, bounds: MixBounds): number {
  const kinds = Object.keys(run.preset.mix) as OperationKind[];
  const choice = new Weighted(kinds.map((kind) => run.preset.mix[kind] ?? 0));
  const stop = bounds.stop === undefined ? undefined : new StopFlag(bounds.stop);
  const started = performance.now();
  const end = bounds.milliseconds > 0 ? started + bounds.milliseconds : Infinity;
  const last =
    bounds.operations > 0 ? OperationsIssued(currentThread) + bounds.operations : Infinity;
  while (OperationsIssued(currentThread) < last && performance.now() < end) {
    if (stop?.isRequested === true || bounds.isOver?.() === true) break;
    const kind = kinds[choice.choose(run.prng)]!;
    run.kinds[kind] = (run.kinds[kind] ?? 0) + 1;
    doers[kind](run);
    mend(run);
  }
  return performance.now() - started;
}
