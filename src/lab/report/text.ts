// A report as text: sections in the order in which a person asks. What was run, did anything go
// wrong, what went through, what did each filter do, what is left.
import { countRows } from '../../verifier/finding/object-rows.ts';
import { bytes, count, counted, duration, percent, shortMajor } from './format.ts';
import { findingText } from './finding-text.ts';
import { table } from './table.ts';
import { exitCodeOf } from './run-report.ts';
import type { ByIrql, FilterRow, OperationRow, ReplayReport, RunReport, RunSettings }
  from './run-report.ts';
import type { ObjectCounts } from '../../verifier/finding/object-rows.ts';
import type { Colours } from './table.ts';

type Section = (report: RunReport, c: Colours) => string | undefined;

/** Statuses shown by name; the rest are summed up. */
const STATUSES_SHOWN = 12;

/** The whole report, with a line feed at its end. */
export function textReport(report: RunReport, c: Colours): string {
  const sections: Section[] = [settings, operations, statuses, filters, objects,
    objectsAtDetach, replay, content, stress, price, storage, left, threads, verdict];
  return `${sections
    .map((section) => section(report, c))
    .filter((text) => text !== undefined)
    .join('\n\n')}\n`;
}

const heading = (text: string, c: Colours): string => c.bold(text);
const right = (name: string): { name: string; align: 'right' } => ({ name, align: 'right' });

/** One line on what was run and on what. */
export function describeSettings(s: RunSettings): string {
  const parts = [
    counted(s.requestors, 'requestor'), counted(s.systemWorkers, 'system worker'),
    counted(s.storageThreads, 'storage thread'), s.fileSystem, `${s.completion} completion`,
    `${bytes(s.memoryBytes)} of memory`, `seed ${s.seed}`,
    ...(s.verifier ? ['verifier on'] : []),
    ...(s.attachStormMs === undefined ? []
      : [`filters attached and detached every ${s.attachStormMs} ms`]),
  ];
  return parts.join(', ');
}

function settings({ settings: s }: RunReport, c: Colours): string {
  const order = s.order === undefined ? '' : `, order ${s.order}`;
  return `${heading(`${s.workload}${order}`, c)}\n  ${describeSettings(s)}`;
}

function operationRow(row: OperationRow, c: Colours): string[] {
  const { latencyUs: l, issued, completed } = row;
  const latency = l === undefined ? ['', '', '', '']
    : [l.p50, l.p90, l.p99, l.max].map((value) => duration(Math.min(value, l.max)));
  const done = issued === completed ? count(completed) : c.red(count(completed));
  return [shortMajor(row.major), count(issued), done, ...latency];
}

function operations(report: RunReport, c: Colours): string {
  const { issued, completed, seconds, perSecond } = report;
  if (issued === 0 && completed === 0) return `${heading('Operations', c)}\n  none were issued`;
  const rows = report.operations.toSorted((a, b) => b.issued - a.issued);
  const verdictOn = issued === completed
    ? `${count(issued)} issued, as many completed: each came back once`
    : c.red(`${count(issued)} issued, ${count(completed)} completed`);
  const rate = `${count(perSecond)} operations/s over ${seconds.toFixed(1)} s`;
  const head = `${heading('Operations', c)}\n  ${verdictOn}; ${rate}`;
  if (rows.length === 0) return head;
  const columns = [{ name: 'major function' }, right('issued'), right('completed'),
    right('p50'), right('p90'), right('p99'), right('max')];
  return `${head}\n${table(columns, rows.map((row) => operationRow(row, c)), c)}`;
}

function statuses(report: RunReport, c: Colours): string | undefined {
  if (report.statuses.length === 0) return undefined;
  const rows = report.statuses.toSorted((a, b) => b.count - a.count);
  const shown = rows.slice(0, STATUSES_SHOWN).map((row) => [row.status, count(row.count)]);
  const rest = rows.slice(STATUSES_SHOWN);
  if (rest.length > 0) {
    shown.push([`${rest.length} others`, count(rest.reduce((sum, row) => sum + row.count, 0))]);
  }
  return `${heading('Statuses', c)}\n${table([{ name: 'status' }, right('operations')], shown, c)}`;
}

const byIrql = (levels: ByIrql): string[] => levels.map(count);

function filterRow(row: FilterRow): string[] {
  const cells = [...byIrql(row.pre), ...byIrql(row.post),
    count(row.postElsewhere), count(row.pended), count(row.drained)];
  return [row.name, row.altitude, ...cells.map((cell) => (row.counted ? cell : '?'))];
}

/** What filters held at a moment, as `!fltkd.filter` shows it; the checked machine's. */
function heldAt(
  title: string, of: (row: FilterRow) => ObjectCounts | undefined, report: RunReport, c: Colours,
): string | undefined {
  const held = report.filters.flatMap((row) => {
    const counts = of(row);
    return counts === undefined ? [] : [`FLT_FILTER: "${row.name}"`, ...countRows(counts)];
  });
  if (!report.settings.verifier || held.length === 0) return undefined;
  return `${heading(title, c)}\n${held.map((line) => `  ${line}`).join('\n')}`;
}

function objects(report: RunReport, c: Colours): string | undefined {
  const title = report.complete ? 'Held before unload' : 'Held when last counted';
  return heldAt(title, (row) => row.objects, report, c);
}

function objectsAtDetach(report: RunReport, c: Colours): string | undefined {
  return heldAt('Held as an instance was detached', (row) => row.objectsAtDetach, report, c);
}

function filters(report: RunReport, c: Colours): string {
  const title = heading('Filters', c);
  if (report.filters.length === 0) return `${title}\n  none attached`;
  const columns = [{ name: 'filter' }, right('altitude'), right('pre PASSIVE'), right('APC'),
    right('DISPATCH'), right('post PASSIVE'), right('APC'), right('DISPATCH'),
    right('post elsewhere'), right('pended'), right('drained')];
  let text = `${title}\n${table(columns, report.filters.map(filterRow), c)}`;
  const { attachments, records } = report;
  if (records !== undefined) {
    text += `\n  ${count(records.written)} records of minispy in ${records.file}` +
      (records.lost > 0 ? `; ${count(records.lost)} did not fit into its log` : '');
  }
  if (attachments === undefined) return text;
  return `${text}\n  while it ran, instances were attached ${count(attachments.attached)} and ` +
    `detached ${count(attachments.detached)} times`;
}

function replay(report: RunReport, c: Colours): string | undefined {
  const { replay: r, fidelity } = report;
  if (r === undefined) return undefined;
  const lines = [heading('Fidelity', c)];
  if (fidelity !== undefined) {
    const text = `${percent(fidelity)} of ${count(r.scored)} scored events returned the ` +
      `recorded status (${count(r.scored - r.matched)} did not)`;
    lines.push(`  ${fidelity >= 0.99 ? text : c.yellow(text)}`);
  }
  if (report.settings.order !== 'recorded') {
    lines.push('  threads ran free of each other, so some answers differ rightly: ' +
      '--order recorded is the one to score');
  }
  if (r.rounds > 1) lines.push(`  the log was replayed ${count(r.rounds)} times`);
  if (r.ownResult.scored > 0) {
    lines.push(`  of these ${count(r.ownResult.scored)} had parameters taken from their own ` +
      `result (${count(r.ownResult.matched)} matched)`);
  }
  return [...lines, ...replayTables(r, c)].join('\n');
}

function replayTables(r: ReplayReport, c: Colours): string[] {
  const parts: string[] = [];
  if (r.mismatches.length > 0) {
    const rows = r.mismatches.flatMap((m) => [
      [m.group, count(m.count), m.explanation],
      ...m.examples.map((example) => ['', '', c.dim(example)]),
    ]);
    parts.push(table([{ name: 'mismatches' }, right('events'), { name: '' }], rows, c));
  }
  if (r.unscored.length > 0) {
    const rows = r.unscored.map((u) => [u.reason, count(u.count), u.explanation]);
    parts.push(table([{ name: 'not scored' }, right('events'), { name: '' }], rows, c));
  }
  for (const { operation, count: n } of r.unknownOperations) {
    parts.push(c.yellow(`  unknown operation ${operation}: ${counted(n, 'event')} left out`));
  }
  for (const problem of r.problems) parts.push(c.yellow(`  left out: ${problem}`));
  if (r.problemCount > r.problems.length) {
    parts.push(c.yellow(`  and ${count(r.problemCount - r.problems.length)} more`));
  }
  for (const note of r.notes) parts.push(`  ${note}`);
  return parts;
}

function content(report: RunReport, c: Colours): string | undefined {
  const { content: k, contentNotCompared: why } = report;
  if (why !== undefined) return `${heading('Content', c)}\n  not compared: ${why}`;
  if (k === undefined || k.readsChecked === 0) return undefined;
  const checked = `${count(k.readsChecked)} reads (${bytes(k.bytesChecked)}) compared with what ` +
    'was written';
  const verdictOn = k.errors === 0 ? 'all right' : c.red(`${count(k.errors)} wrong`);
  return `${heading('Content', c)}\n  ${checked}: ${verdictOn}` +
    k.examples.map((example) => `\n  ${c.red(example)}`).join('');
}

function stress({ stress: s }: RunReport, c: Colours): string | undefined {
  if (s === undefined) return undefined;
  const acts = Object.entries(s.acts).map(([name, n]) => `${name} ${n}`).join(', ');
  const lines = [heading('Stress', c), `  ${counted(s.rounds, 'round')}: ${acts}`,
    `  counted quiet ${count(s.counted)} times; filters unloaded and loaded again ` +
    `${count(s.reloads)} times`,
    `  taken away ${count(s.hits)} times while operations of the filter were under way`];
  const { faults: f } = s;
  if (f !== undefined) {
    lines.push(`  failed on purpose: ${count(f.allocations.failed)} of ` +
      `${count(f.allocations.asked)} allocations, ${count(f.storage.failed)} of ` +
      `${count(f.storage.asked)} disk requests, ${count(f.queueing.failed)} of ` +
      `${count(f.queueing.asked)} posts to workers`,
    `  ${count(f.paths)} call paths of allocations failed once each, ${count(f.newPaths)} of ` +
      `them new in this run; ${count(f.sites.length)} sites:`,
    ...f.sites.map((site) => `    ${site}`));
  }
  return lines.join('\n');
}

function price({ price: p }: RunReport, c: Colours): string | undefined {
  if (p === undefined) return undefined;
  return `${heading('Price of the verifier', c)}\n  ${p.mix}: ${count(p.off)} operations/s off, ` +
    `${count(p.on)} on: ${p.ratio.toFixed(1)} times slower when everything is checked`;
}

function storage({ storage: s }: RunReport, c: Colours): string | undefined {
  if (s === undefined) return undefined;
  const text = `${count(s.taken)} requests taken, ${count(s.completed)} completed`;
  return `${heading('Storage', c)}\n  ${s.taken === s.completed ? text : c.red(text)}`;
}

function left({ left: rows }: RunReport, c: Colours): string | undefined {
  if (rows === undefined) return undefined;
  const title = heading('Left after unload', c);
  if (rows.length === 0) {
    return `${title}\n  nothing: 0 pool bytes, 0 contexts, 0 IRPs, 0 callback data, 0 files`;
  }
  const body = rows.map((row) => [row.kind, row.owner, count(row.count),
    row.bytes === 0 ? '' : bytes(row.bytes)].map((cell) => c.red(cell)));
  return `${title}\n${table([{ name: 'what' }, { name: 'whose' }, right('how many'),
    right('bytes')], body, c)}`;
}

function threads({ threads: rows }: RunReport, c: Colours): string | undefined {
  if (rows === undefined || rows.length === 0) return undefined;
  const body = rows.map((row) => [String(row.processor), row.role, row.state, String(row.irql),
    count(row.issued), count(row.completed), row.where]);
  const columns = [right('processor'), { name: 'role' }, { name: 'state' }, right('IRQL'),
    right('issued'), right('completed'), { name: 'where' }];
  return `${heading('Threads when it broke off', c)}\n${table(columns, body, c)}`;
}

function verdict(report: RunReport, c: Colours): string {
  const lines: string[] = [];
  if (report.interrupted) lines.push('stopped by the user; the report covers what ran until then');
  if (!report.complete) lines.push('the run broke off; the report is what was known until then');
  for (const finding of report.findings) {
    const { kind, text, details } = finding;
    const body = details === undefined ? `${kind}: ${text}` : findingText(details);
    const mark = finding.isSuppressed === true ? '(suppressed) '
      : finding.isKnown === true ? '(known) ' : '';
    lines.push(mark === '' ? c.red(body) : c.yellow(mark + body));
  }
  if (report.dump !== undefined) lines.push(`the crash dump is ${report.dump}: fltlab dump FILE`);
  if (report.findings.length === 0) lines.push(c.green('clean: nothing lost, nothing left behind'));
  return `${heading(`Result (exit code ${exitCodeOf(report)})`, c)}\n` +
    lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}`).join('\n');
}
