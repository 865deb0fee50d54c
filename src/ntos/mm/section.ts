// Section objects: memory that a file or the page file stands behind. Making one asks the file
// system first (acquire and release for section synchronisation, OP-6) and takes the size of the
// file; nothing is read until a view is mapped.
//
// Simplifications: no images (SEC_IMAGE), no names, a section never makes its file longer.
import { i32 as words } from '../../mem/memory.ts';
import { PAGE_SIZE } from '../../mem/param.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { ExAllocatePoolZero, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { PagedPool } from '../ex/types.ts';
import { FsRtlGetFileSize } from '../fsrtl/file-size.ts';
import { FsRtlAcquireToCreateMappedSection, FsRtlReleaseFile } from '../io/service/section-sync.ts';
import { FILE_OBJECT } from '../io/types.ts';
import { ObCreateObject, ObDereferenceObject, ObReferenceObject, ObpRegisterType }
  from '../ob/object.ts';
import { ObpCreateHandle } from '../ob/handle.ts';
import { OB_TYPE_SECTION } from '../ob/types.ts';
import { readInt64 } from '../rtl/large-integer.ts';
import { OBJECT_ATTRIBUTES } from '../rtl/types.ts';
import { readUnicode } from '../rtl/unicode-string.ts';
import { NT_SUCCESS } from '../status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_FILE_FOR_SECTION,
  STATUS_INVALID_PAGE_PROTECTION, STATUS_INVALID_PARAMETER_4, STATUS_INVALID_PARAMETER_6,
  STATUS_MAPPED_FILE_SIZE_ZERO, STATUS_NOT_IMPLEMENTED, STATUS_NOT_SUPPORTED,
  STATUS_SECTION_TOO_BIG, STATUS_SUCCESS } from '../status-codes.ts';
import { PAGE_EXECUTE, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY,
  PAGE_NOCACHE, PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOMBINE, PAGE_WRITECOPY,
  SECTION, SEC_COMMIT, SEC_FILE, SEC_IMAGE, SEC_NOCACHE, SEC_RESERVE } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { PFILE_OBJECT } from '../io/types.ts';
import type { POBJECT_ATTRIBUTES } from '../rtl/types.ts';
import type { PSECTION } from './types.ts';

const i32 = words;
const s = SECTION.bound;
const { SectionObjectPointer } = FILE_OBJECT.bound;
const { ObjectName, Attributes } = OBJECT_ATTRIBUTES.bound;
const TAG = poolTag('MmSt');
const SIMPLE = [PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY, PAGE_EXECUTE, PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY];
const BACKINGS = SEC_COMMIT | SEC_RESERVE | SEC_IMAGE;
const KNOWN = BACKINGS | SEC_FILE | SEC_NOCACHE;
/** A section of the page file is one run of pool. */
const LARGEST_MEMORY = 0x4000_0000;

/** A protection without its modifiers; 0 when it is none that a section can have. */
export function simpleProtection(protection: number): number {
  const simple = protection & ~(PAGE_NOCACHE | PAGE_WRITECOMBINE);
  return SIMPLE.includes(simple) ? simple : 0;
}

/** What is to be made. */
export interface SectionSpec {
  /** NULL: a section of the page file. Referenced by the caller. */
  readonly file: PFILE_OBJECT;
  /** NULL, or address of a LARGE_INTEGER. */
  readonly maximumSize: number;
  readonly protection: number;
  readonly allocation: number;
}

function checkSpec(spec: SectionSpec): NTSTATUS {
  const { allocation } = spec;
  const backings = allocation & BACKINGS;
  // Exactly one of the three, and an image only of a file.
  const one = backings !== 0 && (backings & (backings - 1)) === 0;
  const bad = (allocation & ~KNOWN) !== 0 || !one || (backings === SEC_IMAGE && spec.file === 0);
  if (bad) return STATUS_INVALID_PARAMETER_6;
  if (simpleProtection(spec.protection) === 0) return STATUS_INVALID_PAGE_PROTECTION;
  return backings === SEC_IMAGE ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

/** The size of a file's section, or a failing status (negative). */
function sizeOfFile(file: PFILE_OBJECT, maximum: number): number {
  const frame = pushFrame();
  const out = stackAlloc(8);
  const status = FsRtlGetFileSize(file, out);
  const size = NT_SUCCESS(status) ? readInt64(out) : status;
  popFrame(frame);
  if (!NT_SUCCESS(status)) return status;
  if (size === 0 && maximum === 0) return STATUS_MAPPED_FILE_SIZE_ZERO;
  // A negative maximum is an enormous one.
  return maximum < 0 || maximum > size ? STATUS_SECTION_TOO_BIG : maximum || size;
}

function askFileSystem(spec: SectionSpec, maximum: number): number {
  if (SectionObjectPointer(spec.file) === 0) return STATUS_INVALID_FILE_FOR_SECTION;
  const status = FsRtlAcquireToCreateMappedSection(spec.file, spec.protection);
  if (!NT_SUCCESS(status)) return status;
  const size = sizeOfFile(spec.file, maximum);
  FsRtlReleaseFile(spec.file);
  return size;
}

/**
 * Makes a section object, referenced. IRQL <= APC_LEVEL.
 *
 * @param sectionOut address of the word that gets it. @returns STATUS_INVALID_PARAMETER_6,
 *   STATUS_INVALID_PAGE_PROTECTION, STATUS_INVALID_PARAMETER_4 (no size), STATUS_SECTION_TOO_BIG,
 *   STATUS_INVALID_FILE_FOR_SECTION, STATUS_MAPPED_FILE_SIZE_ZERO, STATUS_INSUFFICIENT_RESOURCES,
 *   STATUS_NOT_SUPPORTED (an image), and what the file system says.
 */
export function createSection(spec: SectionSpec, sectionOut: number): NTSTATUS {
  i32[sectionOut >> 2] = 0;
  const bad = checkSpec(spec);
  if (!NT_SUCCESS(bad)) return bad;
  const maximum = spec.maximumSize === 0 ? 0 : readInt64(spec.maximumSize);
  if (spec.file === 0 && maximum <= 0) return STATUS_INVALID_PARAMETER_4;
  if (spec.file === 0 && maximum > LARGEST_MEMORY) return STATUS_SECTION_TOO_BIG;
  const size = spec.file === 0 ? maximum : askFileSystem(spec, maximum);
  if (size < 0) return size as NTSTATUS;
  const section = ObCreateObject(OB_TYPE_SECTION, SECTION.size) as PSECTION;
  if (section === 0) return STATUS_INSUFFICIENT_RESOURCES;
  s.set_FileObject(section, spec.file);
  s.set_SizeOfSection(section, size);
  s.set_PageProtection(section, spec.protection);
  s.set_Memory(section, 0);
  if (spec.file === 0) {
    const pages = Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
    s.set_Memory(section, ExAllocatePoolZero(PagedPool, pages, TAG));
  } else {
    ObReferenceObject(spec.file);
  }
  if (spec.file === 0 && s.Memory(section) === 0) {
    ObDereferenceObject(section);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  i32[sectionOut >> 2] = section;
  return STATUS_SUCCESS;
}

/** STATUS_NOT_IMPLEMENTED for attributes with a name: sections have none here. */
export function checkAttributes(attributes: POBJECT_ATTRIBUTES): NTSTATUS {
  const named = attributes !== 0 && readUnicode(ObjectName(attributes)) !== '';
  return named ? STATUS_NOT_IMPLEMENTED : STATUS_SUCCESS;
}

/** Gives a section a handle. STATUS_INSUFFICIENT_RESOURCES. */
export function openSection(
  section: PSECTION, access: number, attributes: POBJECT_ATTRIBUTES, handleOut: number,
): NTSTATUS {
  const handle =
    ObpCreateHandle(section, access, attributes === 0 ? 0 : Attributes(attributes));
  i32[handleOut >> 2] = handle;
  return handle === 0 ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

ObpRegisterType(OB_TYPE_SECTION, {
  delete: kernelRoutine('MiSectionDelete', (object) => {
    const section = object as PSECTION;
    const file = s.FileObject(section);
    if (file !== 0) ObDereferenceObject(file);
    if (s.Memory(section) !== 0) ExFreePoolWithTag(s.Memory(section), TAG);
    return 0;
  }),
});
