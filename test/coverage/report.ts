// `npm run coverage`: what share of src the suite runs, worker threads included, and which files
// stay below 90 % of their lines. Node writes what each process and thread has run where
// NODE_V8_COVERAGE says; monocart maps that back from the joined modules to the sources.
//   report.js             runs the suite first
//   report.js --raw DIR   takes what a run with NODE_V8_COVERAGE=DIR left (CI runs the suite once)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CoverageReport } from 'monocart-coverage-reports';
import type { V8CoverageEntry } from 'monocart-coverage-reports';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const ENOUGH = 90;

interface FileCoverage {
  readonly path: string;
  readonly lines: number;
  readonly branches: number;
  readonly uncovered: string;
}

const isOurs = ({ url = '' }: V8CoverageEntry): boolean =>
  /\/dist\/(src|workers|rooms)\//.test(url);

function runSuite(raw: string): number {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--reporter=dot'],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_V8_COVERAGE: raw } });
  return status ?? 1;
}

const share = (part: { pct?: number | string } | undefined): number => Number(part?.pct) || 0;

/** A process that is killed while it writes leaves half a file: said, and left out. */
function dropCutOff(raw: string): void {
  for (const name of readdirSync(raw)) {
    const file = join(raw, name);
    try {
      JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      process.stderr.write(`${name} is cut off (its process was killed): left out\n`);
      rmSync(file);
    }
  }
}

/** Prints the totals and the files that are run too little. */
async function report(raw: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fltlab-coverage-'));
  const mapped = new CoverageReport({
    outputDir: folder, reports: [['v8-json', { outputFile: 'v8.json' }]], baseDir: root,
    logging: 'error', entryFilter: isOurs,
    sourceFilter: (path: string) => /(^|\/)(src|workers)\/.*\.ts$/.test(path),
  });
  dropCutOff(raw);
  await mapped.addFromDir(raw);
  const results = await mapped.generate();
  rmSync(folder, { recursive: true, force: true });
  if (results === undefined) throw new Error(`${raw} holds no coverage`);
  const files: FileCoverage[] = results.files
    .filter(({ sourcePath }) => sourcePath.endsWith('.ts'))
    .map(({ sourcePath, summary }) => ({
      path: sourcePath, lines: share(summary.lines), branches: share(summary.branches),
      uncovered: `${summary.lines.uncovered} of ${summary.lines.total}`,
    }));
  const low = files.filter(({ lines }) => lines < ENOUGH).toSorted((a, b) => a.lines - b.lines);
  const { lines, branches } = results.summary;
  const out = [
    '', `Lines ${lines.pct} % (${lines.covered} of ${lines.total}), branches ${branches.pct} % ` +
    `(${branches.covered} of ${branches.total}), ${files.length} files`,
    ...(low.length === 0 ? [] : [`Below ${ENOUGH} % of lines:`]),
    ...low.map((f) => `  ${f.path.padEnd(60)} lines ${f.lines.toFixed(1).padStart(5)} %, branches ` +
      `${f.branches.toFixed(1).padStart(5)} %, not run: ${f.uncovered}`),
  ];
  process.stdout.write(`${out.join('\n')}\n`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { raw: { type: 'string' } } });
  if (values.raw !== undefined) {
    if (!existsSync(values.raw) || readdirSync(values.raw).length === 0) {
      process.stderr.write(`${values.raw} holds nothing: run the suite with NODE_V8_COVERAGE=` +
        `${values.raw} first, or leave --raw out\n`);
      return 2;
    }
    await report(values.raw);
    return 0;
  }
  const raw = mkdtempSync(join(tmpdir(), 'fltlab-coverage-raw-'));
  try {
    const status = runSuite(raw);
    await report(raw);
    return status;
  } finally {
    rmSync(raw, { recursive: true, force: true });
  }
}

process.exitCode = await main();
