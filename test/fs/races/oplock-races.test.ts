// Every race of the oplock dossier that a file system can show (section 6), on real threads: one
// machine, many rounds, each with other head starts. What came of each operation must be one of the
// outcomes that a script lists, and the invariants hold whenever nothing moves. R13, R14, R16 and
// R17 are races of a filter that owns oplocks: test/fltmgr/oplock-threads.test.ts.
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Machine } from '#src/machine/machine.ts';
import { parseVectors } from '#src/lab/oplock-vectors/vector.ts';
import { builtModule } from '#test/support/run-machine.ts';
import { rounds } from '#test/support/rounds.ts';
import type { Vector } from '#src/lab/oplock-vectors/vector.ts';
import type { SceneResult } from './conductor.ts';

const own = parseVectors(readFileSync(new URL('races.json', import.meta.url), 'utf8'));
const shared = new URL('../../../../shared/reference/oplock-vectors.json', import.meta.url);
const PLAYERS = 3;
const ROUNDS = rounds(40);
const LIMIT_MS = 30_000 + ROUNDS * 1000;

/** Those with concurrent steps; a check without a file system around it is another test's. */
function races(vectors: readonly Vector[]): readonly Vector[] {
  return vectors.filter(({ setup }) => setup.some((step) => step.op === 'par') &&
    !setup.some((step) => JSON.stringify(step).includes('"op":"check"')));
}

async function play(vectors: readonly Vector[], seed: number): Promise<SceneResult[]> {
  const machine = await Machine.boot({ requestors: PLAYERS + 1, completion: 'inline', seed,
    verifier: true, memoryBytes: 128 << 20 });
  let watchdog: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    watchdog = setTimeout(() => {
      const threads = machine.view.describeThreads(machine.routines);
      reject(new Error(`a round does not end:\n${threads}`));
    }, LIMIT_MS);
  });
  try {
    const data = { vectors, rounds: ROUNDS, seed };
    const workload = { module: builtModule('test/fs/races/theatre.ts'), routine: 'theatre', data };
    const running = machine.run(Array.from({ length: PLAYERS + 1 }, () => workload));
    const [conductor] = await Promise.race([running, late]);
    expect(await machine.shutdown()).toMatchObject({ handles: 0, files: 0 });
    return (conductor!.result as { result: SceneResult[] }).result;
  } finally {
    clearTimeout(watchdog);
    await machine.destroy();
  }
}

function expectClean(results: readonly SceneResult[], count: number): void {
  expect(results.flatMap(({ id, problems }) => problems.map((text) => `${id}: ${text}`))).toEqual([]);
  expect(results.map((r) => r.rounds)).toEqual(Array.from({ length: count }, () => ROUNDS));
  for (const { seen } of results) expect(seen.reduce((sum, n) => sum + n, 0)).toBe(ROUNDS);
}

describe('races of oplocks', () => {
  const beside = existsSync(shared) ? races(parseVectors(readFileSync(shared, 'utf8'))) : [];
  let results: SceneResult[] = [];
  beforeAll(async () => {
    results = await play([...own, ...beside], 1);
  }, LIMIT_MS + 10_000);

  test('R1 to R12, R15, R18: end as one of the allowed orders would', () => {
    const ours = results.slice(0, own.length);
    expectClean(ours, own.length);
    // They are races: most that can end in two ways have done so.
    const open = ours.filter(({ seen }) => seen.length > 1);
    const both = open.filter(({ seen }) => seen.filter((n) => n > 0).length > 1);
    expect(both.length).toBeGreaterThan(open.length / 2);
  });

  test.skipIf(beside.length === 0)('the vectors beside the repository end as they allow', () => {
    expect(beside.length).toBeGreaterThan(5);
    expectClean(results.slice(own.length), beside.length);
  });
});
