// `--faults` and `--fault-paths`: which requests shall fail although nothing is wrong, and the file
// that keeps the call paths which have failed already.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { FAULT_SCALE } from '../mem/fault-plan.ts';
import { UsageError } from './options.ts';
import type { FaultWish } from '../machine/faults/board.ts';
import type { KnownFailures } from '../lab/stress/plan.ts';

/** Of ten thousand; Driver Verifier's randomized low resources fail 600. */
const DEFAULT_ALLOCATIONS = 600;
const DEFAULT_STORAGE = 100;
const DEFAULT_QUEUEING = 500;
const FORMAT = 'fltlab call paths 2';
/** Without sites. */
const FORMAT_BEFORE = 'fltlab call paths 1';
const SITE = 'site ';

const nothing: FaultWish = { allocations: 0, systematic: false, storage: 0, queueing: 0 };

const kinds: Readonly<Record<string, (chance: number | undefined) => Partial<FaultWish>>> = {
  random: (chance) => ({ allocations: chance ?? DEFAULT_ALLOCATIONS }),
  systematic: () => ({ systematic: true }),
  storage: (chance) => ({ storage: chance ?? DEFAULT_STORAGE }),
  queueing: (chance) => ({ queueing: chance ?? DEFAULT_QUEUEING }),
  all: () => ({ allocations: DEFAULT_ALLOCATIONS, storage: DEFAULT_STORAGE,
    queueing: DEFAULT_QUEUEING }),
};

function wishOf(part: string): Partial<FaultWish> {
  const [, name = '', chance] = /^([a-z]+)(?::(\d+))?$/.exec(part.trim()) ?? [];
  const kind = kinds[name];
  const n = chance === undefined ? undefined : Number(chance);
  const takesNone = name === 'systematic' || name === 'all';
  if (kind === undefined || (n !== undefined && (takesNone || n < 1 || n > FAULT_SCALE))) {
    throw new InvalidArgumentError('Allowed are none, or a list of random, systematic, storage, ' +
      `queueing, all; random, storage and queueing take a chance in ${FAULT_SCALE}, such as ` +
      'random:600.');
  }
  return kind(n);
}

/** Reads `--faults`; undefined for none. */
export function faultWish(text: string): FaultWish | undefined {
  if (text === 'none') return undefined;
  return Object.assign({}, nothing, ...text.split(',').map(wishOf)) as FaultWish;
}

/** What a file keeps; nothing where there is no file yet. @throws UsageError */
export function readCallPaths(path: string): KnownFailures {
  if (!existsSync(path)) return { paths: [], sites: [] };
  let lines: string[];
  try {
    lines = readFileSync(path, 'utf8').trim().split('\n');
  } catch (error) {
    throw new UsageError(`--fault-paths ${path}: it cannot be read (${(error as Error).message})`);
  }
  const [head, ...kept] = lines;
  if (head !== FORMAT && head !== FORMAT_BEFORE) {
    throw new UsageError(`--fault-paths ${path}: it begins with "${(head ?? '').slice(0, 40)}", ` +
      `not with "${FORMAT}"; give another name, or delete the file to begin anew`);
  }
  const sites = kept.filter((line) => line.startsWith(SITE)).map((line) => line.slice(SITE.length));
  const paths = kept.flatMap((line, n) => {
    if (line.startsWith(SITE)) return [];
    if (/^[0-9a-f]{8}$/.test(line)) return [Number.parseInt(line, 16)];
    throw new UsageError(`--fault-paths ${path}, line ${n + 2}: "${line.slice(0, 40)}" is no ` +
      'call path (eight hexadecimal digits) and no site');
  });
  return { paths, sites };
}

/** Keeps call paths for the next run; why that was not possible, if so. */
export function writeCallPaths(
  path: string, { paths, sites }: KnownFailures,
): string | undefined {
  const hashes = paths.map((hash) => hash.toString(16).padStart(8, '0'));
  try {
    writeFileSync(path, `${[FORMAT, ...hashes, ...sites.map((site) => SITE + site)].join('\n')}\n`);
    return undefined;
  } catch (error) {
    return `the call paths could not be written to ${path}: ${(error as Error).message}`;
  }
}
