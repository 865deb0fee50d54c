// What is asked and said about files, directories and volumes: information classes, listings,
// security, extended attributes; with classes, lengths and contents that may be wrong.
import { u8 } from '../../../mem/memory.ts';
import * as c from '../../../ntos/io/file-constants.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import * as files from '../../workload/user/files.ts';
import * as requests from '../../workload/user/requests.ts';
import { putFullEa, putInformation } from '../../workload/user/structures.ts';
import * as t from '../tables.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Player } from '../player.ts';
import type { FuzzOperation } from '../sequence.ts';

const PAGE_BYTES = 4096;
const SECURITY = c.OWNER_SECURITY_INFORMATION | c.DACL_SECURITY_INFORMATION;

function query(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const which = t.entry(t.classes, x);
  const bytes = t.entry(t.buffers, y);
  const at = p.address(p.page, z, bytes);
  const status = files.queryFile(p.user, p.fileOf(slot), which, at, bytes);
  if (NT_SUCCESS(status) && at === p.page && t.comparable.has(which)) p.show(p.page);
  return status;
}

/** Sets what a class says: a legal structure (y), or one byte all over. */
function set(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const which = t.entry(t.classes, x);
  u8.fill(z, p.page, p.page + 128);
  const legal = y % 4 === 1
    ? putInformation(p.page, which, { FileAttributes: t.entry(t.attributes, z), Mode: z * 2 }) : 0;
  const bytes = legal === 0 ? t.entry(t.buffers, y) % 128 : legal;
  return files.setFile(p.user, p.fileOf(slot), which, p.address(p.page, y, bytes), bytes);
}

function list(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const which = t.entry(t.directoryClasses, y);
  const bytes = t.entry(t.buffers, z);
  const at = p.address(p.page, z, bytes);
  const status = requests.queryDirectory(p.user, p.fileOf(slot), { FileInformationClass: which,
    FileName: t.entry(t.patterns, x), RestartScan: z % 2 === 1, ReturnSingleEntry: z % 4 >= 2 },
  at, bytes);
  if (NT_SUCCESS(status) && which === cls.FileNamesInformation) p.show(at);
  return status;
}

function volume(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const which = t.entry(t.volumeClasses, x);
  const bytes = t.entry(t.buffers, y);
  if (z % 4 !== 3) return files.queryVolume(p.user, p.fileOf(slot), which, p.page, bytes);
  u8.fill(z, p.page, p.page + PAGE_BYTES);
  return files.setVolume(p.user, p.fileOf(slot), which, p.page, bytes);
}

function security(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const file = p.fileOf(slot);
  const bytes = t.entry(t.buffers, y);
  if (x % 2 === 0) return files.querySecurity(p.user, file, SECURITY, p.page, bytes);
  // What the file has, or nothing that makes sense.
  if (y % 2 === 0) files.querySecurity(p.user, file, SECURITY, p.page, PAGE_BYTES);
  return files.setSecurity(p.user, file, x % 4 === 3 ? -1 : SECURITY, p.page);
}

function attribute(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const name = t.entry(t.eaNames, z);
  if (x % 2 === 0) {
    const status = requests.queryEa(p.user, p.fileOf(slot), name, p.page, t.entry(t.buffers, y));
    if (NT_SUCCESS(status)) p.show(p.page);
    return status;
  }
  const bytes = putFullEa(p.page, name, y);
  // A list that says more, or less, than it is long.
  const wrong = x % 8 === 7 ? t.entry(t.buffers, y) : bytes;
  return requests.setEa(p.user, p.fileOf(slot), p.page, wrong);
}

export const information = { query, set, list, volume, security, attribute };
