// `fltlab oplock-vectors FILE`: runs the scripts of a vector file against the oplock package, and
// says which of them end as the file says. Exit code 1 when one that is not disputed does not.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { parseVectors, VectorError } from '../lab/oplock-vectors/vector.ts';
import { runVectors } from '../lab/oplock-vectors/session.ts';
import { EXIT_CLEAN, EXIT_FINDINGS } from '../lab/report/run-report.ts';
import { UsageError } from './options.ts';
import type { VectorReport } from '../lab/oplock-vectors/session.ts';
import type { VectorResult } from '../lab/oplock-vectors/judge.ts';
import type { Vector } from '../lab/oplock-vectors/vector.ts';
import type { About } from './about.ts';

async function vectorsOf(path: string): Promise<readonly Vector[]> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}. Check the path.`);
  }
  try {
    return parseVectors(content);
  } catch (error) {
    if (error instanceof VectorError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

function lines(result: VectorResult, nothing: string): string[] {
  const { id, kind, layer, problems } = result;
  const head = `  ${id} (${layer === '' ? kind : `${kind}, ${layer}`})`;
  return problems.length === 0 ? [`${head}: ${nothing}`]
    : [`${head}:`, ...problems.map((problem) => `    ${problem}`)];
}

/** The report as text; its last line is the summary. */
function text(path: string, report: VectorReport): string {
  const of = (verdict: string): VectorResult[] =>
    report.results.filter((result) => result.verdict === verdict);
  const section = (verdict: string, title: string, nothing: string): string[] => {
    const found = of(verdict);
    return found.length === 0 ? [] : [title, ...found.flatMap((r) => lines(r, nothing)), ''];
  };
  const { passed, failed, disputed, skipped } = report;
  return [
    `${path}: ${report.results.length} vectors`, '',
    ...section('failed', 'Failed:', ''),
    ...section('disputed', 'Disputed (sources differ; what we do):', 'as the file says'),
    ...section('skipped', 'Skipped:', ''),
    `passed ${passed}, failed ${failed}, disputed ${disputed}, skipped ${skipped}`, '',
  ].join('\n');
}

/** The command. */
export function oplockVectorsCommand(about: About): Command {
  return new Command('oplock-vectors')
    .description('Run a file of oplock test vectors against the oplock package.')
    .argument('<file>', 'a JSON file of vectors (format version 1)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExit codes: 0 no vector failed, 1 one did, 2 the file is no vector ' +
      'file.\nDisputed vectors are run and reported; they do not count as failures.')
    .action(async (path: string, options: { json?: true }) => {
      const report = await runVectors(await vectorsOf(path));
      const exitCode = report.failed === 0 ? EXIT_CLEAN : EXIT_FINDINGS;
      process.stdout.write(options.json === true
        ? `${JSON.stringify({ fltlab: about.version, file: path, exitCode, ...report },
          undefined, 2)}\n`
        : text(path, report));
      about.finish(exitCode);
    });
}
