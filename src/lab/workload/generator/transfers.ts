// Reads, writes and changes of size, with the books of what must lie where: what a requestor's own
// file returns must be the very last write of every cell; what a shared file returns must be whole
// cells of that file and place, by whomever.
// Guarantees: writes are made of whole cells; files stay within their bounds.
import { fillBytes } from '../../../mem/memory.ts';
import { FileEndOfFileInformation } from '../../../ntos/io/information/information-classes.ts';
import { FSCTL_SET_ZERO_DATA } from '../../../ntos/io/control-codes.ts';
import { writeInt64 } from '../../../ntos/rtl/large-integer.ts';
import { STATUS_END_OF_FILE } from '../../../ntos/status-codes.ts';
import { CELL_BYTES, fillCells } from '../content/cells.ts';
import { verifyCells } from '../content/verify.ts';
import { readFile, setFile, writeFile } from '../user/files.ts';
import { control } from '../user/requests.ts';
import { putInformation } from '../user/structures.ts';
import { wholeCells } from './tree.ts';
import type { UserFile } from '../user.ts';
import type { LabFile } from './tree.ts';
import type { Run } from './run.ts';

/** What the buffer holds before a read, so that what a read leaves out is noticed. */
const POISON = 0xee;
const ZERO_DATA_BYTES = 16;

const wholeCellsBelow = (bytes: number): number => Math.floor(bytes / CELL_BYTES) * CELL_BYTES;

/** Reads; the bytes read, 0 behind the end of the file. */
export function readAt(
  run: Run, handle: UserFile, file: LabFile, offset: number, length: number,
): number {
  const bytes = Math.min(length, run.maxTransfer);
  const at = run.buffer + (offset % CELL_BYTES);
  if (!run.isNull) fillBytes(at, POISON, bytes);
  const status = readFile(run.user, handle, at, bytes, offset);
  const mayEnd = file.isShared || offset >= file.size;
  const isRead = mayEnd ? run.check(`read ${file.path}`, status, STATUS_END_OF_FILE)
    : run.check(`read ${file.path}`, status);
  if (!isRead) return 0;
  const moved = run.user.information;
  if (!run.isNull) verify(run, file, at, offset, bytes, moved);
  return moved;
}

function verify(
  run: Run, file: LabFile, at: number, offset: number, bytes: number, moved: number,
): void {
  run.content.readsChecked++;
  run.content.bytesChecked += moved;
  if (!file.isShared) {
    const right = Math.min(bytes, Math.max(0, file.size - offset));
    if (moved !== right) {
      run.wrongContent(`${file.path}: a read of ${bytes} bytes at ${offset} returned ${moved}, ` +
        `the file has ${file.size}`);
      return;
    }
  }
  const wrong = verifyCells(at, moved, file.id, offset, file.isShared ? undefined : file.writeIds);
  if (wrong < 0) return;
  const written = file.isShared ? 'any write' : `write ${file.writeIds[wrong] ?? 0}`;
  run.wrongContent(`${file.path}: the cell at ${wrong * CELL_BYTES} is not that of ${written} ` +
    `(read of ${bytes} bytes at ${offset})`);
}

/** Writes whole cells from `offset` on, or at the start where the file may not grow so far. */
export function writeAt(
  run: Run, handle: UserFile, file: LabFile, offset: number, length: number,
): number {
  const { tree, preset } = run;
  const bytes = Math.min(wholeCells(length), wholeCellsBelow(run.maxTransfer),
    preset.maxFileBytes);
  let start = wholeCellsBelow(offset);
  const end = start + bytes;
  const fits = file.isShared ? end <= preset.maxFileBytes
    : end <= file.size || tree.hasRoom(file, end);
  if (!fits) start = 0;
  if (!file.isShared && bytes > file.size && !tree.hasRoom(file, bytes)) return 0;
  const writeId = run.nextWrite();
  if (!run.isNull) fillCells(run.buffer, bytes, file.id, start, writeId);
  const status = writeFile(run.user, handle, run.buffer, bytes, start);
  if (!run.check(`write ${file.path}`, status)) return 0;
  if (run.user.information !== bytes) {
    run.surprise(`write ${file.path}: ${run.user.information} of ${bytes} bytes written`);
  }
  tree.wrote(file, start, bytes, writeId);
  return start + bytes;
}

/** Sets the end of a requestor's own file. */
export function resize(run: Run, handle: UserFile, file: LabFile, size: number): void {
  if (size > file.size && !run.tree.hasRoom(file, size)) return;
  const bytes = putInformation(run.page, FileEndOfFileInformation, { EndOfFile: size });
  const status = setFile(run.user, handle, FileEndOfFileInformation, run.page, bytes);
  if (run.check(`set the size of ${file.path}`, status)) run.tree.resized(file, size);
}

/** Zeroes a range of a requestor's own file; it keeps its size. */
export function zeroRange(
  run: Run, handle: UserFile, file: LabFile, from: number, beyond: number,
): void {
  writeInt64(run.page, from);
  writeInt64(run.page + 8, beyond);
  const status = control(run.user, handle, { code: FSCTL_SET_ZERO_DATA, input: run.page,
    inputLength: ZERO_DATA_BYTES, output: 0, outputLength: 0 });
  if (run.check(`zero ${file.path}`, status)) {
    file.writeIds.fill(0, from / CELL_BYTES, Math.min(beyond, file.size) / CELL_BYTES);
  }
}

/** Writes a new content from the start, in as many transfers as it takes. */
export function writeWhole(run: Run, handle: UserFile, file: LabFile, size: number): void {
  for (let at = 0; at < size;) {
    const end = writeAt(run, handle, file, at, size - at);
    if (end <= at) return;
    at = end;
  }
}

/** Reads to the end, in pieces of the preset's length. */
export function readWhole(run: Run, handle: UserFile, file: LabFile): void {
  for (let at = 0; at < file.size || at === 0;) {
    const moved = readAt(run, handle, file, at, run.choices.read.of(run.prng));
    if (moved === 0) return;
    at += moved;
  }
}
