// API coverage: everything that Microsoft's fourteen minifilter samples import from the kernel or
// take from its headers can be imported from fltKernel. The list lies beside the repository;
// without it these tests are skipped.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as fltKernel from '#src/fltKernel.ts';

interface SampleFunction {
  readonly name: string;
  readonly kind: string;
}
interface SampleImports {
  readonly functions: readonly SampleFunction[];
  readonly dataExports: Readonly<Record<string, readonly string[]>>;
  readonly resolvedAtRunTime: Readonly<Record<string, readonly string[]>>;
}

const file = new URL('../../../shared/reference/wdk-sample-imports.json', import.meta.url);
const imports = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as SampleImports)
  : undefined;
const published = new Map<string, unknown>(Object.entries(fltKernel));

function missing(names: readonly string[]): string[] {
  return names.filter((name) => !published.has(name));
}

function named(kinds: readonly string[]): string[] {
  return (imports?.functions ?? []).filter((f) => kinds.includes(f.kind)).map((f) => f.name);
}

describe.skipIf(imports === undefined)('of the samples\' imports (wdk-sample-imports.json)', () => {
  test('the list is the one that was counted: 187 exports, 65 macros, 9 intrinsics', () => {
    expect(named(['export', 'export-behind-macro'])).toHaveLength(187);
    expect(named(['macro-or-inline'])).toHaveLength(65);
    expect(named(['compiler-intrinsic'])).toHaveLength(9);
  });

  test('every export of the kernel and of the Filter Manager exists as a routine', () => {
    const names = named(['export', 'export-behind-macro']);
    expect(missing(names)).toEqual([]);
    expect(names.filter((n) => published.has(n) && typeof published.get(n) !== 'function')).toEqual([]);
  });

  test('every macro, inline helper and intrinsic exists', () => {
    const names = named(['macro-or-inline', 'compiler-intrinsic', 'c-runtime']);
    expect(missing(names)).toEqual([]);
  });

  test('every data export exists', () => {
    expect(missing(Object.keys(imports?.dataExports ?? {}))).toEqual([]);
  });
});
