// Findings as SARIF 2.1.0 (OASIS), for code scanning: a rule per row of the rule book, a result per
// finding. The stacks of the threads that took part are its code flow, in the order in which the
// report tells them; a place in a driver's file is the result's location.
import { ruleBook } from '../../verifier/rule-book.ts';
import { filterOf, fingerprintOf, ruleOf } from './findings.ts';
import { findingText } from './finding-text.ts';
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';
import type { TitledStack } from '../../verifier/finding/finding.ts';
import type { RuleRow } from '../../verifier/rule-book.ts';
import type { Finding, RunReport } from './run-report.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/' +
  'sarif-schema-2.1.0.json';
const book: Readonly<Record<string, RuleRow>> = ruleBook;

interface Place {
  readonly file: string;
  readonly line: number;
}

/** The place that a frame names: "scanner!PreCreate (scanner.js:88)". */
function placeOf(frame: string): Place | undefined {
  const [, file, line] = /\(([^():]+):(\d+)\)$/.exec(frame) ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
}

function physical({ file, line }: Place): object {
  return { artifactLocation: { uri: encodeURI(file) }, region: { startLine: line } };
}

/** Where a result lies: the innermost frame that is not the kernel's. */
function locations(details: LoggedFinding): object[] {
  const frames = details.stacks.flatMap((stack) => stack.frames);
  const isDriver = (frame: string): boolean => frame.startsWith(`${details.filter}!`);
  const frame = frames.find(isDriver) ?? frames[0];
  const place = frame === undefined ? undefined : placeOf(frame);
  if (place === undefined) return [];
  return [{ physicalLocation: physical(place),
    logicalLocations: [{ fullyQualifiedName: frame?.replace(/ \(.*$/, ''), kind: 'function' }] }];
}

function threadFlow({ title, frames }: TitledStack, id: number): object {
  const steps = frames.toReversed().map((frame, n) => {
    const place = placeOf(frame);
    return { executionOrder: n + 1, location: {
      message: { text: frame },
      ...(place !== undefined && { physicalLocation: physical(place) }),
    } };
  });
  return { id: String(id), message: { text: title }, locations: steps };
}

function levelOf(finding: Finding): 'error' | 'warning' | 'note' {
  if (finding.isSuppressed === true) return 'note';
  return finding.details?.reaction === 'report' ? 'warning' : 'error';
}

function result(finding: Finding, indexOf: (rule: string) => number): object {
  const { details } = finding;
  const stacks = details?.stacks.filter(({ frames }) => frames.length > 0) ?? [];
  const rule = ruleOf(finding);
  return {
    ruleId: rule, ruleIndex: indexOf(rule), level: levelOf(finding),
    message: { text: details === undefined ? finding.text : findingText(details) },
    partialFingerprints: { 'fltlab/v1': fingerprintOf(finding) },
    ...(details !== undefined && { locations: locations(details) }),
    ...(stacks.length > 0 && {
      codeFlows: [{ threadFlows: stacks.map((stack, id) => threadFlow(stack, id)) }],
    }),
    ...(finding.isKnown !== undefined && { baselineState: 'unchanged' }),
    ...(finding.isSuppressed === true && {
      suppressions: [{ kind: 'external', status: 'accepted' }],
    }),
    properties: { filter: filterOf(finding), ...(details !== undefined && {
      bugCheck: details.codeName, parameters: details.parameters, count: details.count }) },
  };
}

function descriptor(id: string): object {
  const row = book[id];
  if (row === undefined) return { id };
  return {
    id, shortDescription: { text: row.title }, help: { text: `${row.advice} (${row.source})` },
    properties: { tags: ['minifilter', id.split('.')[0]] },
    defaultConfiguration: { level: row.reaction === 'break' ? 'error' : 'warning' },
  };
}

/** The document, with a line feed at its end. */
export function sarifReport(report: RunReport, version: string): string {
  const ids = [...new Set([...Object.keys(book), ...report.findings.map(ruleOf)])];
  const indexOf = (rule: string): number => ids.indexOf(rule);
  const document = {
    $schema: schema, version: '2.1.0',
    runs: [{
      tool: { driver: { name: 'fltlab', version, rules: ids.map(descriptor) } },
      columnKind: 'utf16CodeUnits',
      invocations: [{ executionSuccessful: report.complete }],
      results: report.findings.map((finding) => result(finding, indexOf)),
    }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
