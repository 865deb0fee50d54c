// Sections and views as a driver uses them: of files, read through the stack when they are mapped,
// and of the page file, shared by all their views.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as k from '#src/fltKernel.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { mappedViews } from '#src/ntos/mm/view.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { objectCount } from '#src/ntos/ob/object.ts';
import { createProcess, exitProcess } from '#src/ntos/ob/process.ts';
import { OB_TYPE_FILE, OB_TYPE_SECTION } from '#src/ntos/ob/types.ts';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { readInt64, writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { statusName } from '#src/ntos/status.ts';
import { openShared, putFile, writeAt } from '#test/support/ramfs-volume.ts';
import { FilteredVolume } from '../../fltmgr/filtered-volume.ts';
import { bugCheckOf } from '../ex/support.ts';

const ME = k.NtCurrentProcess();
const NONE = 0 as k.POBJECT_ATTRIBUTES;
let v: FilteredVolume;
let frame: number;
beforeEach(() => {
  v = new FilteredVolume();
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  expect(mappedViews()).toBe(0);
  expect(openHandles()).toBe(0);
  expect(objectCount(OB_TYPE_SECTION)).toBe(0);
  v.end();
});

/** So many bytes, none like its neighbours. */
function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255);
}

function large(value: number): number {
  const at = k.localBytes(8);
  writeInt64(at, value);
  return at;
}

function section(
  file: number, protection = k.PAGE_READONLY, size?: number, allocation = k.SEC_COMMIT,
): { status: string; handle: number } {
  const handle = k.out();
  const status = k.ZwCreateSection(handle, k.SECTION_ALL_ACCESS, NONE,
    size === undefined ? 0 : large(size), protection, allocation, file);
  return { status: statusName(status), handle: handle.value };
}

interface View {
  readonly status: string;
  readonly base: number;
  readonly size: number;
  readonly offset: number;
}

function map(
  handle: number, protection = k.PAGE_READONLY, offset = 0, size = 0, base = 0, process = ME,
): View {
  const address = k.out();
  address.value = base;
  const length = k.out();
  length.value = size;
  const at = large(offset);
  const status = k.ZwMapViewOfSection(handle, process, address, 0, 0, at, length, k.ViewUnmap, 0,
    protection);
  return { status: statusName(status), base: address.value, size: length.value,
    offset: readInt64(at) };
}

function unmap(base: number, process = ME): string {
  return statusName(k.ZwUnmapViewOfSection(process, base));
}

function withFile(path: string, content: Uint8Array, work: (handle: number) => void): void {
  putFile(path, content);
  const { handle } = openShared(path);
  work(handle);
  k.ZwClose(handle);
}

describe('a section of a file', () => {
  test('shows what the file has, in whole pages, with zeroes behind its end', () => {
    withFile('\\??\\C:\\a.bin', bytes(5000), (file) => {
      const { status, handle } = section(file);
      expect(status).toBe('STATUS_SUCCESS');
      const view = map(handle);
      expect(view).toMatchObject({ status: 'STATUS_SUCCESS', size: 8192, offset: 0 });
      expect(view.base % k.PAGE_SIZE).toBe(0);
      expect(u8.slice(view.base, view.base + 5000)).toEqual(bytes(5000));
      expect(u8.slice(view.base + 5000, view.base + 8192).every((b) => b === 0)).toBe(true);
      expect(unmap(view.base + 4100)).toBe('STATUS_SUCCESS');
      expect(unmap(view.base)).toBe('STATUS_NOT_MAPPED_VIEW');
      k.ZwClose(handle);
    });
  });

  test('begins views at multiples of 64 KB, and ends them where they end', () => {
    withFile('\\??\\C:\\a.bin', bytes(200_000), (file) => {
      const { handle } = section(file);
      const view = map(handle, k.PAGE_READONLY, 70_000, 10_000);
      expect(view).toMatchObject({ status: 'STATUS_SUCCESS', offset: 65_536, size: 12_288 });
      expect(u8.slice(view.base, view.base + 10_000)).toEqual(bytes(200_000).slice(65_536, 75_536));
      expect(map(handle, k.PAGE_READONLY, 262_144).status).toBe('STATUS_INVALID_VIEW_SIZE');
      expect(map(handle, k.PAGE_READONLY, 0, 300_000).status).toBe('STATUS_INVALID_VIEW_SIZE');
      unmap(view.base);
      k.ZwClose(handle);
    });
  });

  test('is asked of the file system, and read as paging I/O that filters see', () => {
    v.watch(k.IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION,
      k.IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION, k.IRP_MJ_READ);
    withFile('\\??\\C:\\a.bin', bytes(10), (file) => {
      const { handle } = section(file);
      expect(v.log).toEqual(['top ff', 'low ff', 'top fe', 'low fe']);
      v.log.length = 0;
      unmap(map(handle).base);
      expect(v.log).toEqual(['top 3', 'low 3']);
      k.ZwClose(handle);
    });
  });

  test('keeps the file object until its last view is gone', () => {
    v.watch(k.IRP_MJ_CLEANUP, k.IRP_MJ_CLOSE);
    putFile('\\??\\C:\\a.bin', bytes(10));
    const { handle: file } = openShared('\\??\\C:\\a.bin');
    const { handle } = section(file);
    const view = map(handle);
    v.log.length = 0;
    k.ZwClose(file);
    k.ZwClose(handle);
    expect(v.log).toEqual(['top 12', 'low 12']);
    expect(objectCount(OB_TYPE_FILE)).toBe(1);
    v.log.length = 0;
    unmap(view.base);
    expect(v.log).toEqual(['top 2', 'low 2']);
  });

  test('can be mapped copy on write, not for writing through', () => {
    withFile('\\??\\C:\\a.bin', bytes(10), (file) => {
      const readOnly = section(file);
      expect(map(readOnly.handle, k.PAGE_READWRITE).status).toBe('STATUS_SECTION_PROTECTION');
      const copy = map(readOnly.handle, k.PAGE_WRITECOPY);
      u8[copy.base] = 99;
      unmap(copy.base);
      const again = map(readOnly.handle);
      expect(u8[again.base]).toBe(bytes(10)[0]);
      unmap(again.base);
      k.ZwClose(readOnly.handle);
      const writable = section(file, k.PAGE_READWRITE);
      expect(map(writable.handle, k.PAGE_READWRITE).status).toBe('STATUS_NOT_SUPPORTED');
      k.ZwClose(writable.handle);
    });
  });

  test('of nothing, of too much, of what has none, is refused', () => {
    withFile('\\??\\C:\\empty', bytes(0), (file) => {
      expect(section(file).status).toBe('STATUS_MAPPED_FILE_SIZE_ZERO');
      expect(section(file, k.PAGE_READONLY, 10).status).toBe('STATUS_SECTION_TOO_BIG');
      expect(section(file, k.PAGE_READONLY, -1).status).toBe('STATUS_SECTION_TOO_BIG');
    });
    const { handle } = openShared('\\??\\C:\\');
    expect(section(handle).status).toBe('STATUS_INVALID_FILE_FOR_SECTION');
    k.ZwClose(handle);
    withFile('\\??\\C:\\a.bin', bytes(10), (file) => {
      expect(section(file, k.PAGE_NOACCESS).status).toBe('STATUS_INVALID_PAGE_PROTECTION');
      expect(section(file, k.PAGE_READONLY, 0, 0).status).toBe('STATUS_INVALID_PARAMETER_6');
      expect(section(file, k.PAGE_READONLY, 0, k.SEC_IMAGE).status).toBe('STATUS_NOT_SUPPORTED');
      expect(section(12_340).status).toBe('STATUS_INVALID_HANDLE');
    });
  });

  test('shows the file as it was when the view was mapped', () => {
    withFile('\\??\\C:\\a.bin', bytes(10), (file) => {
      const { handle } = section(file);
      const before = map(handle);
      writeAt(file, 0, new Uint8Array([200]));
      const after = map(handle);
      expect([u8[before.base], u8[after.base]]).toEqual([bytes(10)[0], 200]);
      unmap(before.base);
      unmap(after.base);
      k.ZwClose(handle);
    });
  });
});

describe('a section of the page file', () => {
  test('is zeroes at first, and the same memory in all its views', () => {
    const { status, handle } = section(0, k.PAGE_READWRITE, 100_000);
    expect(status).toBe('STATUS_SUCCESS');
    const whole = map(handle, k.PAGE_READWRITE);
    const part = map(handle, k.PAGE_READONLY, 65_536);
    expect(whole.size).toBe(102_400);
    expect(u8.slice(whole.base, whole.base + whole.size).every((b) => b === 0)).toBe(true);
    i32[(whole.base + 65_536) >> 2] = 4711;
    expect(i32[part.base >> 2]).toBe(4711);
    k.ZwClose(handle);
    unmap(whole.base);
    expect(i32[part.base >> 2]).toBe(4711);
    unmap(part.base);
  });

  test('needs a size', () => {
    expect(section(0, k.PAGE_READWRITE).status).toBe('STATUS_INVALID_PARAMETER_4');
    expect(section(0, k.PAGE_READWRITE, 2 ** 31).status).toBe('STATUS_SECTION_TOO_BIG');
  });

  test('is refused at an address of the caller\'s choice', () => {
    const { handle } = section(0, k.PAGE_READWRITE, 4096);
    expect(map(handle, k.PAGE_READWRITE, 0, 0, 0x10000).status)
      .toBe('STATUS_CONFLICTING_ADDRESSES');
    expect(map(handle, 0x77).status).toBe('STATUS_INVALID_PAGE_PROTECTION');
    k.ZwClose(handle);
  });

  test('belongs to the process it was mapped into', () => {
    const { handle } = section(0, k.PAGE_READWRITE, 4096);
    const process = createProcess({ id: 400, image: 'app.exe' });
    const opened = k.out();
    k.ObOpenObjectByPointer(process, k.OBJ_KERNEL_HANDLE, 0, 0, k.PsProcessType, 0, opened);
    const view = map(handle, k.PAGE_READWRITE, 0, 0, 0, opened.value);
    expect(view.status).toBe('STATUS_SUCCESS');
    expect(unmap(view.base)).toBe('STATUS_NOT_MAPPED_VIEW');
    expect(unmap(view.base, opened.value)).toBe('STATUS_SUCCESS');
    k.ZwClose(opened.value);
    exitProcess(process);
    k.ZwClose(handle);
  });
});

describe('everywhere', () => {
  test('an application\'s thread maps for its driver', () => {
    KTHREAD.bound.set_PreviousMode(currentThread, 1);
    const handle = k.out();
    const attributes = k.local(k.OBJECT_ATTRIBUTES);
    k.InitializeObjectAttributes(attributes, 0, k.OBJ_KERNEL_HANDLE, 0, 0);
    k.ZwCreateSection(handle, k.SECTION_MAP_READ, attributes, large(10), k.PAGE_READONLY,
      k.SEC_COMMIT, 0);
    const view = map(handle.value);
    KTHREAD.bound.set_PreviousMode(currentThread, 0);
    expect(handle.value).toBeLessThan(0);
    expect(view.status).toBe('STATUS_SUCCESS');
    unmap(view.base);
    k.ZwClose(handle.value);
  });

  test('these are services for PASSIVE_LEVEL', () => {
    const old = k.KfRaiseIrql(k.APC_LEVEL);
    expect(bugCheckOf(() => section(0, k.PAGE_READWRITE, 10))).toBeDefined();
    k.KeLowerIrql(old);
  });
});
