// What the trailers of pool blocks tell: where a block was allocated and freed, and what a driver
// has not given back.
import { blockAround, forEachBlock, trailer as fields } from '../../ntos/ex/pool/pool-trailer.ts';
import { poolTagName } from '../../ntos/ex/pool/pool-tags.ts';
import { storedStack } from './stack.ts';
import { textOf } from './text-pool.ts';
import type { TitledStack } from './finding.ts';
import type { PoolBlock } from '../../ntos/ex/pool/pool-trailer.ts';

const { Image, AllocatedAt, FreedAt, Routine } = fields;

/** Where the block around an address was allocated, and freed if it was. */
export function blockStacks(address: number): TitledStack[] {
  const block = blockAround(address);
  if (block === undefined || Image(block.trailer) === 0) return [];
  const { bytes, tag, trailer } = block;
  const stacks: TitledStack[] = [{ frames: storedStack(AllocatedAt(trailer)),
    title: `the block of ${bytes} bytes, tag ${poolTagName(tag)}, was allocated` }];
  const freed = storedStack(FreedAt(trailer));
  if (freed.length > 0) stacks.push({ title: 'and freed', frames: freed });
  return stacks;
}

/** The image whose routine allocated the block around an address; -1 when none did. */
export function blockImage(address: number): number {
  const block = blockAround(address);
  return block === undefined ? -1 : Image(block.trailer) - 1;
}

/** Blocks of one driver that came from one place. */
export interface LeakedBlocks {
  readonly tag: string;
  /** The routine that gave them. */
  readonly routine: string;
  readonly count: number;
  readonly bytes: number;
  readonly stack: readonly string[];
}

/** What a driver allocated and nobody freed, grouped by place, most blocks first. */
export function blocksOf(image: number): LeakedBlocks[] {
  const groups = new Map<string, { blocks: PoolBlock[]; at: number; routine: string }>();
  forEachBlock((block) => {
    const { trailer, tag } = block;
    if (Image(trailer) !== image + 1) return;
    const at = AllocatedAt(trailer);
    const key = `${at} ${tag}`;
    const group = groups.get(key) ?? { blocks: [], at, routine: textOf(Routine(trailer)) };
    group.blocks.push(block);
    groups.set(key, group);
  });
  return [...groups.values()]
    .map(({ blocks, at, routine }) => ({
      tag: poolTagName(blocks[0]!.tag), routine, count: blocks.length,
      bytes: blocks.reduce((sum, { bytes }) => sum + bytes, 0), stack: storedStack(at),
    }))
    .toSorted((a, b) => b.count - a.count);
}
