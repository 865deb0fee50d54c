// What the memory manager lays out: section objects, the views that are mapped of them, and its
// root. Sections and views lie in pool; the list of views is guarded by MM_ROOT.Lock.
import { LARGE_INTEGER, POINTER, ULONG, atomic, pointer } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** Views begin at multiples of it in their section (the allocation granularity). */
export const VIEW_ALIGNMENT = 65536;

// Protections (Win32Protect, SectionPageProtection).
export const PAGE_NOACCESS = 0x01;
export const PAGE_READONLY = 0x02;
export const PAGE_READWRITE = 0x04;
export const PAGE_WRITECOPY = 0x08;
export const PAGE_EXECUTE = 0x10;
export const PAGE_EXECUTE_READ = 0x20;
export const PAGE_EXECUTE_READWRITE = 0x40;
export const PAGE_EXECUTE_WRITECOPY = 0x80;
export const PAGE_GUARD = 0x100;
export const PAGE_NOCACHE = 0x200;
export const PAGE_WRITECOMBINE = 0x400;

// Allocation attributes of a section.
export const SEC_FILE = 0x0080_0000;
export const SEC_IMAGE = 0x0100_0000;
export const SEC_RESERVE = 0x0400_0000;
export const SEC_COMMIT = 0x0800_0000;
export const SEC_NOCACHE = 0x1000_0000;

// Access rights to a section.
export const SECTION_QUERY = 0x01;
export const SECTION_MAP_WRITE = 0x02;
export const SECTION_MAP_READ = 0x04;
export const SECTION_MAP_EXECUTE = 0x08;
export const SECTION_EXTEND_SIZE = 0x10;
export const SECTION_ALL_ACCESS = 0x000f_001f;

// SECTION_INHERIT.
export const ViewShare = 1;
export const ViewUnmap = 2;

/** Opaque to drivers; the members are ours, and never change. */
export const SECTION = struct('SECTION', {
  SizeOfSection: LARGE_INTEGER,
  /** Its reference is the section's, so the file's close waits for it; NULL: page file. */
  FileObject: pointer('FILE_OBJECT'),
  /** What all views of a section of the page file look at; NULL for a section of a file. */
  Memory: POINTER,
  PageProtection: ULONG,
});
export type PSECTION = Ptr<'SECTION'>;

/** A view: the place where a part of a section is visible. */
export const MM_VIEW = struct('MM_VIEW', {
  Link: LIST_ENTRY,
  /** With a reference. */
  Section: pointer('SECTION'),
  Base: POINTER,
  /** Bytes, whole pages. */
  Size: ULONG,
  ProcessId: ULONG,
});
export type PMM_VIEW = Ptr<'MM_VIEW'>;

export const MM_ROOT = struct('MM_ROOT', {
  Lock: atomic(),
  Views: LIST_ENTRY,
});
export const mmRoot = systemRoot('mm', MM_ROOT.size) as Ptr<'MM_ROOT'>;
