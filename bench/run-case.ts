// One case in a process of its own: `node run-case.js micro/spin-lock [--tiny]`. Prints one line of
// JSON per figure; with --tiny only checks that every task does its work.
import { giveRoomForChains } from '../src/machine/engine.ts';
import { checkOnce, measure, usualEffort } from './measure.ts';
import type { BenchCase, Figure, TopologyCase } from './case.ts';

// As a machine that is measured does; the yardsticks get the same.
giveRoomForChains();
const [name = '', option] = process.argv.slice(2);
const module = (await import(new URL(`${name}.bench.js`, import.meta.url).href)) as
  { readonly default: BenchCase | TopologyCase };

async function figures(): Promise<readonly Figure[]> {
  const it = module.default;
  if ('figures' in it) return it.figures(name);
  return measure(name, it, usualEffort);
}

async function check(): Promise<void> {
  const it = module.default;
  if ('check' in it) await it.check();
  else checkOnce(name, it.tasks());
}

// Pools let their idle workers go; nothing else may keep the process while a case waits for one.
setInterval(() => undefined, 1 << 30);
if (option === '--tiny') await check();
else for (const one of await figures()) process.stdout.write(`${JSON.stringify(one)}\n`);
// Worker threads of a case end with the process.
process.exit(0);
