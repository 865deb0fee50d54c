// Contracts are complete and agree with the routines: every routine that a driver can call has a
// row, each row has the parameters of its routine, what is taken can be given back, and what rows
// point at exists.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as fltKernel from '#src/fltKernel.ts';
import * as codes from '#src/ntos/status-codes.ts';
import * as ioCodes from '#src/ntos/status-codes-io.ts';
import { contracts } from '#src/verifier/contracts.ts';
import { idsOf } from '#src/verifier/facts.ts';
import { sections } from '#src/verifier/sections.ts';

/** Functions of fltKernel that are not the WDK's: what a TypeScript driver is made of, and C's. */
const ours = new Set(['Out', 'RTL_CONSTANT_STRING', 'array', 'atomic', 'callRoutine', 'cast', 'deref',
  'driverGlobals', 'fltRegistration', 'group', 'local', 'localBytes', 'max', 'min', 'out', 'pointer', 'poolTag',
  'readUnicode', 'role', 'strlen', 'struct', 'union', 'wcslen', 'writeUnicode']);

const published = Object.entries(fltKernel)
  .filter(([name, value]) => typeof value === 'function' && !ours.has(name))
  .map(([name]) => name);

const root = fileURLToPath(new URL('../../src/', import.meta.url));

/** The parameter names of every exported routine, by name; some rooms have one of the same name. */
function signatures(): Map<string, string[][]> {
  const found = new Map<string, string[][]>();
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, name = '', list = ''] of text.matchAll(
      /^export function (\w+)(?:<[^(]*>)?\(((?:[^()]|\([^()]*\))*)\)(?:: [^{]+)? \{/gm)) {
      const names = list.replaceAll(/<[^<>]*>/g, '').split(',').map((p) => /^\s*_?(\w+)/.exec(p)?.[1] ?? '')
        .filter((p) => p !== '');
      found.set(name, [...(found.get(name) ?? []), names]);
    }
  }
  return found;
}

describe('every routine that drivers can call has a contract', () => {
  test('VER-2: fltKernel publishes nothing without a row', () => {
    expect(published.length).toBeGreaterThan(400);
    expect(published.filter((name) => !contracts.has(name)), 'rows that are missing').toEqual([]);
  });

  test('no row is about a routine that drivers cannot call', () => {
    const known = new Set(published);
    expect([...contracts.keys()].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('a row agrees with its routine', () => {
  test('it has the same number of parameters', () => {
    const all = signatures();
    const wrong = [...contracts].filter(([name, { params, kind }]) => {
      const found = all.get(name);
      return kind !== 'callback' && found !== undefined
        && found.every((names) => names.length !== params.filter((p) => p.name !== '...').length);
    });
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  test('where the code uses the name of the WDK, so does the row', () => {
    const all = signatures();
    const wrong = [...contracts].flatMap(([name, { params, kind }]) => {
      const found = (all.get(name) ?? []).filter((names) => names.length === params.length);
      if (kind === 'callback' || found.length === 0) return [];
      const differs = (names: string[]): boolean => names.some((n, at) =>
        /^[A-Z]/.test(n) && n.replace(/_$/, '') !== params[at]?.name);
      return found.every(differs) ? [`${name}(${found[0]?.join(', ')})`] : [];
    });
    expect(wrong).toEqual([]);
  });

  test('conditions name parameters that the routine has', () => {
    const wrong = [...contracts].filter(([, { irql, params }]) => typeof irql === 'object'
      && irql.of.some((name) => !params.some((p) => p.name === name)));
    expect(wrong.map(([name]) => name)).toEqual([]);
  });
});

describe('what a row points at exists', () => {
  test('VER-3: what a routine takes, a published routine gives back, of the same kind', () => {
    const wrong = [...contracts].flatMap(([name, { took, params }]) => took.flatMap((x) => {
      const place = x.of === 'result' || params.some((p) => p.name === x.of);
      if (!place || x.until === undefined) return [`${name}: ${x.what} ${x.of}`];
      return x.until.filter((back) => !contracts.get(back)?.gave.some((g) => g.what === x.what)
        && x.what !== 'operation' && x.what !== 'IRP' && x.what !== 'MDL')
        .map((back) => `${name}: ${back} gives back no ${x.what}`);
    }));
    expect(wrong).toEqual([]);
  });

  test('statuses are statuses of the machine', () => {
    const known = new Set([...Object.keys(codes), ...Object.keys(ioCodes)]);
    const wrong = [...contracts].flatMap(([name, { statuses }]) =>
      (statuses?.split(' ') ?? []).filter((s) => s !== '' && !known.has(s))
        .map((s) => `${name}: ${s}`));
    expect(wrong).toEqual([]);
  });

  test('rules are facts or sections of the research', () => {
    const wrong = [...contracts].flatMap(([name, { rules }]) =>
      (rules?.split(' ') ?? []).filter((r) => sections[r] === undefined && idsOf(r).length === 0)
        .map((r) => `${name}: ${r}`));
    expect(wrong).toEqual([]);
  });
});
