// Attaching and detaching by hand: what `fltmc attach` and `fltmc detach` and other drivers call.
import { ExAcquireRundownProtection } from '../../ntos/ex/lock/rundown.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_DO_NOT_ATTACH, STATUS_FLT_INSTANCE_NOT_FOUND,
  STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT, FLTFL_INSTANCE_TEARDOWN_MANUAL,
  INSTANCE_NAME_MAX_CHARS } from '../constants.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_OBJECT, FLT_OBJECT_FILTER, FLT_OBJECT_INSTANCE,
  FLT_OBJECT_VOLUME } from './object.ts';
import { FltpObjectDereference, checkObject, isLeaving } from './object-reference.ts';
import { callAtPassive } from '../pending/at-passive.ts';
import { setUpNewVolume } from './new-volume.ts';
import { checkIrql } from '../violation.ts';
import { ALTITUDE_TAKEN, FltpAttach, instancesOnVolume } from './instance.ts';
import { beginTeardown, finishTeardown, queryTeardown } from './teardown.ts';
import { lockFilterManager, unlockFilterManager } from './root.ts';
import { INSTANCE_NO_MANUAL_ATTACHMENT, readInstance, readServiceKey } from './service-key.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { compareAltitudes } from './altitude.ts';
import { textOf } from '../strings.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDRIVER_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const { DriverObject, at_Name: at_filterName } = FLT_FILTER.bound;
const { at_Rundown } = FLT_OBJECT.bound;
type POBJ = Parameters<typeof at_Rundown>[0];
const { Filter, at_Name, at_Altitude, Volume } = FLT_INSTANCE.bound;

/** Holds the caller to a filter and a volume that exist. */
function checkPair(routine: string, filter: PFLT_FILTER, volume: PFLT_VOLUME): void {
  checkObject(routine, filter, FLT_OBJECT_FILTER);
  checkObject(routine, volume, FLT_OBJECT_VOLUME);
}

/**
 * Attaches a filter to a volume as its registry says. PASSIVE_LEVEL.
 *
 * @param InstanceName a UNICODE_STRING; NULL for the default instance.
 * @param RetInstance where the instance goes, with a rundown reference; NULL when not wanted.
 * @returns the statuses of ATT-1; STATUS_OBJECT_NAME_NOT_FOUND for an unknown instance name.
 */
export function FltAttachVolume(
  Filter_: PFLT_FILTER,
  Volume_: PFLT_VOLUME,
  InstanceName: number,
  RetInstance: OutPtr,
): NTSTATUS {
  checkIrql('FltAttachVolume', PASSIVE_LEVEL);
  checkPair('FltAttachVolume', Filter_, Volume_);
  const driver = DriverObject(Filter_) as PDRIVER_OBJECT;
  const name = InstanceName === 0 ? readServiceKey(driver)?.instance : readUnicode(InstanceName);
  const instance = name === undefined ? undefined : readInstance(driver, name);
  if (instance === undefined) return STATUS_OBJECT_NAME_NOT_FOUND;
  if ((instance.flags ?? 0) & INSTANCE_NO_MANUAL_ATTACHMENT) return STATUS_FLT_DO_NOT_ATTACH;
  setUpNewVolume(Volume_);
  return FltpAttach(Filter_, Volume_, instance.altitude, instance.name,
    FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT, RetInstance);
}

/**
 * FltAttachVolume at an altitude of the caller's choice: a debugging aid. PASSIVE_LEVEL.
 *
 * @param InstanceName a UNICODE_STRING; NULL for one made of the filter's name and the altitude.
 * @returns as FltAttachVolume, but STATUS_FLT_INSTANCE_ALTITUDE_COLLISION for an altitude in use
 *   and STATUS_INVALID_PARAMETER for one that is none (ATT-2).
 */
export function FltAttachVolumeAtAltitude(
  Filter_: PFLT_FILTER,
  Volume_: PFLT_VOLUME,
  Altitude: number,
  InstanceName: number,
  RetInstance: OutPtr,
): NTSTATUS {
  checkIrql('FltAttachVolumeAtAltitude', PASSIVE_LEVEL);
  checkPair('FltAttachVolumeAtAltitude', Filter_, Volume_);
  const altitude = readUnicode(Altitude);
  const made = `${textOf(at_filterName(Filter_))} ${altitude}`.slice(0, INSTANCE_NAME_MAX_CHARS);
  const name = InstanceName === 0 ? made : readUnicode(InstanceName);
  setUpNewVolume(Volume_);
  return FltpAttach(Filter_, Volume_, altitude, name, FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT,
    RetInstance, ALTITUDE_TAKEN);
}

/** The highest instance of a filter on a volume with a name, with a reference; NULL for none. */
function findInstance(filter: PFLT_FILTER, volume: PFLT_VOLUME, name: number): PFLT_INSTANCE {
  const wanted = name === 0 ? undefined : readUnicode(name).toLowerCase();
  lockFilterManager();
  const found = instancesOnVolume(volume).find(
    (at) => Filter(at) === filter &&
      (wanted === undefined || textOf(at_Name(at)).toLowerCase() === wanted),
  ) ?? (0 as PFLT_INSTANCE);
  // Under the lock: nobody gives its slot to another instance before it is referenced.
  if (found !== 0) ExAcquireRundownProtection(at_Rundown(found as number as POBJ));
  unlockFilterManager();
  return found;
}

/** Asks the filter and tears down; the caller's reference is given up on the way. PASSIVE. */
const detach = kernelRoutine('FltpDetachInstance', (at) => {
  const instance = at as PFLT_INSTANCE;
  const allowed = isLeaving(instance) ? STATUS_FLT_DELETING_OBJECT : queryTeardown(instance);
  const mine = NT_SUCCESS(allowed) && beginTeardown(instance);
  FltpObjectDereference(instance);
  if (!NT_SUCCESS(allowed)) return allowed;
  if (!mine) return STATUS_FLT_DELETING_OBJECT;
  finishTeardown(instance, FLTFL_INSTANCE_TEARDOWN_MANUAL);
  return STATUS_SUCCESS;
});

/**
 * Detaches an instance of a filter from a volume; with NULL the highest one. IRQL <= APC_LEVEL; the
 * callbacks run at PASSIVE_LEVEL all the same. The filter's query teardown callback may refuse; its
 * status is returned then (TD-1, TD-8).
 *
 * @returns STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_DELETING_OBJECT when it is detached already.
 */
export function FltDetachVolume(
  Filter_: PFLT_FILTER,
  Volume_: PFLT_VOLUME,
  InstanceName: number,
): NTSTATUS {
  checkIrql('FltDetachVolume', APC_LEVEL);
  checkPair('FltDetachVolume', Filter_, Volume_);
  const instance = findInstance(Filter_, Volume_, InstanceName);
  if (instance === 0) return STATUS_FLT_INSTANCE_NOT_FOUND;
  return callAtPassive(detach, instance) as NTSTATUS;
}

/**
 * Compares the altitudes of two instances: negative when the first is lower, 0 for the same
 * instance and for instances on different volumes (ALT-3). IRQL <= DISPATCH_LEVEL.
 */
export function FltCompareInstanceAltitudes(
  Instance1: PFLT_INSTANCE,
  Instance2: PFLT_INSTANCE,
): number {
  checkObject('FltCompareInstanceAltitudes', Instance1, FLT_OBJECT_INSTANCE);
  checkObject('FltCompareInstanceAltitudes', Instance2, FLT_OBJECT_INSTANCE);
  if (Volume(Instance1) !== Volume(Instance2)) return 0;
  return Math.sign(
    compareAltitudes(textOf(at_Altitude(Instance1)), textOf(at_Altitude(Instance2))),
  );
}
