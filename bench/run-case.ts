// One case in a process of its own: `node run-case.js micro/spin-lock`. Prints one line of JSON per
// figure. `node run-case.js --tiny micro/locks micro/pool` only checks that every task of these cases
// does its work.
import { giveRoomForChains } from '../src/machine/engine.ts';
import { checkOnce, measure, usualEffort } from './measure.ts';
import type { BenchCase, Figure, TopologyCase } from './case.ts';

// As a machine that is measured does; the yardsticks get the same.
giveRoomForChains();
const names = process.argv.slice(2).filter((argument) => argument !== '--tiny');
const [name = ''] = names;
const isTiny = process.argv.includes('--tiny');

async function caseOf(one: string): Promise<BenchCase | TopologyCase> {
  const module = (await import(new URL(`${one}.bench.js`, import.meta.url).href)) as
    { readonly default: BenchCase | TopologyCase };
  return module.default;
}

async function figures(): Promise<readonly Figure[]> {
  const it = await caseOf(name);
  if ('figures' in it) return it.figures(name);
  return measure(name, it, usualEffort);
}

async function check(): Promise<void> {
  for (const one of names) {
    const it = await caseOf(one);
    if ('check' in it) await it.check();
    else checkOnce(one, it.tasks());
  }
}

// Pools let their idle workers go; nothing else may keep the process while a case waits for one.
setInterval(() => undefined, 1 << 30);
if (isTiny) await check();
else for (const one of await figures()) process.stdout.write(`${JSON.stringify(one)}\n`);
// Worker threads of a case end with the process.
process.exit(0);
