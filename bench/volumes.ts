// Volumes of one machine that differ in their filters: each has a file system that ends everything
// at once and as many filters as it is told, which attach to no other volume.
import { FILE_OPEN_IF } from '../src/ntos/io/file-constants.ts';
import { fileByHandle } from '../src/ntos/io/service/service.ts';
import { STATUS_FLT_DO_NOT_ATTACH } from '../src/ntos/status-codes.ts';
import { mountVolume } from '../src/machine/file-systems.ts';
import { makeFilter } from '../test/support/make-filter.ts';
import { open } from '../test/support/open-file.ts';
import type { PFILE_OBJECT } from '../src/ntos/io/types.ts';
import type { PFLT_VOLUME } from '../src/fltmgr/types.ts';
import type { FilterSketch } from '../test/support/make-filter.ts';

export interface BenchVolume {
  readonly volume: PFLT_VOLUME;
  readonly file: PFILE_OBJECT;
  readonly handle: number;
}

let altitudes = 0;

/** Adds a filter to one volume; the first one added is the highest. */
export function addFilterTo(volume: PFLT_VOLUME, operations: FilterSketch['operations']): void {
  const number = ++altitudes;
  makeFilter({ name: `bench${number}`, altitude: String(300_000 - number), operations,
    setup: (objects) => (objects.Volume === volume ? 0 : STATUS_FLT_DO_NOT_ATTACH) });
}

/** Mounts a volume on null-fs; a file of it is open. The machine is booted. */
export function mountNullVolume(letter: string): BenchVolume {
  const { volume } =
    mountVolume({ fileSystem: 'null-fs', name: `\\Device\\Bench${letter}`, letter });
  const { handle, status } = open(`${letter}:\\file`, { disposition: FILE_OPEN_IF });
  if (status < 0) throw new Error(`no file on ${letter}: 0x${(status >>> 0).toString(16)}`);
  return { volume, handle, file: fileByHandle(handle, 0) as PFILE_OBJECT };
}
