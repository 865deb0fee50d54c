// Sections for scanning data (CTX-20): registered for, made together with a section context, one
// per stream and instance, closed, and taken off by the instance's teardown.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as k from '#src/fltKernel.ts';
import { u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { mappedViews } from '#src/ntos/mm/view.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { objectCount } from '#src/ntos/ob/object.ts';
import { OB_TYPE_SECTION } from '#src/ntos/ob/types.ts';
import { readInt64 } from '#src/ntos/rtl/large-integer.ts';
import { statusName } from '#src/ntos/status.ts';
import { FltClose } from '#src/fltmgr/initiated/initiated-create.ts';
import { poolTag } from '#src/ntos/ex/pool/pool-tags.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '#src/fltmgr/attach/object.ts';
import { bytes, getFile, putFile } from '#test/support/ramfs-volume.ts';
import { FilteredVolume } from './filtered-volume.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import { stopAt } from '../verifier/support.ts';
import type { Opened } from './filtered-volume.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { PFILE_OBJECT, PFLT_INSTANCE, PFLT_VOLUME } from '#src/fltKernel.ts';

const NONE = 0 as k.POBJECT_ATTRIBUTES;
const NO_NAME = 0 as k.PUNICODE_STRING;
const TEXT = 'scan me';
const TAG = poolTag('scan');
let v: FilteredVolume;
let scanner: MadeFilter;
let instance: PFLT_INSTANCE;
let frame: number;
let cleaned: number;
beforeEach(() => {
  v = new FilteredVolume();
  cleaned = 0;
  scanner = v.add({
    name: 'scan', altitude: '320000', operations: [],
    contexts: [
      { ContextType: k.FLT_SECTION_CONTEXT, Size: 16, PoolTag: TAG,
        ContextCleanupCallback: k.PFLT_CONTEXT_CLEANUP_CALLBACK('ScanCleanup', () => {
          cleaned++;
        }) },
      { ContextType: k.FLT_STREAM_CONTEXT, Size: 16, PoolTag: TAG },
    ],
    queryTeardown: () => 0,
    setup: (objects) => {
      instance = objects.Instance as PFLT_INSTANCE;
      return 0;
    },
  });
  putFile('\\??\\C:\\a.txt', bytes(TEXT));
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  v.end();
  expect(openHandles()).toBe(0);
  expect(mappedViews()).toBe(0);
  expect(objectCount(OB_TYPE_SECTION)).toBe(0);
});

function open(path = '\\??\\C:\\a.txt'): Opened {
  return v.create(path, { disposition: k.FILE_OPEN });
}

function close({ handle, file }: Opened): void {
  k.ObDereferenceObject(file);
  FltClose(handle);
}

function allocate(type = k.FLT_SECTION_CONTEXT): number {
  const context = k.out();
  k.FltAllocateContext(scanner.filter, type, 16, k.PagedPool, context);
  return context.value;
}

interface Made {
  readonly status: string;
  readonly handle: number;
  readonly object: number;
  readonly size: number;
}

function scan(
  file: PFILE_OBJECT, context: number, protection = k.PAGE_READONLY, allocation = k.SEC_COMMIT,
): Made {
  const handle = k.out();
  const object = k.out();
  const size = k.localBytes(8);
  const status = k.FltCreateSectionForDataScan(instance, file, context,
    k.SECTION_MAP_READ | k.SECTION_QUERY, NONE, 0, protection, allocation, 0, handle, object, size);
  return { status: statusName(status), handle: handle.value, object: object.value,
    size: readInt64(size) };
}

function drop(made: Made): void {
  k.ZwClose(made.handle);
  k.ObDereferenceObject(made.object);
}

function sectionContext(file: PFILE_OBJECT): [string, number] {
  const context = k.out();
  const status = k.FltGetSectionContext(instance, file, context);
  if (context.value !== 0) k.FltReleaseContext(context.value);
  return [statusName(status), context.value];
}

describe('CTX-20, F-193: an instance that registered', () => {
  beforeEach(() => {
    expect(k.FltRegisterForDataScan(instance)).toBe(k.STATUS_SUCCESS);
  });

  test('makes a section, looks at the file through it, and closes it', () => {
    const opened = open();
    const context = allocate();
    const made = scan(opened.file, context);
    expect(made).toMatchObject({ status: 'STATUS_SUCCESS', size: TEXT.length });
    expect(sectionContext(opened.file)).toEqual(['STATUS_SUCCESS', context]);
    const base = k.out();
    const size = k.out();
    k.ZwMapViewOfSection(made.handle, k.NtCurrentProcess(), base, 0, 0, 0, size, k.ViewUnmap, 0,
      k.PAGE_READONLY);
    expect(u8.slice(base.value, base.value + TEXT.length)).toEqual(bytes(TEXT));
    k.ZwUnmapViewOfSection(k.NtCurrentProcess(), base.value);
    expect(k.FltCloseSectionForDataScan(context)).toBe(k.STATUS_SUCCESS);
    expect(sectionContext(opened.file)).toEqual(['STATUS_NOT_FOUND', 0]);
    expect(statusName(k.FltCloseSectionForDataScan(context))).toBe('STATUS_NOT_FOUND');
    drop(made);
    expect(cleaned).toBe(0);
    k.FltReleaseContext(context);
    expect(cleaned).toBe(1);
    close(opened);
  });

  test('has one section of a stream at a time', () => {
    const opened = open();
    const context = allocate();
    const made = scan(opened.file, context);
    const other = allocate();
    expect(scan(opened.file, other)).toMatchObject({
      status: 'STATUS_FLT_CONTEXT_ALREADY_DEFINED', handle: 0, object: 0,
    });
    expect(statusName(k.FltCloseSectionForDataScan(other))).toBe('STATUS_INVALID_PARAMETER');
    k.FltCloseSectionForDataScan(context);
    const second = scan(opened.file, other);
    expect(second.status).toBe('STATUS_SUCCESS');
    k.FltCloseSectionForDataScan(other);
    for (const it of [made, second]) drop(it);
    for (const it of [context, other]) k.FltReleaseContext(it);
    close(opened);
  });

  test('is told what is wrong', () => {
    const opened = open();
    const context = allocate();
    const stream = allocate(k.FLT_STREAM_CONTEXT);
    expect(scan(opened.file, stream).status).toBe('STATUS_INVALID_PARAMETER');
    expect(scan(opened.file, context, k.PAGE_WRITECOPY).status).toBe('STATUS_INVALID_PARAMETER_8');
    expect(scan(opened.file, context, k.PAGE_READONLY, k.SEC_FILE).status)
      .toBe('STATUS_INVALID_PARAMETER_9');
    putFile('\\??\\C:\\empty', bytes(''));
    const empty = open('\\??\\C:\\empty');
    expect(scan(empty.file, context).status).toBe('STATUS_END_OF_FILE');
    const root = open('\\??\\C:\\');
    expect(scan(root.file, context).status).toBe('STATUS_FILE_IS_A_DIRECTORY');
    expect(sectionContext(opened.file)[0]).toBe('STATUS_NOT_FOUND');
    for (const it of [context, stream]) k.FltReleaseContext(it);
    for (const it of [root, empty, opened]) close(it);
  });

  test('loses its section contexts with its teardown; the section stays', () => {
    const opened = open();
    const context = allocate();
    const made = scan(opened.file, context);
    k.FltReleaseContext(context);
    expect(cleaned).toBe(0);
    const volume = k.out();
    k.FltGetVolumeFromInstance(instance, volume);
    expect(k.FltDetachVolume(scanner.filter, volume.value as PFLT_VOLUME, NO_NAME)).toBe(0);
    k.FltObjectDereference(volume.value);
    expect(cleaned).toBe(1);
    drop(made);
    close(opened);
  });

  test('CTX-19: FltDeleteContext is not for section contexts', () => {
    const opened = open();
    const context = allocate();
    const made = scan(opened.file, context);
    const stop = stopAt(0, () => k.FltDeleteContext(context));
    expect([stop?.code, stop?.parameters[0]]).toEqual([0xc4, 0xf500]);
    expect(stop?.text).toContain('FltCloseSectionForDataScan');
    expect(sectionContext(opened.file)).toEqual(['STATUS_SUCCESS', context]);
    k.FltCloseSectionForDataScan(context);
    // The routine's own reference, and the caller's.
    k.FltReleaseContext(context);
    k.FltReleaseContext(context);
    drop(made);
    close(opened);
  });

  test('does not keep others from changing the file', () => {
    const opened = open();
    const context = allocate();
    const made = scan(opened.file, context);
    putFile('\\??\\C:\\a.txt', bytes('less'));
    expect(getFile('\\??\\C:\\a.txt')).toEqual(bytes('less'));
    k.FltCloseSectionForDataScan(context);
    k.FltReleaseContext(context);
    drop(made);
    close(opened);
  });

  test('gets the section context together with others, where there is room', () => {
    const opened = open();
    const context = allocate();
    const made = scan(opened.file, context);
    const objects = k.local(k.FLT_RELATED_OBJECTS);
    objects.Instance = instance;
    objects.FileObject = opened.file;
    const all = k.local(k.FLT_RELATED_CONTEXTS_EX);
    k.FltGetContextsEx(objects.address, k.FLT_SECTION_CONTEXT, k.FLT_RELATED_CONTEXTS_EX.size,
      all.address);
    expect(all.SectionContext).toBe(context);
    k.FltReleaseContextsEx(k.FLT_RELATED_CONTEXTS_EX.size, all.address);
    k.FltCloseSectionForDataScan(context);
    k.FltReleaseContext(context);
    drop(made);
    close(opened);
  });
});

describe('otherwise', () => {
  test('an instance that did not register makes no section', () => {
    const opened = open();
    const context = allocate();
    expect(scan(opened.file, context).status).toBe('STATUS_INVALID_PARAMETER');
    k.FltReleaseContext(context);
    close(opened);
  });

  test('a volume of the network cannot be scanned', () => {
    const volume = FLT_INSTANCE.bound.Volume(instance) as PFLT_VOLUME;
    FLT_VOLUME.bound.set_FileSystemType(volume, k.FLT_FSTYPE_LANMAN);
    expect(statusName(k.FltRegisterForDataScan(instance))).toBe('STATUS_NOT_SUPPORTED');
  });

  test('these are for APC_LEVEL at most', () => {
    const old = k.KfRaiseIrql(k.DISPATCH_LEVEL);
    expect(bugCheckOf(() => k.FltRegisterForDataScan(instance))).toBeDefined();
    k.KeLowerIrql(old);
  });
});
