// `npm run conformance`: runs the tests, or takes the results of a run (--results FILE, vitest's
// JSON), says which facts, features and statements they show, and writes docs/conformance.md.
// Exit code 1 when a core or expected feature or a statement of a seed has no passing test, or a
// test that is named for one of them failed; 2 for options that it does not know.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { conformance, markdown, terminal } from './report.ts';
import type { TestResult } from './report.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface JsonReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** The tests of vitest's JSON; those that were skipped show nothing and are left out. */
export function testsOf(json: string): TestResult[] {
  const { testResults } = JSON.parse(json) as JsonReport;
  return testResults.flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ fullName, status }) => ({ name: fullName.trim(), passed: status === 'passed' }));
}

function runTests(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fltlab-conformance-'));
  const file = join(folder, 'results.json');
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const { error } = spawnSync(process.execPath,
      [vitest, 'run', '--reporter=json', '--reporter=dot', `--outputFile.json=${file}`],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    if (error !== undefined) throw error;
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Options {
  readonly results?: string | undefined;
  readonly out: string;
}

function options(): Options | undefined {
  try {
    return parseArgs({ options: {
      results: { type: 'string' },
      out: { type: 'string', default: join(root, 'docs/conformance.md') },
    } }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n` +
      'npm run conformance -- [--results FILE (vitest JSON)] [--out FILE]\n');
    return undefined;
  }
}

function main(): number {
  const values = options();
  if (values === undefined) return 2;
  const json = values.results === undefined ? runTests() : readFileSync(values.results, 'utf8');
  const found = conformance(testsOf(json));
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, markdown(found));
  process.stdout.write(`${terminal(found)}\n`);
  return found.complete && found.failed.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
