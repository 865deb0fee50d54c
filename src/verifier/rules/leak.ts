// A driver that is gone has given back all pool that its routines allocated (0xC4/0x62, pool
// tracking), and holds no lock. Judged when the image is unloaded, or its DriverEntry failed: each
// place that allocated what is left is named with its stack.
import { threadOf } from '../../ntos/ke/prcb.ts';
import { IMAGE_UNLOADED, lockKindNames } from '../../trace/event.ts';
import { blocksOf } from '../finding/block-evidence.ts';
import { countRows } from '../finding/object-rows.ts';
import { threadName } from '../thread-names.ts';
import { heldByImage } from '../lock/held-locks.ts';
import { imageName } from '../images.ts';
import { report } from '../finding/report.ts';
import type { LeakedBlocks } from '../finding/block-evidence.ts';
import type { Rule } from '../rule.ts';

const SHOWN = 8;

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function titleOf({ tag, routine, count, bytes }: LeakedBlocks): string {
  return `${plural(count, 'block')}, ${plural(bytes, 'byte')}, tag ${tag}, by ${routine}`;
}

/** What of the Filter Manager's objects is among the blocks, as `!fltkd.filter` shows it. */
function objectRows(image: number, left: readonly LeakedBlocks[]): string[] {
  const of = (by: RegExp): number =>
    left.reduce((sum, { routine, count }) => sum + (by.test(routine) ? count : 0), 0);
  const counts = { contexts: of(/^FltAllocateContext/), callbackData: of(/^FltAllocateCallback/),
    workItems: of(/^FltAllocate\w*WorkItem$/), names: of(/^Flt(Get\w*FileName|Reference)/) };
  const any = Object.values(counts).some((count) => count > 0);
  return any ? [`FLT_FILTER: "${imageName(image)}", unloaded`, ...countRows(counts)] : [];
}

function judgePool(image: number): void {
  const left = blocksOf(image);
  if (left.length === 0) return;
  const count = left.reduce((sum, group) => sum + group.count, 0);
  const bytes = left.reduce((sum, group) => sum + group.bytes, 0);
  const tags = [...new Set(left.map(({ tag }) => tag))].toSorted();
  report({
    rule: 'leak.pool', image, parameters: [0x62, 0, 0, count], mark: tags.join('+'),
    cause: `${imageName(image)} was unloaded and left ${plural(count, 'block')} of pool ` +
      `(${plural(bytes, 'byte')}, tags ${tags.join(', ')})`,
    stacks: left.slice(0, SHOWN).map((group) => ({ title: titleOf(group), frames: group.stack })),
    history: objectRows(image, left),
  });
}

function judgeLocks(image: number): void {
  const [lock] = heldByImage(image);
  if (lock === undefined) return;
  const kind = lockKindNames[lock.kind] ?? 'lock';
  report({
    rule: 'lock-usage.kept-at-unload', image, mark: kind,
    parameters: [0x100a, lock.address, threadOf(lock.processor), 0],
    cause: `${imageName(image)} was unloaded while ${threadName(lock.processor)} holds a ${kind} ` +
      'that it acquired',
    stacks: [{ title: `${kind} acquired`, frames: lock.stack }],
  });
}

export const leak: Rule = {
  name: 'leak',
  on: {
    [IMAGE_UNLOADED]: (image) => {
      judgeLocks(image);
      judgePool(image);
    },
  },
};
