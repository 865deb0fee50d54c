// Driver objects of the built-in drivers (file systems, the Filter Manager): a table of dispatch
// routines by major function. A major that a driver does not serve gets the status that NT's
// default gives, STATUS_INVALID_DEVICE_REQUEST.
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { fillBytes, i32 } from '../../../mem/memory.ts';
import { kernelRoutine } from '../../../mem/routine.ts';
import { STATUS_INVALID_DEVICE_REQUEST } from '../../status-codes.ts';
import { bufferOf, readUnicode, setUnicode, writeUtf16 } from '../../rtl/unicode-string.ts';
import { DRIVER_EXTENSION, DRIVER_OBJECT, IRP } from '../types.ts';
import { IofCompleteRequest } from '../irp/completion.ts';
import { IO_TYPE_DRIVER, TAG_DRIVER } from './private.ts';
import type { PDRIVER_EXTENSION, PDRIVER_OBJECT, PIRP } from '../types.ts';
import type { RoutineId } from '../../../mem/routine.ts';

const d = DRIVER_OBJECT.bound;
const e = DRIVER_EXTENSION.bound;
const { set_IoStatus_Status, set_IoStatus_Information } = IRP.bound;
const MAJORS = 28;

const invalidDeviceRequest = kernelRoutine('IopInvalidDeviceRequest', (_device, irp) => {
  set_IoStatus_Status(irp as PIRP, STATUS_INVALID_DEVICE_REQUEST);
  set_IoStatus_Information(irp as PIRP, 0);
  IofCompleteRequest(irp as PIRP);
  return STATUS_INVALID_DEVICE_REQUEST;
});

/** Makes a driver object; `majors` gives the dispatch routine of each major function it serves. */
export function createDriver(
  majors: Readonly<Record<number, RoutineId>>,
  fastIoDispatch = 0,
): PDRIVER_OBJECT {
  const bytes = DRIVER_OBJECT.size + DRIVER_EXTENSION.size;
  const driver = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_DRIVER) as PDRIVER_OBJECT;
  if (driver === 0) {
    throw new Error('no nonpaged pool for a driver object; give the machine more memory');
  }
  fillBytes(driver, 0, bytes);
  const extension = (driver + DRIVER_OBJECT.size) as PDRIVER_EXTENSION;
  e.set_DriverObject(extension, driver);
  d.set_DriverExtension(driver, extension);
  d.set_Type(driver, IO_TYPE_DRIVER);
  d.set_Size(driver, DRIVER_OBJECT.size);
  d.set_FastIoDispatch(driver, fastIoDispatch as never);
  const table = d.at_MajorFunction(driver) >> 2;
  for (let major = 0; major < MAJORS; major++) {
    i32[table + major] = majors[major] ?? invalidDeviceRequest;
  }
  return driver;
}

/** Replaces a string member of a driver object by text in nonpaged pool. */
function setText(member: number, text: string): void {
  dropText(member);
  const bytes = 2 * text.length;
  const buffer = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_DRIVER);
  if (buffer === 0) throw new Error(`no nonpaged pool for the name ${text}`);
  writeUtf16(buffer, text);
  setUnicode(member, buffer, bytes, bytes);
}

function dropText(member: number): void {
  const buffer = bufferOf(member);
  if (buffer !== 0) ExFreePoolWithTag(buffer, TAG_DRIVER);
  setUnicode(member, 0, 0, 0);
}

/** Makes a driver the image of a service: \FileSystem\<service>. PASSIVE_LEVEL. */
export function nameDriver(driver: PDRIVER_OBJECT, service: string): void {
  setText(d.at_DriverName(driver), `\\FileSystem\\${service}`);
  setText(e.at_ServiceKeyName(d.DriverExtension(driver)), service);
}

/** The service that a driver is the image of; empty for the machine's own drivers. */
export function serviceName(driver: PDRIVER_OBJECT): string {
  return readUnicode(e.at_ServiceKeyName(d.DriverExtension(driver)));
}

/** Gives a driver object back; its devices are deleted. */
export function deleteDriver(driver: PDRIVER_OBJECT): void {
  dropText(d.at_DriverName(driver));
  dropText(e.at_ServiceKeyName(d.DriverExtension(driver)));
  ExFreePoolWithTag(driver, TAG_DRIVER);
}
