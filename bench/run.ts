// Finds bench cases and runs each in a fresh process: `node dist/bench/run.js [micro/name …]`.
// A case is a module that measures and prints one line of JSON per figure.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join, relative } from 'node:path';
import Table from 'cli-table3';

const here = dirname(fileURLToPath(import.meta.url));

interface Figure {
  readonly case: string;
  readonly nsMedian: number;
  readonly nsP99: number;
  readonly samples: number;
}

function cases(wanted: readonly string[]): string[] {
  const all = readdirSync(join(here, 'micro'))
    .filter((name) => name.endsWith('.bench.js'))
    .map((name) => `micro/${name.replace('.bench.js', '')}`)
    .toSorted();
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`no such case: ${unknown.join(', ')}; there are ${all.join(', ')}\n`);
    process.exit(2);
  }
  return wanted.length === 0 ? all : [...wanted];
}

function run(name: string): Figure[] {
  const file = join(here, `${name}.bench.js`);
  const result = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 120_000 });
  if (result.status !== 0) {
    process.stderr.write(`${relative('.', file)} failed:\n${result.stderr}`);
    process.exit(3);
  }
  return result.stdout.trim().split('\n').map((line) => JSON.parse(line) as Figure);
}

const table = new Table({ head: ['case', 'ns (median)', 'ns (p99)', 'samples'] });
for (const name of cases(process.argv.slice(2))) {
  for (const f of run(name)) {
    table.push([f.case, f.nsMedian.toFixed(0), f.nsP99.toFixed(0), String(f.samples)]);
  }
}
process.stdout.write(`${table.toString()}\n`);
