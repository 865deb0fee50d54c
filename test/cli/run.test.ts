// Runs of the built command line: what a clean one prints, and that a filter that misbehaves ends
// it with its name, its routine, the operation and the report so far; never a hang.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { variants } from '#test/support/seeds.ts';
import { fixture, fltlab } from '#test/cli/run-cli.ts';
import type { RunReport } from '#src/lab/report/run-report.ts';

const run = ['run', '--preset', 'read', '--file-system', 'null-fs', '--operations', '800', '--requestors', '1'];

type Document = RunReport & { fltlab: string; clean: boolean; exitCode: number };

describe('a clean run', () => {
  test('prints a report on standard output and ends with 0', async () => {
    const { code, out } = await fltlab([...run, '--filter', 'pass-through']);
    expect(out).toMatch(/issued, as many completed: each came back once; [\d,]+ operations\/s/);
    expect(out).toMatch(/pass-through +370030 +[1-9]/);
    expect(out).toContain('nothing: 0 pool bytes');
    expect(out).toMatch(/clean: nothing lost, nothing left behind\n$/);
    expect(code).toBe(0);
  });

  test('prints one JSON document when asked to', async () => {
    const { code, out } = await fltlab([...run, '--json',
      '--filter', 'pass-through@370020.25', '--filter', 'null-filter@370020.5']);
    const report = JSON.parse(out) as Document;
    expect(report).toMatchObject({ clean: true, exitCode: 0, complete: true, interrupted: false,
      left: [], findings: [], settings: { workload: 'preset read', requestors: 1 } });
    expect(report.fidelity).toBeUndefined();
    expect(report.issued).toBeGreaterThanOrEqual(800);
    expect(report.completed).toBe(report.issued);
    expect(report.operations.map(({ major }) => major)).toContain('IRP_MJ_READ');
    expect(report.filters.map(({ name, altitude }) => [name, altitude])).toEqual([
      ['null-filter', '370020.5'], ['pass-through', '370020.25']]);
    expect(code).toBe(0);
  });

  test('may attach and detach its filters all the while', async () => {
    const { code, out } = await fltlab(['run', '--preset', 'win10-desktop', '--duration', '1', '--requestors', '1',
      '--filter', 'minispy', '--filter', 'pass-through', '--attach-storm', '20', '--json']);
    const report = JSON.parse(out) as Document;
    expect(report.findings).toEqual([]);
    expect(report.attachments?.detached).toBeGreaterThan(2);
    expect(report.attachments?.attached).toBe(report.attachments?.detached);
    expect(code).toBe(0);
  });

  test('streams what minispy records into a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fltlab-'));
    try {
      const file = join(folder, 'records.csv');
      const { code, out } = await fltlab(['run', '--preset', 'win10-desktop', '--operations', '300',
        '--requestors', '1', '--filter', 'minispy', '--records', file, '--json']);
      const { records, filters } = JSON.parse(out) as Document;
      const seen = filters[0]!.pre.reduce((sum, n) => sum + n, 0);
      expect(records!.written + records!.lost).toBe(seen);
      const [header, first, ...more] = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(header).toMatch(/^Sequence,Operation,/);
      expect(first).toMatch(/^\d+,IRP_MJ_\w+,/);
      expect(more).toHaveLength(records!.written - 1);
      expect(code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('without a bound is ended by Ctrl-C, with its report', async () => {
    const { code, out, err } = await fltlab(
      ['run', '--preset', 'read', '--file-system', 'null-fs', '--duration', '600', '--json'],
      { name: 'SIGINT', when: /running/ });
    expect(err).toContain('stopping');
    expect(JSON.parse(out)).toMatchObject({ findings: [], interrupted: true, complete: true });
    expect(code).toBe(0);
  });
});

describe('a filter that', () => {
  const busy = ['run', '--preset', 'read', '--file-system', 'null-fs', '--requestors', '1',
    '--duration', '60', '--watchdog', '2'];

  async function expectFinding(
    name: string, says: readonly RegExp[], exitCode = 1, nodeOptions: readonly string[] = [],
  ): Promise<void> {
    const { code, out } = await fltlab([...busy, '--filter', fixture(name),
      // To fill the heap takes longer than the watchdog of the others waits.
      ...(nodeOptions.length > 0 ? ['--watchdog', '30'] : [])], undefined, nodeOptions);
    for (const what of says) expect(out).toMatch(what);
    expect(out).toContain('the run broke off; the report is what was known until then');
    expect(out).toContain('Threads when it broke off');
    expect(code).toBe(exitCode);
  }

  test('throws in a callback is named by the bug check with its own stack', async () =>
    expectFinding('throws', [/BUGCHECK +KMODE_EXCEPTION_NOT_HANDLED \(1e\)/,
      /routine ThrowsPreCreate let an exception escape/, /at .*fixtures\/throws\.js/]));

  // Each boots a machine of its own; the first is the one that differs most from the others.
  test.each(variants([
    ['fails-in-entry', /filter fails-in-entry: DriverEntry failed with STATUS_INSUFFICIENT_RES/],
    ['throws-in-entry', /throws-in-entry!DriverEntry let an exception escape/],
  ], 1))('spoils its DriverEntry is named: %s', async (name, says) => expectFinding(name, [says]));

  // The run could not go on: 3. What lasts is kept for the long run.
  test.each(variants([
    ['loops', /spin: filter loops's routine LoopsPreCreate has been running for \d.* for an IRP_MJ_CREATE on the requestor thread.*\n +the requestor thread of processor 4 is in loops!loopsForGood \(loops\.js:\d+\)/],
    ['spins-in-work', /spin: filter spins-in-work's routine SpinsInWork has .* on the system worker.*\n +the system worker thread of processor 2 is in spins-in-work!spinForGood \(spins-in-work\.js:\d+\)/],
    ['loops-in-entry', /spin: filter loops-in-entry: DriverEntry has not returned.*\n +the control thread of processor 0 is in loops-in-entry!DriverEntry \(loops-in-entry\.js:\d+\)/],
  ], 1))('spins out of the kernel\'s sight is named with function and line: %s',
    async (name, says) => expectFinding(name, [says], 3));

  test.each(variants([
    ['kills-worker', /worker-died: the requestor thread of processor \d+ died in filter kills-worker's routine/],
    ['eats-heap', /worker-died: the requestor thread .* died in filter eats-heap's routine EatsPreCreate for an IRP_MJ_CREATE: .*out of memory/],
  ], 1))('ends the worker it runs in is named: %s', async (name, says) =>
    expectFinding(name, [says], 3, name === 'eats-heap' ? ['--max-old-space-size=150'] : []));
});
