// What the profilers look at: operations through 3 filters in this one thread, for some seconds.
// clinic sees the main thread only (its flame graph takes whichever thread's log comes first, its
// bubbleprof lets threads overwrite each other's stacks), so nothing here starts a worker.
import { withFilters } from '../micro/callback-walk.bench.ts';

const seconds = Number(process.argv[2] ?? 8);
const task = withFilters(3, false)[1]!;
const end = performance.now() + seconds * 1000;
let operations = 0;
while (performance.now() < end) operations += task.run();
process.stdout.write(`${operations.toLocaleString('en')} operations\n`);
process.exit(0);
