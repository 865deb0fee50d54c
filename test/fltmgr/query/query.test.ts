// Looking around: lists of filters, volumes and instances, finding one from another, what is told
// about them, and the references that come with every pointer (LC-6, 9.5, NAM-12).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { mountC } from '#test/support/ramfs-volume.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { open } from '#test/support/open-file.ts';
import { local, localBytes, out } from '#src/image/out.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import * as c from '#src/fltmgr/constants.ts';
import { FltAttachVolumeAtAltitude } from '#src/fltmgr/attach/attach.ts';
import { FLT_INSTANCE, FLT_OBJECT } from '#src/fltmgr/attach/object.ts';
import { FltObjectDereference } from '#src/fltmgr/attach/object-reference.ts';
import * as enumerate from '#src/fltmgr/attach/enumerate.ts';
import * as find from '#src/fltmgr/attach/lookup.ts';
import * as info from '#src/fltmgr/query/information.ts';
import * as volumes from '#src/fltmgr/query/volume.ts';
import * as t from '#src/fltmgr/query/types.ts';
import { textOf } from '#src/fltmgr/strings.ts';
import { FLT_VOLUME_PROPERTIES } from '#src/fltmgr/types.ts';
import { allVolumes, volumeName } from '#src/fltmgr/attach/volume.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { FILE_DEVICE_DISK_FILE_SYSTEM } from '#src/ntos/io/types.ts';
import { FILE_OPEN_IF } from '#src/ntos/io/file-constants.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { ObDereferenceObject, referenceCount } from '#src/ntos/ob/object.ts';
import { UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { readUnicode, readUtf16, setUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { load } from '#src/atomics-sync/atomics.ts';
import * as st from '#src/ntos/status-codes.ts';
import { bugCheckAt, bugCheckOf } from '../../ntos/ex/support.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { ProbeFs } from '#test/support/probe-fs.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '#src/fltmgr/types.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '#src/ntos/io/types.ts';

let unmount: () => void;
let shutdown: () => void;
let probe: ProbeFs;
let high: MadeFilter;
let low: MadeFilter;
let frame: number;
let C: PFLT_VOLUME;
let P: PFLT_VOLUME;
const NONE = 0 as never;

beforeEach(() => {
  shutdown = bootInline();
  unmount = mountC();
  probe = mountProbeFs();
  low = makeFilter({ name: 'low', altitude: '100000', operations: [] });
  high = makeFilter({ name: 'high', altitude: '300000.5', operations: [] });
  [C, P] = allVolumes() as [PFLT_VOLUME, PFLT_VOLUME];
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  high.unregister();
  low.unregister();
  probe.unmount();
  unmount();
  shutdown();
});

function string(text: string): number {
  const at = local(UNICODE_STRING).address;
  const buffer = localBytes(text.length * 2 + 2);
  setUnicode(at, buffer, writeUtf16(buffer, text), text.length * 2 + 2);
  return at;
}

function empty(bytes: number): number {
  const at = local(UNICODE_STRING).address;
  setUnicode(at, localBytes(bytes), 0, bytes);
  return at;
}

/** References of an object beside the one that keeps it: rundown counts twos. */
function references(object: number): number {
  return load(FLT_OBJECT.bound.at_Rundown(object as never)) / 2;
}

/** Calls a routine that gives one pointer, and drops its reference. */
function one(call: (word: number) => number): number {
  const word = out();
  const status = call(word.address);
  if (status < 0) {
    expect(word.value).toBe(0);
    return status;
  }
  const before = references(word.value);
  FltObjectDereference(word.value);
  expect(references(word.value)).toBe(before - 1);
  return word.value;
}

function list(call: (list: number, room: number, count: number) => number, room = 8): number[] {
  const at = localBytes(4 * room + 4);
  const count = out();
  const status = call(at, room, count.address);
  if (status < 0) return [status, count.value];
  const found = Array.from({ length: count.value }, (_, i) => i32[(at >> 2) + i]!);
  for (const object of found) FltObjectDereference(object);
  return found;
}

function nameOf(instance: number): string {
  const i = instance as PFLT_INSTANCE;
  return `${textOf(FLT_INSTANCE.bound.at_Name(i))}@${volumeName(FLT_INSTANCE.bound.Volume(i))}`;
}

describe('LC-6: enumerating', () => {
  test('LC-6: filters, volumes and instances, each with a reference', () => {
    expect(list(enumerate.FltEnumerateFilters)).toEqual([low.filter, high.filter]);
    expect(list((...a) => enumerate.FltEnumerateVolumes(low.filter, ...a))).toEqual([C, P]);
    const [one_, two] = ['\\Device\\HarddiskVolume1', '\\Device\\Probe'];
    expect(list((...a) => enumerate.FltEnumerateInstances(P, NONE, ...a)).map(nameOf))
      .toEqual([`high@${two}`, `low@${two}`]);
    expect(list((...a) => enumerate.FltEnumerateInstances(NONE, low.filter, ...a)).map(nameOf))
      .toEqual([`low@${one_}`, `low@${two}`]);
    expect(list((...a) => enumerate.FltEnumerateInstances(C, high.filter, ...a)).map(nameOf))
      .toEqual([`high@${one_}`]);
  });

  test('LC-6: too little room tells how many there are and gives nothing out', () => {
    expect(list(enumerate.FltEnumerateFilters, 1)).toEqual([st.STATUS_BUFFER_TOO_SMALL, 2]);
    const count = out();
    expect(enumerate.FltEnumerateFilters(0, 0, count.address)).toBe(st.STATUS_BUFFER_TOO_SMALL);
    expect([count.value, references(low.filter), references(high.filter)]).toEqual([2, 0, 0]);
  });

  test('LC-6: what is being torn down is left out', () => {
    const seen: number[][] = [];
    const leaving = makeFilter({
      name: 'leaving', altitude: '200000', operations: [],
      teardownStart: (objects) => {
        seen.push(list(enumerate.FltEnumerateFilters));
        seen.push([one((w) => find.FltGetFilterFromInstance(objects.Instance as PFLT_INSTANCE, w)),
          one((w) => find.FltGetVolumeInstanceFromName(leaving.filter, C, 0, w))]);
      },
    });
    leaving.unregister();
    expect(seen[0]).toEqual([low.filter, high.filter]);
    expect(seen[1]).toEqual([st.STATUS_FLT_DELETING_OBJECT, st.STATUS_FLT_DELETING_OBJECT]);
  });
});

describe('LC-6: finding', () => {
  const top = (): PFLT_INSTANCE => one((w) => find.FltGetTopInstance(C, w)) as PFLT_INSTANCE;

  test('LC-6: a filter by name, whatever its case', () => {
    expect(one((w) => find.FltGetFilterFromName(string('HIGH'), w))).toBe(high.filter);
    expect(one((w) => find.FltGetFilterFromName(string('other'), w)))
      .toBe(st.STATUS_FLT_FILTER_NOT_FOUND);
    expect(one((w) => find.FltGetFilterFromInstance(top(), w))).toBe(high.filter);
    expect(one((w) => find.FltGetVolumeFromInstance(top(), w))).toBe(C);
  });

  test('LC-6: the instances of a volume from the top down and back', () => {
    const bottom = one((w) => find.FltGetBottomInstance(C, w)) as PFLT_INSTANCE;
    expect([nameOf(top()), nameOf(bottom)].map((n) => n.split('@')[0])).toEqual(['high', 'low']);
    expect(one((w) => find.FltGetLowerInstance(top(), w))).toBe(bottom);
    expect(one((w) => find.FltGetUpperInstance(bottom, w))).toBe(top());
    expect(one((w) => find.FltGetUpperInstance(top(), w))).toBe(st.STATUS_NO_MORE_ENTRIES);
    expect(one((w) => find.FltGetLowerInstance(bottom, w))).toBe(st.STATUS_NO_MORE_ENTRIES);
  });

  test('LC-6: an instance by name; without a name the highest of the filter', () => {
    const again = out();
    FltAttachVolumeAtAltitude(low.filter, C, string('400000'), string('second'), again.address);
    const get = (filter: PFLT_FILTER, name: number): number =>
      one((w) => find.FltGetVolumeInstanceFromName(filter, C, name, w));
    expect(get(low.filter, string('SECOND'))).toBe(again.value);
    expect(get(low.filter, 0)).toBe(again.value);
    expect(nameOf(get(low.filter, string('low')))).toMatch(/^low@/);
    expect(get(high.filter, string('second'))).toBe(st.STATUS_FLT_INSTANCE_NOT_FOUND);
    expect(get(NONE, string('second'))).toBe(again.value);
    FltObjectDereference(again.value);
  });

  test('LC-6: a volume by any of its names, by a device, by a file object', () => {
    const byName = (name: string): number =>
      one((w) => find.FltGetVolumeFromName(low.filter, string(name), w));
    const guid = empty(200);
    volumes.FltGetVolumeGuidName(C, guid, 0);
    for (const name of ['\\Device\\HarddiskVolume1', 'C:', '\\??\\c:', readUnicode(guid)]) {
      expect(byName(name)).toBe(C);
    }
    expect(byName('\\Device\\HarddiskVolume1\\file')).toBe(st.STATUS_FLT_VOLUME_NOT_FOUND);
    expect(byName('Z:')).toBe(st.STATUS_FLT_VOLUME_NOT_FOUND);
    expect([byName(''), byName('C:\\')])
      .toEqual([st.STATUS_INVALID_PARAMETER, st.STATUS_INVALID_PARAMETER]);
    const device = out<PDEVICE_OBJECT>();
    expect(volumes.FltGetDeviceObject(P, device.address)).toBe(st.STATUS_SUCCESS);
    expect(one((w) => find.FltGetVolumeFromDeviceObject(low.filter, device.value, w))).toBe(P);
    ObDereferenceObject(device.value);
    const { handle } = open('C:\\f', { disposition: FILE_OPEN_IF });
    const file = fileByHandle(handle, 0) as PFILE_OBJECT;
    expect(one((w) => find.FltGetVolumeFromFileObject(low.filter, file, w))).toBe(C);
    releaseFile(file);
    NtClose(handle);
  });

  test('LC-5: a pointer that is none, and a level that is too high', () => {
    const word = out().address;
    expect(bugCheckOf(() => find.FltGetTopInstance(low.filter as never, word))[0]).toBe(0xc4);
    expect(bugCheckAt(2, () => find.FltGetTopInstance(C, word))[0]).toBe(0xc4);
    expect(bugCheckAt(1, () => find.FltGetVolumeFromName(low.filter, 0, word))[0]).toBe(0xc4);
    expect(bugCheckOf(() => volumes.FltGetFileSystemType(low.filter, word))[0]).toBe(0xc4);
  });
});

describe('9.5: information', () => {
  const buffer = (): number => localBytes(512);
  const names = (at: number, view: object, members: readonly string[]): string[] => {
    const words = view as Readonly<Record<string, number>>;
    return members.map((m) =>
      readUtf16(at + words[`${m}BufferOffset`]!, words[`${m}Length`]!));
  };
  /** Asks for the size, then with one byte too few, then with enough. */
  function twice(call: (at: number, size: number, returned: number) => number): number {
    const size = out();
    expect(call(0, 0, size.address)).toBe(st.STATUS_BUFFER_TOO_SMALL);
    const at = buffer();
    const needed = size.value;
    expect(call(at, needed - 1, size.address)).toBe(st.STATUS_BUFFER_TOO_SMALL);
    expect(size.value).toBe(needed);
    expect(call(at, needed, size.address)).toBe(st.STATUS_SUCCESS);
    return at;
  }

  test('9.5, F-27: of a filter: full, aggregate basic, aggregate standard', () => {
    const at =
      twice((...a) => info.FltGetFilterInformation(high.filter, c.FilterFullInformation, ...a));
    const full = t.FILTER_FULL_INFORMATION.at(at);
    expect([full.FrameID, full.NumberOfInstances]).toEqual([0, 2]);
    expect(readUtf16(full.FilterNameBuffer, full.FilterNameLength)).toBe('high');
    const basic = twice((...a) =>
      info.FltGetFilterInformation(high.filter, c.FilterAggregateBasicInformation, ...a));
    const mini = t.FILTER_AGGREGATE_BASIC_INFORMATION.at(basic).Type.MiniFilter;
    expect(names(basic, mini, ['FilterName', 'FilterAltitude'])).toEqual(['high', '300000.5']);
    const standard = twice((...a) =>
      info.FltGetFilterInformation(low.filter, c.FilterAggregateStandardInformation, ...a));
    const view = t.FILTER_AGGREGATE_STANDARD_INFORMATION.at(standard);
    expect(view.Flags).toBe(c.FLTFL_ASI_IS_MINIFILTER);
    expect(names(standard, view.Type.MiniFilter, ['FilterName'])).toEqual(['low']);
    expect(view.Type.MiniFilter.NumberOfInstances).toBe(2);
  });

  test('9.5: of an instance: basic, partial, full, aggregate', () => {
    const top = one((w) => find.FltGetTopInstance(C, w)) as PFLT_INSTANCE;
    const get = (kind: number): number =>
      twice((...a) => info.FltGetInstanceInformation(top, kind, ...a));
    const basic = get(c.InstanceBasicInformation);
    expect(names(basic, t.INSTANCE_BASIC_INFORMATION.at(basic), ['InstanceName'])).toEqual(['high']);
    const partial = get(c.InstancePartialInformation);
    expect(names(partial, t.INSTANCE_PARTIAL_INFORMATION.at(partial), ['InstanceName', 'Altitude']))
      .toEqual(['high', '300000.5']);
    const members = ['InstanceName', 'Altitude', 'VolumeName', 'FilterName'];
    const expected = ['high', '300000.5', '\\Device\\HarddiskVolume1', 'high'];
    const full = get(c.InstanceFullInformation);
    expect(names(full, t.INSTANCE_FULL_INFORMATION.at(full), members)).toEqual(expected);
    const aggregate = get(c.InstanceAggregateStandardInformation);
    const view = t.INSTANCE_AGGREGATE_STANDARD_INFORMATION.at(aggregate);
    expect(names(aggregate, view.Type.MiniFilter, members)).toEqual(expected);
    expect(view.Type.MiniFilter.VolumeFileSystemType).toBe(c.FLT_FSTYPE_NTFS);
  });

  test('9.5: of a volume: basic, standard; a class that there is not', () => {
    const basic = twice((...a) =>
      info.FltGetVolumeInformation(C, c.FilterVolumeBasicInformation, ...a));
    const short = t.FILTER_VOLUME_BASIC_INFORMATION.at(basic);
    expect(readUtf16(short.FilterVolumeName, short.FilterVolumeNameLength))
      .toBe('\\Device\\HarddiskVolume1');
    const standard = twice((...a) =>
      info.FltGetVolumeInformation(P, c.FilterVolumeStandardInformation, ...a));
    const view = t.FILTER_VOLUME_STANDARD_INFORMATION.at(standard);
    expect(readUtf16(view.FilterVolumeName, view.FilterVolumeNameLength)).toBe('\\Device\\Probe');
    const word = out().address;
    expect(info.FltGetVolumeInformation(C, 9, buffer(), 512, word)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(info.FltGetFilterInformation(low.filter, 9, buffer(), 512, word))
      .toBe(st.STATUS_INVALID_PARAMETER);
  });

  test('9.5, F-27: enumerations end with STATUS_NO_MORE_ENTRIES', () => {
    const at = buffer();
    const word = out().address;
    const count = (call: (index: number) => number): number => {
      for (let n = 0; ; n++) {
        const status = call(n);
        if (status === st.STATUS_NO_MORE_ENTRIES) return n;
        expect(status).toBe(st.STATUS_SUCCESS);
      }
    };
    const I = c.InstanceFullInformation;
    const device = probe.mounted.disk;
    expect([
      count((n) => info.FltEnumerateFilterInformation(n, c.FilterFullInformation, at, 512, word)),
      count((n) => info.FltEnumerateVolumeInformation(low.filter, n,
        c.FilterVolumeBasicInformation, at, 512, word)),
      count((n) => info.FltEnumerateInstanceInformationByFilter(low.filter, n, I, at, 512, word)),
      count((n) => info.FltEnumerateInstanceInformationByVolume(C, n, I, at, 512, word)),
      count((n) => info.FltEnumerateInstanceInformationByVolumeName(string('C:'), n, I, at, 512, word)),
      count((n) => info.FltEnumerateInstanceInformationByDeviceObject(device, n, I, at, 512, word)),
    ]).toEqual([2, 2, 2, 2, 2, 2]);
    expect(info.FltEnumerateInstanceInformationByVolumeName(string('Y:'), 0, I, at, 512, word))
      .toBe(st.STATUS_FLT_VOLUME_NOT_FOUND);
    expect(info.FltEnumerateInstanceInformationByDeviceObject(NONE, 0, I, at, 512, word))
      .toBe(st.STATUS_FLT_VOLUME_NOT_FOUND);
  });
});

describe('a volume', () => {
  test('NAM-12: names: STATUS_BUFFER_TOO_SMALL with the needed length', () => {
    const needed = out();
    expect(volumes.FltGetVolumeName(C, 0, needed.address)).toBe(st.STATUS_BUFFER_TOO_SMALL);
    expect(needed.value).toBe(2 * '\\Device\\HarddiskVolume1'.length);
    expect(volumes.FltGetVolumeName(C, empty(8), needed.address)).toBe(st.STATUS_BUFFER_TOO_SMALL);
    const name = empty(100);
    expect(volumes.FltGetVolumeName(C, name, 0)).toBe(st.STATUS_SUCCESS);
    expect(readUnicode(name)).toBe('\\Device\\HarddiskVolume1');
    const [first, second] = [empty(200), empty(200)];
    volumes.FltGetVolumeGuidName(C, first, 0);
    volumes.FltGetVolumeGuidName(P, second, 0);
    expect(readUnicode(first)).toMatch(/^\\\?\?\\Volume\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/);
    expect(readUnicode(second)).not.toBe(readUnicode(first));
    const { status, handle } = open(`${readUnicode(first)}\\g`, { disposition: FILE_OPEN_IF });
    expect(status).toBe(st.STATUS_SUCCESS);
    NtClose(handle);
  });

  test('9.5: properties: partial data with STATUS_BUFFER_OVERFLOW, then all of it', () => {
    const at = localBytes(512);
    const needed = out();
    const get = (length: number): number =>
      volumes.FltGetVolumeProperties(C, at as never, length, needed.address);
    expect(get(10)).toBe(st.STATUS_BUFFER_TOO_SMALL);
    expect(get(FLT_VOLUME_PROPERTIES.size)).toBe(st.STATUS_BUFFER_OVERFLOW);
    const view = FLT_VOLUME_PROPERTIES.at(at);
    expect([view.SectorSize, view.DeviceType, view.RealDeviceName.Length])
      .toEqual([512, FILE_DEVICE_DISK_FILE_SYSTEM, 0]);
    expect(get(needed.value)).toBe(st.STATUS_SUCCESS);
    expect([view.FileSystemDriverName, view.FileSystemDeviceName, view.RealDeviceName]
      .map((s) => readUnicode(s.address)))
      .toEqual(['\\FileSystem\\Ntfs', '\\Ntfs', '\\Device\\HarddiskVolume1']);
  });

  test('9.5: devices come with a reference; kinds and flags', () => {
    const word = out();
    expect(volumes.FltGetDiskDeviceObject(C, word.address)).toBe(st.STATUS_SUCCESS);
    expect(referenceCount(word.value)).toBe(2);
    ObDereferenceObject(word.value);
    expect(volumes.FltGetDeviceObject(C, word.address)).toBe(st.STATUS_SUCCESS);
    expect(volumes.FltIsFltMgrVolumeDeviceObject(word.value as PDEVICE_OBJECT)).toBe(true);
    ObDereferenceObject(word.value);
    expect(volumes.FltIsFltMgrVolumeDeviceObject(probe.mounted.disk)).toBe(false);
    const top = one((w) => find.FltGetTopInstance(C, w));
    for (const object of [C, top]) {
      volumes.FltGetFileSystemType(object, word.address);
      expect(word.value).toBe(c.FLT_FSTYPE_NTFS);
      const flag = localBytes(1);
      volumes.FltIsVolumeWritable(object, flag);
      expect(u8[flag]).toBe(1);
      volumes.FltIsVolumeSnapshot(object, flag);
      expect(u8[flag]).toBe(0);
    }
  });
});
