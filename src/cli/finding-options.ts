// What commands that end in findings have in common: suppressions, a baseline of what is known,
// what makes a run fail, and reports for CI servers. Files are read before anything runs, so that
// a mistake in one costs no time; they are written when everything else is done.
import { readFileSync, writeFileSync } from 'node:fs';
import { Option } from 'commander';
import { BaselineError, baselineOf, baselineText, markKnown, parseBaseline }
  from '../lab/report/baseline.ts';
import { failOns } from '../lab/report/findings.ts';
import { junitReport } from '../lab/report/junit.ts';
import { sarifReport } from '../lab/report/sarif.ts';
import { SuppressionError, parseSuppressions } from '../lab/report/suppressions.ts';
import { UsageError } from './options.ts';
import type { Command } from 'commander';
import type { Baseline } from '../lab/report/baseline.ts';
import type { FailOn } from '../lab/report/findings.ts';
import type { RunReport } from '../lab/report/run-report.ts';
import type { Suppression } from '../verifier/policy.ts';

export interface FindingOptions {
  readonly suppress?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly failOn?: FailOn;
  readonly junit?: string;
  readonly sarif?: string;
}

/** Adds the options. */
export function findingOptions(command: Command): Command {
  return command
    .option('--suppress <file>', 'what to do about rules: lines of ignore|once|break|remove, a ' +
      'rule, perhaps a filter')
    .option('--baseline <file>', 'findings that are known')
    .option('--write-baseline <file>', 'write what was found as a baseline')
    .addOption(new Option('--fail-on <findings>', 'which findings make the exit code 1: all, ' +
      'those that the baseline does not know, errors only, none (default: any)').choices(failOns))
    .option('--junit <file>', 'write the outcome as JUnit XML')
    .option('--sarif <file>', 'write the findings as SARIF 2.1.0');
}

function textOf(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${option} ${path}: it cannot be read (${(error as Error).message})`);
  }
}

/** The suppressions of the file that was given. @throws UsageError */
export function readSuppressions({ suppress }: FindingOptions): readonly Suppression[] {
  if (suppress === undefined) return [];
  try {
    return parseSuppressions(textOf('--suppress', suppress));
  } catch (error) {
    if (!(error instanceof SuppressionError)) throw error;
    throw new UsageError(`--suppress ${suppress}, ${error.message}`);
  }
}

/** The baseline of the file that was given. @throws UsageError */
export function readBaseline({ baseline, failOn }: FindingOptions): Baseline | undefined {
  if (baseline === undefined) {
    if (failOn !== 'new') return undefined;
    throw new UsageError('--fail-on new needs --baseline FILE: what is known already?');
  }
  try {
    return parseBaseline(textOf('--baseline', baseline));
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new UsageError(`--baseline ${baseline}: ${error.message}`);
  }
}

function write(path: string, text: string): string | undefined {
  try {
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    return `the file ${path} could not be written: ${(error as Error).message}`;
  }
}

/** Marks what is known and writes the files; one that cannot be written is a finding. */
export function finishFindings(
  report: RunReport, options: FindingOptions, baseline: Baseline | undefined, version: string,
): RunReport {
  const findings = baseline === undefined ? report.findings
    : markKnown(report.findings, baseline);
  const marked: RunReport = { ...report, findings };
  const failOn = options.failOn ?? 'any';
  const failures = [
    options.junit === undefined ? undefined : write(options.junit, junitReport(marked, failOn)),
    options.sarif === undefined ? undefined : write(options.sarif, sarifReport(marked, version)),
    options.writeBaseline === undefined ? undefined
      : write(options.writeBaseline, baselineText(baselineOf(findings))),
  ].filter((text) => text !== undefined);
  const broken = failures.map((text) => ({ kind: 'internal', text }) as const);
  return { ...marked, findings: [...findings, ...broken] };
}
