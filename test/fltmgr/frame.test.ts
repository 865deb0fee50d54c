// The frame: all minifilters stand together in one place of the device stack. A legacy filter,
// which attaches a device of its own, is above or below all of them, whatever their altitudes.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kernelRoutine } from '#src/mem/routine.ts';
import { NULL } from '#src/mem/pointer.ts';
import { IoAttachDeviceToDeviceStack, IoCreateDevice, IoDeleteDevice, IoDetachDevice }
  from '#src/ntos/io/object/device.ts';
import { createDriver, deleteDriver } from '#src/ntos/io/object/driver.ts';
import { IofCallDriver } from '#src/ntos/io/irp/call-driver.ts';
import { IoGetCurrentIrpStackLocation, IoSkipCurrentIrpStackLocation }
  from '#src/ntos/io/irp/irp.ts';
import { FILE_DEVICE_DISK_FILE_SYSTEM, IO_STACK_LOCATION } from '#src/ntos/io/types.ts';
import { FINISHED, ProbeMachine, READ, WITH_CALLBACK } from './probe-machine.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { PDEVICE_OBJECT, PIRP } from '#src/ntos/io/types.ts';

let m: ProbeMachine;
let below: PDEVICE_OBJECT = NULL;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => m.end());

const passOn = kernelRoutine('LegacyDispatch', (_device, irpAt) => {
  const irp = irpAt as PIRP;
  const major = IO_STACK_LOCATION.bound.MajorFunction(IoGetCurrentIrpStackLocation(irp));
  if (major === READ) m.log.push('legacy');
  IoSkipCurrentIrpStackLocation(irp);
  return IofCallDriver(below, irp);
});

/** Puts a legacy filter on top of the volume's stack; gives it away again. */
function attachLegacy(): () => void {
  const majors = Object.fromEntries(Array.from({ length: 0x1c }, (_n, major) => [major, passOn]));
  const driver = createDriver(majors);
  const device = IoCreateDevice(driver, 0, FILE_DEVICE_DISK_FILE_SYSTEM);
  below = IoAttachDeviceToDeviceStack(device, m.fs.mounted.fsDevice);
  return () => {
    IoDetachDevice(below);
    IoDeleteDevice(device);
    deleteDriver(driver);
  };
}

function logging(name: string, altitude: string): MadeFilter {
  return m.filter(name, altitude, () => (m.log.push(name), WITH_CALLBACK),
    () => (m.log.push(`${name}'`), FINISHED));
}

function order(): string[] {
  m.read();
  return m.log.splice(0);
}

test('LC-2, LC-4: a legacy filter above the frame is above every minifilter, whatever ' +
  'comes', () => {
  logging('high', '380000');
  const low = logging('low', '40000');
  m.open();
  const detach = attachLegacy();
  expect(order()).toEqual(['legacy', 'high', 'low', 'low\'', 'high\'']);
  // Not even the highest altitude gets a minifilter above it: there is one frame, and it is below.
  logging('top', '429999');
  expect(order()).toEqual(['legacy', 'top', 'high', 'low', 'low\'', 'high\'', 'top\'']);
  // A filter that is loaded again goes back to its altitude in the same frame.
  m.remove(low);
  expect(order()).toEqual(['legacy', 'top', 'high', 'high\'', 'top\'']);
  logging('low', '40000');
  expect(order()).toEqual(['legacy', 'top', 'high', 'low', 'low\'', 'high\'', 'top\'']);
  detach();
  expect(order()).toEqual(['top', 'high', 'low', 'low\'', 'high\'', 'top\'']);
});

test('LC-4: the frame stays when its last minifilter goes', () => {
  const only = logging('only', '100');
  m.open();
  const detach = attachLegacy();
  m.remove(only);
  expect(order()).toEqual(['legacy']);
  logging('only', '100');
  expect(order()).toEqual(['legacy', 'only', 'only\'']);
  detach();
});
