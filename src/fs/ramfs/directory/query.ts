// IRP_MN_QUERY_DIRECTORY. The first query of an open settles the pattern; each one goes on behind
// the last name, unless it restarts the scan. STATUS_NO_SUCH_FILE when the first finds nothing,
// STATUS_NO_MORE_FILES when a later one does; an entry whose name does not fit an empty buffer is
// cut, with STATUS_BUFFER_OVERFLOW (MS-FSA 2.1.5.6.3).
import { i32, u32 } from '../../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { bufferOf, lengthOf } from '../../../ntos/rtl/unicode-string.ts';
import { requestBuffer } from '../../../ntos/io/irp/mdl.ts';
import { IO_STACK_LOCATION, IRP, SL_INDEX_SPECIFIED, SL_NO_CURSOR_UPDATE, SL_RESTART_SCAN,
  SL_RETURN_SINGLE_ENTRY } from '../../../ntos/io/types.ts';
import { FILE_LIST_DIRECTORY } from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW, STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER,
  STATUS_NO_MORE_FILES, STATUS_NO_SUCH_FILE, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_SCB, SCB_DIRECTORY } from '../types.ts';
import { lockMain, shareNamespace, unlockMain, unlockNamespace } from '../locks.ts';
import { mayUse } from '../tree/ccb.ts';
import { entryFormat, writeEntry } from './entry.ts';
import { Cursor, beginScan, continueBehind, isScanning, restartScan } from './scan.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { EntryFormat } from './entry.ts';
import type { PCCB, PFCB, PSCB, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const { State, Fcb } = RAMFS_SCB.bound;
const { set_IoStatus_Information } = IRP.bound;
const TWO_DOTS = 0x002e002e;

/** Settles pattern and place; false when there is no memory. */
function prepare(ccb: PCCB, location: PIO_STACK_LOCATION): boolean {
  const flags = s.Flags(location);
  const name = s.Parameters_QueryDirectory_FileName(location);
  const pattern = name === 0 ? 0 : bufferOf(name);
  const bytes = name === 0 ? 0 : lengthOf(name);
  const restarts = (flags & SL_RESTART_SCAN) !== 0;
  if (!isScanning(ccb) || (restarts && bytes !== 0)) return beginScan(ccb, pattern, bytes);
  if (restarts) restartScan(ccb);
  else if (flags & SL_INDEX_SPECIFIED && bytes !== 0) continueBehind(ccb, pattern, bytes);
  return true;
}

/** Fills the buffer from where the scan stands. Returns bytes used, or -1 for a cut entry. */
class Filler {
  used = 0;
  overflowed = false;
  private last = -1;
  readonly buffer: number;
  readonly length: number;
  readonly format: EntryFormat;
  constructor(buffer: number, length: number, format: EntryFormat) {
    this.buffer = buffer;
    this.length = length;
    this.format = format;
  }

  /** Adds the entry under the cursor; false when it has no room. */
  add(cursor: Cursor): boolean {
    const { format, length, buffer } = this;
    const offset = this.last < 0 ? 0 : alignUp(this.used, 8);
    const bytes = cursor.nameBytes();
    const room = length - offset - format.nameAt;
    if (room < bytes && this.last >= 0) return false;
    writeEntry(buffer + offset, format, cursor.fcb(), cursor.name(), bytes, room - (room % 2));
    if (this.last >= 0) u32[(buffer + this.last) >> 2] = offset - this.last;
    this.last = offset;
    this.used = offset + format.nameAt + Math.min(bytes, room - (room % 2));
    this.overflowed = room < bytes;
    return !this.overflowed;
  }

  isEmpty(): boolean {
    return this.last < 0;
  }
}

function fill(filler: Filler, directory: PFCB, ccb: PCCB, flags: number): void {
  const frame = pushFrame();
  const dots = stackAlloc(8);
  i32[dots >> 2] = TWO_DOTS;
  const cursor = new Cursor(directory, ccb, dots);
  while (cursor.findMatch()) {
    const fits = filler.add(cursor);
    if (!fits && !filler.overflowed) break;
    if (!(flags & SL_NO_CURSOR_UPDATE)) cursor.keep();
    cursor.advance();
    if (!fits || flags & SL_RETURN_SINGLE_ENTRY) break;
  }
  popFrame(frame);
}

/** IRP_MN_QUERY_DIRECTORY. PASSIVE_LEVEL. */
export function queryDirectory(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
): NTSTATUS {
  const length = s.Parameters_QueryDirectory_Length(location);
  const format = entryFormat(s.Parameters_QueryDirectory_FileInformationClass(location));
  if (!(State(scb) & SCB_DIRECTORY)) return STATUS_INVALID_PARAMETER;
  if (format === undefined) return STATUS_INVALID_INFO_CLASS;
  if (length < format.nameAt) return STATUS_INFO_LENGTH_MISMATCH;
  if (!mayUse(irp, ccb, FILE_LIST_DIRECTORY)) return STATUS_ACCESS_DENIED;
  const filler = new Filler(requestBuffer(irp), length, format);
  lockMain(scb);
  const isFirst = !isScanning(ccb);
  const ready = prepare(ccb, location);
  if (ready) {
    shareNamespace(vcb);
    fill(filler, Fcb(scb) as PFCB, ccb, s.Flags(location));
    unlockNamespace(vcb);
  }
  unlockMain(scb);
  if (!ready) return STATUS_INSUFFICIENT_RESOURCES;
  if (filler.isEmpty()) return isFirst ? STATUS_NO_SUCH_FILE : STATUS_NO_MORE_FILES;
  set_IoStatus_Information(irp, filler.used);
  return filler.overflowed ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

