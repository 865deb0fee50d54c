// A RAM volume with filters on top, in the test's own thread, and its files in few words. The words
// for files serve requestors on real threads as well: each processor has a buffer of its own.
import { mountVolume, unmountVolume } from '#src/machine/file-systems.ts';
import { boot } from '#src/mem/boot-options.ts';
import { fillBytes, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { KIB } from '#src/mem/param.ts';
import { local } from '#src/image/out.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { FILE_OPEN, FILE_OVERWRITE_IF, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE }
  from '#src/ntos/io/file-constants.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { NT_SUCCESS, statusName } from '#src/ntos/status.ts';
import { open } from './open-file.ts';

const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
/** User memory for the data of one call. */
const ROOM = 512 * KIB;
const buffer = USER.start + ROOM * (boot.processor + 1);

/** Mounts \Device\HarddiskVolume1 as C:; the returned function dismounts it. */
export function mountC(): () => void {
  const spec = { fileSystem: 'ramfs', name: '\\Device\\HarddiskVolume1', letter: 'C' } as const;
  const mounted = mountVolume(spec);
  return () => unmountVolume(spec, mounted);
}

/** What one transfer gave. */
export interface Transferred {
  readonly status: string;
  readonly bytes: Uint8Array;
}

type Transfer = typeof NtReadFile;

function transfer(
  call: Transfer, handle: number, offset: number, length: number, irpFlags: number,
): Transferred {
  const frame = pushFrame();
  const iosb = local(IO_STATUS_BLOCK);
  const status = call(handle, 0, iosb.address, buffer, length, offset, 0, irpFlags);
  const moved = NT_SUCCESS(status) ? iosb.Information : 0;
  popFrame(frame);
  return { status: statusName(status), bytes: u8.slice(buffer, buffer + moved) };
}

/** Reads through a handle. `irpFlags`: IRP_NOCACHE, IRP_PAGING_IO. */
export function readAt(handle: number, offset: number, length: number, irpFlags = 0): Transferred {
  fillBytes(buffer, 0xee, length);
  return transfer(NtReadFile, handle, offset, length, irpFlags);
}

/** Writes through a handle; at -1, to the end of the file. */
export function writeAt(handle: number, offset: number, data: Uint8Array, irpFlags = 0): string {
  u8.set(data, buffer);
  return transfer(NtWriteFile, handle, offset, data.length, irpFlags).status;
}

/** Opens a file, for everything, shared with everyone. */
export function openShared(path: string, disposition = FILE_OPEN): { status: string; handle: number } {
  const { status, handle } = open(path, { disposition, shareAccess: SHARE_ALL });
  return { status: statusName(status), handle };
}

/** Makes a file with a content. */
export function putFile(path: string, content: Uint8Array): void {
  const { status, handle } = openShared(path, FILE_OVERWRITE_IF);
  if (handle === 0) throw new Error(`${path}: ${status}`);
  const written = content.length === 0 ? 'STATUS_SUCCESS' : writeAt(handle, 0, content);
  NtClose(handle);
  if (written !== 'STATUS_SUCCESS') throw new Error(`${path}: ${written}`);
}

/** The content of a file, in pieces as large as `piece`; the status when it does not open. */
export function getFile(path: string, piece = 65536): Uint8Array | string {
  const { status, handle } = openShared(path);
  if (handle === 0) return status;
  const parts: number[] = [];
  for (;;) {
    const got = readAt(handle, parts.length, piece);
    parts.push(...got.bytes);
    if (got.bytes.length < piece) break;
  }
  NtClose(handle);
  return Uint8Array.from(parts);
}

/** The bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
