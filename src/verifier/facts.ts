// The numbered facts that the machine is built on and tested against, in one sentence each. Ids
// such as POST-5 stand in comments, contracts, tests and texts of bug checks; `fltlab explain`
// prints them.
import { kernel } from './facts/kernel.ts';
import { lifecycle } from './facts/lifecycle.ts';
import { objects } from './facts/objects.ts';
import { operations } from './facts/operations.ts';
import { pending } from './facts/pending.ts';
import type { Area } from './facts/area.ts';

export type { Area } from './facts/area.ts';

/** The areas, in the order of the research. */
export const areas: readonly Area[] =
  [...lifecycle, ...operations, ...pending, ...objects, ...kernel];

/** One fact. */
export interface Fact {
  readonly id: string;
  readonly text: string;
  readonly area: Area;
}

/** Every fact by id. */
export const facts: ReadonlyMap<string, Fact> = new Map(areas.flatMap((area) =>
  area.facts.map((text, i) => {
    const id = `${area.id}-${i + 1}`;
    return [id, { id, text, area }] as const;
  })));

const ID = `(?:${areas.map((area) => area.id).join('|')})-\\d+`;
const RANGE = new RegExp(`\\b(${ID})(?:(?:\\.\\.| to )(?:([A-Z]+)-)?(\\d+))?`, 'g');

/**
 * The ids that a text names, ranges ("PORT-1 to PORT-3", "OPL-3..8") spelled out; known ones only.
 */
export function idsOf(text: string): string[] {
  const found = [...text.matchAll(RANGE)].flatMap(([, first = '', prefix, last]) => {
    const [area = '', number = ''] = first.split('-');
    const from = Number(number);
    const to = last === undefined || (prefix ?? area) !== area ? from : Number(last);
    return Array.from({ length: Math.max(1, to - from + 1) }, (_, i) => `${area}-${from + i}`);
  });
  return [...new Set(found)].filter((id) => facts.has(id));
}
