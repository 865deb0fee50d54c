// What the registry tells about a filter's service: its name, altitude and default instance. The
// image loader writes it when it maps a driver; FltRegisterFilter and FltAttachVolume read it
// (LC-11, ATT-1). A registry with keys takes this room's place later.
import { pointer } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';
import { fillBytes } from '../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ntos/ex/pool.ts';
import { NonPagedPool } from '../ntos/ex/types.ts';
import { DRIVER_OBJECT } from '../ntos/io/types.ts';
import { UNICODE_STRING } from '../ntos/rtl/types.ts';
import { assignString, dropString, textOf } from './strings.ts';
import type { PDRIVER_OBJECT } from '../ntos/io/types.ts';
import type { Ptr } from '../mem/pointer.ts';

const FLT_SERVICE = struct('FLT_SERVICE', {
  Driver: pointer('DRIVER_OBJECT'),
  Name: UNICODE_STRING,
  Altitude: UNICODE_STRING,
  Instance: UNICODE_STRING,
});
const k = FLT_SERVICE.bound;
const { DriverSection, set_DriverSection } = DRIVER_OBJECT.bound;
const TAG = poolTag('FMsk');

/** A filter's service as the registry describes it. */
export interface ServiceKey {
  readonly name: string;
  readonly altitude: string;
  /** The name of the default instance. */
  readonly instance: string;
}

/** Writes the service key of a driver; before its DriverEntry runs. */
export function writeServiceKey(driver: PDRIVER_OBJECT, key: ServiceKey): void {
  const at = ExAllocatePoolWithTag(NonPagedPool, FLT_SERVICE.size, TAG) as Ptr<'FLT_SERVICE'>;
  if (at === 0) throw new Error(`no nonpaged pool for the service key of ${key.name}`);
  fillBytes(at, 0, FLT_SERVICE.size);
  k.set_Driver(at, driver);
  assignString(k.at_Name(at), key.name);
  assignString(k.at_Altitude(at), key.altitude);
  assignString(k.at_Instance(at), key.instance);
  set_DriverSection(driver, at);
}

/** The service key of a driver; undefined when the registry has none. */
export function readServiceKey(driver: PDRIVER_OBJECT): ServiceKey | undefined {
  const at = DriverSection(driver) as Ptr<'FLT_SERVICE'>;
  if (at === 0) return undefined;
  return {
    name: textOf(k.at_Name(at)),
    altitude: textOf(k.at_Altitude(at)),
    instance: textOf(k.at_Instance(at)),
  };
}

/** Deletes the service key; when the driver's image is unmapped. */
export function deleteServiceKey(driver: PDRIVER_OBJECT): void {
  const at = DriverSection(driver) as Ptr<'FLT_SERVICE'>;
  if (at === 0) return;
  dropString(k.at_Name(at));
  dropString(k.at_Altitude(at));
  dropString(k.at_Instance(at));
  ExFreePoolWithTag(at, TAG);
  set_DriverSection(driver, 0);
}
