// The demo's screen: every claim stands with its evidence, and a claim that does not hold is
// marked.
import { describe, expect, test } from 'vitest';
import { lookAtRest } from '#src/cli/demo/at-rest.ts';
import { demoChecks, demoText } from '#src/cli/demo/demo-text.ts';
import { resolveFilters } from '#src/cli/filters.ts';
import { plainColours } from '#src/lab/report/table.ts';
import { sampleReport } from '#test/lab/report/sample-report.ts';
import type { ReplayReport } from '#src/lab/report/run-report.ts';
import type { DemoResult } from '#src/cli/demo/demo-text.ts';

const scores: ReplayReport = { events: 1500, scored: 1490, matched: 1487, unscored: [],
  ownResult: { scored: 0, matched: 0 }, mismatches: [], unknownOperations: [], problems: [],
  problemCount: 0, rounds: 1, notes: [] };
const replay = sampleReport({ fidelity: 0.9978, replay: scores,
  content: { readsChecked: 3582, bytesChecked: 50 * 1024 * 1024, errors: 0, examples: [] } });
const good: DemoResult = { replay, storm: sampleReport(), trace: 'day.gz',
  atRest: { written: 'noon', readBack: 'noon', atRest: '\u00ff\u0001ab' } };

describe('the screen', () => {
  test('claims what held, with the evidence', () => {
    const text = demoText(good, plainColours);
    expect(text).toMatch(/✔ nothing was lost +1,500 operations issued, 1,500 came back, each once/);
    expect(text).toMatch(/✔ answers are right +99\.78 %/);
    expect(text).toMatch(/✔ contents are right +3,582 reads \(50\.0 MiB\)/);
    expect(text).toMatch(/✔ disguised at rest +what reads "noon" lies in the file as ff 01 61 62/);
    expect(text).toMatch(/✔ nothing is left +0 pool bytes/);
    expect(text).not.toContain('✘');
    expect(text).toContain('npx fltlab run --trace day.gz --order asap');
  });

  test.each<[string, Partial<DemoResult>]>([
    ['nothing was lost', { replay: { ...replay, completed: 1499 } }],
    ['answers are right', { replay: { ...replay, fidelity: 0.9 } }],
    ['answers are right', { replay: { ...replay, replay: { ...scores, scored: 0 } } }],
    ['contents are right', { replay: { ...replay,
      content: { readsChecked: 3, bytesChecked: 3, errors: 1, examples: [] } } }],
    ['disguised at rest', { atRest: { written: 'noon', readBack: 'noon', atRest: 'noon' } }],
    ['holds under load', { storm: sampleReport({ findings: [{ kind: 'leak', text: '' }] }) }],
    ['nothing is left', { storm: sampleReport({
      left: [{ kind: 'contexts', owner: 'ctx', count: 1, bytes: 0 }] }) }],
  ])('marks "%s" when it did not hold', (claim, more) => {
    const checks = demoChecks({ ...good, ...more });
    expect(checks.filter(({ ok }) => !ok).map((check) => check.claim)).toEqual([claim]);
  });
});

describe('a file under swap-buffers', () => {
  test('reads back as it was written and lies there as something else', async () => {
    const [image] = await resolveFilters(['swap-buffers'], process.cwd());
    const { written, readBack, atRest } = await lookAtRest(image!);
    expect(readBack).toBe(written);
    expect(atRest).not.toBe(written);
    expect(atRest).toHaveLength(written.length);
  });
});
