// How data travels: the buffering method of every operation, and where filters find it (2.5, 2.6).
import { afterEach, describe, expect, test } from 'vitest';
import { FLT_IS_SYSTEM_BUFFER } from '#src/fltmgr/data.ts';
import { FLT_CALLBACK_DATA } from '#src/fltmgr/types.ts';
import { u8 } from '#src/mem/memory.ts';
import { NONPAGED, isPaged } from '#src/mem/memory-map.ts';
import { MmGetMdlByteCount, MmGetSystemAddressForMdlSafe } from '#src/ntos/io/irp/mdl.ts';
import { DO_BUFFERED_IO, DO_DIRECT_IO } from '#src/ntos/io/types.ts';
import { NtDeviceIoControlFile, NtFsControlFile, NtLockFile, NtNotifyChangeDirectoryFile,
  NtQueryDirectoryFile } from '#src/ntos/io/service/nt-control.ts';
import { NtQueryEaFile, NtQueryInformationFile, NtQuerySecurityObject,
  NtQueryVolumeInformationFile, NtSetEaFile, NtSetInformationFile, NtSetSecurityObject,
  NtSetVolumeInformationFile } from '#src/ntos/io/service/nt-information.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { statusName } from '#src/ntos/status.ts';
import { NO_CALLBACK, ProbeMachine } from './probe-machine.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PMDL } from '#src/ntos/io/types.ts';

const IOSB = 0x2_8000;
const IN = 0x2_0000;
const OUT = 0x2_4000;
let m: ProbeMachine;
afterEach(() => {
  setAllocationGate(null);
  m.end();
});

interface Way {
  readonly system: boolean;
  readonly mdl: number;
  readonly buffer: number;
  readonly more?: number;
}
type Find = (data: FltCallbackData) => { buffer: number; mdl?: number; more?: number };
const p = (data: FltCallbackData): FltCallbackData['Iopb']['Parameters'] => data.Iopb.Parameters;

/** Sends one request through a filter and tells what the filter found. */
function way(deviceFlags: number, major: number, find: Find, act: (handle: number) => unknown): Way {
  m = new ProbeMachine({ deviceFlags });
  let found: Way | undefined;
  m.filter('a', '100', (data) => {
    const { buffer, mdl = 0, more } = find(data);
    found = { system: FLT_IS_SYSTEM_BUFFER(data.address) !== 0, buffer,
      mdl: mdl === 0 ? 0 : MmGetSystemAddressForMdlSafe(mdl as PMDL),
      ...(more !== undefined && { more }) };
    return NO_CALLBACK;
  }, undefined, major);
  act(m.open());
  return found!;
}

const inPool = (at: number): boolean => at >= NONPAGED.start && at < NONPAGED.end && !isPaged(at);

const byDevice: Readonly<Record<string, readonly [number, Find, (handle: number) => unknown]>> = {
  READ: [3, (d) => ({ buffer: p(d).Read.ReadBuffer, mdl: p(d).Read.MdlAddress }),
    (h) => NtReadFile(h, 0, IOSB, OUT, 64, 0)],
  WRITE: [4, (d) => ({ buffer: p(d).Write.WriteBuffer, mdl: p(d).Write.MdlAddress }),
    (h) => NtWriteFile(h, 0, IOSB, OUT, 64, 0)],
  QUERY_EA: [7, (d) => ({ buffer: p(d).QueryEa.EaBuffer, mdl: p(d).QueryEa.MdlAddress }),
    (h) => NtQueryEaFile(h, IOSB, OUT, 64, true)],
  SET_EA: [8, (d) => ({ buffer: p(d).SetEa.EaBuffer, mdl: p(d).SetEa.MdlAddress }),
    (h) => NtSetEaFile(h, IOSB, OUT, 64)],
  QUERY_DIRECTORY: [0x0c, (d) => ({ buffer: p(d).DirectoryControl.QueryDirectory.DirectoryBuffer,
    mdl: p(d).DirectoryControl.QueryDirectory.MdlAddress }),
  (h) => NtQueryDirectoryFile(h, IOSB, OUT, 64, 1, true, 0, true)],
  NOTIFY_DIRECTORY: [0x0c, (d) => ({ buffer: p(d).DirectoryControl.NotifyDirectory.DirectoryBuffer,
    mdl: p(d).DirectoryControl.NotifyDirectory.MdlAddress }),
  (h) => NtNotifyChangeDirectoryFile(h, 0, IOSB, OUT, 64, 1, false)],
};

describe('2.6, F-40: by the device\'s flags', () => {
  test.each(Object.entries(byDevice))('2.6: %s', (_name, [major, find, act]) => {
    expect(way(0, major, find, act)).toEqual({ system: false, buffer: OUT, mdl: 0 });
    m.end();
    expect(way(DO_DIRECT_IO, major, find, act)).toEqual({ system: false, buffer: OUT, mdl: OUT });
    m.end();
    const buffered = way(DO_BUFFERED_IO, major, find, act);
    expect([buffered.system, buffered.mdl, inPool(buffered.buffer)]).toEqual([true, 0, true]);
    m.end();
    // Buffered comes first.
    expect(way(DO_BUFFERED_IO | DO_DIRECT_IO, major, find, act).system).toBe(true);
  });

  test('2.6: a buffered read is copied back, as far as Information says', () => {
    m = new ProbeMachine({ deviceFlags: DO_BUFFERED_IO });
    m.fs.information = 3;
    m.filter('a', '100', (data) => {
      u8.fill(7, p(data).Read.ReadBuffer, p(data).Read.ReadBuffer + 64);
      return NO_CALLBACK;
    });
    u8.fill(1, OUT, OUT + 8);
    NtReadFile(m.open(), 0, IOSB, OUT, 64, 0);
    expect(Array.from(u8.subarray(OUT, OUT + 5))).toEqual([7, 7, 7, 1, 1]);
  });

  test('2.6: a buffered write is a copy of what was there when it was sent', () => {
    u8.fill(9, OUT, OUT + 64);
    const [, find, act] = byDevice['WRITE']!;
    const { buffer } = way(DO_BUFFERED_IO, 4, find, act);
    expect(buffer).not.toBe(OUT);
  });

  test('2.6: a bad address of a direct transfer, and no memory: the statuses', () => {
    m = new ProbeMachine({ deviceFlags: DO_DIRECT_IO });
    const handle = m.open();
    expect(statusName(NtReadFile(handle, 0, IOSB, 0x7fff_0000, 64, 0)))
      .toBe('STATUS_ACCESS_VIOLATION');
    m.end();
    m = new ProbeMachine({ deviceFlags: DO_BUFFERED_IO });
    const again = m.open();
    setAllocationGate((_kind, bytes) => bytes !== 4242);
    expect(statusName(NtReadFile(again, 0, IOSB, OUT, 4242, 0)))
      .toBe('STATUS_INSUFFICIENT_RESOURCES');
  });
});

describe('2.6: the same for every device', () => {
  const flags = [0, DO_BUFFERED_IO, DO_DIRECT_IO];
  const buffered: Readonly<Record<string, readonly [number, Find, (handle: number) => unknown]>> = {
    QUERY_INFORMATION: [5, (d) => ({ buffer: p(d).QueryFileInformation.InfoBuffer }),
      (h) => NtQueryInformationFile(h, IOSB, OUT, 40, 4)],
    SET_INFORMATION: [6, (d) => ({ buffer: p(d).SetFileInformation.InfoBuffer }),
      (h) => NtSetInformationFile(h, IOSB, OUT, 40, 4)],
    QUERY_VOLUME_INFORMATION: [0x0a, (d) => ({ buffer: p(d).QueryVolumeInformation.VolumeBuffer }),
      (h) => NtQueryVolumeInformationFile(h, IOSB, OUT, 24, 3)],
    SET_VOLUME_INFORMATION: [0x0b, (d) => ({ buffer: p(d).SetVolumeInformation.VolumeBuffer }),
      (h) => NtSetVolumeInformationFile(h, IOSB, OUT, 24, 2)],
    FSCTL_BUFFERED: [0x0d, (d) => ({ buffer: p(d).FileSystemControl.Buffered.SystemBuffer }),
      (h) => NtFsControlFile(h, 0, IOSB, 0x9_0000, IN, 8, OUT, 16)],
  };
  test.each(Object.entries(buffered))('2.6: %s is buffered', (_name, [major, find, act]) => {
    for (const device of flags) {
      const found = way(device, major, find, act);
      expect([found.system, inPool(found.buffer)]).toEqual([true, true]);
      if (device !== DO_DIRECT_IO) m.end();
    }
  });

  const neither: Readonly<Record<string, readonly [number, Find, (handle: number) => unknown]>> = {
    QUERY_SECURITY: [0x14, (d) => ({ buffer: p(d).QuerySecurity.SecurityBuffer,
      mdl: p(d).QuerySecurity.MdlAddress }),
    (h) => NtQuerySecurityObject(h, 4, OUT, 64, 0, IOSB)],
    SET_SECURITY: [0x15, (d) => ({ buffer: p(d).SetSecurity.SecurityDescriptor }),
      (h) => NtSetSecurityObject(h, 4, OUT, IOSB)],
  };
  test.each(Object.entries(neither))('2.6: %s is neither', (_name, [major, find, act]) => {
    for (const device of flags) {
      expect(way(device, major, find, act)).toEqual({ system: false, buffer: OUT, mdl: 0 });
      if (device !== DO_DIRECT_IO) m.end();
    }
  });

  const controls: readonly (readonly [string, number, (handle: number, code: number) => unknown])[] =
    [['FILE_SYSTEM_CONTROL', 0x0d, (h, code) => NtFsControlFile(h, 0, IOSB, code, IN, 8, OUT, 16)],
      ['DEVICE_CONTROL', 0x0e, (h, code) => NtDeviceIoControlFile(h, 0, IOSB, code, IN, 8, OUT, 16)]];
  test.each(controls)('2.6: %s by the low two bits of the code', (_name, major, act) => {
    const code = major === 0x0d ? 0x9_0000 : 0x22_0000;
    const member = (d: FltCallbackData): { Direct: never } =>
      (major === 0x0d ? p(d).FileSystemControl : p(d).DeviceIoControl) as never;
    const direct: Find = (d) => {
      const { Direct } = member(d) as unknown as { Direct: { InputSystemBuffer: number;
        OutputBuffer: number; OutputMdlAddress: number } };
      return { buffer: Direct.OutputBuffer, mdl: Direct.OutputMdlAddress,
        more: Direct.InputSystemBuffer };
    };
    for (const method of [1, 2]) {
      u8.fill(5, IN, IN + 8);
      const found = way(0, major, direct, (h) => act(h, code | method));
      // OutputMdlAddress is never NULL; the input was copied.
      expect([found.buffer, found.mdl, inPool(found.more!)]).toEqual([OUT, OUT, true]);
      m.end();
    }
    const user = way(0, major, (d) => {
      const { Neither } = member(d) as unknown as { Neither: { InputBuffer: number;
        OutputBuffer: number; OutputMdlAddress: number } };
      return { buffer: Neither.OutputBuffer, mdl: Neither.OutputMdlAddress,
        more: Neither.InputBuffer };
    }, (h) => act(h, code | 3));
    expect(user).toEqual({ system: false, buffer: OUT, mdl: 0, more: IN });
  });

  test('2.6: a direct code of a filter below gets the MDL for its whole output', () => {
    m = new ProbeMachine();
    let bytes = 0;
    m.filter('a', '100', (data) => {
      bytes = MmGetMdlByteCount(p(data).FileSystemControl.Direct.OutputMdlAddress as PMDL);
      return NO_CALLBACK;
    }, undefined, 0x0d);
    NtFsControlFile(m.open(), 0, IOSB, 0x9_0002, IN, 8, OUT, 48);
    expect(bytes).toBe(48);
  });

  test('2.6: locks have no buffer', () => {
    const found = way(DO_BUFFERED_IO, 0x11, () => ({ buffer: 0 }),
      (h) => NtLockFile(h, 0, IOSB, 0, 1, 0, true, true));
    expect(found.system).toBe(false);
  });
});

test('OP-17: callback data lies in nonpaged pool', () => {
  m = new ProbeMachine();
  const seen: boolean[] = [];
  m.filter('a', '100', (data, objects) => {
    seen.push(inPool(data.address), inPool(data.Iopb.address), inPool(objects.address),
      FLT_CALLBACK_DATA.size === 44);
    return NO_CALLBACK;
  });
  m.read();
  expect(seen).toEqual([true, true, true, true]);
});
