// One case in a process of its own: `node run-case.js micro/spin-lock [--tiny]`. Prints one line of
// JSON per figure; with --tiny only checks that every task does its work.
import { checkOnce, measure, usualEffort } from './measure.ts';
import type { BenchCase } from './case.ts';

const [name = '', option] = process.argv.slice(2);
const module = (await import(new URL(`${name}.bench.js`, import.meta.url).href)) as
  { readonly default: BenchCase };
if (option === '--tiny') {
  checkOnce(name, module.default.tasks());
} else {
  for (const figure of measure(name, module.default, usualEffort)) {
    process.stdout.write(`${JSON.stringify(figure)}\n`);
  }
}
// Worker threads of a case end with the process.
process.exit(0);
