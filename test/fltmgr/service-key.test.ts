// A filter's service in the registry: what FltRegisterFilter and attachments read there, and what a
// driver finds in its own keys.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FltAttachVolume } from '#src/fltmgr/attach/attach.ts';
import { FltRegisterFilter, FltStartFiltering, FltUnregisterFilter }
  from '#src/fltmgr/attach/filter.ts';
import { FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { instancesOfFilter } from '#src/fltmgr/attach/instance.ts';
import { deleteServiceKey, readServiceKey, writeServiceKey }
  from '#src/fltmgr/attach/service-key.ts';
import { textOf } from '#src/fltmgr/strings.ts';
import { fltRegistration } from '#src/image/registration.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { SERVICES_KEY, deleteRegistryTree, readRegistryNumber, writeRegistryValue }
  from '#src/ntos/cm/registry.ts';
import { stackString } from '#src/ntos/cm/rtl-registry.ts';
import { ZwQueryKey } from '#src/ntos/cm/zw-registry.ts';
import { createDriver, deleteDriver } from '#src/ntos/io/object/driver.ts';
import { IoOpenDriverRegistryKey } from '#src/ntos/io/object/driver-registry.ts';
import { ObpCloseHandle } from '#src/ntos/ob/handle.ts';
import { readUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { statusName } from '#src/ntos/status.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import type { ServiceDefinition } from '#src/fltmgr/attach/service-key.ts';
import type { ProbeFs } from '#test/support/probe-fs.ts';
import type { PFLT_FILTER } from '#src/fltmgr/types.ts';
import type { PDRIVER_OBJECT } from '#src/ntos/io/types.ts';

const { at_Name, at_Altitude } = FLT_INSTANCE.bound;
const registration = fltRegistration({});
const base = { name: 'svc', altitude: '1000', instance: 'Main' };

let shutdown: () => void;
let fs: ProbeFs;
let driver: PDRIVER_OBJECT;
let frame: number;
beforeEach(() => {
  shutdown = bootInline();
  fs = mountProbeFs();
  driver = createDriver({});
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  deleteServiceKey(driver);
  deleteDriver(driver);
  fs.unmount();
  shutdown();
});

/** Registers; the filter, or the status by name. */
function register(): PFLT_FILTER | string {
  const out = stackAlloc(4);
  const status = FltRegisterFilter(driver, registration.address, out);
  return status < 0 ? statusName(status) : (i32[out >> 2] as PFLT_FILTER);
}

function started(definition: Partial<ServiceDefinition> = {}): PFLT_FILTER {
  writeServiceKey(driver, { ...base, ...definition });
  const filter = register() as PFLT_FILTER;
  FltStartFiltering(filter);
  return filter;
}

function instances(filter: PFLT_FILTER): string[] {
  return instancesOfFilter(filter)
    .map((at) => `${textOf(at_Name(at))}@${textOf(at_Altitude(at))}`).toSorted();
}

function attach(filter: PFLT_FILTER, name: string): string {
  const at = name === '' ? 0 : stackString(name);
  return statusName(FltAttachVolume(filter, fs.mounted.volume, at, 0));
}

test('LC-11: without a service key, or an instance definition in it, a filter is not ' +
  'registered', () => {
  expect(register()).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  writeServiceKey(driver, base);
  deleteRegistryTree(`${SERVICES_KEY}\\svc\\Instances\\Main`);
  expect(register()).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  writeServiceKey(driver, base);
  writeRegistryValue(`${SERVICES_KEY}\\svc\\Instances`, 'DefaultInstance', 'Other');
  expect(register()).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
});

test('every instance is attached to a volume by itself, unless its Flags suppress that', () => {
  const filter = started({
    instances: [{ name: 'Upper', altitude: '2000' }, { name: 'Lower', altitude: '10', flags: 1 }],
  });
  expect(instances(filter)).toEqual(['Main@1000', 'Upper@2000']);
  expect(attach(filter, 'lower')).toBe('STATUS_SUCCESS');
  expect(instances(filter)).toEqual(['Lower@10', 'Main@1000', 'Upper@2000']);
  FltUnregisterFilter(filter);
});

test('ATT-1: a name that the registry does not define cannot be attached', () => {
  const filter = started({ flags: 1 });
  expect(instances(filter)).toEqual([]);
  expect(attach(filter, 'Unknown')).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  expect(attach(filter, '')).toBe('STATUS_SUCCESS');
  expect(instances(filter)).toEqual(['Main@1000']);
  FltUnregisterFilter(filter);
});

test('Flags may suppress attaching by hand', () => {
  const filter = started({ instances: [{ name: 'Auto', altitude: '7', flags: 2 }] });
  expect(instances(filter)).toEqual(['Auto@7', 'Main@1000']);
  expect(attach(filter, 'Auto')).toBe('STATUS_FLT_DO_NOT_ATTACH');
  FltUnregisterFilter(filter);
});

test('what changes in the registry counts at the next attachment', () => {
  const filter = started({ flags: 1 });
  writeRegistryValue(`${SERVICES_KEY}\\svc\\Instances\\Main`, 'Altitude', '4321.5');
  expect(attach(filter, '')).toBe('STATUS_SUCCESS');
  expect(instances(filter)).toEqual(['Main@4321.5']);
  FltUnregisterFilter(filter);
});

test('instances may be defined below Parameters, as newer systems do', () => {
  writeServiceKey(driver, base);
  deleteRegistryTree(`${SERVICES_KEY}\\svc\\Instances`);
  expect(readServiceKey(driver)).toBeUndefined();
  const newer = `${SERVICES_KEY}\\svc\\Parameters\\Instances`;
  writeRegistryValue(newer, 'DefaultInstance', 'New');
  writeRegistryValue(`${newer}\\New`, 'Altitude', '55');
  expect(readServiceKey(driver)).toEqual({ name: 'svc', instance: 'New', altitude: '55' });
});

test('a driver opens its Parameters by its driver object', () => {
  writeServiceKey(driver, { ...base, parameters: { Level: 3 } });
  const out = stackAlloc(4);
  expect(statusName(IoOpenDriverRegistryKey(driver, 0, 0x20019, 0, out))).toBe('STATUS_SUCCESS');
  const handle = i32[out >> 2]!;
  expect(handle).toBeLessThan(0);
  const buffer = stackAlloc(512);
  ZwQueryKey(handle, 3, buffer, 512, stackAlloc(4));
  expect(readUtf16(buffer + 4, i32[buffer >> 2]!))
    .toBe('\\REGISTRY\\MACHINE\\System\\ControlSet001\\Services\\svc\\Parameters');
  ObpCloseHandle(handle);
  expect(readRegistryNumber(`${SERVICES_KEY}\\svc\\Parameters`, 'Level')).toBe(3);
  expect(statusName(IoOpenDriverRegistryKey(driver, 7, 0x20019, 0, out)))
    .toBe('STATUS_INVALID_PARAMETER');
  const nobody = createDriver({});
  expect(statusName(IoOpenDriverRegistryKey(nobody, 0, 0x20019, 0, out)))
    .toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  deleteDriver(nobody);
});
