// Comparing what was seen with what a vector expects: events of one step form a multiset; what is
// not listed must not happen; an operation that nothing mentions succeeds within its own step.
import type { Vector, VectorEvent } from './vector.ts';

/** Seen only by who asks for them: compared in vectors that list them. */
const callbacks = ['prepost', 'returned', 'waitcomplete'];

function fits(expected: VectorEvent, actual: VectorEvent): boolean {
  const optional = (expected['optionalFields'] as string[] | undefined) ?? [];
  const skip = new Set(['optional', 'optionalFields', 'statusOneOf', ...optional]);
  return Object.entries(expected).every(([key, value]) => {
    if (skip.has(key)) return true;
    if (key === 'status' && expected['statusOneOf'] !== undefined) {
      return (expected['statusOneOf'] as string[]).includes(actual['status'] as string);
    }
    return JSON.stringify(actual[key]) === JSON.stringify(value);
  });
}

function isHeld(held: VectorEvent, seen: readonly VectorEvent[]): boolean {
  return !seen.some((a) => a.n <= held.n && a.ev !== 'granted' &&
    String(a['req'] ?? a['op']) === String(held['req']));
}

/** A break comes before the end of the operation that waited for it. */
function outOfOrder(seen: readonly VectorEvent[]): string[] {
  const problems: string[] = [];
  for (const pended of seen.filter((e) => e.ev === 'pended')) {
    const end = seen.findIndex((e) => e.ev === 'completed' && e['op'] === pended['op']);
    const told = seen.findIndex((e) => e.ev === 'break' && e.n === pended.n);
    if (end >= 0 && told > end) {
      problems.push(`operation ${String(pended['op'])} ended before the break it waited for`);
    }
  }
  return problems;
}

/** What differs between the events that were expected and those that were seen. */
export function differences(
  expected: readonly VectorEvent[],
  seen: readonly VectorEvent[],
): string[] {
  const problems = outOfOrder(seen);
  const rest = [...seen];
  const listed = new Set(expected.map((e) => e.ev));
  const ends = expected.filter((e) => ['pended', 'completed', 'granted'].includes(e.ev));
  const mentioned = new Set(ends.map((e) => String(e['op'] ?? e['req'])));
  for (const e of expected) {
    if (e.ev === 'held') {
      if (!isHeld(e, seen)) problems.push(`not held: ${JSON.stringify(e)}`);
      continue;
    }
    const at = rest.findIndex((a) => fits(e, a));
    if (at >= 0) rest.splice(at, 1);
    else if (e['optional'] !== true) problems.push(`missing: ${JSON.stringify(e)}`);
  }
  for (const a of rest) {
    if (a.n === 0 || (callbacks.includes(a.ev) && !listed.has(a.ev))) continue;
    const own = a.ev === 'completed' && a['status'] === 'STATUS_SUCCESS' &&
      !mentioned.has(String(a['op'])) && Number(String(a['op']).split('.')[0]) === a.n;
    if (!own) problems.push(`unexpected: ${JSON.stringify(a)}`);
  }
  return problems;
}

/** How far the closest of a vector's alternatives is from what was seen. */
export function compare(vector: Vector, seen: readonly VectorEvent[]): string[] {
  const alternatives = vector.expectAnyOf ?? [vector.expect];
  const results = alternatives.map((expected) => differences(expected, seen));
  return results.toSorted((a, b) => a.length - b.length)[0] ?? [];
}
