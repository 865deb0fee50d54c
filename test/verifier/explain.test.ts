// `fltlab explain`: what the tables say about a name, and what was perhaps meant.
import { describe, expect, test } from 'vitest';
import * as bugCheckCodes from '#src/ntos/ke/bug-check-codes.ts';
import { bugChecks } from '#src/verifier/finding/bug-checks.ts';
import { contracts } from '#src/verifier/contracts.ts';
import { explain, explainable, perhaps } from '#src/verifier/explain.ts';
import { areas, facts, idsOf } from '#src/verifier/facts.ts';
import { entryText } from '#src/cli/explain.ts';
import { plainColours } from '#src/lab/report/table.ts';
import { violations } from '#src/verifier/violations.ts';

function text(name: string): string {
  const entry = explain(name);
  if (entry === undefined) throw new Error(`${name} is not explained`);
  return entryText(entry, plainColours);
}

describe('a routine', () => {
  test('IRQL, context, parameters, return values, rules with their source, related', () => {
    const said = text('FltQueueDeferredIoWorkItem');
    expect(said).toMatch(/IRQL +<= DISPATCH_LEVEL/);
    expect(said).toMatch(/context +any; the caller has the operation/);
    expect(said).toMatch(/WorkerRoutine +a pointer that must not be NULL/);
    expect(said).toMatch(/STATUS_FLT_NOT_SAFE_TO_POST_OPERATION +0xC01C0006, error/);
    expect(said).toMatch(/PEND-11 +After a refused queueing item and operation are the filter's/);
    expect(said).toMatch(/page +fltkernel\/nf-fltkernel-fltqueuedeferredioworkitem/);
    expect(said).toMatch(/Related\n +\S/);
  });

  test('FltCheckOplockEx: level, context, the three answers, the rules of waiting', () => {
    const said = text('FltCheckOplockEx');
    expect(said).toMatch(/IRQL +<= APC_LEVEL/);
    expect(said).toMatch(/context +a pre-operation callback/);
    expect(said).toMatch(/WaitCompletionRoutine +may be NULL/);
    expect(said).toMatch(/FLT_PREOP_PENDING: waits for the break/);
    expect(said).toMatch(/OPL-7 +The wait routine may run before the check has returned/);
    expect(said).toMatch(/fltkernel: fltcheckoplockex/);
  });

  test('a level with its condition, what is taken and how it is given back', () => {
    expect(text('ExAllocatePool2')).toMatch(
      /IRQL +<= DISPATCH_LEVEL; for paged pool: <= APC_LEVEL/);
    expect(text('KeReleaseSpinLock')).toMatch(/IRQL +exactly DISPATCH_LEVEL/);
    expect(text('FltGetStreamContext')).toMatch(
      /takes +context reference \(Context\), given back with FltReleaseContext/);
  });

  test('every name that can be explained is', () => {
    expect(explainable().filter((name) => explain(name) === undefined)).toEqual([]);
  });
});

describe('other names', () => {
  test('a callback: thread, level, answers', () => {
    const said = text('PFLT_POST_OPERATION_CALLBACK');
    expect(said).toMatch(/called at +<= DISPATCH_LEVEL/);
    expect(said).toMatch(/FLT_POSTOP_MORE_PROCESSING_REQUIRED +1: Nothing happens until/);
  });

  test('a status: value, severity, who returns it', () => {
    const said = text('STATUS_FLT_DELETING_OBJECT');
    expect(said).toMatch(/value +0xC01C000B/);
    expect(said).toMatch(/FltObjectReference/);
    expect(text('flt_deleting_object')).toBe(said);
  });

  test('a bug check by number, by name, with its first parameter', () => {
    expect(text('0xF5')).toBe(text('FLTMGR_FILE_SYSTEM'));
    expect(text('c4/37')).toMatch(/a resource acquired above APC_LEVEL or with APCs enabled/);
    expect(text('0xC4/0xF516')).toMatch(/A routine was called above its highest IRQL/);
    expect(explain('0xC4/0xABCDEF')).toBeUndefined();
  });

  test('a fact, an area, an answer, a rule of the verifier', () => {
    expect(text('post-5')).toMatch(/^POST-5 +fact/);
    expect(text('CTX')).toMatch(/CTX-25/);
    expect(text('FLT_PREOP_SYNCHRONIZE')).toMatch(/value +5/);
    expect(text('lock-order')).toMatch(/reaction +break/);
  });
});

describe('a name with a typo', () => {
  test.each([['FltReedFile', 'FltReadFile'], ['STATUS_PENDNG', 'STATUS_PENDING'],
    ['RtlCompareUnicodString', 'RtlCompareUnicodeString'], ['PSOT-5', 'POST-5'],
    ['PendedPreOperation', 'FltCompletePendedPreOperation']])('%s: perhaps %s', (name, meant) => {
    expect(explain(name)).toBeUndefined();
    expect(perhaps(name)).toContain(meant);
  });

  test('nothing is suggested for what looks like nothing', () => {
    expect(perhaps('xyzzyplugh')).toEqual([]);
  });
});

describe('the tables behind it', () => {
  test('VER-2: the research has 352 facts in 19 areas, and so has the table', () => {
    expect(areas.length).toBe(19);
    expect(facts.size).toBe(352);
    expect(facts.get('KRN-53')?.area.id).toBe('KRN');
  });

  test('ids and ranges are read out of texts', () => {
    expect(idsOf('PORT-1 to PORT-3: clients')).toEqual(['PORT-1', 'PORT-2', 'PORT-3']);
    expect(idsOf('OPL-3..5, LC-1 to 2')).toEqual(['OPL-3', 'OPL-4', 'OPL-5', 'LC-1', 'LC-2']);
    expect(idsOf('POST-99 and NOTE-5 are none')).toEqual([]);
  });

  test('every bug check that the machine can raise has a row, every violation a sentence', () => {
    const rows = new Set(bugChecks.map(({ code }) => code));
    const all = Object.entries(bugCheckCodes).filter(([, value]) => typeof value === 'number');
    expect(all.filter(([, code]) => !rows.has(code as number)).map(([name]) => name)).toEqual([]);
    expect(violations.length).toBe(33);
  });

  test('the code that a routine breaks with can be explained', () => {
    const wrong = [...contracts].filter(([, { breach }]) => breach !== undefined
      && explain(breach[1] === 0 ? `0x${breach[0].toString(16)}`
        : `0x${breach[0].toString(16)}/0x${breach[1].toString(16)}`) === undefined);
    expect(wrong.map(([name]) => name)).toEqual([]);
  });
});
