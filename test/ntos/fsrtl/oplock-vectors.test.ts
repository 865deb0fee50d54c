// The oplock package against the project's vectors: what Windows was seen or said to do. The
// vectors lie beside the repository; without them these tests are skipped.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { flink } from '#src/ntos/rtl/list-entry.ts';
import { FSRTL_OPLOCK } from '#src/ntos/fsrtl/oplock-types.ts';
import { stateOf } from '#src/ntos/fsrtl/oplock-state.ts';
import { startThreads, until } from '#test/support/spawn-threads.ts';
import { VectorRun, differences } from './oplock-runner.ts';
import type { Vector, VectorEvent } from './oplock-runner.ts';

const file = new URL('../../../../shared/reference/oplock-vectors.json', import.meta.url);
const vectors = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }).vectors
  : [];
const gating = vectors.filter((v) => v.disputed !== true);

/** How far the closest of a vector's alternatives is from what was seen. */
function compare(vector: Vector, seen: readonly VectorEvent[]): string[] {
  const alternatives = vector.expectAnyOf ?? [vector.expect];
  const results = alternatives.map((expected) => differences(expected, seen));
  return results.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

/** What a vector finds wrong, in each order of its concurrent steps. */
function problemsOf(vector: Vector): string[] {
  const concurrent = vector.setup.some((step) => step.op === 'par');
  const orders = concurrent ? [[0, 1], [1, 0]] : [[0]];
  return orders.flatMap((order) => {
    const run = new VectorRun(vector);
    run.run(vector.setup, order);
    const seen = [...run.events];
    const left = run.teardown();
    return [...compare(vector, seen), ...left];
  });
}

/** The same of a vector in which a thread sleeps inside of the check. */
async function problemsOfBlocking(vector: Vector): Promise<string[]> {
  const run = new VectorRun(vector);
  const at = vector.setup.findIndex((step) => step['wait'] === 'block');
  run.run(vector.setup.slice(0, at), [0]);
  const check = run.prepareBlocking(vector.setup[at]!);
  const thread = startThreads<string>({
    module: '#test/ntos/fsrtl/oplock-threads.ts',
    routine: 'blockingCheck',
    threads: 1,
    args: { oplock: check.oplock, irp: check.irp },
  });
  const waiters = FSRTL_OPLOCK.bound.at_Waiters(stateOf(check.oplock));
  await until('the check sleeps', () => flink(waiters) !== waiters);
  check.slept();
  const next = vector.setup[at + 1];
  if (next !== undefined) run.run([next], [0]);
  check.returned((await thread.results)[0] ?? 'the thread died');
  run.run(vector.setup.slice(at + 2), [0]);
  const seen = [...run.events];
  return [...compare(vector, seen), ...run.teardown()];
}

function blocks(vector: Vector): boolean {
  return vector.setup.some((step) => step['wait'] === 'block');
}

describe.skipIf(vectors.length === 0)('an oplock does what Windows does', () => {
  for (const vector of gating.filter((v) => !blocks(v))) {
    test(`${vector.kind}: ${vector.id}`, () => {
      expect(problemsOf(vector)).toEqual([]);
    });
  }

  for (const vector of gating.filter(blocks)) {
    test(`${vector.kind}: ${vector.id}`, async () => {
      expect(await problemsOfBlocking(vector)).toEqual([]);
    });
  }
});

test.skipIf(vectors.length === 0)('where sources disagree, we follow the WDK and MS-FSA', () => {
  const disputed = vectors.filter((v) => v.disputed === true);
  const other = disputed.filter((v) => problemsOf(v).length > 0).map((v) => v.id).toSorted();
  // Security changes break nothing: only MS-FSA says that they do. Levels are taken away at once,
  // and not one by one as the SMB server shows it.
  expect(other).toEqual(['api-setsecurity-rh', 'api-setsecurity-rwh', 'lease-breaking3']);
});
