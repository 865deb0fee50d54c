// A recorded log as a workload of a session: planned by the lab, its results in the words of a
// report.
import { basename } from 'node:path';
import { count, counted } from '../report/format.ts';
import { planReplay } from '../workload/replay.ts';
import type { MismatchGroup, OperationRow, ReplayReport, StatusRow }
  from '../report/run-report.ts';
import type { TraceSummary } from '../trace/tally.ts';
import type { PreparationResult, ReplayOptions, ReplayResult } from '../workload/replay.ts';
import type { MajorReport } from '../workload/statistics.ts';
import type { SessionPlan } from './session.ts';
import type { WorkloadFigures } from './report-builder.ts';

/** Shown of each list that can be long. */
const EXAMPLES = 5;
const CELL_BYTES = 16;

export type Workload = Omit<SessionPlan, 'settings' | 'images'>;

/** Plans the replay of a log file. @throws TraceError when the log cannot be read. */
export async function planTrace(path: string, options: ReplayOptions): Promise<Workload> {
  const planned = await planReplay(path, options);
  const { volumes, preparation, workloads, requestStop } = planned;
  return { volumes, preparation, workloads, requestStop,
    figures: (results, prepared) => figuresOf(planned.merge(results),
      prepared as readonly PreparationResult[], planned.trace, path) };
}

function figuresOf(
  result: ReplayResult, prepared: readonly PreparationResult[], trace: TraceSummary | undefined,
  path: string,
): WorkloadFigures {
  const { content, milliseconds, completed } = result;
  return {
    operations: Object.entries(result.majors).map(operationRow),
    statuses: statusRows(Object.values(result.majors)),
    fidelity: result.fidelity,
    replay: replayReport(result, prepared, trace, path),
    content: { readsChecked: content.reads, bytesChecked: content.cells * CELL_BYTES,
      errors: content.wrong + content.stale, examples: content.examples.slice(0, EXAMPLES) },
    perSecond: (completed * 1000) / Math.max(1, milliseconds),
  };
}

function operationRow(
  [major, { issued, completed, latency }]: [string, MajorReport],
): OperationRow {
  return { major, issued, completed, latencyUs: { p50: latency.p50 / 1000,
    p90: latency.p90 / 1000, p99: latency.p99 / 1000, max: latency.max / 1000 } };
}

function statusRows(majors: readonly MajorReport[]): StatusRow[] {
  const counts = new Map<string, number>();
  for (const { statuses } of majors) {
    for (const [status, n] of Object.entries(statuses)) {
      counts.set(status, (counts.get(status) ?? 0) + n);
    }
  }
  return [...counts].map(([status, n]) => ({ status, count: n }))
    .toSorted((a, b) => b.count - a.count);
}

function replayReport(
  result: ReplayResult, prepared: readonly PreparationResult[], trace: TraceSummary | undefined,
  path: string,
): ReplayReport {
  const problems = trace?.problems ?? [];
  return {
    events: result.events, scored: result.scored, matched: result.matched,
    ownResult: result.fromOwnResult, rounds: result.rounds,
    mismatches: mismatchGroups(result), unscored: result.unscored,
    unknownOperations: Object.entries(trace?.unknownOperations ?? {})
      .map(([operation, n]) => ({ operation, count: n })),
    problems: problems.slice(0, EXAMPLES).map(({ line, column, message }) =>
      `${basename(path)} line ${line}, ${column}: ${message}`),
    problemCount: trace?.problemCount ?? 0,
    notes: notesOf(result, [...prepared.flatMap((p) => p.problems), ...result.problems]),
  };
}

/** One row per kind of answer, with where in the log it is. */
function mismatchGroups({ mismatches }: ReplayResult): MismatchGroup[] {
  const groups = new Map<string, { explanation: string; count: number; examples: string[] }>();
  for (const m of mismatches) {
    const group = groups.get(m.group) ?? { explanation: m.explanation, count: 0, examples: [] };
    groups.set(m.group, group);
    group.count += m.count;
    if (group.examples.length < EXAMPLES) {
      group.examples.push(`${count(m.count)} × ${m.operation} on ${m.pathClass}: recorded ` +
        `${m.expected}, got ${m.got} (line ${m.lines.slice(0, 3).join(', ')})`);
    }
  }
  return [...groups].map(([group, rest]) => ({ group, ...rest }))
    .toSorted((a, b) => b.count - a.count);
}

const tableTotal = (table: Readonly<Record<string, number>>): number =>
  Object.values(table).reduce((sum, n) => sum + n, 0);

function notesOf(result: ReplayResult, unmade: readonly string[]): string[] {
  const notes: string[] = [];
  const notIssued = tableTotal(result.notIssued);
  const failed = tableTotal(result.madeUp.failures);
  if (notIssued > 0) {
    notes.push(`${counted(notIssued, 'step')} could not be issued: ` +
      Object.keys(result.notIssued).join('; '));
  }
  if (failed > 0) {
    const [first = ''] = Object.keys(result.madeUp.failures);
    notes.push(`${count(failed)} of ${count(result.madeUp.steps)} opens and closes that the log ` +
      `does not show failed, such as ${first}`);
  }
  if (unmade.length > 0) {
    notes.push(`${counted(unmade.length, 'file')} could not be made as the log implies, such as ` +
      unmade[0]);
  }
  if (result.overtaken > 0) {
    notes.push(`${counted(result.overtaken, 'step')} went before one that was blocked`);
  }
  if (result.leftovers > 0) notes.push(`${counted(result.leftovers, 'file')} could not be deleted`);
  return notes;
}
