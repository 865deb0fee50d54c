// swap-buffers: applications read what they wrote, by every kind of transfer; what lies in the file
// is something else.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { bytes, getFile, mountC, openShared, putFile, readAt, writeAt }
  from '#test/support/ramfs-volume.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO,
  STATUS_ACCESS_DENIED } from '#src/fltKernel.ts';
import { census } from '#src/machine/census.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { FILE_CREATE } from '#src/ntos/io/file-constants.ts';
import { IRP_NOCACHE, IRP_PAGING_IO, IRP_SYNCHRONOUS_PAGING_IO } from '#src/ntos/io/types.ts';
import type { LoadedDriver } from '#test/support/load-driver.ts';

let shutdown: () => void;
let unmount: () => void;
let swapBuffers: LoadedDriver;

beforeAll(async () => {
  swapBuffers = await mapDriver('swap-buffers', '141000');
});

beforeEach(() => {
  shutdown = bootInline();
  unmount = mountC();
  swapBuffers.start();
});

afterEach(() => {
  swapBuffers.stop();
  unmount();
  shutdown();
  expect(poolUsage()).toEqual([]);
});

function some(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 24) & 0xff);
}

/** What lies in the file: read while the filter is away. */
function atRest(path: string): Uint8Array {
  swapBuffers.stop();
  const content = getFile(path);
  swapBuffers.start();
  if (typeof content === 'string') throw new Error(content);
  return content;
}

describe('a file', () => {
  test('reads back as it was written and lies there disguised', () => {
    const content = some(10000);
    putFile('C:\\f', content);
    expect(getFile('C:\\f')).toEqual(content);
    const raw = atRest('C:\\f');
    expect(raw.length).toBe(content.length);
    expect(raw.every((b, i) => (content[i] === 0 ? b === 0 : b !== content[i] && b !== 0))).toBe(true);
  });

  test('may be written and read in pieces of any size at any place', () => {
    const content = some(5000, 7);
    putFile('C:\\f', new Uint8Array(0));
    const { handle } = openShared('C:\\f');
    for (const [from, to] of [[3000, 5000], [0, 1], [1, 777], [700, 3100]] as const) {
      expect(writeAt(handle, from, content.subarray(from, to))).toBe('STATUS_SUCCESS');
    }
    for (const [at, length] of [[0, 1], [513, 512], [4999, 100], [1, 4998]] as const) {
      expect(readAt(handle, at, length).bytes).toEqual(content.slice(at, at + length));
    }
    NtClose(handle);
  });

  test('may grow at its end, wherever that is', () => {
    putFile('C:\\f', bytes('one '));
    const { handle } = openShared('C:\\f');
    expect(writeAt(handle, -1, bytes('two '))).toBe('STATUS_SUCCESS');
    expect(writeAt(handle, -1, bytes('three'))).toBe('STATUS_SUCCESS');
    NtClose(handle);
    expect(getFile('C:\\f')).toEqual(bytes('one two three'));
  });

  test('has zeroes where nobody wrote', () => {
    const { handle } = openShared('C:\\hole', FILE_CREATE);
    writeAt(handle, 20000, bytes('end'));
    expect(readAt(handle, 0, 20003).bytes).toEqual(
      Uint8Array.from([...new Uint8Array(20000), ...bytes('end')]));
    NtClose(handle);
  });

  test('ends where it ended before', () => {
    putFile('C:\\f', bytes('12345'));
    const { handle } = openShared('C:\\f');
    expect(readAt(handle, 5, 10)).toMatchObject({ status: 'STATUS_END_OF_FILE' });
    expect(readAt(handle, 3, 10).bytes).toEqual(bytes('45'));
    expect(readAt(handle, 0, 0)).toMatchObject({ status: 'STATUS_SUCCESS' });
    NtClose(handle);
  });
});

describe('a filter below', () => {
  test('may complete a transfer; the buffers are given back all the same', () => {
    putFile('C:\\f', bytes('content'));
    const below = makeFilter({
      name: 'below', altitude: '1000',
      operations: [3, 4].map((major) => ({
        major,
        pre: (data) => {
          data.IoStatus.Status = STATUS_ACCESS_DENIED;
          return FLT_IS_IRP_OPERATION(data) ? FLT_PREOP_COMPLETE : FLT_PREOP_DISALLOW_FASTIO;
        },
      })),
    });
    const { handle } = openShared('C:\\f');
    expect(readAt(handle, 0, 4).status).toBe('STATUS_ACCESS_DENIED');
    expect(writeAt(handle, 0, bytes('new'))).toBe('STATUS_ACCESS_DENIED');
    NtClose(handle);
    below.unregister();
    expect(getFile('C:\\f')).toEqual(bytes('content'));
  });
});

describe('every kind of transfer', () => {
  test.each([
    ['non-cached', IRP_NOCACHE],
    ['paging', IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO | IRP_NOCACHE],
  ])('%s', (_name, flags) => {
    const content = some(8192, 3);
    putFile('C:\\f', content);
    const { handle } = openShared('C:\\f');
    expect(readAt(handle, 4096, 4096, flags).bytes).toEqual(content.slice(4096));
    const other = some(4096, 99);
    expect(writeAt(handle, 0, other, flags)).toBe('STATUS_SUCCESS');
    expect(readAt(handle, 0, 4096).bytes).toEqual(other);
    NtClose(handle);
  });

  test('fast: the second cached read or write of a handle has no IRP', () => {
    putFile('C:\\f', bytes('fast enough'));
    const { handle } = openShared('C:\\f');
    readAt(handle, 0, 1);
    const before = census().filters[0];
    expect(readAt(handle, 0, 4).bytes).toEqual(bytes('fast'));
    expect(writeAt(handle, 0, bytes('slow'))).toBe('STATUS_SUCCESS');
    expect(readAt(handle, 0, 11).bytes).toEqual(bytes('slow enough'));
    const after = census().filters[0];
    expect((after?.pre[0] ?? 0) - (before?.pre[0] ?? 0)).toBe(3);
    NtClose(handle);
  });
});
