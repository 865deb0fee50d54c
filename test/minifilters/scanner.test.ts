// scanner: infected files cannot be opened for reading, clean ones are as if nobody had looked, and
// nothing is scanned twice until it is written. The test's thread is alone, so no worker could scan
// for it: with a TopLevelIrp nothing can be posted, and the filter scans in place. Scans by workers
// are told in test/story.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { bytes, getFile, mountC, openShared, putFile, readAt, writeAt }
  from '#test/support/ramfs-volume.ts';
import { open } from '#test/support/open-file.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { census } from '#src/machine/census.ts';
import { i32 } from '#src/mem/memory.ts';
import { imageSlot } from '#src/mem/memory-map.ts';
import { IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { FILE_CREATE, FILE_DIRECTORY_FILE, FILE_OPEN, FILE_OVERWRITE, FILE_WRITE_DATA, SYNCHRONIZE }
  from '#src/ntos/io/file-constants.ts';
import { FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_POSTOP_FINISHED_PROCESSING }
  from '#src/fltmgr/constants.ts';
import { statusName } from '#src/ntos/status.ts';
import type { LoadedDriver } from '#test/support/load-driver.ts';

const marker = 'infected-by-fltlab';
let shutdown: () => void;
let unmount: () => void;
let scanner: LoadedDriver;

beforeAll(async () => {
  scanner = await mapDriver('scanner', '328100');
});

beforeEach(() => {
  shutdown = bootInline();
  unmount = mountC();
  scanner.start();
  IoSetTopLevelIrp(1);
});

afterEach(() => {
  IoSetTopLevelIrp(0);
  scanner.stop();
  unmount();
  shutdown();
  expect(poolUsage()).toEqual([]);
});

/** The driver's counts; behind its filter pointer. */
function counts(): { scanned: number; infected: number; inPlace: number } {
  const at = imageSlot(scanner.image.index).start >> 2;
  const [scanned = 0, infected = 0, inPlace = 0] = i32.slice(at + 1, at + 4);
  return { scanned, infected, inPlace };
}

describe('an infected file', () => {
  test('is not opened, and stays as it is', () => {
    putFile('C:\\bad', bytes(`some text, ${marker}, more text`));
    expect(getFile('C:\\bad')).toBe('STATUS_VIRUS_INFECTED');
    expect(getFile('C:\\bad')).toBe('STATUS_VIRUS_INFECTED');
    expect(counts()).toEqual({ scanned: 2, infected: 2, inPlace: 2 });
    expect(census().files).toBe(0);
    expect(census().handles).toBe(0);
  });

  test.each([0, 4090, 4096 - 17, 8191, 60000])('is found with the marker at %i', (at) => {
    const content = new Uint8Array(70000).fill(46);
    content.set(bytes(marker), at);
    putFile('C:\\bad', content);
    expect(getFile('C:\\bad')).toBe('STATUS_VIRUS_INFECTED');
  });

  test('may be opened for writing only, and for reading once it is clean again', () => {
    putFile('C:\\f', bytes(marker));
    const { status, handle } = open('C:\\f', {
      disposition: FILE_OPEN, desiredAccess: FILE_WRITE_DATA | SYNCHRONIZE,
    });
    expect(status).toBe(0);
    expect(writeAt(handle, 0, bytes('d1s'))).toBe('STATUS_SUCCESS');
    NtClose(handle);
    expect(getFile('C:\\f')).toEqual(bytes(`d1s${marker.slice(3)}`));
  });

  test('a filter above sees a create that failed, and nothing of the file after it', () => {
    const seen: string[] = [];
    const above = makeFilter({
      name: 'above', altitude: '400000',
      operations: [0, 2, 0x12].map((major) => ({
        major,
        pre: () => FLT_PREOP_SUCCESS_WITH_CALLBACK,
        post: (data) => {
          seen.push(`${major} ${statusName(data.IoStatus.Status)}`);
          return FLT_POSTOP_FINISHED_PROCESSING;
        },
      })),
    });
    putFile('C:\\bad', bytes(marker));
    seen.length = 0;
    getFile('C:\\bad');
    above.unregister();
    expect(seen).toEqual(['0 STATUS_VIRUS_INFECTED']);
  });
});

describe('a clean file', () => {
  test('is scanned once while it stays in memory, and again after a write', () => {
    putFile('C:\\f', bytes('harmless'));
    expect(counts().scanned).toBe(0);
    const keeper = openShared('C:\\f').handle;
    for (let i = 0; i < 3; i++) expect(getFile('C:\\f')).toEqual(bytes('harmless'));
    expect(counts().scanned).toBe(1);
    const { handle } = openShared('C:\\f');
    writeAt(handle, 0, bytes(marker));
    expect(readAt(handle, 0, 8).bytes).toEqual(bytes(marker.slice(0, 8)));
    NtClose(handle);
    expect(getFile('C:\\f')).toBe('STATUS_VIRUS_INFECTED');
    expect(counts()).toMatchObject({ scanned: 2, infected: 1 });
    NtClose(keeper);
  });

  test('keeps its position and its end', () => {
    putFile('C:\\empty', new Uint8Array(0));
    expect(getFile('C:\\empty')).toEqual(new Uint8Array(0));
    putFile('C:\\f', bytes('abc'));
    const { handle } = openShared('C:\\f');
    expect(readAt(handle, -2, 2).bytes).toEqual(bytes('ab'));
    NtClose(handle);
  });

  test('directories, new files and emptied files are not scanned', () => {
    const directory =
      open('C:\\d', { disposition: FILE_CREATE, options: FILE_DIRECTORY_FILE | 0x20 });
    expect(directory.status).toBe(0);
    NtClose(directory.handle);
    putFile('C:\\f', bytes('x'));
    NtClose(openShared('C:\\f', FILE_OVERWRITE).handle);
    expect(counts().scanned).toBe(0);
  });
});
