// Directory entries: how each information class lays one out, and writing one. All but
// FileNamesInformation begin alike and differ in what lies between the name's length and the name.
//
//   +0 next  +4 index  +8 times  +40 sizes  +56 attributes  +60 name length  +64 … name
//
// FileIndex is 0 as on NTFS, and there are no 8.3 names.
import { copyBytes, fillBytes, i32, u32 } from '../../../mem/memory.ts';
import { FILE_ATTRIBUTE_REPARSE_POINT } from '../../../ntos/io/file-constants.ts';
import * as layout from '../../../ntos/io/information/directory-information.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { FCB_DIRECTORY, RAMFS_FCB, RAMFS_STREAM } from '../types.ts';
import { lockInfo, unlockInfo } from '../locks.ts';
import { shownAttributes } from '../info/times.ts';
import { writeId128 } from '../info/query-basic.ts';
import type { PFCB } from '../types.ts';

const f = RAMFS_FCB.bound;
const st = RAMFS_STREAM.bound;

/** How a class lays out an entry; offsets, 0 where it has no such member. */
export interface EntryFormat {
  readonly nameAt: number;
  readonly eaAt: number;
  readonly tagAt: number;
  readonly idAt: number;
  readonly id128At: number;
  readonly namesOnly: boolean;
}

interface Declared {
  readonly offsets: Readonly<Record<string, number>>;
}

function formatOf(declared: Declared, id: 'none' | 'id64' | 'id128' = 'none'): EntryFormat {
  const { offsets } = declared;
  return {
    nameAt: offsets['FileName'] ?? 0,
    eaAt: offsets['EaSize'] ?? 0,
    tagAt: offsets['ReparsePointTag'] ?? 0,
    idAt: id === 'id64' ? (offsets['FileId'] ?? 0) : 0,
    id128At: id === 'id128' ? (offsets['FileId'] ?? 0) : 0,
    namesOnly: offsets['CreationTime'] === undefined,
  };
}

const formats: Readonly<Record<number, EntryFormat>> = {
  [cls.FileDirectoryInformation]: formatOf(layout.FILE_DIRECTORY_INFORMATION),
  [cls.FileFullDirectoryInformation]: formatOf(layout.FILE_FULL_DIR_INFORMATION),
  [cls.FileBothDirectoryInformation]: formatOf(layout.FILE_BOTH_DIR_INFORMATION),
  [cls.FileNamesInformation]: formatOf(layout.FILE_NAMES_INFORMATION),
  [cls.FileIdBothDirectoryInformation]: formatOf(layout.FILE_ID_BOTH_DIR_INFORMATION, 'id64'),
  [cls.FileIdFullDirectoryInformation]: formatOf(layout.FILE_ID_FULL_DIR_INFORMATION, 'id64'),
  [cls.FileIdExtdDirectoryInformation]: formatOf(layout.FILE_ID_EXTD_DIR_INFORMATION, 'id128'),
  [cls.FileIdExtdBothDirectoryInformation]:
    formatOf(layout.FILE_ID_EXTD_BOTH_DIR_INFORMATION, 'id128'),
};

/** The layout of a class's entries; undefined when directories cannot be asked so. */
export function entryFormat(informationClass: number): EntryFormat | undefined {
  return formats[informationClass];
}

function putLarge(at: number, value: number): void {
  u32[at >> 2] = value % 2 ** 32;
  i32[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}

/** The part that all classes but the names-only one have; sizes are those last told. */
function writeHead(at: number, fcb: PFCB): void {
  const stream = f.DataStream(fcb);
  const directory = (f.Flags(fcb) & FCB_DIRECTORY) !== 0;
  lockInfo(fcb);
  putLarge(at + 8, f.CreationTime(fcb));
  putLarge(at + 16, f.LastAccessTime(fcb));
  putLarge(at + 24, f.LastWriteTime(fcb));
  putLarge(at + 32, f.ChangeTime(fcb));
  putLarge(at + 40, directory ? 0 : st.EndOfFile(stream));
  putLarge(at + 48, directory ? 0 : st.AllocationSize(stream));
  u32[(at + 56) >> 2] = shownAttributes(fcb);
  unlockInfo(fcb);
}

/**
 * Writes an entry; the name is cut to `nameRoom` bytes, its length is told in full. The namespace
 * resource is held.
 */
export function writeEntry(
  at: number, format: EntryFormat, fcb: PFCB, name: number, bytes: number, nameRoom: number,
): void {
  fillBytes(at, 0, format.nameAt);
  if (format.namesOnly) {
    u32[(at + 8) >> 2] = bytes;
  } else {
    writeHead(at, fcb);
    u32[(at + 60) >> 2] = bytes;
    const isReparse = (u32[(at + 56) >> 2]! & FILE_ATTRIBUTE_REPARSE_POINT) !== 0;
    const tagInEa = isReparse && format.tagAt === 0;
    const ea = tagInEa ? f.ReparseTag(fcb) : f.EaSize(fcb);
    if (format.eaAt !== 0) u32[(at + format.eaAt) >> 2] = ea;
    if (format.tagAt !== 0) u32[(at + format.tagAt) >> 2] = f.ReparseTag(fcb);
    if (format.idAt !== 0) putLarge(at + format.idAt, f.FileId(fcb));
    if (format.id128At !== 0) writeId128(at + format.id128At, f.FileId(fcb));
  }
  copyBytes(at + format.nameAt, name, Math.min(bytes, nameRoom));
}
