// Systematic low resources over the Filter Manager's own paths, beside those that the shipped
// filters walk (stress over all of them): each place that asks for memory is refused once. The
// routine answers STATUS_INSUFFICIENT_RESOURCES (or NULL, where it returns a pointer), keeps
// nothing, and succeeds when it is called again. At the end the places refused are compared with
// those that the source has: a new one that nobody refuses is noticed.
import './only-memory.ts';
import { boardMemory } from './faults-on.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultBoard } from '#src/machine/faults/board.ts';
import { startFaults } from '#src/machine/faults/policy.ts';
import { bootMachine, shutdownMachine } from '#src/machine/boot.ts';
import { poolUsage, setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { statusName } from '#src/ntos/status.ts';
import { calmly, startFrugal } from './frugal.ts';
import { mountAgain, refuseAll, register, registrationActs, startActs } from './frugal-boot.ts';
import { fileActs, questionBelow } from './frugal-files.ts';
import { nameActs } from './frugal-names.ts';
import { contexts, ownActs } from './frugal-own.ts';
import { Ledger, knownSites, unknownTakers } from './sites.ts';

const ledger = new Ledger();
const board = new FaultBoard(boardMemory);

describe('before there is a filter', () => {
  afterAll(() => setAllocationGate(null));

  test.each(startActs)('%s: no machine, and advice', (_what, act) => {
    setAllocationGate(null);
    refuseAll(ledger, ['FMic', 'FMbp', 'FMin', 'FMfi'], act);
  });

  test('a volume that cannot be mounted leaves nothing behind, and is mounted when it can', () => {
    bootMachine();
    const refused = refuseAll(ledger, ['FMvo', 'FMus', 'FMcb', 'ObjT'], mountAgain);
    expect(refused).toBeGreaterThanOrEqual(4);
    shutdownMachine();
    expect(poolUsage()).toEqual([]);
  });
});

describe('F-225: each call path of the Filter Manager\'s is refused once', () => {
  let end: () => void;
  let handles: number;
  beforeAll(() => {
    startFaults(ledger.note);
    end = calmly(() => startFrugal({ contexts, queryTeardown: () => 0 }));
    handles = openHandles();
  });
  afterAll(() => {
    calmly(end);
    expect(poolUsage()).toEqual([]);
  });

  test.each([...ownActs, ...fileActs, ...nameActs, ...registrationActs])('%s', (_what, least, act) => {
    let refused = 0;
    for (;;) {
      const status = act();
      expect(openHandles()).toBe(handles);
      if (status === 0) break;
      expect(statusName(status)).toBe('STATUS_INSUFFICIENT_RESOURCES');
      refused++;
      expect(refused).toBeLessThan(40);
    }
    expect(refused).toBeGreaterThanOrEqual(least);
  });

  const fails = (act: () => number) => (): void => {
    const status = calmly(act);
    if (status !== 0) throw new Error(statusName(status));
  };

  test('OP-9: a question below an instance, without memory to say so, is not asked of others', () => {
    expect(refuseAll(ledger, ['IoNm'], fails(questionBelow))).toBeGreaterThanOrEqual(2);
    startFaults(ledger.note);
  });

  test('LC-11: a registration whose lookaside lists cannot be made keeps nothing', () => {
    expect(refuseAll(ledger, ['Look'], fails(register))).toBeGreaterThanOrEqual(2);
    startFaults(ledger.note);
  });

  test('what may be refused is told of in words, without the pool\'s own', () => {
    expect(board.sites().length).toBeGreaterThan(30);
  });
});

test('a place that nobody refuses is missing, one that no list has is told of', () => {
  const fresh = new Ledger();
  expect(fresh.missing().length).toBe(knownSites.length);
  const { file, row, taker } = knownSites[0]!;
  fresh.note({ frames: [`nt!${taker} (there.ts:1)`, `fltmgr!here (${file}:${row})`] });
  expect(fresh.missing().length).toBe(knownSites.length - 1);
  fresh.note({ frames: ['nt!ExAllocateOther (there.ts:1)', `fltmgr!here (${file}:${row})`] });
  fresh.note({ frames: [`nt!${taker} (there.ts:1)`, 'fltmgr!here (nowhere.ts:1)'] });
  expect(fresh.unlisted().length).toBe(2);
});

test('no place of the Filter Manager that asks for memory is left out', () => {
  expect(unknownTakers()).toEqual([]);
  expect(ledger.unlisted()).toEqual([]);
  expect(ledger.missing()).toEqual([]);
  expect(ledger.refused).toBe(knownSites.length);
  process.stdout.write(`the Filter Manager asks for memory at ${knownSites.length} places; ` +
    `refused at ${ledger.refused}\n`);
});
