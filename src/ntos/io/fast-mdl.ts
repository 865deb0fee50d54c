// Reads and writes by MDL as file servers issue them: by fast I/O, in the caller's thread. FALSE
// when the file system cannot do it now, in the first place because the file is not cached yet:
// what to do then is the caller's decision (OP-5). Each chain that was obtained is given back.
import { i32 } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { FILE_OBJECT } from './types.ts';
import { IoGetRelatedDeviceObject } from './object/device.ts';
import { fastIoEntry } from './fast-io.ts';
import type { PFILE_OBJECT, PMDL } from './types.ts';

const { PrivateCacheMap } = FILE_OBJECT.bound;

function call(file: PFILE_OBJECT, member: string, args: readonly number[]): boolean {
  const device = IoGetRelatedDeviceObject(file);
  const entry = fastIoEntry(device, member);
  return entry !== 0 && routineTable[entry]!(file, ...args, device) !== 0;
}

function withOffset(offset: number, use: (at: number) => boolean): boolean {
  const frame = pushFrame();
  const at = stackAlloc(8);
  i32[at >> 2] = offset % 4294967296;
  i32[(at + 4) >> 2] = Math.floor(offset / 4294967296);
  const done = use(at);
  popFrame(frame);
  return done;
}

/**
 * Obtains a chain of MDLs for data in the cache. IRQL <= APC_LEVEL.
 *
 * @param FileOffset bytes. @param MdlChain where the chain goes. @param IoStatus the result.
 */
export function FsRtlMdlRead(
  FileObject: PFILE_OBJECT, FileOffset: number, Length: number, LockKey: number, MdlChain: number,
  IoStatus: number,
): boolean {
  if (PrivateCacheMap(FileObject) === 0) return false;
  return withOffset(FileOffset, (at) =>
    call(FileObject, 'MdlRead', [at, Length, LockKey, MdlChain, IoStatus]));
}

/** Gives back what FsRtlMdlRead obtained. IRQL <= APC_LEVEL. */
export function FsRtlMdlReadComplete(FileObject: PFILE_OBJECT, MdlChain: PMDL): boolean {
  return call(FileObject, 'MdlReadComplete', [MdlChain]);
}

/** Obtains a chain of MDLs for a range of the cache that will be written; as FsRtlMdlRead. */
export function FsRtlPrepareMdlWrite(
  FileObject: PFILE_OBJECT, FileOffset: number, Length: number, LockKey: number, MdlChain: number,
  IoStatus: number,
): boolean {
  if (PrivateCacheMap(FileObject) === 0) return false;
  return withOffset(FileOffset, (at) =>
    call(FileObject, 'PrepareMdlWrite', [at, Length, LockKey, MdlChain, IoStatus]));
}

/** The range is written: gives back what FsRtlPrepareMdlWrite obtained. IRQL <= APC_LEVEL. */
export function FsRtlMdlWriteComplete(
  FileObject: PFILE_OBJECT, FileOffset: number, MdlChain: PMDL,
): boolean {
  return withOffset(FileOffset, (at) => call(FileObject, 'MdlWriteComplete', [at, MdlChain]));
}
