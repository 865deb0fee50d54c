// Opening and closing, by path, by a handle and a name below it, by file id; and what changes
// names.
import { i32 } from '../../../mem/memory.ts';
import * as c from '../../../ntos/io/file-constants.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { IRP_MJ_CREATE, IRP_MJ_QUERY_INFORMATION } from '../../../ntos/io/constants.ts';
import { createFile } from '../../../ntos/io/service/nt-create.ts';
import { queryFullAttributes, queryInformationByName }
  from '../../../ntos/io/service/query-open.ts';
import { readUtf16 } from '../../../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import * as files from '../../workload/user/files.ts';
import { nameRoom, putInformation, putRename } from '../../workload/user/structures.ts';
import * as t from '../tables.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Player } from '../player.ts';
import type { FuzzOperation } from '../sequence.ts';

const PAGE_BYTES = 4096;
const SYNCHRONOUS = c.FILE_SYNCHRONOUS_IO_ALERT | c.FILE_SYNCHRONOUS_IO_NONALERT;
/** Nobody would answer a break while the only thread waits. */
const COMPLETE = c.FILE_COMPLETE_IF_OPLOCKED;
const FILE_OPEN_BY_FILE_ID = 0x2000;
/** Where the id is in FILE_INTERNAL_INFORMATION, and how many characters it makes as a name. */
const ID_CHARACTERS = 4;

function open(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  p.closeSlot(slot);
  const [DesiredAccess, CreateDisposition, CreateOptions] = t.entry(t.opens, y);
  const opened = files.openFile(p.user, { path: p.path(x), DesiredAccess, CreateDisposition,
    CreateOptions: CreateOptions | COMPLETE, ShareAccess: t.entry(t.shares, z),
    FileAttributes: t.entry(t.attributes, z >> 2), AllocationSize: z % 8 === 7 ? 65_536 : 0 });
  if (NT_SUCCESS(opened.status)) {
    p.keep(slot, opened);
    p.shown = String(opened.information);
  }
  return opened.status;
}

/** The file's id as eight bytes that stand for a name; '' when it has none. */
function idOf(p: Player, slot: number): string {
  const status = files.queryFile(p.user, p.fileOf(slot), cls.FileInternalInformation, p.page, 8);
  return NT_SUCCESS(status) ? readUtf16(p.page, ID_CHARACTERS * 2) : '';
}

/** Opens what a name says below the handle of a slot, or the slot's file by its id. */
function relative(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const to = (slot + 1) % 4;
  p.closeSlot(to);
  const [desiredAccess, disposition, options] = t.entry(t.opens, y);
  const byId = z % 3 === 2;
  const path = byId ? idOf(p, slot) : t.entry(t.names, x);
  return p.withFile(slot, (root) => {
    const all = options | COMPLETE | (byId ? FILE_OPEN_BY_FILE_ID : 0);
    const status = p.user.call(IRP_MJ_CREATE, undefined, (iosb) => createFile(p.page, iosb, {
      path, root, desiredAccess, fileAttributes: 0, shareAccess: t.entry(t.shares, z),
      disposition, options: all, mode: p.user.mode }));
    if (NT_SUCCESS(status)) {
      p.keep(to, { handle: i32[p.page >> 2]!, asynchronous: (all & SYNCHRONOUS) === 0 });
    }
    return status;
  });
}

function close(p: Player, { slot }: FuzzOperation): NTSTATUS {
  const status = files.closeFile(p.user, p.fileOf(slot));
  p.slots[slot] = undefined;
  return status;
}

/** Asks about a name without opening it, as far as the file system can. */
function byName(p: Player, { x, y, z }: FuzzOperation): NTSTATUS {
  const path = p.path(x);
  const asked = t.entry(t.nameClasses, y);
  return p.user.call(IRP_MJ_QUERY_INFORMATION, undefined, (iosb) =>
    (asked === cls.FileNetworkOpenInformation ? queryFullAttributes({ path }, p.page)
      : queryInformationByName({ path }, iosb, p.page, t.entry(t.buffers, z), asked)));
}

function rename(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const target = z % 6 === 5 ? t.entry(t.bareTargets, x) : p.path(x);
  const room = nameRoom(target) <= PAGE_BYTES ? p.page : p.aside;
  const bytes = putRename(room, target, t.entry(t.renameFlags, y));
  return files.setFile(p.user, p.fileOf(slot), t.entry(t.renames, z), room, bytes);
}

function dispose(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const isPlain = y % 3 < 2;
  const which = isPlain ? cls.FileDispositionInformation : cls.FileDispositionInformationEx;
  const bytes = putInformation(p.page, which,
    isPlain ? { DeleteFile: x % 2 === 0 } : { Flags: t.entry(t.dispositions, x) });
  return files.setFile(p.user, p.fileOf(slot), which, p.page, bytes);
}

export const names = { open, relative, close, byName, rename, dispose };
