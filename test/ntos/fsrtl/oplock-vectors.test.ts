// The oplock package against the project's vectors: what Windows was seen or said to do. The
// vectors lie beside the repository; without them these tests are skipped.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VectorRun, differences } from './oplock-runner.ts';
import type { Vector } from './oplock-runner.ts';

const file = new URL('../../../../shared/reference/oplock-vectors.json', import.meta.url);
const vectors = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }).vectors
  : [];

/** What a vector finds wrong: nothing, when one of its alternatives is met in every order. */
function problemsOf(vector: Vector): string[] {
  const concurrent = vector.setup.some((step) => step.op === 'par');
  const orders = concurrent ? [[0, 1], [1, 0]] : [[0]];
  return orders.flatMap((order) => {
    const run = new VectorRun(vector);
    run.run(vector.setup, order);
    const seen = [...run.events];
    const left = run.teardown();
    const alternatives = vector.expectAnyOf ?? [vector.expect];
    const results = alternatives.map((expected) => differences(expected, seen));
    const best = results.toSorted((a, b) => a.length - b.length)[0] ?? [];
    return [...best, ...left];
  });
}

const blocks = (vector: Vector): boolean => vector.setup.some((step) => step['wait'] === 'block');

describe.skipIf(vectors.length === 0)('an oplock does what Windows does', () => {
  for (const vector of vectors.filter((v) => v.disputed !== true && !blocks(v))) {
    test(`${vector.kind}: ${vector.id}`, () => {
      expect(problemsOf(vector)).toEqual([]);
    });
  }
});
