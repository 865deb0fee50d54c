// A report as one JSON document, for scripts: the report itself with its exit code, `fidelity` at
// the top level when a trace was replayed to a score.
import { exitCodeOf } from './run-report.ts';
import type { RunReport } from './run-report.ts';

/** The document, with a line feed at its end. */
export function jsonReport(report: RunReport, version: string): string {
  const clean = report.findings.length === 0;
  const document = { fltlab: version, clean, exitCode: exitCodeOf(report), ...report };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
