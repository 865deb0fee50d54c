// Attaching: altitudes and names that collide, what the setup callback is told, when new volumes
// are asked about, finding and enumerating (1.1, 1.5, 1.6).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { open } from '#test/support/open-file.ts';
import { FltAttachVolume, FltAttachVolumeAtAltitude, FltCompareInstanceAltitudes,
  FltDetachVolume } from '#src/fltmgr/attach/attach.ts';
import { FLT_FSTYPE_MSFS, FLT_FSTYPE_NPFS, FLT_FSTYPE_REFS } from '#src/fltmgr/constants.ts';
import { FltEnumerateFilters, FltEnumerateInstances, FltEnumerateVolumes }
  from '#src/fltmgr/attach/enumerate.ts';
import { FltStartFiltering, FltUnregisterFilter } from '#src/fltmgr/attach/filter.ts';
import { instancesOfFilter, instancesOnVolume } from '#src/fltmgr/attach/instance.ts';
import * as lookup from '#src/fltmgr/attach/lookup.ts';
import { FLT_INSTANCE, FLT_OBJECT, FLT_VOLUME } from '#src/fltmgr/attach/object.ts';
import { FltObjectDereference } from '#src/fltmgr/attach/object-reference.ts';
import { textOf } from '#src/fltmgr/strings.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { FILE_DEVICE_CD_ROM_FILE_SYSTEM, FILE_DEVICE_NETWORK_FILE_SYSTEM }
  from '#src/ntos/io/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_FLT_DO_NOT_ATTACH } from '#src/ntos/status-codes.ts';
import { statusName } from '#src/ntos/status.ts';
import { NO_CALLBACK, PENDING, ProbeMachine, READ, WITH_CALLBACK } from './probe-machine.ts';
import { register, withString } from './raw-filter.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { PFLT_CALLBACK_DATA, PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME }
  from '#src/fltmgr/types.ts';

let m: ProbeMachine;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  setAllocationGate(null);
  m.end();
});

const volume = (): PFLT_VOLUME => m.fs.mounted.volume;
const plain = (name: string, altitude: string): MadeFilter =>
  m.add({ name, altitude, operations: [], queryTeardown: () => 0 });
const instanceOf = (made: MadeFilter): PFLT_INSTANCE => instancesOfFilter(made.filter)[0]!;
const references = (object: number): number =>
  i32[FLT_OBJECT.bound.at_Rundown(object as never) >> 2]! / 2;

function attachAt(filter: PFLT_FILTER, altitude: string, name?: string): string {
  const call = (nameAt: number): number => withString(altitude, (at) =>
    FltAttachVolumeAtAltitude(filter, volume(), at, nameAt, 0));
  return statusName((name === undefined ? call(0) : withString(name, call)) as never);
}

function attach(filter: PFLT_FILTER, name?: string, out = 0): string {
  const call = (nameAt: number): number => FltAttachVolume(filter, volume(), nameAt, out);
  return statusName((name === undefined ? call(0) : withString(name, call)) as never);
}

function detach(filter: PFLT_FILTER, name?: string): string {
  const call = (nameAt: number): number => FltDetachVolume(filter, volume(), nameAt);
  return statusName((name === undefined ? call(0) : withString(name, call)) as never);
}

describe('altitudes and names', () => {
  test('LC-1: a filter has several instances on a volume, at different altitudes', () => {
    const made = m.add({
      name: 'a', altitude: '100', queryTeardown: () => 0,
      operations: [{ major: READ, pre: (_data, objects) => {
        m.log.push(textOf(FLT_INSTANCE.bound.at_Altitude(objects.Instance as PFLT_INSTANCE)));
        return NO_CALLBACK;
      } }],
    });
    expect(attachAt(made.filter, '300')).toBe('STATUS_SUCCESS');
    expect(attachAt(made.filter, '200.5')).toBe('STATUS_SUCCESS');
    m.read();
    expect(m.log).toEqual(['300', '200.5', '100']);
  });

  test('LC-1, ATT-2: at most one instance per altitude; numerically equal is the same', () => {
    const made = plain('a', '100');
    const taken = 'STATUS_FLT_INSTANCE_ALTITUDE_COLLISION';
    expect(attachAt(made.filter, '100', 'other')).toBe(taken);
    expect(attachAt(made.filter, '0100.000', 'other')).toBe(taken);
    expect(attachAt(plain('b', '50').filter, '100.0', 'third')).toBe(taken);
  });

  test('ALT-1, ATT-2: a string that is no altitude is STATUS_INVALID_PARAMETER', () => {
    const { filter } = plain('a', '100');
    for (const bad of ['', '1.2.3', '12a', '-1', ' 100']) {
      expect(attachAt(filter, bad), bad).toBe('STATUS_INVALID_PARAMETER');
    }
    const raw = register({}, undefined, { altitude: '32-5' });
    expect(raw.status).toBe('STATUS_INVALID_PARAMETER');
    raw.end();
  });

  test('ATT-1: FltAttachVolume: every documented failure', () => {
    const made = plain('a', '100');
    const raw = register({}, undefined, { name: 'late', altitude: '200' });
    expect(attach(raw.filter)).toBe('STATUS_FLT_FILTER_NOT_READY');
    raw.end();
    // The default instance is there: its altitude is taken.
    expect(attach(made.filter)).toBe('STATUS_OBJECT_NAME_COLLISION');
    expect(attach(made.filter, 'unknown')).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    expect(detach(made.filter)).toBe('STATUS_SUCCESS');
    expect(attachAt(made.filter, '150', 'A')).toBe('STATUS_SUCCESS');
    expect(attach(made.filter)).toBe('STATUS_FLT_INSTANCE_NAME_COLLISION');
    expect(detach(made.filter, 'a')).toBe('STATUS_SUCCESS');
    setAllocationGate(() => false);
    expect(attach(made.filter)).toBe('STATUS_INSUFFICIENT_RESOURCES');
    setAllocationGate(null);
    expect(attach(made.filter, 'a')).toBe('STATUS_SUCCESS');
  });

  test('ATT-1: a filter that unloads: STATUS_FLT_DELETING_OBJECT', () => {
    const seen: string[] = [];
    const made: MadeFilter = makeFilter({ name: 'a', altitude: '100', operations: [],
      teardownComplete: () => void seen.push(attach(made.filter)) });
    made.unregister();
    expect(seen).toEqual(['STATUS_FLT_DELETING_OBJECT']);
  });

  test('ATT-1, ATT-2: at PASSIVE_LEVEL, with a filter and a volume', () => {
    const { filter } = plain('a', '100');
    const bad = [0, volume(), 0x2_0000] as never[];
    for (const wrong of bad) {
      expect(bugCheckOf(() => FltAttachVolume(wrong, volume(), 0, 0))).toEqual([0xc4, 0xf500]);
      expect(bugCheckOf(() => FltAttachVolumeAtAltitude(wrong, volume(), 0, 0, 0)))
        .toEqual([0xc4, 0xf500]);
    }
    for (const wrong of [0, filter] as never[]) {
      expect(bugCheckOf(() => FltAttachVolume(filter, wrong, 0, 0))).toEqual([0xc4, 0xf500]);
    }
    expect(bugCheckAt(1, () => FltAttachVolume(filter, volume(), 0, 0))).toEqual([0xc4, 0xf516]);
    expect(bugCheckAt(1, () => FltAttachVolumeAtAltitude(filter, volume(), 0, 0, 0)))
      .toEqual([0xc4, 0xf516]);
  });

  test('ATT-2: without a name it is made of the filter\'s name and the altitude, at most 255', () => {
    // A service's key has a name of at most 255 units itself.
    const long = plain('n'.repeat(253), '100');
    expect(attachAt(long.filter, '120')).toBe('STATUS_SUCCESS');
    const name = textOf(FLT_INSTANCE.bound.at_Name(instancesOnVolume(volume())[0]!));
    expect(name).toBe(`${'n'.repeat(253)} 1`);
    const short = plain('short', '90');
    expect(attachAt(short.filter, '95')).toBe('STATUS_SUCCESS');
    const names = instancesOnVolume(volume()).map((at) => textOf(FLT_INSTANCE.bound.at_Name(at)));
    expect(names).toContain('short 95');
    expect(attachAt(short.filter, '97', 'x'.repeat(256))).toBe('STATUS_INVALID_PARAMETER');
  });

  test('ATT-3: instance names are unique on a volume, whatever filter has them', () => {
    plain('a', '100');
    const other = plain('b', '200');
    expect(attachAt(other.filter, '300', 'a')).toBe('STATUS_FLT_INSTANCE_NAME_COLLISION');
    expect(attachAt(other.filter, '300', 'A')).toBe('STATUS_FLT_INSTANCE_NAME_COLLISION');
    expect(attachAt(other.filter, '300', 'c')).toBe('STATUS_SUCCESS');
    expect(detach(other.filter, 'c')).toBe('STATUS_SUCCESS');
    expect(detach(other.filter, 'a')).toBe('STATUS_FLT_INSTANCE_NOT_FOUND');
  });

  test('ATT-4: an instance attached in the middle of an operation does not join it', () => {
    let held = 0 as PFLT_CALLBACK_DATA;
    m.filter('top', '300', (data) => {
      held = data.address;
      return PENDING;
    });
    m.read();
    const seen = (what: string) => (): number => {
      m.log.push(what);
      return what === 'pre' ? WITH_CALLBACK : 0;
    };
    m.add({ name: 'late', altitude: '100', operations: [
      { major: READ, pre: seen('pre'), post: seen('post') }] });
    FltCompletePendedPreOperation(held, NO_CALLBACK, 0);
    expect(m.log).toEqual([]);
    m.read();
    FltCompletePendedPreOperation(held, NO_CALLBACK, 0);
    expect(m.log).toEqual(['pre', 'post']);
  });

  test('ALT-2, ALT-3: higher is first; comparison is negative, zero, positive', () => {
    const second = mountProbeFs({ letter: 'Q', name: '\\Device\\Second' });
    const low = plain('low', '100');
    const high = plain('high', '325000.00000000000000000001');
    const near = plain('near', '325000');
    const onFirst = (made: MadeFilter): PFLT_INSTANCE => instancesOfFilter(made.filter)
      .find((at) => FLT_INSTANCE.bound.Volume(at) === volume())!;
    const compare = (a: PFLT_INSTANCE, b: PFLT_INSTANCE): number =>
      Math.sign(atIrql(2, () => FltCompareInstanceAltitudes(a, b)));
    expect(compare(onFirst(low), onFirst(high))).toBe(-1);
    expect(compare(onFirst(high), onFirst(near))).toBe(1);
    expect(compare(onFirst(low), onFirst(low))).toBe(0);
    const elsewhere = instancesOfFilter(high.filter)
      .find((at) => FLT_INSTANCE.bound.Volume(at) !== volume())!;
    expect(compare(onFirst(low), elsewhere)).toBe(0);
    expect(bugCheckOf(() => FltCompareInstanceAltitudes(onFirst(low), 0 as never)))
      .toEqual([0xc4, 0xf500]);
    for (const made of m.filters.splice(0)) made.unregister();
    second.unmount();
  });

  test('ALT-5: the order of loading never changes the order on the volume', () => {
    const altitudes = ['325000.3', '40000', '385100', '325000.30001', '9'];
    const orders = [altitudes, altitudes.toReversed(), altitudes.toSorted()].map((order) => {
      for (const altitude of order) plain(`f${altitude}`, altitude);
      const stack = instancesOnVolume(volume())
        .map((at) => textOf(FLT_INSTANCE.bound.at_Altitude(at)));
      for (const made of m.filters.splice(0)) made.unregister();
      return stack;
    });
    const expected = ['385100', '325000.30001', '325000.3', '40000', '9'];
    expect(orders).toEqual([expected, expected, expected]);
  });
});

describe('instance setup (1.6)', () => {
  test('1.6, F-12: told how, what device and what file system; at PASSIVE_LEVEL', () => {
    const disc = mountProbeFs({ letter: 'Q', name: '\\Device\\Disc', type: FLT_FSTYPE_REFS,
      deviceType: FILE_DEVICE_CD_ROM_FILE_SYSTEM });
    const calls: number[][] = [];
    const made = m.add({ name: 'a', altitude: '100', operations: [], queryTeardown: () => 0,
      setup: (objects, flags, deviceType, fileSystem) => {
        expect(objects.Filter).not.toBe(0);
        expect([objects.Size, objects.FileObject, objects.Transaction]).toEqual([24, 0, 0]);
        calls.push([objects.Volume, flags, deviceType, fileSystem, KeGetCurrentIrql()]);
        return 0;
      } });
    expect(calls).toEqual([[volume(), 1, 8, 2, 0], [disc.mounted.volume, 1, 3, 28, 0]]);
    detach(made.filter);
    attach(made.filter);
    expect(calls.at(-1)).toEqual([volume(), 2, 8, 2, 0]);
    for (const one of m.filters.splice(0)) one.unregister();
    disc.unmount();
  });

  test('1.6, F-12: DO_NOT_ATTACH, errors and warnings refuse; everything else attaches', () => {
    const answers: [number, boolean][] = [[STATUS_FLT_DO_NOT_ATTACH, false],
      [STATUS_ACCESS_DENIED, false], [0x8000_0006 | 0, false], [0, true], [0x4000_0000, true]];
    for (const [answer, attaches] of answers) {
      const made = m.add({ name: 'a', altitude: '100', operations: [], setup: () => answer });
      expect(instancesOfFilter(made.filter).length, `${answer}`).toBe(attaches ? 1 : 0);
      expect(made.started).toBe(0);
      m.remove(made);
    }
    const made = plain('b', '100');
    const refusing = m.add({ name: 'c', altitude: '200', operations: [],
      setup: () => STATUS_ACCESS_DENIED });
    expect(attach(refusing.filter)).toBe('STATUS_FLT_DO_NOT_ATTACH');
    expect(instancesOnVolume(volume())).toEqual([instanceOf(made)]);
  });

  test('1.2: without a setup callback every volume is accepted, pipes and mailslots apart', () => {
    const mailslots = mountProbeFs({ letter: 'Q', name: '\\Device\\Ms', type: FLT_FSTYPE_MSFS });
    const pipes = mountProbeFs({ letter: 'R', name: '\\Device\\Np', type: FLT_FSTYPE_NPFS,
      deviceType: FILE_DEVICE_NETWORK_FILE_SYSTEM });
    const made = plain('a', '100');
    expect(instancesOfFilter(made.filter).length).toBe(1);
    // FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS.
    const knows = m.add({ name: 'b', altitude: '200', operations: [], flags: 2 });
    expect(instancesOfFilter(knows.filter).length).toBe(3);
    for (const one of m.filters.splice(0)) one.unregister();
    pipes.unmount();
    mailslots.unmount();
  });

  test('LC-13: volumes that are mounted are enumerated when filtering starts', () => {
    const raw = register({}, undefined, { name: 'late', altitude: '200' });
    expect(instancesOnVolume(volume())).toEqual([]);
    FltStartFiltering(raw.filter);
    expect(instancesOnVolume(volume()).length).toBe(1);
    raw.end();
  });

  test('LC-13, DIS-17: a volume mounted later calls at its first operation, once', () => {
    const flags: number[] = [];
    const note = (_objects: unknown, how: number): number => (flags.push(how), 0);
    m.add({ name: 'a', altitude: '100', setup: note,
      operations: [{ major: 0, pre: () => (m.log.push('create'), NO_CALLBACK) }] });
    flags.length = 0;
    const later = mountProbeFs({ letter: 'Q', name: '\\Device\\Later' });
    expect(flags).toEqual([]);
    NtClose(open('Q:\\f').handle);
    // FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT and ..._NEWLY_MOUNTED_VOLUME; the create is seen.
    expect([flags, m.log]).toEqual([[5], ['create']]);
    NtClose(open('Q:\\f').handle);
    expect(flags).toEqual([5]);
    for (const one of m.filters.splice(0)) one.unregister();
    later.unmount();
  });

  test('LC-13: what a setup callback sends to the new volume itself goes through', () => {
    let opened = -1;
    m.add({ name: 'a', altitude: '100', operations: [], setup: (objects) => {
      if (objects.Volume === volume()) return 0;
      const { status, handle } = open('Q:\\f');
      opened = status;
      NtClose(handle);
      return 0;
    } });
    const later = mountProbeFs({ letter: 'Q', name: '\\Device\\Later' });
    NtClose(open('Q:\\g').handle);
    expect(opened).toBe(0);
    for (const one of m.filters.splice(0)) one.unregister();
    later.unmount();
  });
});

describe('finding (LC-6)', () => {
  type Find = (out: number) => number;
  /** What a routine gives, and by how much the reference count of that object rose. */
  function found(find: Find): [number, number] {
    const frame = pushFrame();
    const out = stackAlloc(4);
    const status = find(out);
    const object = i32[out >> 2]!;
    popFrame(frame);
    if (status < 0) return [status, 0];
    const held = references(object);
    FltObjectDereference(object);
    return [object, held - references(object)];
  }

  test('LC-6: every routine that returns an object adds a reference to it', () => {
    const made = [plain('low', '100'), plain('mid', '200'), plain('high', '300')] as const;
    const [low, mid, high] = made.map(instanceOf) as [PFLT_INSTANCE, PFLT_INSTANCE, PFLT_INSTANCE];
    const { filter } = made[1];
    const fsDevice = m.fs.mounted.fsDevice;
    const v = volume();
    const { handle } = open('P:\\f');
    expect(found((out) => lookup.FltGetTopInstance(v, out))).toEqual([high, 1]);
    expect(found((out) => lookup.FltGetBottomInstance(v, out))).toEqual([low, 1]);
    expect(found((out) => lookup.FltGetUpperInstance(mid, out))).toEqual([high, 1]);
    expect(found((out) => lookup.FltGetLowerInstance(mid, out))).toEqual([low, 1]);
    expect(found((out) => lookup.FltGetFilterFromInstance(mid, out))).toEqual([filter, 1]);
    expect(found((out) => lookup.FltGetVolumeFromInstance(mid, out))).toEqual([v, 1]);
    expect(found((out) => withString('MID', (name) => lookup.FltGetFilterFromName(name, out))))
      .toEqual([filter, 1]);
    expect(found((out) => withString('\\Device\\probe', (name) =>
      lookup.FltGetVolumeFromName(filter, name, out)))).toEqual([v, 1]);
    expect(found((out) => lookup.FltGetVolumeFromDeviceObject(filter, fsDevice, out)))
      .toEqual([v, 1]);
    const top = FLT_VOLUME.bound.DeviceObject(v) as never;
    expect(found((out) => lookup.FltGetVolumeFromDeviceObject(filter, top, out))).toEqual([v, 1]);
    expect(found((out) => withString('mid', (name) =>
      lookup.FltGetVolumeInstanceFromName(filter, v, name, out)))).toEqual([mid, 1]);
    expect(found((out) => lookup.FltGetVolumeInstanceFromName(0 as never, v, 0, out)))
      .toEqual([high, 1]);
    NtClose(handle);
  });

  test('LC-6: FltAttachVolume and FltAttachVolumeAtAltitude as well', () => {
    const made = plain('a', '100');
    detach(made.filter);
    const [first, firstHeld] = found((out) => FltAttachVolume(made.filter, volume(), 0, out));
    expect([instancesOnVolume(volume())[0], firstHeld]).toEqual([first, 1]);
    const [second, secondHeld] = found((out) => withString('300', (at) =>
      FltAttachVolumeAtAltitude(made.filter, volume(), at, 0, out)));
    expect([instancesOnVolume(volume())[0], secondHeld]).toEqual([second, 1]);
  });

  test('LC-6: the volume of a file object', () => {
    let seen: [number, number] = [0, 0];
    const made = m.filter('a', '100', (_data, objects) => {
      seen = found((out) =>
        lookup.FltGetVolumeFromFileObject(made.filter, objects.FileObject as never, out));
      return NO_CALLBACK;
    });
    m.read();
    expect(seen).toEqual([volume(), 1]);
  });

  test('LC-6: nothing there: the documented statuses', () => {
    const made = plain('a', '100');
    const { filter } = made;
    const at = instanceOf(made);
    const status = (find: Find): string => statusName(found(find)[0] as never);
    expect(status((out) => lookup.FltGetUpperInstance(at, out))).toBe('STATUS_NO_MORE_ENTRIES');
    expect(status((out) => lookup.FltGetLowerInstance(at, out))).toBe('STATUS_NO_MORE_ENTRIES');
    expect(status((out) => withString('b', (name) => lookup.FltGetFilterFromName(name, out))))
      .toBe('STATUS_FLT_FILTER_NOT_FOUND');
    const byName = (name: string): string => status((out) => withString(name, (text) =>
      lookup.FltGetVolumeFromName(filter, text, out)));
    expect(byName('\\Device\\Nothing')).toBe('STATUS_FLT_VOLUME_NOT_FOUND');
    expect(byName('\\Device\\Probe\\')).toBe('STATUS_INVALID_PARAMETER');
    expect(status((out) => lookup.FltGetVolumeFromDeviceObject(filter, 0 as never, out)))
      .toBe('STATUS_INVALID_PARAMETER');
    expect(status((out) => withString('b', (name) =>
      lookup.FltGetVolumeInstanceFromName(filter, volume(), name, out))))
      .toBe('STATUS_FLT_INSTANCE_NOT_FOUND');
    detach(filter);
    expect(status((out) => lookup.FltGetTopInstance(volume(), out))).toBe('STATUS_NO_MORE_ENTRIES');
    expect(status((out) => lookup.FltGetBottomInstance(volume(), out)))
      .toBe('STATUS_NO_MORE_ENTRIES');
  });

  test('LC-6: an object that is being torn down is not given out', () => {
    const seen: string[] = [];
    const made: MadeFilter = makeFilter({ name: 'a', altitude: '100', operations: [],
      teardownStart: (objects) => {
        const instance = objects.Instance as PFLT_INSTANCE;
        for (const find of [
          (out: number) => lookup.FltGetTopInstance(volume(), out),
          (out: number) => lookup.FltGetFilterFromInstance(instance, out),
          (out: number) => withString('a', (name) => lookup.FltGetFilterFromName(name, out)),
        ]) seen.push(statusName(found(find)[0] as never));
      } });
    made.unregister();
    expect(seen).toEqual(Array.from({ length: 3 }, () => 'STATUS_FLT_DELETING_OBJECT'));
  });

  test('LC-6: enumerations give one reference per element, and say how long a list must be', () => {
    const made = [plain('low', '100'), plain('high', '300')] as const;
    const list = 0x2_4000;
    const frame = pushFrame();
    const count = stackAlloc(4);
    const read =
      (): number[] => Array.from(i32.subarray(list >> 2, (list >> 2) + i32[count >> 2]!));
    const drop = (): void => read().forEach((object) => FltObjectDereference(object));
    const short = 'STATUS_BUFFER_TOO_SMALL';
    expect(statusName(FltEnumerateFilters(0, 0, count))).toBe(short);
    expect(i32[count >> 2]).toBe(2);
    expect(FltEnumerateFilters(list, 2, count)).toBe(0);
    expect(read()).toEqual(made.map(({ filter }) => filter));
    expect(made.map(({ filter }) => references(filter))).toEqual([1, 1]);
    drop();
    expect(FltEnumerateVolumes(made[0].filter, list, 5, count)).toBe(0);
    expect(read()).toEqual([volume()]);
    drop();
    const none = 0 as never;
    expect(statusName(FltEnumerateInstances(none, none, list, 9, count)))
      .toBe('STATUS_INVALID_PARAMETER');
    expect(statusName(FltEnumerateInstances(volume(), none, list, 1, count))).toBe(short);
    expect(FltEnumerateInstances(volume(), none, list, 9, count)).toBe(0);
    expect(read()).toEqual([instanceOf(made[1]), instanceOf(made[0])]);
    drop();
    expect(FltEnumerateInstances(none, made[0].filter, list, 9, count)).toBe(0);
    expect(read()).toEqual([instanceOf(made[0])]);
    drop();
    popFrame(frame);
  });

  test('LC-6: a reference that is kept holds up the end of the unload, not the teardown', () => {
    const made = plain('a', '100');
    const frame = pushFrame();
    const out = stackAlloc(4);
    lookup.FltGetFilterFromName(0, out);
    withString('a', (name) => lookup.FltGetFilterFromName(name, out));
    const filter = i32[out >> 2]!;
    popFrame(frame);
    m.filters.length = 0;
    expect(() => FltUnregisterFilter(made.filter)).toThrow(/would never be released/);
    expect(instancesOfFilter(made.filter)).toEqual([]);
    FltObjectDereference(filter);
    made.unregister();
  });
});
