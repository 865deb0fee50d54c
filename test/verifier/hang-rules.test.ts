// Machines that hang are told why, soon: each way to hang with a twin that does not.
import { describe, expect, test } from 'vitest';
import { Machine } from '#src/machine/machine.ts';
import { builtModule } from '#test/support/run-machine.ts';
import type { LoggedFinding } from '#src/verifier/finding/finding-log.ts';
import type { Suppression } from '#src/verifier/policy.ts';

const image =
  { name: 'hang', altitude: '370900', module: builtModule('test/verifier/hang-filter.ts') };
/** Two seconds are enough where threads get a processor; a busy computer may take its time. */
const PATIENCE_MS = 40_000;

async function run(
  ways: readonly string[], requestors = 1, suppressions: readonly Suppression[] = [],
  unloads = false,
): Promise<readonly LoggedFinding[]> {
  const machine = await Machine.boot({ verifier: true, requestors, suppressions, images: [image],
    completion: 'inline' });
  let late: NodeJS.Timeout | undefined;
  try {
    await machine.load(0);
    const workload = { module: builtModule('test/verifier/hang-work.ts'), routine: 'writeOnce',
      data: ways };
    const work = machine.run(Array.from({ length: requestors }, () => workload))
      .then(() => (unloads ? machine.unload(0) : undefined))
      .then(() => 'done', (error: Error) => error.message);
    const patience = new Promise<string>((resolve) => {
      late = setTimeout(resolve, PATIENCE_MS, 'nothing was said');
    });
    const outcome = await Promise.race([work, patience]);
    if (outcome === 'nothing was said') {
      throw new Error(machine.view.describeThreads(machine.routines));
    }
    return machine.view.findings();
  } finally {
    clearTimeout(late);
    await machine.destroy();
  }
}

/** Lock orders are reported before anything hangs; here it shall. */
const lockOrderOff: readonly Suppression[] = [{ action: 'remove', rule: 'lock-order' }];

describe('deadlock', () => {
  test('KRN-34: two threads that wait for each other\'s locks, with both places of both', async () => {
    const [finding] = await run(['crossed'], 2, lockOrderOff);
    expect(finding).toMatchObject({ rule: 'deadlock', filter: 'hang', code: 0xe2 });
    expect(finding!.cause).toMatch(
      /^2 threads wait for each other: requestor \d in HangPreWrite waits for push lock/);
    expect(finding!.stacks.map(({ title }) => title).slice(1)).toHaveLength(2);
    for (const { frames } of finding!.stacks) expect(frames.join()).toContain('hang-filter!takeBoth');
    const holders = finding!.threads.filter(({ locks }) => locks.length > 0);
    expect(holders).toHaveLength(2);
    for (const { locks } of holders) expect(locks[0]!.stack.join()).toContain('hang-filter!takeBoth');
  });

  test('a lock held while waiting for a work item that wants it', async () => {
    const [finding] = await run(['held']);
    expect(finding).toMatchObject({ rule: 'deadlock', filter: 'hang' });
    expect(finding!.cause).toMatch(/waits for push lock.*waits for a notification event/);
  });
});

test('KRN-39: a work routine that waits for another item of its queue', async () => {
  const [finding] = await run(['worker']);
  expect(finding).toMatchObject({ rule: 'work-queue', filter: 'hang' });
});

test('KRN-20: an event that was signaled before anybody waited', async () => {
  const [finding] = await run(['lost']);
  expect(finding).toMatchObject({ rule: 'lost-wakeup', filter: 'hang' });
});

test('PEND-3: an operation that a filter pends and nobody completes; its journey is ' +
  'told', async () => {
  const [finding] = await run(['kept']);
  expect(finding).toMatchObject({ rule: 'never-complete', filter: 'hang' });
  expect(finding!.cause).toContain('hang!HangPreWrite pended an IRP_MJ_WRITE');
  expect(finding!.history.join('\n')).toMatch(/IRP_MJ_WRITE begins[^]*pended by hang!HangPreWrite/);
});

test('LC-15: an unload that waits for a reference that nobody drops: whose it is', async () => {
  const [finding] = await run(['referenced'], 1, [], true);
  expect(finding).toMatchObject({ rule: 'leak.reference', filter: 'hang' });
  expect(finding!.cause).toContain('a teardown waits for 1 reference to filter hang that nobody');
  const taken = finding!.stacks.find(({ title }) => title === 'a reference that hang took');
  expect(taken!.frames.join()).toContain('hang-filter!');
  expect(finding!.history.join('\n')).toMatch(
    /FLT_FILTER: 0x\w+ "hang"\n[^]*References to FLT_FILTER by drivers +: 1/);
});

test('what only looks like it: one order, an event that stays, a reference dropped ' +
  'late', async () => {
  const ways = ['crossed', 'held', 'worker', 'lost', 'kept', 'referenced']
    .map((way) => `fine${way}`);
  expect(await run(ways, 1, [], true)).toEqual([]);
});
