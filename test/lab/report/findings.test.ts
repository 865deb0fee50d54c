// Findings on their way out: text, JUnit, SARIF, what is suppressed, what is known, what counts.
import { describe, expect, test } from 'vitest';
import { baselineOf, baselineText, markKnown, parseBaseline } from '#src/lab/report/baseline.ts';
import { counts, fingerprintOf } from '#src/lab/report/findings.ts';
import { findingText } from '#src/lab/report/finding-text.ts';
import { escapeXml, junitReport } from '#src/lab/report/junit.ts';
import { exitCodeOf } from '#src/lab/report/run-report.ts';
import { sarifReport } from '#src/lab/report/sarif.ts';
import { parseSuppressions } from '#src/lab/report/suppressions.ts';
import { matches } from '#src/verifier/policy.ts';
import { ruleBook, ruleNames } from '#src/verifier/rule-book.ts';
import { sampleFinding } from './sample-finding.ts';
import { sampleReport } from './sample-report.ts';
import type { Finding } from '#src/lab/report/run-report.ts';

const details = sampleFinding();
const broken: Finding = { kind: 'bug-check', text: '*** STOP', details };
const warned: Finding = { kind: 'rule', text: 'x',
  details: sampleFinding({ rule: 'lock-usage.held-across-io', reaction: 'report',
    fingerprint: 'lock-usage.held-across-io|leaky|LeakyPreWrite' }) };
const leak: Finding = { kind: 'leak', text: 'the machine still holds: 3 pool Zoo1' };

test('the text of a finding says what, who, where, before what, and what to do', () => {
  expect(findingText(details)).toBe(`\
lock-usage.held-across-return: LeakyPreWrite returned with push lock 0x2d41008 held
  BUGCHECK   DRIVER_VERIFIER_DETECTED_VIOLATION (c4)  P1=0xc5 P2=0x1001 P3=0x2d41008 P4=0x6
  REACTION   ended the machine
  FILTER     leaky
  RULE       KRN-2
STACKS
  caught here:
    fltmgr!visit (callbacks.js:140)
  push lock acquired:
    nt!ExAcquirePushLockExclusive (push-lock.js:50)
    leaky!LeakyPreWrite (leaky.js:31)
    fltmgr!visit (callbacks.js:134)
THREADS
  4 requestor, IRQL 0 in LeakyPreWrite: running
    holds push lock 0x2d41008, acquired in leaky!LeakyPreWrite (leaky.js:31)
  5 requestor, IRQL 0 in LeakyPreWrite: waits for push lock 0x2d41008
  and 1 other with nothing to tell
HISTORY
  requestor 4, IRQL 0: leaky!LeakyPreWrite entered
WHAT TO DO
  release on every way out of the routine`);
});

describe('VER-4: a file of suppressions', () => {
  test('names an action, a rule or kind of fault, and perhaps a filter', () => {
    expect(parseSuppressions(`# known
ignore lock-usage.shared-recursion scanner
once leak.pool   # until the next release
remove irql-rule *
break *
`)).toEqual([
      { action: 'ignore', rule: 'lock-usage.shared-recursion', filter: 'scanner' },
      { action: 'once', rule: 'leak.pool' }, { action: 'remove', rule: 'irql-rule' },
      { action: 'break', rule: '*' }]);
  });

  test('an unknown rule is named with its line and what it may have meant', () => {
    expect(() => parseSuppressions('ignore lock-order\n\nignore lock-odor scanner'))
      .toThrow(/^line 3: there is no rule 'lock-odor'; perhaps one of lock-order, lock-order\.resource, lock-usage/);
    expect(() => parseSuppressions('ignore nonsense')).toThrow(/perhaps one of .*leak\.pool/);
  });

  test('an action that is none, and a line of too many words', () => {
    expect(() => parseSuppressions('hush lock-order')).toThrow(/line 1: 'hush' is no action/);
    expect(() => parseSuppressions('once lock-order a b')).toThrow(/line 1: expected/);
    expect(() => parseSuppressions('once')).toThrow(/line 1: expected/);
  });

  test('a kind of fault speaks of all its rules and of no other', () => {
    const s = { action: 'ignore', rule: 'lock-usage' } as const;
    expect(matches(s, 'lock-usage.recursion', 'a')).toBe(true);
    expect(matches(s, 'lock-usage', 'a')).toBe(true);
    expect(matches(s, 'lock-usage-other', 'a')).toBe(false);
    expect(matches({ ...s, filter: 'b' }, 'lock-usage.recursion', 'a')).toBe(false);
  });
});

describe('a baseline', () => {
  test('what it lists is known, whatever the addresses; a new finding is not', () => {
    const text = baselineText(baselineOf([broken, broken, leak]));
    expect(JSON.parse(text)).toMatchObject({ fltlabBaseline: 1, findings: { length: 2 } });
    const other = { ...broken, details: sampleFinding({ cause: 'with push lock 0x9999 held' }) };
    const more: Finding = { ...leak, text: 'the machine still holds: 71 pool Zoo1' };
    const marked = markKnown([other, more, warned], parseBaseline(text));
    expect(marked.map(({ isKnown }) => isKnown)).toEqual([true, true, undefined]);
  });

  test('of another version, or none at all, is refused in words', () => {
    expect(() => parseBaseline('{"fltlabBaseline":7,"findings":[]}'))
      .toThrow(/version 7; this fltlab writes and reads version 1: make it anew/);
    expect(() => parseBaseline('[1]')).toThrow(/it is no baseline of fltlab/);
    expect(() => parseBaseline('null')).toThrow(/it is no baseline of fltlab/);
    expect(() => parseBaseline('{')).toThrow(/it is not JSON/);
    expect(() => parseBaseline('{"fltlabBaseline":1,"findings":[{}]}')).toThrow(/damaged/);
  });

  test('a broken emulator is never known', () => {
    expect(baselineOf([{ kind: 'internal', text: 'x' }]).findings).toEqual([]);
  });
});

describe('what makes a run fail', () => {
  const cases = [
    { failOn: 'any', codes: [1, 1, 1, 0] }, { failOn: 'new', codes: [1, 1, 0, 0] },
    { failOn: 'error', codes: [1, 0, 1, 0] }, { failOn: 'never', codes: [0, 0, 0, 0] },
  ] as const;
  test.each(cases)('--fail-on $failOn: an error, a warning, a known and a suppressed finding',
    ({ failOn, codes }) => {
      const settings = { ...sampleReport().settings, failOn };
      const kinds: Finding[] = [broken, warned, { ...leak, isKnown: true },
        { ...warned, isSuppressed: true }];
      expect(kinds.map((finding) => exitCodeOf(sampleReport({ settings, findings: [finding] }))))
        .toEqual(codes);
    });

  test('the emulator\'s own fault outranks everything, --fail-on never included', () => {
    const findings: Finding[] = [{ kind: 'internal', text: 'x' }];
    expect(counts(findings[0]!, 'never')).toBe(true);
    expect(exitCodeOf(sampleReport({ findings }))).toBe(3);
  });
});

describe('JUnit', () => {
  const xml = junitReport(sampleReport({
    filters: [{ ...sampleReport().filters[0]!, name: 'leaky' }],
    findings: [broken, leak, { ...warned, isSuppressed: true }],
  }), 'any');

  test('has a case per filter and one for the run, with the findings of each', () => {
    expect(xml).toContain('<testsuites name="fltlab" tests="2" failures="2" errors="0" ' +
      'time="2.000">');
    const [, run = '', leaky = ''] = xml.split('<testcase ');
    expect(run).toContain('name="run"');
    expect(run).toContain('type="leak"');
    expect(leaky).toContain('name="leaky"');
    expect(leaky).toContain('type="lock-usage.held-across-return"');
    expect(leaky).toContain('<system-out>suppressed: lock-usage.held-across-io');
  });

  test('is well-formed whatever a finding says', () => {
    const nasty = 'a<b>&"\'\u0000\u001b[31m \ud800 \ufffe end';
    expect(escapeXml(nasty)).toBe('a&lt;b&gt;&amp;&quot;&apos;??[31m ? ? end');
    expect(isWellFormed(xml)).toBe(true);
    expect(isWellFormed(junitReport(sampleReport({ findings: [{ kind: 'content', text: nasty }] }),
      'any'))).toBe(true);
    expect(isWellFormed('<a><b></a></b>')).toBe(false);
  });
});

/** Every tag is closed in order, and no text holds what only markup may. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  const rest = xml.replace(/^<\?xml[^?]*\?>/, '').replaceAll(
    /<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&[a-z]+;[^"<&]*)*")*)(\/?)>/g,
    (_all, close: string, name: string, _attributes, self: string) => {
      if (close !== '') return open.pop() === name ? '' : '<';
      if (self === '') open.push(name);
      return '';
    });
  return open.length === 0 && !/[<>]/.test(rest) && !/&(?!(amp|lt|gt|quot|apos);)/.test(rest);
}

describe('SARIF 2.1.0', () => {
  interface Sarif {
    readonly version: string;
    readonly runs: readonly {
      tool: { driver: { name: string; rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; level: string; message: { text: string };
        partialFingerprints: object; locations?: object[]; suppressions?: object[];
        baselineState?: string;
        codeFlows?: { threadFlows: { locations: { executionOrder: number }[] }[] }[] }[];
    }[];
  }
  const sarif = JSON.parse(sarifReport(sampleReport({
    findings: [broken, { ...warned, isSuppressed: true }, { ...leak, isKnown: true }] }), '1.2.3')) as Sarif;
  const [run] = sarif.runs;

  test('lists every rule once, and each result points at its rule', () => {
    expect(sarif.version).toBe('2.1.0');
    const { rules } = run!.tool.driver;
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(rules.map(({ id }) => id)).toEqual(expect.arrayContaining([...ruleNames]));
    for (const { ruleId, ruleIndex } of run!.results) expect(rules[ruleIndex]!.id).toBe(ruleId);
    expect(run!.results.map(({ level }) => level)).toEqual(['error', 'note', 'error']);
  });

  test('a result lies in the driver, with a flow per stack from the outside in', () => {
    const [first, second, third] = run!.results;
    expect(first!.locations).toMatchObject([{ physicalLocation: {
      artifactLocation: { uri: 'leaky.js' }, region: { startLine: 31 } } }]);
    const flows = first!.codeFlows![0]!.threadFlows;
    expect(flows).toHaveLength(2);
    expect(flows[1]!.locations.map(({ executionOrder }) => executionOrder)).toEqual([1, 2, 3]);
    expect(second!.suppressions).toHaveLength(1);
    expect(third!.baselineState).toBe('unchanged');
    expect(first!.partialFingerprints).toEqual({ 'fltlab/v1': fingerprintOf(broken) });
  });
});

test('every rule has a title, a source and advice', () => {
  for (const [name, row] of Object.entries(ruleBook)) {
    expect([name, row.title.length > 10, row.advice.length > 10, row.source.length > 2])
      .toEqual([name, true, true, true]);
  }
});
