// Renaming a named stream within its file (`:new` or `:new:$DATA`). The stream's record carries its
// name, so it moves to a new record; whoever does I/O finds the record through the SCB, hence both
// of the stream's resources are held as well.
import { copyBytes, u8 } from '../../../mem/memory.ts';
import { RemoveEntryList } from '../../../ntos/rtl/list-entry.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_COLLISION,
  STATUS_OBJECT_NAME_INVALID, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_SCB, RAMFS_STREAM } from '../types.ts';
import { TAG_STREAM, givePool } from '../pool.ts';
import { lockMain, lockNamespace, lockPaging, unlockMain, unlockNamespace, unlockPaging }
  from '../locks.ts';
import { COLON, indexOfUnit, isText, isValidStreamName } from '../tree/names.ts';
import { createStream, findStream, freeStream } from '../tree/stream.ts';
import { isNamedStream } from '../close/deletion.ts';
import { USN_REASON_STREAM_CHANGE, noteChangeLocked } from '../journal/journal.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Change } from './change.ts';
import type { PFCB, PSCB } from '../types.ts';

const b = RAMFS_SCB.bound;
const st = RAMFS_STREAM.bound;
/** What moves: everything behind the list entry and in front of the name's length. */
const MOVED_FROM = RAMFS_STREAM.offsets['Fcb'] ?? 8;
const MOVED_TO = RAMFS_STREAM.offsets['NameLength'] ?? 0;

function moveRecord(scb: PSCB, name: number, bytes: number, replace: boolean): NTSTATUS {
  const old = b.Stream(scb);
  const fcb = b.Fcb(scb) as PFCB;
  const existing = findStream(fcb, name, bytes);
  if (existing !== 0 && existing !== old) {
    if (!replace || st.Scb(existing) !== 0) return STATUS_OBJECT_NAME_COLLISION;
  }
  const fresh = createStream(fcb, name, bytes);
  if (fresh === 0) return STATUS_INSUFFICIENT_RESOURCES;
  if (existing !== 0 && existing !== old) freeStream(existing);
  copyBytes(fresh + MOVED_FROM, old + MOVED_FROM, MOVED_TO - MOVED_FROM);
  b.set_Stream(scb, fresh);
  RemoveEntryList(st.at_ListEntry(old));
  givePool(old, TAG_STREAM);
  noteChangeLocked(fcb, USN_REASON_STREAM_CHANGE);
  return STATUS_SUCCESS;
}

/** Renames the open stream; the name is what follows the first colon. */
export function renameStream(change: Change, at: number, bytes: number): NTSTATUS {
  const { vcb, scb } = change;
  const length = indexOfUnit(COLON, at, bytes);
  const typed = length < bytes;
  if (typed && !isText(at + length + 2, bytes - length - 2, '$DATA')) {
    return STATUS_OBJECT_NAME_INVALID;
  }
  if (length === 0 || !isValidStreamName(at, length)) return STATUS_OBJECT_NAME_INVALID;
  if (!isNamedStream(scb)) return STATUS_INVALID_PARAMETER;
  lockMain(scb);
  lockPaging(scb);
  lockNamespace(vcb);
  const status = moveRecord(scb, at, length, (u8[change.buffer]! & 1) !== 0);
  unlockNamespace(vcb);
  unlockPaging(scb);
  unlockMain(scb);
  return status;
}
