// Faults of a machine, decided in one place: what may fail, when, and that a path fails once.
import { boardMemory } from './faults-on.ts';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { bytes, mountC, openShared, putFile, readAt } from '#test/support/ramfs-volume.ts';
import { FaultBoard, MAX_CALL_PATHS } from '#src/machine/faults/board.ts';
import { startFaults, withoutFaults } from '#src/machine/faults/policy.ts';
import { census } from '#src/machine/census.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag, poolUsage }
  from '#src/ntos/ex/pool/pool.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import type { LoadedDriver } from '#test/support/load-driver.ts';

const board = new FaultBoard(boardMemory);
let ctx: LoadedDriver;
let shutdown: () => void;
beforeAll(async () => {
  ctx = await mapDriver('ctx', '365000');
  startFaults();
});
beforeEach(() => {
  shutdown = withoutFaults(bootInline);
});
afterEach(() => {
  shutdown();
  expect(poolUsage()).toEqual([]);
});

/** Starts the filter as often as it takes; how often it failed. */
function startAtLast(): number {
  for (let failures = 0; ; failures++) {
    try {
      ctx.start();
      return failures;
    } catch (error) {
      expect((error as Error).message).toContain('STATUS_INSUFFICIENT_RESOURCES');
    }
  }
}

describe('F-225: systematic low resources', () => {
  test('each call path of a filter\'s allocations fails once, whatever boots in between', () => {
    const unmount = withoutFaults(() => mountC());
    // From one place, for the test's own frames are taken for a driver's.
    const [first, second] = [1, 2].map(() => {
      const failures = startAtLast();
      ctx.stop();
      return failures;
    });
    expect(first).toBeGreaterThanOrEqual(3);
    expect(second).toBe(0);
    const { paths, newPaths, allocations } = board.counts();
    expect([newPaths, allocations.failed]).toEqual([paths, paths]);
    // Several paths lead to one site; a site is a routine with its row, and none of the pool's.
    expect(board.sites().length).toBeLessThanOrEqual(paths);
    expect(board.sites().every((site) => /^(fltmgr|nt|ctx)!\S+ \([\w.-]+:\d+\)$/.test(site)))
      .toBe(true);
    expect(board.sites().join(' ')).not.toMatch(/ExAllocatePool|pool-block/);
    // What it remembers is the same on another board.
    const other = new FaultBoard();
    other.remember(board.paths(), board.sites());
    expect(other.paths()).toEqual(board.paths());
    expect(other.sites()).toEqual(board.sites());
    expect(other.counts()).toMatchObject({ paths, newPaths: 0 });
    expect(board.paths().every((path) => !other.isNewPath(path))).toBe(true);
    unmount();
  });

  test('what nobody asked for a filter does not fail: the kernel\'s own and the file system\'s',
    () => {
      const before = board.counts();
      const block = ExAllocatePoolWithTag(0, 100, poolTag('Test'));
      expect(block).not.toBe(0);
      ExFreePoolWithTag(block, poolTag('Test'));
      expect(board.counts().allocations).toEqual(before.allocations);
    });
});

test('routines that return nothing do not fail: a lookaside list is made in a driver\'s DriverEntry',
  async () => {
    const spy = await mapDriver('minispy', '385100');
    const before = board.counts().paths;
    for (let started = false; !started;) {
      try {
        spy.start();
        started = true;
      } catch (error) {
        // It would raise an exception if the list's own memory failed.
        expect((error as Error).message).toContain('STATUS_INSUFFICIENT_RESOURCES');
        expect((error as Error).message).not.toContain('lookaside');
      }
    }
    expect(board.counts().paths).toBeGreaterThan(before);
    spy.stop();
  });

describe('a disk that fails', () => {
  test('ends transfers with errors, opens and closes never; not while things are calm', () => {
    const unmount = withoutFaults(() => mountC());
    withoutFaults(() => putFile('C:\\f', bytes('abc')));
    const { handle, status } = openShared('C:\\f');
    expect(status).toBe('STATUS_SUCCESS');
    const read = (): string => readAt(handle, 0, 3).status;
    expect(['STATUS_DATA_ERROR', 'STATUS_IO_DEVICE_ERROR', 'STATUS_CANCELLED']).toContain(read());
    expect(withoutFaults(read)).toBe('STATUS_SUCCESS');
    expect(board.counts().storage.failed).toBeGreaterThan(0);
    NtClose(handle);
    expect(census()).toMatchObject({ handles: 0, files: 0 });
    unmount();
  });
});

describe('the board', () => {
  test('counts paths for which it has no room, and fails none of them', () => {
    const full = new FaultBoard();
    full.remember(Array.from({ length: MAX_CALL_PATHS }, (_, n) => n + 1));
    expect(full.isNewPath(0x7fffffff)).toBe(false);
    expect(full.counts()).toMatchObject({ paths: MAX_CALL_PATHS, unkept: 1 });
  });
});
