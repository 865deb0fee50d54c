import { BARRIER, initBarrier, initRing, words } from '#src/atomics-sync/index.ts';
import { fillBytes } from '#src/mem/memory.ts';
import { NONPAGED } from '#src/mem/memory-map.ts';
import { seeds } from '#test/support/seeds.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { doorPrograms } from '#test/litmus/door-programs.ts';
import { INSTANCES, INSTANCE_BYTES } from '#test/litmus/litmus.ts';
import { plainPrograms, ringProgram } from '#test/litmus/plain-programs.ts';
import { afterAll, describe, expect, it } from 'vitest';
import type { Litmus } from '#test/litmus/litmus.ts';
import type { Counts, RunArgs } from '#test/litmus/runner.ts';

const barrier = words(BARRIER.size / 4);
const progress = words(16 * 4);
const ring = NONPAGED.start;
const instances = ring + 8192;
const results = instances + INSTANCES * INSTANCE_BYTES;
const seen: string[] = [];

/** Runs one test and gives how often each outcome came. */
async function run(program: Litmus): Promise<Counts> {
  const threads = program.threads.length;
  // With more threads than cores an instance takes longer, and the batches overlap less often.
  const batches = (threads === 2 ? 4 : 2) * seeds(4).length;
  initBarrier(barrier, threads);
  initRing(ring, 64);
  fillBytes(progress, 0, 256);
  fillBytes(instances, 0, INSTANCES * INSTANCE_BYTES);
  const { name } = program;
  const args: RunArgs = { name, batches, instances, results, progress, barrier, ring };
  const job = { module: '#test/litmus/runner.ts', routine: 'runLitmus', threads, args };
  const [counts = {}] = await spawnThreads<Counts>(job);
  return counts;
}

function check(program: Litmus, counts: Counts): void {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  expect(total % INSTANCES).toBe(0);
  expect(total).toBeGreaterThan(0);
  for (const [outcome, times] of Object.entries(counts)) {
    const listed = program.outcomes.find((o) => o.outcome === outcome);
    expect(listed, `${outcome} came ${times} times and is not listed`).toBeDefined();
    expect(listed?.verdict, `${outcome} came ${times} times: ${listed?.because}`).toBe('allowed');
  }
  const list = program.outcomes.map((o) => `${o.outcome}: ${counts[o.outcome] ?? 0}`).join(', ');
  seen.push(`${program.name}: ${list}`);
}

// Which allowed outcomes this machine showed is worth reading, and is luck: it is not asserted.
afterAll(() => {
  if (process.env['LITMUS_COUNTS'] !== undefined) process.stdout.write(`${seen.join('\n')}\n`);
});

describe('through the door', () => {
  it.each(doorPrograms)('$name', async (program) => {
    check(program, await run(program));
  });
});

describe('plain accesses', () => {
  it.each([...plainPrograms, ringProgram(ring)])('$name', async (program) => {
    check(program, await run(program));
  });
});

describe('the lists', () => {
  it.each([...doorPrograms, ...plainPrograms])('$name says what every outcome is', (program) => {
    const outcomes = program.outcomes.map((o) => o.outcome);
    expect(new Set(outcomes).size).toBe(outcomes.length);
    for (const { because } of program.outcomes) expect(because.length).toBeGreaterThan(5);
  });
});
