// What becomes of a vector: passed, failed, disputed (reported, and not a failure), or skipped
// because it needs something that this machine's files do not have.
import { flink } from '../../ntos/rtl/list-entry.ts';
import { FSRTL_OPLOCK } from '../../ntos/fsrtl/oplock/oplock-types.ts';
import { stateOf } from '../../ntos/fsrtl/oplock/oplock-state.ts';
import { compare } from './compare.ts';
import { VectorRun } from './run.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { Step, Vector } from './vector.ts';

export type Verdict = 'passed' | 'failed' | 'disputed' | 'skipped';

/** What came of one vector. */
export interface VectorResult {
  readonly id: string;
  readonly kind: string;
  readonly layer: string;
  readonly verdict: Verdict;
  /** What differs; for a disputed vector what we do instead; for a skipped one what is missing. */
  readonly problems: readonly string[];
}

/** Runs a check that sleeps, in a thread of its own; gives its status. */
export type Sleeper = (oplock: number, irp: PIRP) => Promise<NTSTATUS>;

/** The features that vectors may ask for. */
const features = ['keys', 'fltcheck', 'share', 'dir', 'brl', 'delete', 'rename', 'sections',
  'concurrency', 'cancel', 'notify', 'streams'];
const PATIENCE_TURNS = 4000;

function blocks(step: Step): boolean {
  return step['wait'] === 'block';
}

/** Every order of so many branches. */
function orders(branches: number): number[][] {
  if (branches <= 1) return [[0]];
  return orders(branches - 1).flatMap((order) =>
    Array.from({ length: branches }, (_, at) => order.toSpliced(at, 0, branches - 1)));
}

/** What a vector finds wrong, in each order of its concurrent steps. */
function runVector(vector: Vector): string[] {
  const branches = vector.setup.filter((step) => step.op === 'par')
    .map((step) => (step['branches'] as unknown[]).length);
  const tried = orders(Math.max(1, ...branches));
  return tried.flatMap((order) => {
    const run = new VectorRun(vector);
    run.run(vector.setup, order);
    const seen = [...run.events];
    const problems = [...compare(vector, seen), ...run.teardown()];
    const which = `branches in the order ${order.map((b) => b + 1).join(', ')}: `;
    return tried.length === 1 ? problems : problems.map((text) => which + text);
  });
}

/** Lets the event loop turn until the other thread sleeps in its check. */
async function untilAsleep(oplock: number): Promise<void> {
  const waiters = FSRTL_OPLOCK.bound.at_Waiters(stateOf(oplock));
  for (let turn = 0; turn < PATIENCE_TURNS; turn++) {
    if (flink(waiters) !== waiters) return;
    await new Promise((resolve) => { setTimeout(resolve, 1); });
  }
  throw new Error('the check that has to sleep does not');
}

/** The same of a vector in which a thread sleeps inside of the check. */
async function runBlocking(vector: Vector, sleeper: Sleeper): Promise<string[]> {
  const run = new VectorRun(vector);
  const at = vector.setup.findIndex(blocks);
  run.run(vector.setup.slice(0, at), [0]);
  const check = run.prepareBlocking(vector.setup[at]!);
  const returned = sleeper(check.oplock, check.irp);
  await untilAsleep(check.oplock);
  check.slept();
  const next = vector.setup[at + 1];
  if (next !== undefined) run.run([next], [0]);
  check.returned(await returned);
  run.run(vector.setup.slice(at + 2), [0]);
  const seen = [...run.events];
  return [...compare(vector, seen), ...run.teardown()];
}

function missing(vector: Vector): string[] {
  return (vector.needs ?? []).filter((need) => !features.includes(need))
    .map((need) => `needs ${need}, which is not known here`);
}

/** Runs one vector. */
export async function judgeVector(vector: Vector, sleeper: Sleeper): Promise<VectorResult> {
  const { id, kind, layer = '' } = vector;
  const lacks = missing(vector);
  if (lacks.length > 0) return { id, kind, layer, verdict: 'skipped', problems: lacks };
  let problems: string[];
  try {
    problems = vector.setup.some(blocks) ? await runBlocking(vector, sleeper) : runVector(vector);
  } catch (error) {
    problems = [`it stopped the machine: ${(error as Error).message}`];
  }
  if (vector.disputed === true) return { id, kind, layer, verdict: 'disputed', problems };
  return { id, kind, layer, verdict: problems.length === 0 ? 'passed' : 'failed', problems };
}
