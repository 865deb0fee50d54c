// `fltlab run` with a filter that breaks rules: the report, the files for CI servers, a baseline of
// what is known and suppressions of what is accepted.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, fltlab } from '#test/cli/run-cli.ts';
import type { RunReport } from '#src/lab/report/run-report.ts';

const run = ['run', '--preset', 'win10-desktop', '--operations', '300', '--completion', 'inline',
  '--requestors', '1', '--filter', fixture('leaks')];

let folder: string;
const file = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(file(name), 'utf8');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fltlab-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a filter that leaks pool', () => {
  test('0xC4/0x62: is told where it allocated; JUnit, SARIF and a baseline are ' +
    'written', async () => {
    const { code, out } = await fltlab([...run, '--junit', file('out.xml'), '--sarif',
      file('out.sarif'), '--write-baseline', file('known.json')]);
    expect(out).toMatch(/leak\.pool: leaks was unloaded and left \d+ blocks of pool/);
    expect(out).toMatch(/BUGCHECK +DRIVER_VERIFIER_DETECTED_VIOLATION \(c4\) {2}P1=0x62/);
    expect(out).toMatch(/blocks, \d+ bytes, tag Leak, by ExAllocatePool2:\n[^]*leaks!\w+ \(leaks\.js/);
    expect(out).toMatch(/lock-usage\.shared-recursion: .*[^]*reported; the machine went on, found/);
    expect(code).toBe(1);
    expect(text('out.xml')).toContain('type="leak.pool"');
    const sarif = JSON.parse(text('out.sarif')) as { runs: { results: { ruleId: string }[] }[] };
    expect(sarif.runs[0]!.results.map(({ ruleId }) => ruleId))
      .toEqual(expect.arrayContaining(['leak.pool', 'lock-usage.shared-recursion']));
    const known = JSON.parse(text('known.json')) as { findings: { rule: string }[] };
    expect(known.findings.map(({ rule }) => rule)).toContain('leak.pool');
  });

  test('what the baseline knows does not fail the run again', async () => {
    const { code, out } = await fltlab([...run, '--baseline', file('known.json'), '--fail-on', 'new']);
    expect(out).toMatch(/\(known\) leak\.pool/);
    expect(code).toBe(0);
  });

  test('VER-4: what is suppressed goes on to the end, and is said', async () => {
    writeFileSync(file('rules.txt'), 'ignore leak.pool leaks\nremove lock-usage\n');
    const { code, out } = await fltlab([...run, '--suppress', file('rules.txt'), '--json']);
    const report = JSON.parse(out) as RunReport;
    expect(report.complete).toBe(true);
    const [suppressed, ...others] = report.findings;
    expect(suppressed).toMatchObject({ isSuppressed: true, details: { rule: 'leak.pool' } });
    // The blocks are still there, and the count at the end says so.
    expect(others.map(({ kind }) => kind)).toEqual(['leak']);
    expect(code).toBe(1);
  });
});
