// What a fuzz run reached, for people: operations that callbacks ran for, and for each kind
// of
// operation what the application got.
import { count, majorName } from '../report/format.ts';
import { plainColours, table } from '../report/table.ts';
import { statusName } from '../../ntos/status.ts';
import { kinds } from './sequence.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { FuzzKind } from './sequence.ts';
import type { Reached } from './reached.ts';

/** Statuses of a kind that are shown by name. */
const SHOWN = 5;

const byCount = <K>(counts: ReadonlyMap<K, number>): [K, number][] =>
  Array.from(counts).toSorted((a, b) => b[1] - a[1]);
const sum = (counts: ReadonlyMap<unknown, number> | undefined): number =>
  Array.from(counts?.values() ?? []).reduce((total, n) => total + n, 0);

function operationName(code: number): string {
  const minor = code & 0xff;
  return majorName(code >> 8) + (minor === 0 ? '' : `/${minor}`);
}

function statusesText(statuses: ReadonlyMap<NTSTATUS, number>): string {
  const all = byCount(statuses);
  const shown = all.slice(0, SHOWN).map(([status, n]) =>
    `${statusName(status).replace('STATUS_', '')} ${count(n)}`);
  const more = all.length > SHOWN ? `, and ${all.length - SHOWN} more` : '';
  return shown.join(', ') + more;
}

/** The lines of a report. */
export function reachedLines({ callbacks, statuses }: Reached): string[] {
  const names = Object.keys(kinds) as FuzzKind[];
  const played = names.filter((kind) => statuses.has(kind));
  const operations = byCount(callbacks).map(([code, n]) => `${operationName(code)} ${count(n)}`);
  const different = new Set(Array.from(statuses.values(), (of) => Array.from(of.keys())).flat());
  const total = played.reduce((all, kind) => all + sum(statuses.get(kind)), 0);
  return [
    `${count(total)} operations of ${played.length} kinds (of ${names.length}), ` +
      `${different.size} different statuses`,
    table([{ name: 'kind' }, { name: 'times', align: 'right' }, { name: 'statuses' }],
      played.map((kind) => [kind, count(sum(statuses.get(kind))),
        statusesText(statuses.get(kind)!)]), plainColours),
    `callbacks ran for ${operations.length} operations: ${operations.join(', ') || 'none'}`,
  ];
}

/** The same for a program. */
export function reachedJson({ callbacks, statuses }: Reached): object {
  return {
    callbacks: Object.fromEntries(byCount(callbacks).map(([code, n]) => [operationName(code), n])),
    operations: Object.fromEntries(Array.from(statuses, ([kind, of]) => [kind,
      Object.fromEntries(byCount(of).map(([status, n]) => [statusName(status), n]))])),
  };
}
