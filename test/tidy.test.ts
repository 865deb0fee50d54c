// The house rules that can be checked: floors, doors, sizes, forbidden words. A rule that a test
// can enforce is not left to review.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .toSorted();
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly code: string;
  readonly imports: readonly string[];
}

/** The text without comments and without the contents of strings. */
function codeOf(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
}

function importsOf(path: string, text: string): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((m) => m[1] ?? '');
  return found.map((spec) => relative(root, resolve(root, dirname(path), spec)).replaceAll('\\', '/'));
}

const sources: Source[] = ['src', 'workers'].flatMap(filesBelow).map((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, code: codeOf(text), imports: importsOf(path, text) };
});

function zooScenarios(): string[] {
  return filesBelow('src/minifilters/faulty').filter((path) => path.endsWith('/scenario.ts'));
}

/** Floors from the bottom; a room may import its own floor and those below (ARCHITECTURE.md). */
const floors: readonly (readonly [string, number])[] = [
  ['src/mem/', 0],
  ['src/trace/', 1], ['src/atomics-sync/', 1],
  ['src/ntos/rtl/', 2.1], ['src/ntos/status', 2], ['src/ntos/ke/', 2.2], ['src/ntos/ex/', 2.3],
  ['src/ntos/ob/', 2.4], ['src/ntos/cm/', 2.45], ['src/ntos/io/', 2.5], ['src/ntos/fsrtl/', 2.6],
  ['src/ntos/mm/', 2.65],
  ['src/fs/', 3],
  ['src/fltmgr/', 4],
  ['src/verifier/', 5], ['src/image/', 5],
  ['src/fltKernel.ts', 5.5],
  ['src/fltuser/', 5.8],
  ['src/fltUser.ts', 5.9],
  ['src/machine/', 6],
  // What drives a bug of the zoo and its twin is an experiment, not a driver.
  ...(zooScenarios().map((path) => [path, 8] as const)),
  ['src/minifilters/', 7],
  ['src/lab/', 8],
  ['src/index.ts', 8.5],
  ['src/cli/', 9],
  ['workers/', 6.5],
];

function floorOf(path: string): number {
  const found = floors.find(([prefix]) => path.startsWith(prefix));
  if (found === undefined) {
    throw new Error(`${path} stands on no floor; give it one in tidy.test.ts`);
  }
  return found[1];
}

/** `broken` lists "file: what" for every file that breaks a rule. */
function expectNone(broken: readonly string[]): void {
  expect(broken).toEqual([]);
}

describe('the floors', () => {
  test('imports go downwards only', () => {
    expectNone(sources.flatMap(({ path, imports }) =>
      imports
        .filter((target) => floorOf(target) > floorOf(path))
        // A type of the layouts' owners is a word, not a dependency.
        .map((target) => `${path} imports ${target}`)));
  });

  test('a driver imports fltKernel and nothing else', () => {
    expectNone(sources
      .filter(({ path }) => path.startsWith('src/minifilters/') && floorOf(path) === 7)
      .flatMap(({ path, text }) =>
        [...text.matchAll(/from '([^']+)'/g)].map((m) => m[1] ?? '')
          .filter((spec) => !/^(\.\.\/)+fltKernel\.ts$/.test(spec) && !/^\.\.?\/[a-z-]+\.ts$/.test(spec))
          .map((spec) => `${path} imports ${spec}`)));
  });
});

describe('the doors', () => {
  test('one file says Atomics', () => {
    expectNone(sources
      .filter(({ path, code }) => path !== 'src/atomics-sync/atomics.ts' && /\bAtomics\./.test(code))
      .map(({ path }) => path));
  });

  test('time, randomness and the console stay above the lab', () => {
    const forbidden =
      /\b(Date\.|new Date|performance\.|Math\.random|setTimeout|setInterval|console\.)/;
    const door = 'src/atomics-sync/atomics.ts';
    expectNone(sources
      .filter(({ path }) => floorOf(path) < 6 && path !== door)
      .filter(({ code }) => forbidden.test(code))
      .map(({ path, code }) => `${path}: ${forbidden.exec(code)?.[0]}`));
  });
});

describe('sizes', () => {
  test('no file is longer than 500 lines, no line longer than 100 columns', () => {
    const long =
      sources.filter(({ text }) => text.split('\n').length > 501).map(({ path }) => path);
    const wide = sources.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, i) => (line.length > 100 ? [`${path}:${i + 1}`] : [])));
    expectNone([...long, ...wide]);
  });

  test('the median file has at most 150 lines', () => {
    const lengths = sources.map(({ text }) => text.split('\n').length).toSorted((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(150);
  });
});

describe('words', () => {
  test('every file opens with its contract', () => {
    expectNone(sources.filter(({ text }) => !/^(#!.*\n)?\/[/*]/.test(text)).map(({ path }) => path));
  });

  test('nothing is left undone in a comment, and no type is silenced', () => {
    const marks = /\b(TODO|FIXME|XXX)\b|@ts-ignore|@ts-nocheck|\bas any\b/;
    expectNone(sources.filter(({ text }) => marks.test(text)).map(({ path }) => path));
  });

  test('hot files say so on their first line', () => {
    expectNone(sources
      .filter(({ text }) => /^\/\/ @hot/m.test(text) && !text.startsWith('// @hot'))
      .map(({ path }) => path));
  });

  test('hot files allocate nothing on their way: no closures in loops, no spread, no ' +
    'for-of', () => {
    const cold = /\bfor \((?:const|let) \w+ of\b|\.\.\.\w|new Map\b|\bfunction\*|\basync\b/;
    expectNone(sources
      .filter(({ text }) => text.startsWith('// @hot'))
      .filter(({ code }) => cold.test(code))
      .map(({ path, code }) => `${path}: ${cold.exec(code)?.[0]}`));
  });
});
