// Hunting near the order of a crash dump: what the dump's last operations become, that the first
// schedule begins them in the order of their stamps, and that a race which is there is found.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fixture, fltlab } from '#test/cli/run-cli.ts';
import { writeDump } from '#src/lab/dump/file.ts';
import { NothingToRepeat, planNear } from '#src/lab/hunt/near/plan.ts';
import { nearTarget } from '#src/lab/hunt/near/target.ts';
import { Hunt } from '#src/lab/hunt/hunt.ts';
import { markOf } from '#src/atomics-sync/schedule/strategies/near.ts';
import type { CrashDump, DumpStep, DumpThread } from '#src/lab/dump/crash-dump.ts';

const folder = mkdtempSync(join(tmpdir(), 'fltlab-'));
const hunts: Hunt[] = [];
afterAll(async () => {
  rmSync(folder, { recursive: true });
  for (const hunt of hunts) await hunt.stop();
});

const step = (stamp: number, what: string, file = ''): DumpStep => ({ stamp, what, file });

function thread(processor: number, role: string, steps: readonly DumpStep[]): DumpThread {
  return { processor, role, state: 'running', irql: 0, where: '', issued: 1, completed: 1, stack: [],
    blockedBy: [], locks: [], events: [], steps };
}

function dump(threads: readonly DumpThread[], past: readonly (readonly DumpStep[])[] = []): CrashDump {
  return {
    format: 'fltlab dump 1', version: '1', filters: ['counter'], findings: [], crash: '', printed: [],
    settings: { workload: 'stress', fileSystem: 'ramfs', requestors: 2, systemWorkers: 1,
      storageThreads: 1, completion: 'inline', seed: 9, memoryBytes: 0, verifier: true },
    threads, past, operations: [], queues: [], storage: { taken: 0, completed: 0 },
  };
}

const failed = dump([
  thread(0, 'control', [step(5, 'unload', 'counter'), step(60, 'detach', 'other'),
    step(70, 'detach', 'counter')]),
  thread(4, 'requestor', [step(10, 'IRP_MJ_CREATE', '\\a'), step(40, 'IRP_MJ_WRITE', '\\a'),
    step(45, 'IRP_MJ_CLOSE', '\\a')]),
], [[step(20, 'IRP_MJ_WRITE', '\\b'), step(30, 'IRP_MJ_DIRECTORY_CONTROL', '\\'),
  step(50, 'IRP_MJ_READ', '\\a'), step(55, 'IRP_MJ_CLEANUP', '\\b')]]);

describe('the plan of a dump', () => {
  test('has what each thread began, alike for the same file, in the order of the stamps', () => {
    expect(planNear(failed, ['counter'])).toEqual({
      name: 'near-seed-9', inline: true, leftOut: ['IRP_MJ_DIRECTORY_CONTROL'],
      applications: [
        [{ what: 'IRP_MJ_WRITE', file: 0 }, { what: 'IRP_MJ_READ', file: 1 },
          { what: 'IRP_MJ_CLEANUP', file: 0 }],
        [{ what: 'IRP_MJ_CREATE', file: 1 }, { what: 'IRP_MJ_WRITE', file: 1 }],
      ],
      // The unload was over before the first of these operations, and ends the instances too.
      control: [], order: [1, 0, 1, 0, 0],
    });
    const detached = dump([thread(0, 'control', [step(15, 'detach', 'counter')]),
      thread(4, 'requestor', [step(10, 'IRP_MJ_READ'), step(20, 'IRP_MJ_READ')])]);
    expect(planNear(detached, ['counter'])).toMatchObject({
      control: [{ what: 'detach', filter: 0 }], order: [0, -1, 0] });
  });

  test('needs an operation that can be repeated', () => {
    expect(() => planNear(dump([thread(4, 'requestor', [])]), [])).toThrow(NothingToRepeat);
    const { steps: _steps, ...old } = thread(4, 'requestor', []);
    expect(() => planNear(dump([old]), [])).toThrow(/an older fltlab/);
  });
});

test('the first schedule begins the operations in the order of the dump, later ones near it; a ' +
  'race is found and repeated', async () => {
  const module = import.meta.resolve('#test/lab/hunt/filters/counter.ts');
  const racy = dump([thread(4, 'requestor', [step(10, 'IRP_MJ_CREATE'), step(40, 'IRP_MJ_WRITE'),
    step(50, 'IRP_MJ_READ')]),
  thread(5, 'requestor', [step(20, 'IRP_MJ_WRITE'), step(30, 'IRP_MJ_WRITE')])]);
  const settings = { grain: 'calls', verifier: true, timeouts: 'late' } as const;
  const images = [{ name: 'counter', module, altitude: '370101' }];
  const { target, strategy } = nearTarget(racy, { ...settings, images, races: true });
  expect(target.threads.slice(3)).toEqual(['app 0', 'app 1']);
  expect(strategy).toBe('near:3.4.4.3.3');
  const hunt = await Hunt.start(target,
    { strategy, seed: 1, milliseconds: 30_000, schedules: 50, minimise: false });
  hunts.push(hunt);
  const begun = async (seed: number): Promise<string> => {
    const { last } = await hunt.runSeeded({ name: strategy }, seed);
    const marks = last.events.filter(({ thread: t, object }) => object === markOf(t));
    return `near:${marks.map((event) => event.thread).join('.')}`;
  };
  for (const seed of [1, 2, 3]) expect(await begun(seed)).toBe(strategy);
  await hunt.checkArmed();
  const { findings } = await hunt.search();
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ replays: true });
  expect(findings[0]!.signature).toContain('data race on');
});

test('--near with a scenario, a file that is no dump, or a dump of nothing is refused', async () => {
  const file = writeDump(folder, dump([]));
  const args = ['hunt', 'pass-through', '--near'];
  const outcomes = await Promise.all([
    fltlab([...args, file, '--scenario', 'two-opens']), fltlab([...args, fixture('leaks')]),
    fltlab([...args, file])]);
  expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2]);
  expect(outcomes.map(({ err }) => err).join('\n')).toMatch(
    /leave --scenario out[\s\S]*cannot be read as a dump[\s\S]*no operation that can be repeated/);
});
