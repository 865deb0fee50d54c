// Rule: the four ways to acquire an ERESOURCE differ when somebody waits for exclusive use. Each
// cell of the table is asked for on real threads; a twin that knows two modes only is found out.
import { beforeEach, expect, test } from 'vitest';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { ExInitializeResourceLite, initializeResources } from '#src/ntos/ex/lock/resource.ts';
import { describeResource } from '#src/ntos/ex/lock/resource-life.ts';
import { WrResource } from '#src/ntos/ex/lock/wait-node.ts';
import { ERESOURCE } from '#src/ntos/ex/types.ts';
import { withPuppets } from '../ntos/ex/puppets.ts';
import type { Troupe } from '../ntos/ex/puppets.ts';

const top = pushFrame();
let resource: number;
beforeEach(() => {
  initializePool();
  initializeResources();
  popFrame(top);
  resource = stackAlloc(ERESOURCE.size);
  ExInitializeResourceLite(resource);
});

const REAL = ['ExAcquireResourceExclusiveLite', 'ExAcquireResourceSharedLite',
  'ExAcquireSharedStarveExclusive', 'ExAcquireSharedWaitForExclusive'];
/** The faulty twin: shared is shared. */
const NAIVE = ['ExAcquireResourceExclusiveLite', 'ExAcquireResourceSharedLite',
  'ExAcquireResourceSharedLite', 'ExAcquireResourceSharedLite'];
const RELEASE = 'ExReleaseResourceLite';

/** What thread `who` is granted without waiting, in each mode, each given back at once. */
async function row(troupe: Troupe, who: number, modes: readonly string[]): Promise<string> {
  let granted = '';
  for (const mode of modes) {
    const yes = await troupe.ask(who, mode, resource, 0);
    if (yes === 1) await troupe.ask(who, RELEASE, resource);
    granted += yes === 1 ? 'g' : '-';
  }
  return granted;
}

/** The table of 11.5: in thread 0's eyes, with thread 1 as the other and thread 2 as the waiter. */
async function table(modes: readonly string[]): Promise<Record<string, string>> {
  const rows: Record<string, string> = {};
  const [exclusive, shared] = modes as [string, string];
  await withPuppets(3, async (troupe) => {
    const waiting = async (): Promise<void> =>
      troupe.block(2, WrResource, exclusive, resource, 1);
    const done = async (): Promise<void> => {
      await troupe.answer(2);
      await troupe.ask(2, RELEASE, resource);
    };
    rows['free'] = await row(troupe, 0, modes);
    await troupe.ask(0, exclusive, resource, 1);
    rows['exclusive, mine'] = await row(troupe, 0, modes);
    rows['exclusive, other\'s'] = await row(troupe, 1, modes);
    await troupe.ask(0, RELEASE, resource);
    await troupe.ask(0, shared, resource, 1);
    await troupe.ask(1, shared, resource, 1);
    rows['shared, mine too'] = await row(troupe, 0, modes);
    await waiting();
    rows['shared, mine too, exclusive waiter'] = await row(troupe, 0, modes);
    await troupe.ask(0, RELEASE, resource);
    rows['shared, others only, exclusive waiter'] = await row(troupe, 0, modes);
    await troupe.ask(1, RELEASE, resource);
    await done();
    await troupe.ask(1, shared, resource, 1);
    rows['shared, others only'] = await row(troupe, 0, modes);
    await troupe.ask(1, RELEASE, resource);
  });
  expect(describeResource(resource)).toBe('free');
  return rows;
}

/** Columns: exclusive, shared, starving exclusive waiters, waiting for them. */
const expected = {
  'free': 'gggg',
  'exclusive, mine': 'gggg',
  'exclusive, other\'s': '----',
  'shared, mine too': '-ggg',
  'shared, mine too, exclusive waiter': '-gg-',
  'shared, others only': '-ggg',
  'shared, others only, exclusive waiter': '--g-',
};

test('KRN-27, KRN-28: who is let in, in each of the four modes', async () => {
  expect(await table(REAL)).toEqual(expected);
});

test('a twin that knows shared and exclusive only is found out', async () => {
  const rows = await table(NAIVE);
  expect(rows).not.toEqual(expected);
  expect(rows['shared, others only, exclusive waiter']).toBe('----');
});
