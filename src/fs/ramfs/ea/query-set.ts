// IRP_MJ_QUERY_EA and IRP_MJ_SET_EA: extended attributes, all of them, those of a list, from an
// index, or on from where the last query of the open ended. What does not fit ends the answer with
// STATUS_BUFFER_OVERFLOW (STATUS_BUFFER_TOO_SMALL when not even one of all fits). A name of a list
// that the file does not have is answered with an empty value.
import { copyBytes, fillBytes, u8 } from '../../../mem/memory.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { requestBuffer } from '../../../ntos/io/irp/mdl.ts';
import { IO_STACK_LOCATION, IRP, SL_INDEX_SPECIFIED, SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY }
  from '../../../ntos/io/types.ts';
import { FILE_FULL_EA_INFORMATION, FILE_GET_EA_INFORMATION }
  from '../../../ntos/io/information/file-information.ts';
import { FILE_NOTIFY_CHANGE_EA, FILE_READ_EA, FILE_WRITE_EA }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL,
  STATUS_EA_LIST_INCONSISTENT, STATUS_INVALID_EA_NAME, STATUS_INVALID_PARAMETER,
  STATUS_NONEXISTENT_EA_ENTRY, STATUS_NO_EAS_ON_FILE, STATUS_NO_MORE_EAS, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { RAMFS_CCB, RAMFS_FCB, RAMFS_SCB, SCB_VOLUME } from '../types.ts';
import { lockNamespace, unlockNamespace } from '../locks.ts';
import { touchChange } from '../info/times.ts';
import { mayUse } from '../tree/ccb.ts';
import { USN_REASON_EA_CHANGE, noteChange } from '../journal/journal.ts';
import { reportModified } from '../notify.ts';
import { EA_NAME_AT, badEaOffset, checkEaList, findEa, isValidEaName, mergeEas, putEas, sizeOfEa }
  from './store.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PEA } from './store.ts';
import type { PCCB, PFCB, PSCB, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const e = FILE_FULL_EA_INFORMATION.bound;
const g = FILE_GET_EA_INFORMATION.bound;
type PGET = Parameters<typeof g.EaNameLength>[0];
const f = RAMFS_FCB.bound;
const { State, Fcb } = RAMFS_SCB.bound;
const { NextEa, set_NextEa } = RAMFS_CCB.bound;
const { set_IoStatus_Information } = IRP.bound;
const GET_NAME_AT = FILE_GET_EA_INFORMATION.offsets['EaName'] ?? 5;

/** The answer under construction. */
class Output {
  used = 0;
  private last = 0;
  readonly buffer: number;
  readonly length: number;
  constructor(buffer: number, length: number) {
    this.buffer = buffer;
    this.length = length;
  }

  private place(size: number): number {
    const offset = this.last === 0 ? 0 : alignUp(this.used, 4);
    if (offset + size > this.length) return 0;
    const at = this.buffer + offset;
    if (this.last !== 0) e.set_NextEntryOffset(this.last as PEA, at - this.last);
    this.last = at;
    this.used = offset + size;
    return at;
  }

  /** Adds a stored entry; false when it has no room. */
  add(entry: number): boolean {
    const size = sizeOfEa(entry);
    const at = this.place(size);
    if (at === 0) return false;
    copyBytes(at, entry, size);
    e.set_NextEntryOffset(at as PEA, 0);
    return true;
  }

  /** Adds an entry without a value, for a name that the file has not; false without room. */
  addMissing(name: number, length: number): boolean {
    const at = this.place(EA_NAME_AT + length + 1);
    if (at === 0) return false;
    fillBytes(at, 0, EA_NAME_AT);
    e.set_EaNameLength(at as PEA, length);
    copyBytes(at + EA_NAME_AT, name, length);
    u8[at + EA_NAME_AT + length] = 0;
    return true;
  }

  /** What an answer that had no room for more ends with. */
  full(): NTSTATUS {
    return this.used === 0 ? STATUS_BUFFER_TOO_SMALL : STATUS_BUFFER_OVERFLOW;
  }
}

/** The offset of the entry with a 1-based index; -1 when there are fewer. */
function offsetOfIndex(list: number, length: number, index: number): number {
  let at = 0;
  for (let i = 1; at < length; i++) {
    if (i === index) return at;
    const next = e.NextEntryOffset((list + at) as PEA);
    if (next === 0) return i + 1 === index ? length : -1;
    at += next;
  }
  return -1;
}

/** All entries from an offset on. */
function queryFrom(fcb: PFCB, ccb: PCCB, out: Output, start: number, single: boolean): NTSTATUS {
  const list = f.EaBuffer(fcb);
  const length = f.EaLength(fcb);
  if (length === 0) return STATUS_NO_EAS_ON_FILE;
  if (start >= length) return STATUS_NO_MORE_EAS;
  let at = start;
  let status: NTSTATUS = STATUS_SUCCESS;
  while (at < length) {
    if (!out.add(list + at)) {
      status = out.full();
      break;
    }
    const next = e.NextEntryOffset((list + at) as PEA);
    at = next === 0 ? length : at + next;
    if (single) break;
  }
  set_NextEa(ccb, at);
  return status;
}

/** The entries that a list of FILE_GET_EA_INFORMATION names, in its order. */
function queryList(
  fcb: PFCB, out: Output, names: number, length: number, single: boolean,
): NTSTATUS {
  for (let at = 0; ;) {
    const wanted = (names + at) as PGET;
    const nameLength = g.EaNameLength(wanted);
    const name = wanted + GET_NAME_AT;
    if (at + GET_NAME_AT + nameLength > length) return STATUS_EA_LIST_INCONSISTENT;
    if (!isValidEaName(name, nameLength)) return STATUS_INVALID_EA_NAME;
    const entry = findEa(f.EaBuffer(fcb), f.EaLength(fcb), name, nameLength);
    const fits = entry !== 0 ? out.add(entry) : out.addMissing(name, nameLength);
    if (!fits) return STATUS_BUFFER_OVERFLOW;
    const next = g.NextEntryOffset(wanted);
    if (next === 0 || single) return STATUS_SUCCESS;
    at += next;
  }
}

function answer(fcb: PFCB, ccb: PCCB, location: PIO_STACK_LOCATION, out: Output): NTSTATUS {
  const flags = s.Flags(location);
  const single = (flags & SL_RETURN_SINGLE_ENTRY) !== 0;
  const list = s.Parameters_QueryEa_EaList(location);
  if (list !== 0) {
    return queryList(fcb, out, list, s.Parameters_QueryEa_EaListLength(location), single);
  }
  if (!(flags & SL_INDEX_SPECIFIED)) {
    return queryFrom(fcb, ccb, out, flags & SL_RESTART_SCAN ? 0 : NextEa(ccb), single);
  }
  const index = s.Parameters_QueryEa_EaIndex(location);
  const start = offsetOfIndex(f.EaBuffer(fcb), f.EaLength(fcb), index);
  return start < 0 ? STATUS_NONEXISTENT_EA_ENTRY : queryFrom(fcb, ccb, out, start, single);
}

/** IRP_MJ_QUERY_EA. PASSIVE_LEVEL. */
export function queryEa(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
): NTSTATUS {
  if (State(scb) & SCB_VOLUME) return STATUS_INVALID_PARAMETER;
  if (!mayUse(irp, ccb, FILE_READ_EA)) return STATUS_ACCESS_DENIED;
  const out = new Output(requestBuffer(irp), s.Parameters_QueryEa_Length(location));
  // Exclusively, because the place of the next query is kept in the open.
  lockNamespace(vcb);
  const status = answer(Fcb(scb) as PFCB, ccb, location, out);
  unlockNamespace(vcb);
  set_IoStatus_Information(irp, out.used);
  return status;
}

/** IRP_MJ_SET_EA. PASSIVE_LEVEL. A bad list: Information says where it is bad. */
export function setEa(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
): NTSTATUS {
  const length = s.Parameters_SetEa_Length(location);
  const buffer = requestBuffer(irp);
  if (State(scb) & SCB_VOLUME) return STATUS_INVALID_PARAMETER;
  if (!mayUse(irp, ccb, FILE_WRITE_EA)) return STATUS_ACCESS_DENIED;
  const checked = checkEaList(buffer, length);
  if (checked !== STATUS_SUCCESS) {
    set_IoStatus_Information(irp, badEaOffset);
    return checked;
  }
  const fcb = Fcb(scb) as PFCB;
  lockNamespace(vcb);
  const eas = mergeEas(f.EaBuffer(fcb), f.EaLength(fcb), buffer, length);
  if (eas.status === STATUS_SUCCESS) putEas(fcb, eas);
  unlockNamespace(vcb);
  if (eas.status !== STATUS_SUCCESS) return eas.status;
  touchChange(fcb);
  noteChange(fcb, USN_REASON_EA_CHANGE);
  reportModified(vcb, fcb, ccb, FILE_NOTIFY_CHANGE_EA);
  return STATUS_SUCCESS;
}
