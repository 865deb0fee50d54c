// The information classes about a file's names: FileHardLinkInformation and
// FileStandardLinkInformation.
import { copyBytes, u32 } from '../../../mem/memory.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { FILE_LINKS_INFORMATION, FILE_LINK_ENTRY_INFORMATION, FILE_STANDARD_LINK_INFORMATION }
  from '../../../ntos/io/information/file-information.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_FCB, RAMFS_LCB, RAMFS_SCB, SCB_DIRECTORY } from '../types.ts';
import { shareNamespace, unlockNamespace } from '../locks.ts';
import { firstLink, nextLink } from '../tree/link.ts';
import { accessibleLinks, isDeletePending } from './query-basic.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Answer } from './answer.ts';
import type { PLCB } from '../types.ts';

const l = RAMFS_LCB.bound;
const f = RAMFS_FCB.bound;
const { State } = RAMFS_SCB.bound;
const HEAD = FILE_LINKS_INFORMATION.offsets['Entry']!;
const NAME_AT = FILE_LINK_ENTRY_INFORMATION.offsets['FileName']!;

function writeEntry(at: number, lcb: PLCB): void {
  const view = FILE_LINK_ENTRY_INFORMATION.at(at);
  const parent = l.Parent(lcb);
  view.NextEntryOffset = 0;
  view.ParentFileId = f.FileId(parent === 0 ? l.Fcb(lcb) : parent);
  view.FileNameLength = l.NameLength(lcb) / 2;
  copyBytes(at + NAME_AT, l.NameBuffer(lcb), l.NameLength(lcb));
}

/** Writes the entries that fit; counts all. */
function writeLinks(answer: Answer): NTSTATUS {
  const { fcb, buffer, length } = answer;
  let needed = HEAD;
  let returned = 0;
  let last = 0;
  for (let lcb = firstLink(fcb); lcb !== 0; lcb = nextLink(fcb, lcb)) {
    const at = alignUp(needed, 8);
    needed = at + NAME_AT + l.NameLength(lcb);
    if (needed > length) continue;
    writeEntry(buffer + at, lcb);
    if (last !== 0) FILE_LINK_ENTRY_INFORMATION.at(buffer + last).NextEntryOffset = at - last;
    last = at;
    returned++;
    answer.used = needed;
  }
  u32[buffer >> 2] = needed;
  u32[(buffer + 4) >> 2] = returned;
  answer.used = Math.max(answer.used, 8);
  return needed > length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

export function hardLinkInformation(answer: Answer): NTSTATUS {
  shareNamespace(answer.vcb);
  const status = writeLinks(answer);
  unlockNamespace(answer.vcb);
  return status;
}

export function standardLinkInformation(answer: Answer): NTSTATUS {
  const view = FILE_STANDARD_LINK_INFORMATION.at(answer.buffer);
  view.NumberOfAccessibleLinks = accessibleLinks(answer);
  view.TotalNumberOfLinks = f.LinkCount(answer.fcb);
  view.DeletePending = isDeletePending(answer.scb, answer.ccb) ? 1 : 0;
  view.Directory = State(answer.scb) & SCB_DIRECTORY ? 1 : 0;
  answer.used = 12;
  return STATUS_SUCCESS;
}
