// A part of `npm run sctbench` for every day: programs of each family are found, made as small as a
// complete search says that they can be, and deadlocks are seen in a run that has none.
import { afterAll, describe, expect, test } from 'vitest';
import { Hunt } from '#src/lab/hunt/hunt.ts';
import { shrink } from '#src/lab/hunt/shrink.ts';
import { signatureOf } from '#src/lab/hunt/signature.ts';
import { wordTarget } from '#src/lab/hunt/target.ts';
import { allPrograms } from '#test/sctbench/catalogue.ts';
import { median, predicted, series, startProgram } from '#test/sctbench/series.ts';
import { variants } from '../support/seeds.ts';
import type { Cell } from '#src/lab/hunt/cell.ts';
import type { Program } from '#test/sctbench/catalogue.ts';

const LIMIT = 2000;
const SEEDS = 3;
const programs = await allPrograms();
const small = programs.filter(({ play, isRare }) => play.threads <= 8 && isRare !== true);
const usual = ['deadlock01_bad', 'carter01_bad', 'twostage_bad', 'stringbuffer-jdk1.4',
  'bluetooth_driver_bad', 'WorkStealQueue', 'CVE-2013-1792'];
const first = small.filter(({ row }) => usual.includes(row));
const chosen = variants([...first, ...small.filter((p) => !first.includes(p))], first.length);

const cells: Cell[] = [];
const hunts: Hunt[] = [];
afterAll(async () => {
  for (const cell of cells) await cell.stop();
  for (const hunt of hunts) await hunt.stop();
});

function byRow(row: string): Program {
  const program = programs.find((p) => p.row === row);
  if (program === undefined) throw new Error(`no program is called ${row}`);
  return program;
}

async function start(program: Program): Promise<Cell> {
  const cell = await startProgram(program, LIMIT);
  cells.push(cell);
  return cell;
}

describe('SCTBench', () => {
  test('a deadlock is found, and predicted from a run in which all went well', async () => {
    for (const row of ['deadlock01_bad', 'carter01_bad']) {
      const cell = await start(byRow(row));
      expect(await predicted(cell, byRow(row)), row).toBeGreaterThan(0);
    }
  });

  test('no deadlock is predicted where the locks have one order', async () => {
    const program = { ...byRow('twostage_bad'), locks: ['firstLock', 'secondLock'] };
    const cell = await start(program);
    expect(await predicted(cell, program)).toBe(0);
    const options = { seeds: SEEDS, limit: LIMIT, misses: 1, milliseconds: 60_000 };
    const { found } = await series(cell, program, 'portfolio', options);
    expect(found).toHaveLength(SEEDS);
    expect(median(found)).toBeLessThan(300);
  });
});

/** Schedules for that, with each number of preemptions. */
const PROOF = 4096;

/** The fewest preemptions with which a search that tries all of them meets the failure. */
async function fewest(hunt: Hunt, signature: string, most: number): Promise<number | undefined> {
  for (let bound = 0; bound <= most; bound++) {
    let isExhausted = false;
    for (let left = PROOF, more = false; left > 0 && !isExhausted; more = true) {
      const report = await hunt.run({ name: `preemption:${bound}` }, left, 0, more);
      // Another failure on the way is passed over.
      if (report.failures > 0 && signatureOf(report.last) === signature) return bound;
      isExhausted = report.exhausted;
      left -= Math.max(1, report.results.length);
    }
    if (!isExhausted) return undefined;
  }
  return undefined;
}

describe('shrinking', () => {
  test.each(chosen.map((program) => [program.row, program] as const))(
    'leaves as few preemptions of %s as there can be', async (_, program) => {
      const target = wordTarget(program.module, program.scenario, program.play, { maxSteps: 4096 });
      const hunt = await Hunt.start(target, {
        strategy: 'pos', seed: 1, milliseconds: 60_000, schedules: LIMIT,
      });
      hunts.push(hunt);
      const { last, failures } = await hunt.run({ name: 'pos' }, LIMIT);
      expect(failures).toBe(1);
      const shrunk = await shrink(async (s, budget, more) => hunt.run(s, budget, 0, more), last,
        { proof: 4 * PROOF });
      expect(signatureOf(shrunk.outcome)).toBe(signatureOf(last));
      const least = await fewest(hunt, signatureOf(last), shrunk.outcome.preemptions);
      // Where the complete search is too long there is no more to say.
      if (least === undefined) expect(shrunk.minimal).toBe('open');
      else expect(shrunk.outcome.preemptions).toBe(least);
    });
});
