// What moves bytes: reads and writes as an application makes them, as the memory manager makes
// them,
// and through a section; with buffers and lengths that may be wrong.
import { i32, u8 } from '../../../mem/memory.ts';
import { IRP_MJ_READ } from '../../../ntos/io/constants.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { NtClose } from '../../../ntos/io/service/nt-create.ts';
import { NtReadFile } from '../../../ntos/io/service/nt-read-write.ts';
import { ZwCreateSection, ZwMapViewOfSection, ZwUnmapViewOfSection }
  from '../../../ntos/mm/nt-section.ts';
import { SECTION_ALL_ACCESS, SEC_COMMIT, ViewUnmap } from '../../../ntos/mm/types.ts';
import { STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import * as files from '../../workload/user/files.ts';
import * as requests from '../../workload/user/requests.ts';
import { putInformation } from '../../workload/user/structures.ts';
import { synchronize } from '../../workload/user/synchronization.ts';
import * as t from '../tables.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Player } from '../player.ts';
import type { FuzzOperation } from '../sequence.ts';

/** The pseudo handle of the own process. */
const CURRENT_PROCESS = -1;
/** Of a view, how much is looked at. */
const SIGHT = 64;

function read(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const length = t.entry(t.lengths, y);
  const at = p.address(p.data, z, length);
  u8.fill(0xee, p.data, p.data + length + 1);
  const status = files.readFile(p.user, p.fileOf(slot), at, length, t.entry(t.offsets, x));
  if (NT_SUCCESS(status)) p.show(at);
  return status;
}

function write(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const length = t.entry(t.lengths, y);
  p.fill(length + 1, z);
  const at = p.address(p.data, z, length);
  const status = files.writeFile(p.user, p.fileOf(slot), at, length, t.entry(t.offsets, x));
  p.shown = String(p.user.information);
  return status;
}

/** A read that goes on while other operations come; a handle that cannot wait reads at once. */
function begin(p: Player, operation: FuzzOperation): NTSTATUS {
  const file = p.fileOf(operation.slot);
  if (!file.asynchronous) return read(p, operation);
  const length = t.entry(t.lengths, operation.y);
  p.isUnderWay = true;
  p.user.start(IRP_MJ_READ, (iosb, event) => NtReadFile(file.handle, event, iosb, p.aside, length,
    t.entry(t.offsets, operation.x)), [], () => undefined);
  return STATUS_SUCCESS;
}

function page(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const length = t.entry(t.pagingLengths, y);
  return p.withFile(slot, (file) => {
    const offset = t.entry(t.pagingOffsets, x);
    if (z % 2 === 1) {
      p.fill(length, z);
      return requests.pageWrite(p.user, file, p.data, length, offset);
    }
    const status = requests.pageRead(p.user, file, p.data, length, offset);
    if (NT_SUCCESS(status)) p.show(p.data);
    return status;
  });
}

/** A section of the file, a view of it, and (z) an attempt to cut the file off under the view. */
function map(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const [section, base, size] = [p.page, p.page + 4, p.page + 8];
  const protection = t.entry(t.protections, x);
  const made = ZwCreateSection(section, SECTION_ALL_ACCESS, 0 as never, 0, protection, SEC_COMMIT,
    p.fileOf(slot).handle);
  if (!NT_SUCCESS(made)) return made;
  const handle = i32[section >> 2]!;
  i32[base >> 2] = 0;
  i32[size >> 2] = y % 4 === 3 ? 2 ** 30 : 0;
  const mapped = ZwMapViewOfSection(handle, CURRENT_PROCESS, base, 0, 0, 0, size, ViewUnmap, 0,
    protection);
  if (NT_SUCCESS(mapped)) {
    const view = i32[base >> 2]!;
    p.show(view, SIGHT);
    if (z % 4 === 1) {
      const bytes = putInformation(p.page + 64, cls.FileEndOfFileInformation, { EndOfFile: 0 });
      const cut = files.setFile(p.user, p.fileOf(slot), cls.FileEndOfFileInformation,
        p.page + 64, bytes);
      p.shown += ` ${cut}`;
    }
    ZwUnmapViewOfSection(CURRENT_PROCESS, view);
  }
  NtClose(handle);
  return mapped;
}

/** What the memory and cache managers acquire around a section and a write-back. */
function synchronise(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const kind = t.entry(['section', 'mod-write', 'cc-flush'] as const, x);
  return p.withFile(slot, (file) => synchronize(p.user, file, kind, y % 2, z % 5));
}

function resize(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const which = t.entry([cls.FileEndOfFileInformation, cls.FileAllocationInformation,
    cls.FileValidDataLengthInformation, cls.FilePositionInformation], y);
  const size = t.entry(t.sizes, x);
  const bytes = putInformation(p.page, which, { EndOfFile: size, AllocationSize: size,
    ValidDataLength: size, CurrentByteOffset: size });
  return files.setFile(p.user, p.fileOf(slot), which, p.page, bytes);
}

const flush = (p: Player, { slot }: FuzzOperation): NTSTATUS =>
  files.flushFile(p.user, p.fileOf(slot));

export const data = { read, write, begin, page, map, section: synchronise, resize, flush };
