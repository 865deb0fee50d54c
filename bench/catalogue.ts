// Which cases there are, and which of them somebody means.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const shelves = ['micro', 'throughput', 'peers', 'hunt-rate'];
const ENDING = '.bench.js';

/** Every case, as shelf/name. */
export function allCases(): string[] {
  return shelves.filter((shelf) => existsSync(join(here, shelf))).flatMap((shelf) =>
    readdirSync(join(here, shelf))
      .filter((file) => file.endsWith(ENDING))
      .map((file) => `${shelf}/${file.slice(0, -ENDING.length)}`)
      .toSorted());
}

export interface Chosen {
  readonly cases: readonly string[];
  readonly problem?: string;
}

/** How many letters two names have in common at their beginnings, wherever those are. */
function likeness(a: string, b: string): number {
  const words = b.split(/[/-]/);
  return words.filter((word) => word.length > 2 && a.includes(word)).length;
}

/** The cases that the names mean; all without names. */
export function chooseCases(all: readonly string[], wanted: readonly string[]): Chosen {
  if (wanted.length === 0) return { cases: all };
  const cases: string[] = [];
  for (const name of wanted) {
    const meant = all.filter((one) => one === name || (name.endsWith('/') && one.startsWith(name)));
    if (meant.length === 0) {
      const near = all.filter((one) => likeness(name, one) > 0);
      return { cases: [], problem: `there is no case ${name}; ` +
        `${near.length > 0 ? 'near it are' : 'there are'} ${(near.length > 0 ? near : all).join(', ')}` };
    }
    cases.push(...meant);
  }
  return { cases: [...new Set(cases)] };
}
