// Running a vector file from the host: in a thread of its own, with a bound on each vector. A
// vector that does not come back is a failure, and the ones behind it are run in a new thread.
import { Worker } from 'node:worker_threads';
import type { VectorResult } from './judge.ts';
import type { Vector } from './vector.ts';

/** What came of a file. */
export interface VectorReport {
  readonly passed: number;
  readonly failed: number;
  readonly disputed: number;
  readonly skipped: number;
  readonly results: readonly VectorResult[];
}

export interface SessionOptions {
  /** Milliseconds without a result before a vector counts as hung. */
  readonly patienceMs?: number;
}
const PATIENCE_MS = 20_000;

/** Runs vectors until one hangs or all are done; gives the results that came. */
async function runThread(
  vectors: readonly Vector[], patienceMs: number,
): Promise<{ results: VectorResult[]; trouble: string }> {
  const results: VectorResult[] = [];
  const worker = new Worker(new URL('./runner-thread.js', import.meta.url), {
    workerData: { vectors }, execArgv: [],
  });
  let timer: NodeJS.Timeout | undefined;
  const trouble = await new Promise<string>((resolve) => {
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(`it did not come back within ${patienceMs / 1000} s`),
        patienceMs);
    };
    worker.on('message', (message: VectorResult | 'ready') => {
      if (message !== 'ready') results.push(message);
      wait();
      if (results.length === vectors.length) resolve('');
    });
    worker.once('error', (error) => resolve(`it ended its thread: ${error.message}`));
    worker.once('exit', () => resolve('it ended its thread'));
  });
  clearTimeout(timer);
  await worker.terminate();
  return { results, trouble };
}

function failed(vector: Vector, trouble: string): VectorResult {
  const { id, kind, layer = '', disputed } = vector;
  return { id, kind, layer, verdict: disputed === true ? 'disputed' : 'failed',
    problems: [trouble] };
}

/** Runs every vector. */
export async function runVectors(
  vectors: readonly Vector[], options: SessionOptions = {},
): Promise<VectorReport> {
  const results: VectorResult[] = [];
  while (results.length < vectors.length) {
    const came = await runThread(vectors.slice(results.length), options.patienceMs ?? PATIENCE_MS);
    results.push(...came.results);
    const next = vectors[results.length];
    if (next !== undefined) results.push(failed(next, came.trouble));
  }
  const count = (verdict: string): number => results.filter((r) => r.verdict === verdict).length;
  return { passed: count('passed'), failed: count('failed'), disputed: count('disputed'),
    skipped: count('skipped'), results };
}
