// The reports of `fltlab bench`: what counts as slower, what a user is told about a base that does
// not fit, and that the HTML needs nothing from outside.
import { describe, expect, test } from 'vitest';
import { compareReports, comparisonText, parseReport } from '#src/lab/bench/compare.ts';
import { benchHtml } from '#src/lab/bench/html.ts';
import { benchText } from '#src/lab/bench/text.ts';
import { BENCH_FORMAT } from '#src/lab/bench/types.ts';
import { plainColours } from '#src/lab/report/table.ts';
import type { BenchReport, StackFigure } from '#src/lab/bench/types.ts';

function stack(name: string, ns: number, spread = 0.01): StackFigure {
  const rounds = [ns * (1 - spread), ns, ns * (1 + spread)];
  return {
    name, filters: [name], scaling: [{ requestors: 1, perSecond: 1e9 / ns }],
    shares: { samples: 100, apcLevel: 0.25, dispatchLevel: 0.5, workItems: 0 },
    work: [{ kind: 'read', ns, rounds, percentiles: { 50: ns, 99: ns * 3 }, poolAllocations: 1,
      heapBytes: 0 }],
  };
}

function report(base: number, own: number, more: Partial<BenchReport> = {}): BenchReport {
  return { format: BENCH_FORMAT, fltlab: '0.1.0', node: '20.20.2', machine: 'a', cores: 2,
    fileSystem: 'ramfs', completion: 'inline',
    stacks: [stack('no filter', base), stack('mine', own)], ...more };
}

describe('against a base', () => {
  test('ratios are compared: a computer that is slower altogether is no regression', () => {
    expect(compareReports(report(100, 200), report(300, 600), 0.05).regressions).toEqual([]);
    const { regressions } = compareReports(report(100, 200), report(100, 240), 0.05);
    expect(regressions).toMatchObject([{ stack: 'mine', kind: 'read', before: 2, now: 2.4 }]);
    expect(compareReports(report(100, 200), report(100, 240), 0.25).regressions).toEqual([]);
  });

  test('nothing within twice the spread is a regression', () => {
    const noisy = { ...report(100, 0), stacks: [stack('no filter', 100), stack('mine', 240, 0.2)] };
    expect(compareReports(report(100, 200), noisy, 0.05).regressions).toEqual([]);
  });

  test('nothing that was measured in fewer than three rounds is claimed to be slower', () => {
    const slow = report(100, 900);
    const few = { ...slow, stacks: slow.stacks.map((s) =>
      ({ ...s, work: s.work.map((w) => ({ ...w, rounds: [w.ns, w.ns] })) })) };
    for (const [before, now] of [[few, slow], [report(100, 200), few]] as const) {
      const comparison = compareReports(before, now, 0.05);
      expect(comparison.regressions).toEqual([]);
      expect(comparisonText(comparison)).toContain('too few for a claim');
    }
    expect(compareReports(report(100, 200), slow, 0.05).regressions.length).toBe(1);
  });

  test('another machine, another volume, a stack that the base lacks are told', () => {
    const other = report(100, 200, { machine: 'b', fileSystem: 'null-fs',
      stacks: [stack('no filter', 100), stack('other', 200)] });
    const text = comparisonText(compareReports(other, report(100, 200), 0.05));
    expect(text).toContain('ratios are compared all the same');
    expect(text).toContain('other work was measured');
    expect(text).toContain('the base has no mine');
    expect(text).toContain('compared 0 figures: 0 slower');
  });

  test('a file that is no report is refused with advice', () => {
    expect(parseReport('{')).toContain('fltlab bench --json');
    expect(parseReport('[]')).toContain('no report');
    expect(parseReport('{"stacks":[],"format":99}')).toContain('reads format 1');
    expect(parseReport(JSON.stringify(report(1, 2)))).toEqual(report(1, 2));
  });
});

describe('a report', () => {
  test('says what is added, and what is within noise', () => {
    const text = benchText(report(100, 250), plainColours);
    expect(text).toMatch(/mine +read +250 +\+150 +\+450/);
    expect(benchText(report(100, 100.5), plainColours)).toContain('within noise');
    const single = report(100, 200);
    const few = { ...single, stacks: single.stacks.map((s) =>
      ({ ...s, work: s.work.map((w) => ({ ...w, rounds: [w.ns] })) })) };
    expect(benchText(few, plainColours)).toContain('too few for a claim');
    expect(benchText(few, plainColours)).toMatch(/mine +read +200 +too few rounds/);
    expect(benchHtml(few)).toContain('<td>too few rounds</td>');
  });

  test('as HTML stands alone: no script, no address, names escaped', () => {
    const html = benchHtml(report(100, 200, { machine: '<b>"&' }));
    expect(html).not.toMatch(/<script|https?:|url\(|<link|<img/);
    expect(html).toContain('&lt;b&gt;&quot;&amp;');
    expect(html.match(/<svg/g)?.length).toBe(3);
    expect(html).not.toMatch(/NaN|undefined/);
  });
});
