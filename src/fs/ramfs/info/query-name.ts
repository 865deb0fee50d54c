// The information classes that end in a name. The name is what the file is called now, from the
// root of the volume, with the stream behind a colon when it has a name of its own. There are no
// 8.3 names on these volumes, so there is no alternate name.
import { copyBytes, u32 } from '../../../mem/memory.ts';
import { FILE_ALL_INFORMATION } from '../../../ntos/io/information/file-information.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INSUFFICIENT_RESOURCES, STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_CCB, RAMFS_SCB } from '../types.ts';
import { TAG_PATH, givePool, takePaged } from '../pool.ts';
import { shareNamespace, unlockNamespace } from '../locks.ts';
import { fullNameLength, writeFullName } from '../tree/full-name.ts';
import { firstLink } from '../tree/link.ts';
import { Answer } from './answer.ts';
import { accessInformation, alignmentInformation, eaInformation, internalInformation,
  modeInformation, positionInformation, writeBasic, writeStandard } from './query-basic.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PLCB } from '../types.ts';

const { Lcb } = RAMFS_CCB.bound;
const { Stream } = RAMFS_SCB.bound;
const NAME_AT = 4;
const all = FILE_ALL_INFORMATION.offsets;
const ALL_NAME_AT = all['NameInformation']! + NAME_AT;

/** The name a file is told by: that of its open, or its first when it was opened by id. */
function linkOf(answer: Answer): PLCB {
  const own = Lcb(answer.ccb);
  return own !== 0 ? own : firstLink(answer.fcb);
}

/** Writes length and name at `at`; only as much of the name as the buffer holds. */
function writeName(answer: Answer, at: number): NTSTATUS {
  const room = answer.buffer + answer.length - at - NAME_AT;
  shareNamespace(answer.vcb);
  const lcb = linkOf(answer);
  const stream = Stream(answer.scb);
  const bytes = fullNameLength(lcb, stream);
  const name = bytes <= room ? at + NAME_AT : takePaged(bytes, TAG_PATH);
  if (name !== 0) writeFullName(name, lcb, stream);
  unlockNamespace(answer.vcb);
  if (name === 0) return STATUS_INSUFFICIENT_RESOURCES;
  u32[at >> 2] = bytes;
  if (bytes <= room) {
    answer.used = at + NAME_AT + bytes - answer.buffer;
    return STATUS_SUCCESS;
  }
  const part = room - (room % 2);
  copyBytes(at + NAME_AT, name, part);
  givePool(name, TAG_PATH);
  answer.used = at + NAME_AT + part - answer.buffer;
  return STATUS_BUFFER_OVERFLOW;
}

export function nameInformation(answer: Answer): NTSTATUS {
  return writeName(answer, answer.buffer);
}

export function alternateNameInformation(_answer: Answer): NTSTATUS {
  return STATUS_OBJECT_NAME_NOT_FOUND;
}

/** Everything at once; the I/O manager's classes too. */
export function allInformation(answer: Answer): NTSTATUS {
  const { vcb, file, scb, ccb, fcb, buffer } = answer;
  const part = (name: string, length: number): Answer =>
    new Answer(vcb, file, scb, ccb, fcb, buffer + all[name]!, length);
  writeBasic(buffer, answer);
  writeStandard(buffer + all['StandardInformation']!, answer);
  internalInformation(part('InternalInformation', 8));
  eaInformation(part('EaInformation', 4));
  accessInformation(part('AccessInformation', 4));
  positionInformation(part('PositionInformation', 8));
  modeInformation(part('ModeInformation', 4));
  alignmentInformation(part('AlignmentInformation', 4));
  return writeName(answer, buffer + ALL_NAME_AT - NAME_AT);
}
