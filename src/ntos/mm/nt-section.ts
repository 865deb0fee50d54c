// Sections as drivers use them by handle: ZwCreateSection, ZwMapViewOfSection and
// ZwUnmapViewOfSection, and FsRtlCreateSectionForDataScan, which needs no handle of the file.
import { i32 as words } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { asKernel } from '../io/service/kernel-mode.ts';
import { checkServiceLevel, fileByHandle, releaseFile } from '../io/service/service.ts';
import { APC_LEVEL } from '../ke/irql.ts';
import { ObDereferenceObject } from '../ob/object.ts';
import { withObject } from '../ob/with-object.ts';
import { PsGetProcessId } from '../ob/process.ts';
import { OB_TYPE_PROCESS, OB_TYPE_SECTION } from '../ob/types.ts';
import { readInt64, writeInt64 } from '../rtl/large-integer.ts';
import { checkIrql } from '../rtl/services.ts';
import { NT_SUCCESS } from '../status.ts';
import { STATUS_CONFLICTING_ADDRESSES, STATUS_END_OF_FILE, STATUS_INVALID_PAGE_PROTECTION,
  STATUS_INVALID_PARAMETER_3, STATUS_INVALID_PARAMETER_6, STATUS_INVALID_PARAMETER_8,
  STATUS_INVALID_PARAMETER_9, STATUS_MAPPED_FILE_SIZE_ZERO, STATUS_SUCCESS }
  from '../status-codes.ts';
import { checkAttributes, createSection, openSection, simpleProtection } from './section.ts';
import { mapView, unmapView } from './view.ts';
import { PAGE_READONLY, PAGE_READWRITE, SECTION, SEC_COMMIT, SEC_FILE, ViewShare, ViewUnmap }
  from './types.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../status.ts';
import type { PFILE_OBJECT } from '../io/types.ts';
import type { PEPROCESS } from '../ob/process.ts';
import type { POBJECT_ATTRIBUTES } from '../rtl/types.ts';
import type { PSECTION } from './types.ts';

const i32 = words;
const { SizeOfSection } = SECTION.bound;

/** Makes a section, referenced, and its handle; neither is there after a failure. */
function createWithHandle(
  spec: Parameters<typeof createSection>[0], access: number, attributes: POBJECT_ATTRIBUTES,
  sectionOut: number, handleOut: number,
): NTSTATUS {
  i32[handleOut >> 2] = 0;
  i32[sectionOut >> 2] = 0;
  let status = checkAttributes(attributes);
  if (NT_SUCCESS(status)) status = createSection(spec, sectionOut);
  if (!NT_SUCCESS(status)) return status;
  const section = i32[sectionOut >> 2] as PSECTION;
  status = openSection(section, access, attributes, handleOut);
  if (NT_SUCCESS(status)) return status;
  i32[sectionOut >> 2] = 0;
  ObDereferenceObject(section);
  return status;
}

/**
 * Makes a section of a file or of the page file. PASSIVE_LEVEL.
 *
 * @param SectionHandle where the handle goes. @param ObjectAttributes NULL, or without a name.
 * @param MaximumSize NULL, or address of a LARGE_INTEGER with the size; 0: that of the file.
 * @param FileHandle 0: the page file. @returns STATUS_INVALID_PAGE_PROTECTION,
 *   STATUS_INVALID_PARAMETER_4 (no size), STATUS_INVALID_PARAMETER_6 (AllocationAttributes),
 *   STATUS_INVALID_FILE_FOR_SECTION (a directory, a volume), STATUS_MAPPED_FILE_SIZE_ZERO,
 *   STATUS_SECTION_TOO_BIG, STATUS_INSUFFICIENT_RESOURCES, STATUS_NOT_SUPPORTED (SEC_IMAGE),
 *   STATUS_NOT_IMPLEMENTED (a name).
 */
export function ZwCreateSection(
  SectionHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
  MaximumSize: number, SectionPageProtection: number, AllocationAttributes: number,
  FileHandle: number,
): NTSTATUS {
  return asKernel(() => {
    checkServiceLevel('ZwCreateSection');
    const file = FileHandle === 0 ? 0 : fileByHandle(FileHandle, 0);
    // A status is negative, a pointer is not.
    if (file < 0) return file as NTSTATUS;
    const frame = pushFrame();
    const section = stackAlloc(4);
    const status = createWithHandle({
      file: file as PFILE_OBJECT, maximumSize: MaximumSize, protection: SectionPageProtection,
      allocation: AllocationAttributes,
    }, DesiredAccess, ObjectAttributes, section, SectionHandle);
    if (i32[section >> 2] !== 0) ObDereferenceObject(i32[section >> 2]!);
    popFrame(frame);
    if (file > 0) releaseFile(file as PFILE_OBJECT);
    return status;
  });
}

function map(
  section: PSECTION, process: PEPROCESS, baseOut: number, offsetAt: number, sizeAt: number,
  protection: number,
): NTSTATUS {
  const view = mapView({
    section, offset: offsetAt === 0 ? 0 : readInt64(offsetAt), size: i32[sizeAt >> 2]! >>> 0,
    protection, processId: PsGetProcessId(process),
  });
  if (typeof view === 'number') return view;
  i32[baseOut >> 2] = view.base;
  i32[sizeAt >> 2] = view.size;
  if (offsetAt !== 0) writeInt64(offsetAt, view.offset);
  return STATUS_SUCCESS;
}

/**
 * Maps a view of a section. PASSIVE_LEVEL. A view of a file shows it as it is now; it is read with
 * paging I/O here.
 *
 * @param ProcessHandle NtCurrentProcess() or a handle; the view is visible to everybody here.
 * @param BaseAddress address of a pointer, NULL before: where the view's address goes.
 * @param SectionOffset NULL, or address of a LARGE_INTEGER: rounded down to 64 KB, and back.
 * @param ViewSize address of the size, 0: to the end of the section; gets the size in whole pages.
 * @param InheritDisposition ViewUnmap or ViewShare.
 * @returns STATUS_CONFLICTING_ADDRESSES for an address that the caller chose,
 *   STATUS_INVALID_VIEW_SIZE, STATUS_INVALID_PAGE_PROTECTION, STATUS_SECTION_PROTECTION,
 *   STATUS_NO_MEMORY, STATUS_INVALID_PARAMETER_3 (ZeroBits), STATUS_INVALID_PARAMETER_8,
 *   STATUS_NOT_SUPPORTED for a view of a file that is written through, what the file system says.
 */
export function ZwMapViewOfSection(
  SectionHandle: number, ProcessHandle: number, BaseAddress: OutPtr, ZeroBits: number,
  _CommitSize: number, SectionOffset: number, ViewSize: OutPtr, InheritDisposition: number,
  _AllocationType: number, Win32Protect: number,
): NTSTATUS {
  return asKernel(() => {
    checkServiceLevel('ZwMapViewOfSection');
    if (InheritDisposition !== ViewShare && InheritDisposition !== ViewUnmap) {
      return STATUS_INVALID_PARAMETER_8;
    }
    if (ZeroBits > 20) return STATUS_INVALID_PARAMETER_3;
    if (simpleProtection(Win32Protect) === 0) return STATUS_INVALID_PAGE_PROTECTION;
    if (i32[BaseAddress >> 2] !== 0) return STATUS_CONFLICTING_ADDRESSES;
    return withObject(SectionHandle, OB_TYPE_SECTION, (section) =>
      withObject(ProcessHandle, OB_TYPE_PROCESS, (process) => map(section as PSECTION,
        process as PEPROCESS, BaseAddress, SectionOffset, ViewSize, Win32Protect)));
  });
}

/**
 * Takes a view away. PASSIVE_LEVEL.
 * @param BaseAddress any address in the view. @returns STATUS_NOT_MAPPED_VIEW.
 */
export function ZwUnmapViewOfSection(ProcessHandle: number, BaseAddress: number): NTSTATUS {
  return asKernel(() => {
    checkServiceLevel('ZwUnmapViewOfSection');
    return withObject(ProcessHandle, OB_TYPE_PROCESS,
      (process) => unmapView(BaseAddress, PsGetProcessId(process as PEPROCESS)));
  });
}

/**
 * Makes a section of a file that has no handle yet, as in a post-create. IRQL <= APC_LEVEL.
 *
 * @param SectionHandle,SectionObject where the handle and the object, referenced, go: ZwClose and
 *   ObDereferenceObject end them. @param SectionFileSize NULL, or where the file's size goes.
 * @param SectionPageProtection PAGE_READONLY or PAGE_READWRITE.
 * @param AllocationAttributes SEC_COMMIT, and SEC_FILE.
 * @returns STATUS_END_OF_FILE (an empty file), STATUS_INVALID_FILE_FOR_SECTION,
 *   STATUS_INVALID_PARAMETER_8, STATUS_INVALID_PARAMETER_9, STATUS_INSUFFICIENT_RESOURCES,
 *   STATUS_SECTION_TOO_BIG (MaximumSize exceeds the file), STATUS_NOT_IMPLEMENTED (a name).
 */
export function FsRtlCreateSectionForDataScan(
  SectionHandle: OutPtr, SectionObject: OutPtr, SectionFileSize: OutPtr, FileObject: PFILE_OBJECT,
  DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES, MaximumSize: number,
  SectionPageProtection: number, AllocationAttributes: number, _Flags: number,
): NTSTATUS {
  checkIrql('FsRtlCreateSectionForDataScan', APC_LEVEL);
  i32[SectionHandle >> 2] = 0;
  i32[SectionObject >> 2] = 0;
  if (SectionPageProtection !== PAGE_READONLY && SectionPageProtection !== PAGE_READWRITE) {
    return STATUS_INVALID_PARAMETER_8;
  }
  const others = AllocationAttributes & ~(SEC_COMMIT | SEC_FILE);
  if (others !== 0 || (AllocationAttributes & SEC_COMMIT) === 0) return STATUS_INVALID_PARAMETER_9;
  const status = createWithHandle({
    file: FileObject, maximumSize: MaximumSize, protection: SectionPageProtection,
    allocation: AllocationAttributes,
  }, DesiredAccess, ObjectAttributes, SectionObject, SectionHandle);
  if (status === STATUS_MAPPED_FILE_SIZE_ZERO) return STATUS_END_OF_FILE;
  if (status === STATUS_INVALID_PARAMETER_6) return STATUS_INVALID_PARAMETER_9;
  if (NT_SUCCESS(status) && SectionFileSize !== 0) {
    writeInt64(SectionFileSize, SizeOfSection(i32[SectionObject >> 2] as PSECTION));
  }
  return status;
}
