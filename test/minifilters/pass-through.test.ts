// The two filters that change nothing: they load, see (or do not see) every operation, unload, and
// leave nothing behind.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { open } from '#test/support/open-file.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { census } from '#src/machine/census.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import type { LoadedDriver } from '#test/support/load-driver.ts';
import type { ProbeFs } from '#test/support/probe-fs.ts';

let shutdown: () => void;
let fs: ProbeFs;
let nullFilter: LoadedDriver;
let passThrough: LoadedDriver;

beforeAll(async () => {
  nullFilter = await mapDriver('null-filter', '370020');
  passThrough = await mapDriver('pass-through', '370030');
});

beforeEach(() => {
  shutdown = bootInline();
  fs = mountProbeFs();
});

afterEach(() => {
  fs.unmount();
  shutdown();
  expect(poolUsage()).toEqual([]);
});

function sum(counts: readonly number[] = []): number {
  return counts.reduce((a, b) => a + b, 0);
}

function useFile(): void {
  const { status, handle } = open('P:\\f');
  expect(status).toBe(0);
  expect(NtClose(handle)).toBe(0);
}

describe('null-filter', () => {
  test('attaches and runs no callback', () => {
    nullFilter.start();
    useFile();
    const [filter] = census().filters;
    expect(filter).toMatchObject({ name: 'null-filter', pre: [0, 0, 0], post: [0, 0, 0] });
    expect(census().attached).toBe(1);
    nullFilter.stop();
    expect(census().filters).toEqual([]);
  });

  test('can be loaded again after it was unloaded', () => {
    nullFilter.start();
    nullFilter.stop();
    nullFilter.start();
    nullFilter.stop();
  });
});

describe('pass-through', () => {
  test('sees every operation twice and changes none', () => {
    useFile();
    const alone = fs.seen.splice(0);
    passThrough.start();
    useFile();
    expect(fs.seen).toEqual(alone);
    const [filter] = census().filters;
    expect(sum(filter?.pre)).toBe(alone.length);
    expect(sum(filter?.post)).toBe(alone.length);
    passThrough.stop();
  });

  test('lies over the null filter, whose altitude is lower', () => {
    nullFilter.start();
    passThrough.start();
    useFile();
    expect(census().attached).toBe(2);
    nullFilter.stop();
    useFile();
    passThrough.stop();
  });
});

