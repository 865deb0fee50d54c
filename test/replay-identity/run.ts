// `npm run replay-identity`: records schedules of three scenarios and repeats each; prints how many
// did the same event by event, and a digest that every run and every version of Node has to print.
// Exit code 1 when a schedule was not repeated, 2 for options that it does not know.
import { parseArgs } from 'node:util';
import { identity, scenarioNames } from './identity.ts';
import type { Identity, ScenarioName } from './identity.ts';

const USAGE = `npm run replay-identity -- [--schedules N (of each)] [--core N] ` +
  `[--only ${scenarioNames.join(',')}] [--json]`;

interface Options {
  readonly schedules: number;
  readonly only: readonly ScenarioName[];
  readonly core: number | undefined;
  readonly json: boolean;
}

function isScenario(name: string): name is ScenarioName {
  return (scenarioNames as readonly string[]).includes(name);
}

function options(): Options | undefined {
  try {
    const { values } = parseArgs({ options: {
      schedules: { type: 'string', default: '1000' },
      only: { type: 'string', default: scenarioNames.join(',') },
      core: { type: 'string' }, json: { type: 'boolean', default: false },
    } });
    const schedules = Number(values.schedules);
    if (!Number.isInteger(schedules) || schedules < 1) throw new Error('--schedules: at least 1');
    const only = values.only.split(',').map((name) => {
      if (!isScenario(name)) throw new Error(`no scenario is called ${name}`);
      return name;
    });
    const core = values.core === undefined ? undefined : Number(values.core);
    return { schedules, only, core, json: values.json };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return undefined;
  }
}

async function main(): Promise<number> {
  const wanted = options();
  if (wanted === undefined) return 2;
  const all: Identity[] = [];
  for (const name of wanted.only) {
    const began = performance.now();
    const one = await identity(name, wanted.schedules, wanted.core);
    all.push(one);
    if (wanted.json) continue;
    process.stdout.write(`${name.padEnd(8)} ${one.identical} of ${one.schedules} identical, ` +
      `${one.events} events, ${one.failures} failures, digest ${one.digest}, ` +
      `${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    if (one.different !== undefined) process.stdout.write(`  ${one.different}\n`);
  }
  const digest = all.map((one) => one.digest).join('');
  const ok = all.every((one) => one.identical === one.schedules);
  process.stdout.write(wanted.json
    ? `${JSON.stringify({ node: process.version, ok, digest, scenarios: all })}\n`
    : `node ${process.version}: ${ok ? 'all identical' : 'NOT identical'}, digest ${digest}\n`);
  return ok ? 0 : 1;
}

process.exitCode = await main();
