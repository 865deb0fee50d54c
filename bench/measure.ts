// One figure, measured by tinybench with `runSync`: the task runs a batch of operations per call,
// because the timer around a call costs tens of nanoseconds.
import { Bench } from 'tinybench';

/** Measures `task`, which performs `batch` operations per call; prints a line of JSON. */
export function measure(name: string, batch: number, task: () => void): void {
  const bench = new Bench({ time: 500, warmupTime: 300 });
  bench.add(name, task);
  bench.runSync();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${name} gave no result`);
  const { latency } = result;
  const perOperation = (ms: number): number => (ms * 1e6) / batch;
  const figure = {
    case: name,
    nsMedian: perOperation(latency.p50),
    nsP99: perOperation(latency.p99),
    samples: latency.samplesCount,
  };
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}
