// FileStreamInformation: the streams of a file, `::$DATA` first. A directory has no unnamed data
// stream and lists only named ones. What does not fit is left out, with STATUS_BUFFER_OVERFLOW.
import { copyBytes } from '../../../mem/memory.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { writeUtf16 } from '../../../ntos/rtl/unicode-string.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import { FILE_STREAM_INFORMATION } from '../../../ntos/io/information/file-information.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_FCB, RAMFS_SCB, RAMFS_STREAM } from '../types.ts';
import { lockInfo, shareNamespace, unlockInfo, unlockNamespace } from '../locks.ts';
import { isDirectory } from '../tree/fcb.ts';
import { nextStream, streamName } from '../tree/stream.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import type { Answer } from './answer.ts';
import type { PSTREAM } from '../types.ts';

const st = RAMFS_STREAM.bound;
const f = RAMFS_FCB.bound;
const { at_Header } = RAMFS_SCB.bound;
const h = FSRTL_ADVANCED_FCB_HEADER.bound;
const NAME_AT = FILE_STREAM_INFORMATION.offsets['StreamName']!;
const TYPE = ':$DATA';

/** The present sizes: those of the open stream, else what was last told. InfoLock is held. */
function sizesOf(stream: PSTREAM): { end: number; allocation: number } {
  const scb = st.Scb(stream);
  if (scb === 0) return { end: st.EndOfFile(stream), allocation: st.AllocationSize(stream) };
  const header = at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
  return { end: h.FileSize(header), allocation: h.AllocationSize(header) };
}

function writeEntry(at: number, stream: PSTREAM): void {
  const view = FILE_STREAM_INFORMATION.at(at);
  const bytes = st.NameLength(stream);
  const { end, allocation } = sizesOf(stream);
  view.NextEntryOffset = 0;
  view.StreamNameLength = bytes + 2 + TYPE.length * 2;
  view.StreamSize = end;
  view.StreamAllocationSize = allocation;
  writeUtf16(at + NAME_AT, ':');
  copyBytes(at + NAME_AT + 2, streamName(stream), bytes);
  writeUtf16(at + NAME_AT + 2 + bytes, TYPE);
}

/** Writes as many entries as fit. */
function writeAll(answer: Answer): NTSTATUS {
  const { fcb, buffer, length } = answer;
  let last = 0;
  let next = 0;
  for (let stream = nextStream(fcb, 0 as PSTREAM); stream !== 0; stream = nextStream(fcb, stream)) {
    if (isDirectory(fcb) && stream === f.DataStream(fcb)) continue;
    const size = NAME_AT + st.NameLength(stream) + 2 + TYPE.length * 2;
    if (next + size > length) return STATUS_BUFFER_OVERFLOW;
    writeEntry(buffer + next, stream);
    if (next !== 0) FILE_STREAM_INFORMATION.at(buffer + last).NextEntryOffset = next - last;
    answer.used = next + size;
    last = next;
    next = alignUp(next + size, 8);
  }
  return STATUS_SUCCESS;
}

export function streamInformation(answer: Answer): NTSTATUS {
  shareNamespace(answer.vcb);
  lockInfo(answer.fcb);
  const status = writeAll(answer);
  unlockInfo(answer.fcb);
  unlockNamespace(answer.vcb);
  return status;
}
