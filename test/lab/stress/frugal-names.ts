// What a filter asks for names: of the file system, of the top of the stack, of a name provider
// that generates and normalizes them, by id.
import { makeFilter } from '#test/support/make-filter.ts';
import { open } from '#test/support/open-file.ts';
import { openShared } from '#test/support/ramfs-volume.ts';
import * as k from '#src/fltKernel.ts';
import { i32, u16 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { FLT_NAME_CONTROL } from '#src/fltmgr/types.ts';
import { FILE_NAMES_INFORMATION } from '#src/ntos/io/information/directory-information.ts';
import { FileInternalInformation } from '#src/ntos/io/information/information-classes.ts';
import { FILE_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_BY_FILE_ID, FILE_OPEN_IF,
  FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtQueryInformationFile } from '#src/ntos/io/service/nt-information.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { STATUS_NOT_SUPPORTED } from '#src/ntos/status-codes.ts';
import { readUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { OUT, byWord, calmly, during, w } from './frugal.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { Act } from './frugal.ts';

const OPENED = k.FLT_FILE_NAME_OPENED | k.FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY;
const NORMALIZED = k.FLT_FILE_NAME_NORMALIZED | k.FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY;
/** Too long for the room that a name control begins with. */
const LONG = 'a'.repeat(200);

const drop = (info: number): void => k.FltReleaseFileNameInformation(info as never);

const generate = k.PFLT_GENERATE_FILE_NAME('FrugalGenerate',
  (instance, file, _data, options, _cache, control) => {
    // It leaves the normalizing to the Filter Manager, component by component.
    const isNormalized = k.FltGetFileNameFormat(options) === k.FLT_FILE_NAME_NORMALIZED;
    if (isNormalized) return STATUS_NOT_SUPPORTED;
    const frame = pushFrame();
    const word = k.out();
    const status = k.FltGetFileNameInformationUnsafe(file as PFILE_OBJECT, instance as never,
      options, word);
    if (status < 0) {
      popFrame(frame);
      return status;
    }
    const name = readUnicode(word.value + 8);
    drop(word.value);
    popFrame(frame);
    const grown = k.FltCheckAndGrowNameControl(control as never, 2 * name.length);
    if (grown < 0) return grown;
    const at = FLT_NAME_CONTROL.at(control as never).Name;
    at.Length = writeUtf16(at.Buffer, name);
    return 0;
  });
const normalize = k.PFLT_NORMALIZE_NAME_COMPONENT('FrugalNormalize',
  (_instance, _parent, _volume, component, expanded) => {
    const view = FILE_NAMES_INFORMATION.at(expanded);
    view.FileNameLength = writeUtf16(view.FileName, readUnicode(component));
    return 0;
  });

/** Asks below a name provider, which is there for this act alone. */
const provided = (options: number): (() => number) => () => {
  const provider: MadeFilter = calmly(() => makeFilter({ name: 'names', altitude: '90',
    operations: [], registration: { GenerateFileNameCallback: generate,
      NormalizeNameComponentCallback: normalize } }));
  const { handle } = calmly(() => open(`C:\\${LONG}`, { disposition: FILE_OPEN_IF, shareAccess: 7 }));
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const status = byWord(() => k.FltGetFileNameInformationUnsafe(file, w.instance, options,
    OUT as never), drop)();
  releaseFile(file);
  calmly(() => {
    NtClose(handle);
    provider.unregister();
  });
  return status;
};

/** Asks in the pre-operation callback of a create by id. */
function byId(): number {
  let status = -1;
  const frame = pushFrame();
  const [id, iosb] = [stackAlloc(8), stackAlloc(8)];
  const root = calmly(() => {
    NtQueryInformationFile(w.handle, iosb, id, 8, FileInternalInformation);
    return open('C:\\', { options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
      shareAccess: 7 }).handle;
  });
  const path = String.fromCharCode(...u16.subarray(id >> 1, (id >> 1) + 4));
  const file = fileByHandle(root, 0) as PFILE_OBJECT;
  during.pre.set(k.IRP_MJ_CREATE, (data) => {
    i32[OUT >> 2] = 0;
    status = k.FltGetFileNameInformation(data.address, NORMALIZED, OUT as never);
    if (status >= 0) drop(i32[OUT >> 2]!);
    return k.FLT_PREOP_SUCCESS_NO_CALLBACK;
  });
  const opened = open(path, { root: file, disposition: FILE_OPEN, shareAccess: 7,
    options: FILE_OPEN_BY_FILE_ID | FILE_SYNCHRONOUS_IO_NONALERT });
  during.pre.clear();
  if (opened.handle !== 0) NtClose(opened.handle);
  releaseFile(file);
  NtClose(root);
  popFrame(frame);
  return status;
}

/** Asks in the pre-operation callback of a create relative to a directory. */
function relative(): number {
  let status = -1;
  during.pre.set(k.IRP_MJ_CREATE, (data) => {
    status = k.FltGetFileNameInformation(data.address, OPENED, OUT as never);
    if (status >= 0) drop(i32[OUT >> 2]!);
    return k.FLT_PREOP_SUCCESS_NO_CALLBACK;
  });
  const { handle } = openShared('C:\\f');
  during.pre.clear();
  if (handle !== 0) NtClose(handle);
  return status;
}

const unsafe = (options: number, hasInstance: boolean): (() => number) => byWord(() =>
  k.FltGetFileNameInformationUnsafe(w.file, hasInstance ? w.instance : 0 as never, options,
    OUT as never), drop);

export const nameActs: readonly Act[] = [
  ['an opened name', 2, unsafe(OPENED, true)],
  ['a normalized name', 2, unsafe(NORMALIZED, true)],
  ['a name asked for from the top of the stack', 1, unsafe(OPENED, false)],
  ['the name that a create is given', 1, relative],
  ['the name of a create by id', 3, byId],
  ['NAM-11: a provider\'s name, which it grows', 4, provided(OPENED)],
  ['NAM-10: a provider\'s name, normalized', 4, provided(NORMALIZED)],
];
