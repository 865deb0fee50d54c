// Views of sections: the pages of a section made visible at an address.
//
// A view of a file is a copy in paged pool, read through the file's whole stack as paging I/O when
// the view is mapped: page faults do not exist here. So it shows the file as it was then, and
// nobody may write it but with PAGE_WRITECOPY, whose writes stay in the view anyway. Views of a
// section of the page file all look at the same memory. No file operation conflicts with a view.
import { copyBytes, fillBytes } from '../../mem/memory.ts';
import { PAGE_SIZE } from '../../mem/param.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { ExAllocatePoolUninitialized, ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag }
  from '../ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '../ex/types.ts';
import { IoPageRead } from '../io/service/paging-io.ts';
import { IO_STATUS_BLOCK } from '../io/types.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';
import { ObDereferenceObject, ObReferenceObject } from '../ob/object.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../rtl/list-entry.ts';
import { NT_SUCCESS } from '../status.ts';
import { STATUS_END_OF_FILE, STATUS_INVALID_VIEW_SIZE, STATUS_NOT_MAPPED_VIEW,
  STATUS_NOT_SUPPORTED, STATUS_NO_MEMORY, STATUS_SECTION_PROTECTION, STATUS_SUCCESS }
  from '../status-codes.ts';
import { MM_ROOT, MM_VIEW, PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY, PAGE_READWRITE,
  PAGE_WRITECOPY, SECTION, VIEW_ALIGNMENT, mmRoot } from './types.ts';
import { simpleProtection } from './section.ts';
import type { NTSTATUS } from '../status.ts';
import type { PMM_VIEW, PSECTION } from './types.ts';

const s = SECTION.bound;
const v = MM_VIEW.bound;
const { at_Lock, at_Views } = MM_ROOT.bound;
const { Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof Information>[0];
const TAG = poolTag('MmVw');
/** One paging read asks for no more. */
const LARGEST_READ = 65536;
const WRITABLE = [PAGE_READWRITE, PAGE_EXECUTE_READWRITE];
const PRIVATE = [PAGE_WRITECOPY, PAGE_EXECUTE_WRITECOPY];

/** Makes the list of views. Boot, once. */
export function initializeViews(): void {
  InitializeListHead(at_Views(mmRoot));
}

/** Reads a part of a file to pages that are resident; the bytes that were there, or a status. */
function pageIn(section: PSECTION, pages: number, offset: number, length: number): number {
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size) as PIOSB;
  const status = IoPageRead(s.FileObject(section), pages, length, offset, iosb);
  const read = Information(iosb);
  popFrame(frame);
  if (status === STATUS_END_OF_FILE) return 0;
  return NT_SUCCESS(status) ? read : status;
}

/**
 * Reads a part of a file to an address; behind the end of the file are zeroes. Pages that are being
 * read in stay resident until the read has ended, so a filter may touch them at any IRQL.
 */
function fillFromFile(section: PSECTION, base: number, offset: number, size: number): NTSTATUS {
  const pages = ExAllocatePoolUninitialized(NonPagedPool, Math.min(LARGEST_READ, size), TAG);
  if (pages === 0) return STATUS_NO_MEMORY;
  let read = 0;
  let done = 0;
  while (done < size) {
    const length = Math.min(LARGEST_READ, size - done);
    read = pageIn(section, pages, offset + done, length);
    if (read < 0) break;
    copyBytes(base + done, pages, read);
    done += read;
    if (read < length) break;
  }
  ExFreePoolWithTag(pages, TAG);
  if (read < 0) return read as NTSTATUS;
  if (done < size) fillBytes(base + done, 0, size - done);
  return STATUS_SUCCESS;
}

/** What of a section is to be seen. */
export interface ViewSpec {
  readonly section: PSECTION;
  /** Bytes; rounded down. */
  readonly offset: number;
  /** Bytes; 0: to the end of the section. */
  readonly size: number;
  readonly protection: number;
  readonly processId: number;
}

/** Whether the section lets a view have its protection. */
function checkProtection(section: PSECTION, protection: number): NTSTATUS {
  const has = simpleProtection(s.PageProtection(section));
  const wants = simpleProtection(protection);
  if (WRITABLE.includes(wants) && !WRITABLE.includes(has)) return STATUS_SECTION_PROTECTION;
  const ofFile = s.FileObject(section) !== 0;
  if (ofFile && WRITABLE.includes(wants)) return STATUS_NOT_SUPPORTED;
  return !ofFile && PRIVATE.includes(wants) ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

/** The memory of a view, filled; 0 or a failing status (negative). */
function makePages(section: PSECTION, offset: number, size: number): number {
  if (s.FileObject(section) === 0) return s.Memory(section) + offset;
  const base = ExAllocatePoolUninitialized(PagedPool, size, TAG);
  if (base === 0) return STATUS_NO_MEMORY;
  const status = fillFromFile(section, base, offset, size);
  if (NT_SUCCESS(status)) return base;
  ExFreePoolWithTag(base, TAG);
  return status;
}

/** A view that is there: where, how long, from where in its section. */
export interface MappedView {
  readonly base: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * Maps a view. PASSIVE_LEVEL. The view refers to the section until it is unmapped.
 *
 * @returns the view; or STATUS_INVALID_VIEW_SIZE, STATUS_SECTION_PROTECTION, STATUS_NO_MEMORY,
 *   STATUS_NOT_SUPPORTED (a view of a file that is written through), what a paging read says.
 */
export function mapView(spec: ViewSpec): MappedView | NTSTATUS {
  const { section } = spec;
  const offset = spec.offset - (spec.offset % VIEW_ALIGNMENT);
  const whole = s.SizeOfSection(section);
  if (offset < 0 || offset >= whole) return STATUS_INVALID_VIEW_SIZE;
  const wanted = spec.size === 0 ? whole - offset : spec.size;
  // A size is a word of 32 bits, of which applications have half.
  if (wanted >= 2 ** 32) return STATUS_INVALID_VIEW_SIZE;
  if (wanted >= 2 ** 31) return STATUS_NO_MEMORY;
  const size = Math.ceil(wanted / PAGE_SIZE) * PAGE_SIZE;
  if (offset + size > Math.ceil(whole / PAGE_SIZE) * PAGE_SIZE) return STATUS_INVALID_VIEW_SIZE;
  const allowed = checkProtection(section, spec.protection);
  if (!NT_SUCCESS(allowed)) return allowed;
  const view = ExAllocatePoolWithTag(PagedPool, MM_VIEW.size, TAG) as PMM_VIEW;
  if (view === 0) return STATUS_NO_MEMORY;
  const base = makePages(section, offset, size);
  if (base <= 0) {
    ExFreePoolWithTag(view, TAG);
    return base as NTSTATUS;
  }
  ObReferenceObject(section);
  v.set_Section(view, section);
  v.set_Base(view, base);
  v.set_Size(view, size);
  v.set_ProcessId(view, spec.processId);
  acquireKernelLock(at_Lock(mmRoot));
  InsertTailList(at_Views(mmRoot), v.at_Link(view));
  releaseKernelLock(at_Lock(mmRoot));
  return { base, size, offset };
}

/** The view of a process that an address lies in, taken out of the list; NULL: none such. */
function takeView(address: number, processId: number): PMM_VIEW {
  const head = at_Views(mmRoot);
  acquireKernelLock(at_Lock(mmRoot));
  let found = 0 as PMM_VIEW;
  for (let at = flink(head); at !== head && found === 0; at = flink(at)) {
    const view = (at as number) as PMM_VIEW;
    const inside = address >= v.Base(view) && address < v.Base(view) + v.Size(view);
    if (inside && v.ProcessId(view) === processId) found = view;
  }
  if (found !== 0) RemoveEntryList(v.at_Link(found));
  releaseKernelLock(at_Lock(mmRoot));
  return found;
}

/** Takes the view that an address lies in away. PASSIVE_LEVEL. STATUS_NOT_MAPPED_VIEW. */
export function unmapView(address: number, processId: number): NTSTATUS {
  const view = takeView(address, processId);
  if (view === 0) return STATUS_NOT_MAPPED_VIEW;
  const section = v.Section(view);
  if (s.Memory(section) === 0) ExFreePoolWithTag(v.Base(view), TAG);
  ObDereferenceObject(section);
  ExFreePoolWithTag(view, TAG);
  return STATUS_SUCCESS;
}

/** How many views are mapped; for reports and tests. */
export function mappedViews(): number {
  let count = 0;
  const head = at_Views(mmRoot);
  for (let at = flink(head); at !== head; at = flink(at)) count++;
  return count;
}
