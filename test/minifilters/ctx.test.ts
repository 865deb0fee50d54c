// ctx: contexts appear with what they are hung on and go with it; no reference is left.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { bytes, getFile, mountC, openShared, putFile, readAt, writeAt }
  from '#test/support/ramfs-volume.ts';
import { census } from '#src/machine/census.ts';
import { i32 } from '#src/mem/memory.ts';
import { imageSlot } from '#src/mem/memory-map.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import type { LoadedDriver } from '#test/support/load-driver.ts';

let shutdown: () => void;
let unmount: () => void;
let ctx: LoadedDriver;

beforeAll(async () => {
  ctx = await mapDriver('ctx', '365000');
});

beforeEach(() => {
  shutdown = bootInline();
  unmount = mountC();
  putFile('C:\\old', bytes('made before'));
  ctx.start();
});

afterEach(() => {
  ctx.stop();
  expect(alive()).toEqual([0, 0, 0]);
  unmount();
  shutdown();
  expect(poolUsage()).toEqual([]);
});

/** The driver's counts of its contexts: instance, stream, handle; behind its filter pointer. */
function alive(): number[] {
  const at = imageSlot(ctx.image.index).start >> 2;
  return Array.from(i32.slice(at + 1, at + 4));
}

describe('contexts', () => {
  test('an instance has one from its setup on', () => {
    expect(alive()).toEqual([1, 0, 0]);
    expect(census().filters[0]?.contexts).toBe(1);
  });

  test('two opens of a file share the stream context and have a handle context each', () => {
    const first = openShared('C:\\old').handle;
    const second = openShared('C:\\old').handle;
    expect(alive()).toEqual([1, 1, 2]);
    NtClose(first);
    expect(alive()).toEqual([1, 1, 1]);
    NtClose(second);
    expect(alive()[2]).toBe(0);
  });

  test('a failed open leaves none', () => {
    getFile('C:\\missing');
    expect(alive()).toEqual([1, 0, 0]);
  });

  test('transfers neither lose nor keep references', () => {
    const { handle } = openShared('C:\\old');
    for (let i = 0; i < 10; i++) {
      writeAt(handle, i, bytes('x'));
      readAt(handle, 0, 5);
    }
    expect(alive()).toEqual([1, 1, 1]);
    NtClose(handle);
  });

  test('a file that is open when the filter goes does not keep it', () => {
    const { handle } = openShared('C:\\old');
    ctx.stop();
    expect(alive()).toEqual([0, 0, 0]);
    expect(readAt(handle, 0, 4).bytes).toEqual(bytes('made'));
    NtClose(handle);
    ctx.start();
  });
});
