// A stress run in small: real threads, storms, reloads, faults, and what its report says.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { fltlab } from '#test/cli/run-cli.ts';
import { builtModule } from '#test/support/run-machine.ts';
import { actsOf, nameOfAct, storms } from '#src/lab/stress/acts.ts';
import { unquiet } from '#src/lab/stress/quiet.ts';
import type { Census } from '#src/machine/census.ts';
import type { RunReport } from '#src/lab/report/run-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'fltlab-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('fltlab stress', () => {
  test('turns acts, storms and faults on filters, is clean, and keeps the call paths', async () => {
    const paths = join(folder, 'paths.txt');
    const { code, out } = await fltlab(['stress', 'ctx', 'swap-buffers', '--duration', '4',
      '--requestors', '2', '--system-workers', '1', '--faults', 'systematic,storage,queueing',
      '--fault-paths', paths, '--json']);
    const report = JSON.parse(out) as RunReport & { exitCode: number };
    expect(report.findings).toEqual([]);
    expect([code, report.exitCode]).toEqual([0, 0]);
    expect(report.completed).toBe(report.issued);
    expect(report.left).toEqual([]);
    const { rounds, counted, faults, acts } = report.stress!;
    expect(rounds).toBeGreaterThan(1);
    expect(counted).toBeGreaterThan(0);
    expect(Object.keys(acts)).toContain('oplock-duel');
    expect(faults!.newPaths).toBeGreaterThan(5);
    const lines = readFileSync(paths, 'utf8').trim().split('\n');
    expect(lines.length).toBe(1 + faults!.paths + faults!.sites.length);
    expect(faults!.sites.join()).toMatch(/swap-buffers!\w+ \(swap-buffers\.js:\d+\)/);
  });

  test('PORT-4, PORT-6: applications vanish in mid-message, die with everything open, and ' +
    'filters ' +
    'are taken away at bad moments', async () => {
    // The filter brings the machine down if it is told of an end too many or too few.
    const asks = fileURLToPath(new URL('./fixtures/asks.js', builtModule('test/lab/stress/x.ts')));
    const { code, out } = await fltlab(['stress', asks, 'ctx', '--duration', '3', '--requestors',
      '3', '--system-workers', '1', '--acts', 'port-storm,exit-storm', '--json']);
    const report = JSON.parse(out) as RunReport;
    expect(report.findings).toEqual([]);
    expect(code).toBe(0);
    expect(Object.keys(report.stress!.acts)).toEqual(['port-storm', 'exit-storm']);
    expect(report.statuses.map(({ status }) => status)).toContain('STATUS_CANCELLED');
    expect(report.left).toEqual([]);
  });

  test('says what is wrong with its options before anything runs', async () => {
    const bad = join(folder, 'bad.txt');
    writeFileSync(bad, 'something else\n');
    const usage = async (...args: string[]): Promise<string> => {
      const { code, err } = await fltlab(['stress', ...args]);
      expect(code).toBe(2);
      return err;
    };
    const said = await Promise.all([usage(), usage('ctx', '--duration', '0'),
      usage('ctx', '--faults', 'randomly'),
      usage('ctx', '--faults', 'systematic', '--fault-paths', bad),
      usage('ctx', '--fault-paths', 'x'), usage('ctx', '--preset', 'none'),
      usage('ctx', '--acts', 'port-storm,none')]);
    expect(said.map((err) => /missing required argument|Allowed are seconds from 1|Allowed are none, or a list|it begins with "something else"|is for --faults systematic|no preset is called none|no act is called none; there are oplock-duel/
      .exec(err)?.[0])).toEqual(['missing required argument', 'Allowed are seconds from 1',
      'Allowed are none, or a list', 'it begins with "something else"',
      'is for --faults systematic', 'no preset is called none',
      'no act is called none; there are oplock-duel']);
    expect(existsSync('x')).toBe(false);
  });
});

describe('acts', () => {
  test('mixes and storms take turns; one mix may be chosen, the storms stay', () => {
    expect(actsOf(undefined).filter((_, n) => n % 2 === 1).every(({ kind }) => kind === 'storm'))
      .toBe(true);
    const one = actsOf('varmail').map(nameOfAct);
    expect(new Set(one)).toEqual(new Set(['varmail', ...storms]));
  });
});

test('a machine is quiet when nothing is under way, open or held', () => {
  const filter = { name: 'f', pre: [1, 0, 0], post: [1, 0, 0], drained: 0, postElsewhere: 0,
    pended: 0, contexts: 7, callbackData: 0, workItems: 0, nameInformation: 0, detached: 0,
    heldAtDetach: { contexts: 0, callbackData: 0, workItems: 0, names: 0 } } as const;
  const calm: Census = { pools: [], handles: 1, serverPorts: 1, files: 0, operations: 0, attached: 0, detached: 0,
    storage: { taken: 5, completed: 5, inFlight: 0 }, filters: [filter] };
  expect(unquiet(calm)).toEqual([]);
  expect(unquiet({ ...calm, operations: 1, handles: 3,
    filters: [{ ...filter, callbackData: 3 }] })).toEqual(['1 operations under way',
    '2 open handles', '3 callback data of f']);
});
