// What a person can read off a report.
import { describe, expect, test } from 'vitest';
import { textReport } from '#src/lab/report/text.ts';
import { plainColours } from '#src/lab/report/table.ts';
import { exitCodeOf } from '#src/lab/report/run-report.ts';
import { sampleReport } from '#test/lab/report/sample-report.ts';
import type { RunReport } from '#src/lab/report/run-report.ts';

const text =
  (more: Partial<RunReport> = {}): string => textReport(sampleReport(more), plainColours);

describe('a clean run', () => {
  test('says that as many operations came back as were issued', () => {
    expect(text()).toContain('1,500 issued, as many completed: each came back once; 750 ' +
      'operations/s');
  });

  test('shows each major function, the busiest first, with its latencies', () => {
    const lines = text().split('\n').map((line) => line.trim());
    const read = lines.findIndex((line) => /^READ +1,000 +1,000 +1.00 µs/.test(line));
    const create = lines.findIndex((line) =>
      /^CREATE +500 +500 +8.25 µs +40.0 µs +1.25 ms +2.50 s$/.test(line));
    expect(read).toBeGreaterThan(0);
    expect(create).toBe(read + 1);
  });

  test('shows at which IRQL the callbacks of each filter ran', () => {
    expect(text()).toMatch(/scanner +325000 +1,500 +0 +0 +900 +0 +600 +610 +40 +0/);
  });

  test('says what the verifier costs when that was measured', () => {
    expect(text({ price: { mix: 'build', on: 1000, off: 4500, ratio: 4.5 } }))
      .toContain('build: 4,500 operations/s off, 1,000 on: 4.5 times slower');
  });

  test('shows what a filter of a checked machine held before its unload, as !fltkd.filter', () => {
    const { settings } = sampleReport();
    const shown = text({ settings: { ...settings, verifier: true } });
    expect(shown).toMatch(/Held before unload\n +FLT_FILTER: "scanner"\n +References to FLT_CONTEXT +: 17\n/);
    expect(shown).toMatch(/References to FLT_FILE_NAME_INFORMATION +: 3\n/);
    expect(text()).not.toContain('FLT_FILTER');
    expect(shown).not.toContain('Held as an instance');
  });

  test('shows what it held as an instance of it was detached', () => {
    const { settings, filters } = sampleReport();
    const counts = { contexts: 9, callbackData: 1, workItems: 0, names: 0 };
    const shown = text({ settings: { ...settings, verifier: true },
      filters: filters.map((row) => ({ ...row, objectsAtDetach: counts })) });
    expect(shown).toMatch(new RegExp('Held as an instance was detached\\n +FLT_FILTER: "scanner"\\n' +
      ' +References to FLT_CONTEXT +: 9\\n +Allocations of FLT_CALLBACK_DATA +: 1\\n'));
  });

  test('says that nothing is left', () => {
    expect(text()).toContain('nothing: 0 pool bytes, 0 contexts, 0 IRPs, 0 callback data');
    expect(text()).toContain('clean');
    expect(exitCodeOf(sampleReport())).toBe(0);
  });
});

describe('a run that went wrong', () => {
  test('lists what is left by owner', () => {
    const left = [{ kind: 'pool' as const, owner: 'ScCt (nonpaged)', count: 3, bytes: 4096 },
      { kind: 'contexts' as const, owner: 'scanner', count: 2, bytes: 0 }];
    expect(text({ left })).toMatch(/pool +ScCt \(nonpaged\) +3 +4.00 KiB/);
    expect(text({ left })).toMatch(/contexts +scanner +2/);
  });

  test('ends with its findings and their exit code', () => {
    const findings = [{ kind: 'leak' as const, text: 'two contexts' }];
    expect(text({ findings })).toMatch(/Result \(exit code 1\)\n {2}leak: two contexts\n$/);
  });

  test('has the code of the gravest finding', () => {
    const code = (...kinds: RunReport['findings'][number]['kind'][]): number =>
      exitCodeOf(sampleReport({ findings: kinds.map((kind) => ({ kind, text: '' })) }));
    expect([code('leak'), code('bug-check', 'leak'), code('leak', 'internal'),
      code('internal', 'unsupported')]).toEqual([1, 1, 3, 4]);
  });

  test('that broke off says so, shows where the threads were and no counts that nobody ' +
    'took', () => {
    const [filter] = sampleReport().filters;
    const shown = textReport(sampleReport({ complete: false,
      filters: [{ ...filter!, counted: false }],
      threads: [{ processor: 4, role: 'requestor', state: 'running', irql: 0,
        where: 'in PreCreate for IRP_MJ_CREATE', issued: 9, completed: 8 }] }), plainColours);
    expect(shown).toContain('the run broke off');
    expect(shown).toMatch(/4 +requestor +running +0 +9 +8 +in PreCreate for IRP_MJ_CREATE/);
    expect(shown).toMatch(/scanner +325000 +\? +\?/);
  });
});

describe('a replay', () => {
  const replay = { events: 120, scored: 100, matched: 98,
    ownResult: { scored: 10, matched: 9 },
    mismatches: [{ group: 'share-access', explanation: 'Who has it open.', count: 2,
      examples: ['row 7: C:\\a'] }],
    unscored: [{ reason: 'privilege', explanation: 'The caller decides.', count: 20 }],
    unknownOperations: [{ operation: 'Frobnicate', count: 3 }], problems: ['row 9, PID: no number'],
    problemCount: 3, rounds: 1, notes: ['two files could not be made'] };

  test('names its fidelity, every group of mismatches and everything unscored', () => {
    const shown = text({ fidelity: 0.98, replay });
    expect(shown).toContain('98.00 % of 100 scored events returned the recorded status');
    expect(shown).toContain('of these 10 had parameters taken from their own result (9 matched)');
    expect(shown).toMatch(/share-access +2 +Who has it open\./);
    expect(shown).toMatch(/privilege +20 +The caller decides\./);
    expect(shown).toContain('unknown operation Frobnicate: 3 events left out');
    expect(shown).toContain('left out: row 9, PID: no number\n  and 2 more\n  two files could not');
  });

  test('never rounds up to all', () => {
    expect(text({ fidelity: 0.99996, replay })).toContain('99.99 % of');
  });
});
