// Logs from the command line: whole ones are scored, broken ones are named by row and column, and
// the rest of them is still replayed when that is asked for.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fltlab } from '#test/cli/run-cli.ts';
import { closed, csv, opened, refused, row } from '#test/lab/trace/procmon-rows.ts';
import type { RunReport } from '#src/lab/report/run-report.ts';

const FILE = 'C:\\work\\notes.txt';
const rows = [
  opened(FILE),
  row('ReadFile', FILE, 'SUCCESS', 'Offset: 0, Length: 4,096'),
  row('FrobnicateFile', FILE),
  refused('C:\\work\\missing.txt', 'NAME NOT FOUND'),
  closed(FILE),
];
const whole = csv(rows);
const broken = whole.replace(/"101"\r\n(?="1:18:10\.8939738 AM","app100\.exe","100","Frobnicate)/,
  '"eleven"\r\n');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fltlab-'));
});

afterAll(async () => rm(folder, { recursive: true }));

async function replay(text: string, ...more: string[]): ReturnType<typeof fltlab> {
  const file = join(folder, 'log.csv');
  await writeFile(file, text);
  return fltlab(['run', '--trace', file, '--json', ...more]);
}

describe('a log', () => {
  test('is replayed to a score, with unknown operations named and counted', async () => {
    const { code, out } = await replay(whole, '--filter', 'pass-through');
    const report = JSON.parse(out) as RunReport;
    expect(report.findings).toEqual([]);
    expect(report.fidelity).toBe(1);
    expect(report.replay?.unknownOperations).toEqual([{ operation: 'FrobnicateFile', count: 1 }]);
    expect(report.replay?.unscored).toEqual([expect.objectContaining(
      { reason: 'unknown-operation', count: 1 })]);
    expect(report.content?.errors).toBe(0);
    expect(code).toBe(0);
  });

  test('that is broken stops with row and column, and says how to go on', async () => {
    const { code, out, err } = await replay(broken);
    expect(err).toMatch(/log\.csv.*line 3, TID/);
    expect(err).toContain('--lenient');
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  test('that is broken is replayed without its broken rows when that is asked for', async () => {
    const { code, out } = await replay(broken, '--lenient');
    const { replay: r, fidelity } = JSON.parse(out) as RunReport;
    expect(r?.problems).toEqual([expect.stringMatching(/log\.csv line 3, TID/)]);
    expect(r?.problemCount).toBe(1);
    expect(fidelity).toBe(1);
    expect(code).toBe(0);
  });

  test('that breaks off in the middle of a row is broken there', async () => {
    const { code, err } = await replay(whole.slice(0, whole.length - 30));
    expect(err).toMatch(/log\.csv.*line 6/);
    expect(code).toBe(2);
  });

  test('that is empty, or of no known kind, says what is known', async () => {
    const empty = await replay('');
    expect(empty.err).toMatch(/the log is empty.*Known are: Process Monitor exported as CSV/);
    expect(empty.code).toBe(2);
    expect((await replay('Dear diary,\n')).err).toMatch(/no log of a known kind/);
  });
});
