// A volume with filters in this thread, for benches: processor 0 is the bench itself.
import { bootMachine } from '../src/machine/boot.ts';
import { mountVolume } from '../src/machine/file-systems.ts';
import { fileByHandle } from '../src/ntos/io/service/service.ts';
import { makeFilter } from '../test/support/make-filter.ts';
import { open } from '../test/support/open-file.ts';
import { FILE_OPEN_IF } from '../src/ntos/io/file-constants.ts';
import type { PFILE_OBJECT } from '../src/ntos/io/types.ts';
import type { Post, Pre } from '../test/support/make-filter.ts';

/** User memory of the bench's own process. */
export const USER_BUFFER = 0x20000;
export const USER_STATUS = 0x40000;

export type FileSystemName = 'null-fs' | 'ramfs';

/** Boots and mounts; a file is open. */
export function bootWithFile(fileSystem: FileSystemName): { handle: number; file: PFILE_OBJECT } {
  bootMachine();
  mountVolume({ fileSystem, name: '\\Device\\Bench', letter: 'B' });
  const { handle, status } = open('B:\\file', { disposition: FILE_OPEN_IF });
  if (status < 0) throw new Error(`the bench's file did not open: 0x${(status >>> 0).toString(16)}`);
  return { handle, file: fileByHandle(handle, 0) as PFILE_OBJECT };
}

let added = 0;
/** What callbacks count, so that they are not nothing. */
export const calls = { pre: 0, post: 0 };

/** Callbacks with text of their own: V8 keeps feedback apart by text. */
export function callbackPair(id: number): { pre: Pre; post: Post } {
  const make = new Function('calls',
    `return { pre(Data) { calls.pre = (calls.pre + Data.Iopb.MajorFunction) | 0; return 0; /*${id}*/ },
       post(Data) { calls.post = (calls.post + Data.IoStatus.Status + 1) | 0; return 0; /*${id}*/ } };`);
  return make(calls) as { pre: Pre; post: Post };
}

/** Adds so many filters with a pre- and a post-operation callback for each of the majors. */
export function addFilters(count: number, majors: readonly number[]): void {
  for (let i = 0; i < count; i++) {
    const operations = majors.map((major) => ({ major, ...callbackPair(added * 256 + major) }));
    makeFilter({ name: `bench${added}`, altitude: `100.${String(++added).padStart(4, '0')}`,
      operations });
  }
}
