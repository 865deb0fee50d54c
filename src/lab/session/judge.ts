// What must be zero or equal at the end of a run, and the findings where it is not. Pure:
// everything comes in, findings go out.
import { count, counted } from '../report/format.ts';
import type { Census, FilterCensus } from '../../machine/census.ts';
import type { ContentReport, Finding, LeftRow, OperationRow } from '../report/run-report.ts';

/** What is known at the end; what is undefined was not measured. */
export interface Facts {
  readonly operations: readonly OperationRow[];
  readonly storage: { readonly taken: number; readonly completed: number } | undefined;
  readonly content: ContentReport | undefined;
  readonly unexpected: { readonly count: number; readonly examples: readonly string[] } | undefined;
  readonly left: readonly LeftRow[] | undefined;
  /** A filter that changes data came and went: what is read may rightly be what lies at rest. */
  readonly contentMayDiffer: boolean;
}

/** Everything that must not be in a clean run. */
export function judge(facts: Facts): Finding[] {
  const { operations, storage, left } = facts;
  return [
    ...operations.flatMap(({ major, issued, completed }) => lost(major, issued, completed)),
    ...(storage === undefined ? []
      : lost('requests to storage', storage.taken, storage.completed)),
    ...contentFindings(facts),
    ...unexpectedFindings(facts),
    ...leakFindings(left ?? []),
  ];
}

function lost(what: string, issued: number, completed: number): Finding[] {
  if (issued === completed) return [];
  const came = issued > completed ? `only ${count(completed)}` : `but ${count(completed)}`;
  return [{ kind: 'lost-operation', text: `${what}: ${count(issued)} issued, ${came} came back` }];
}

const such = (examples: readonly string[]): string =>
  (examples[0] === undefined ? '' : `, such as ${examples[0]}`);

function contentFindings({ content, contentMayDiffer }: Facts): Finding[] {
  if (content === undefined || content.errors === 0 || contentMayDiffer) return [];
  return [{ kind: 'content', text: `${counted(content.errors, 'place')} held other bytes than ` +
    `were written${such(content.examples)}` }];
}

function unexpectedFindings({ unexpected }: Facts): Finding[] {
  if (unexpected === undefined || unexpected.count === 0) return [];
  return [{ kind: 'unexpected-status', text: `${counted(unexpected.count, 'operation')} returned ` +
    `what nothing explains${such(unexpected.examples)}` }];
}

function leakFindings(left: readonly LeftRow[]): Finding[] {
  if (left.length === 0) return [];
  const what = left.map((row) => `${count(row.count)} ${row.kind} ${row.owner}`.trim()).join(', ');
  return [{ kind: 'leak', text: `after everything was unloaded the machine still holds: ${what}` }];
}

const perFilter = [['contexts', 'contexts'], ['callback data', 'callbackData'],
  ['work items', 'workItems'], ['name information', 'nameInformation']] as const;

/** Everything in a count that is not zero. */
export function leftRows(census: Census): LeftRow[] {
  const rows: LeftRow[] = census.pools.map(({ tag, paged, blocks, bytes }) => (
    { kind: 'pool', owner: `${tag} (${paged ? 'paged' : 'nonpaged'})`, count: blocks, bytes }));
  for (const kind of ['operations', 'files', 'handles'] as const) {
    if (census[kind] !== 0) rows.push({ kind, owner: '', count: census[kind], bytes: 0 });
  }
  for (const filter of census.filters) rows.push(...filterRows(filter));
  return rows;
}

function filterRows(filter: FilterCensus): LeftRow[] {
  return perFilter
    .filter(([, member]) => filter[member] !== 0)
    .map(([kind, member]) => ({ kind, owner: filter.name, count: filter[member], bytes: 0 }));
}
