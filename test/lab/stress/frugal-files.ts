// What a filter asks about files: opens of its own, questions by name, renames, sections.
import { bytes, putFile } from '#test/support/ramfs-volume.ts';
import * as k from '#src/fltKernel.ts';
import { fillBytes, i32, u16 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FileFsSizeInformation, FileRenameInformation, FileStatInformation }
  from '#src/ntos/io/information/information-classes.ts';
import { FILE_OPEN, FILE_READ_ATTRIBUTES, FILE_SYNCHRONOUS_IO_NONALERT, GENERIC_READ, SYNCHRONIZE }
  from '#src/ntos/io/file-constants.ts';
import { OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { setUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { INPUT, OUT, byDriver, calmly, during, w } from './frugal.ts';
import type { Act } from './frugal.ts';

const SHARE_ALL = 7;
const NO_INSTANCE = 0 as k.PFLT_INSTANCE;

/** OBJECT_ATTRIBUTES of a path, on this thread's stack. */
function attributes(path: string): number {
  const name = stackAlloc(UNICODE_STRING.size);
  const text = stackAlloc(2 * path.length + 2);
  const length = writeUtf16(text, path);
  setUnicode(name, text, length, length);
  const at = OBJECT_ATTRIBUTES.at(stackAlloc(OBJECT_ATTRIBUTES.size));
  at.Length = OBJECT_ATTRIBUTES.size;
  at.RootDirectory = 0 as never;
  at.ObjectName = name as never;
  at.Attributes = OBJ_KERNEL_HANDLE;
  return at.address;
}

const framed = (act: () => number): (() => number) => byDriver(() => {
  const frame = pushFrame();
  const status = act();
  popFrame(frame);
  return status;
});

const openFile = (instance: () => k.PFLT_INSTANCE): (() => number) => framed(() => {
  const at = stackAlloc(8);
  const status = k.FltCreateFileEx(w.made.filter, instance(), at as never, (at + 4) as never,
    GENERIC_READ | SYNCHRONIZE, attributes('C:\\f') as never, stackAlloc(8) as never, 0 as never,
    0x80, SHARE_ALL, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, 0);
  if (status < 0) {
    if (i32[at >> 2] !== 0 || i32[(at + 4) >> 2] !== 0) throw new Error('a file, although it failed');
    return status;
  }
  k.FltClose(i32[at >> 2]!);
  k.ObDereferenceObject(i32[(at + 4) >> 2]!);
  return 0;
});

/** The asker must not see its own question; without memory to say from where, nobody may. */
const belowItself = (act: () => number): (() => number) => () => {
  let seen = 0;
  for (const major of [k.IRP_MJ_CREATE, k.IRP_MJ_QUERY_OPEN]) {
    during.pre.set(major, () => {
      seen++;
      return k.FLT_PREOP_SUCCESS_NO_CALLBACK;
    });
  }
  const status = act();
  during.pre.clear();
  if (seen !== 0) throw new Error('the instance saw a question of its own');
  return status;
};

const byName = (instance: () => k.PFLT_INSTANCE): (() => number) => framed(() =>
  k.FltQueryInformationByName(w.made.filter, instance(), attributes('C:\\f') as never,
    stackAlloc(8) as never, INPUT, 128, FileStatInformation, 0 as never));

let renamed = 0;
function rename(): number {
  const path = `C:\\g${renamed++}`;
  calmly(() => putFile('C:\\from', bytes('x')));
  const at = stackAlloc(8);
  const opened = calmly(() => k.FltCreateFileEx(w.made.filter, w.instance, at as never,
    (at + 4) as never, 0x1_0000 | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
    attributes('C:\\from') as never, stackAlloc(8) as never, 0 as never, 0x80, SHARE_ALL, FILE_OPEN,
    FILE_SYNCHRONOUS_IO_NONALERT, 0, 0, 0));
  if (opened < 0) return opened;
  fillBytes(INPUT, 0, 64);
  i32[(INPUT + 8) >> 2] = path.length * 2;
  for (let i = 0; i < path.length; i++) u16[(INPUT + 12 + 2 * i) >> 1] = path.charCodeAt(i);
  const file = i32[(at + 4) >> 2]! as typeof w.file;
  const status = k.FltSetInformationFile(w.instance, file, INPUT, 12 + path.length * 2,
    FileRenameInformation);
  k.FltClose(i32[at >> 2]!);
  k.ObDereferenceObject(file);
  return status;
}

function scan(): number {
  k.FltRegisterForDataScan(w.instance);
  const context = stackAlloc(4);
  const made = calmly(() => k.FltAllocateContext(w.made.filter, k.FLT_SECTION_CONTEXT, 16,
    k.NonPagedPool, context as never));
  if (made < 0) return made;
  const handle = stackAlloc(8);
  const status = k.FltCreateSectionForDataScan(w.instance, w.file, i32[context >> 2]!,
    k.SECTION_MAP_READ | k.SECTION_QUERY, 0 as never, 0, k.PAGE_READONLY, k.SEC_COMMIT, 0,
    handle as never, (handle + 4) as never, stackAlloc(8) as never);
  if (status >= 0) {
    k.FltCloseSectionForDataScan(i32[context >> 2]!);
    k.ZwClose(i32[handle >> 2]!);
    k.ObDereferenceObject(i32[(handle + 4) >> 2]!);
  } else if (i32[handle >> 2] !== 0) {
    throw new Error('a section, although it failed');
  }
  k.FltReleaseContext(i32[context >> 2]!);
  return status;
}

function volumeSize(): number {
  return k.FltQueryVolumeInformation(w.instance, stackAlloc(8) as never, INPUT, 64,
    FileFsSizeInformation);
}

function openVolume(): number {
  const status = k.FltOpenVolume(w.instance, OUT as never, 0 as never);
  if (status >= 0) k.FltClose(i32[OUT >> 2]!);
  return status;
}

/** A question by name below the instance. */
export const questionBelow = belowItself(byName(() => w.instance));

export const fileActs: readonly Act[] = [
  ['an open below the instance', 3, belowItself(openFile(() => w.instance))],
  ['an open from the top', 3, openFile(() => NO_INSTANCE)],
  ['OP-9: a question by name below the instance', 3, questionBelow],
  ['OP-9: the same from the top', 3, byName(() => NO_INSTANCE)],
  ['a rename with the directory that it goes to', 3, framed(rename)],
  ['CTX-20: a section for scanning data', 1, framed(scan)],
  ['IO-21: a volume as such', 3, framed(volumeSize)],
  ['IO-21: the volume opened', 3, framed(openVolume)],
];
