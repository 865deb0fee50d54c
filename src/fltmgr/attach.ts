// Attaching and detaching by hand: what `fltmc attach` and `fltmc detach` and other drivers call.
import { NT_SUCCESS } from '../ntos/status.ts';
import { STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_OBJECT_NAME_NOT_FOUND }
  from '../ntos/status-codes.ts';
import { FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT, FLTFL_INSTANCE_TEARDOWN_MANUAL,
  INSTANCE_NAME_MAX_CHARS } from './constants.ts';
import { FLT_FILTER, FLT_INSTANCE } from './object.ts';
import { ALTITUDE_TAKEN, FltpAttach, instancesOnVolume } from './instance.ts';
import { FltpTeardownInstance, queryTeardown } from './teardown.ts';
import { lockFilterManager, unlockFilterManager } from './root.ts';
import { readServiceKey } from './service-key.ts';
import { readUnicode } from '../ntos/rtl/unicode-string.ts';
import { compareAltitudes } from './altitude.ts';
import { textOf } from './strings.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PDRIVER_OBJECT } from '../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from './types.ts';
import type { OutPtr } from '../mem/pointer.ts';

const { DriverObject, at_Name: at_filterName } = FLT_FILTER.bound;
const { Filter, at_Name, at_Altitude, Volume } = FLT_INSTANCE.bound;

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
  const key = readServiceKey(DriverObject(Filter_) as PDRIVER_OBJECT);
  const wanted = InstanceName === 0 ? key?.instance : readUnicode(InstanceName);
  if (key === undefined || wanted?.toLowerCase() !== key.instance.toLowerCase()) {
    return STATUS_OBJECT_NAME_NOT_FOUND;
  }
  return FltpAttach(Filter_, Volume_, key.altitude, key.instance,
    FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT, RetInstance);
}

/** FltAttachVolume at an altitude of the caller's choice: a debugging aid (ATT-2). PASSIVE. */
export function FltAttachVolumeAtAltitude(
  Filter_: PFLT_FILTER,
  Volume_: PFLT_VOLUME,
  Altitude: number,
  InstanceName: number,
  RetInstance: OutPtr,
): NTSTATUS {
  const altitude = readUnicode(Altitude);
  const made = `${textOf(at_filterName(Filter_))} ${altitude}`.slice(0, INSTANCE_NAME_MAX_CHARS);
  const name = InstanceName === 0 ? made : readUnicode(InstanceName);
  return FltpAttach(Filter_, Volume_, altitude, name, FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT,
    RetInstance, ALTITUDE_TAKEN);
}

function findInstance(filter: PFLT_FILTER, volume: PFLT_VOLUME, name: number): PFLT_INSTANCE {
  const wanted = name === 0 ? undefined : readUnicode(name).toLowerCase();
  lockFilterManager();
  const found = instancesOnVolume(volume).find(
    (at) => Filter(at) === filter &&
      (wanted === undefined || textOf(at_Name(at)).toLowerCase() === wanted),
  );
  unlockFilterManager();
  return found ?? (0 as PFLT_INSTANCE);
}

/**
 * Detaches an instance of a filter from a volume; with NULL the highest one. PASSIVE_LEVEL (the
 * page says APC_LEVEL; the teardown callbacks run at PASSIVE). The filter's query teardown
 * callback may refuse; its status is returned then (TD-1, TD-8).
 */
export function FltDetachVolume(
  Filter_: PFLT_FILTER,
  Volume_: PFLT_VOLUME,
  InstanceName: number,
): NTSTATUS {
  const instance = findInstance(Filter_, Volume_, InstanceName);
  if (instance === 0) return STATUS_FLT_INSTANCE_NOT_FOUND;
  const allowed = queryTeardown(instance);
  if (!NT_SUCCESS(allowed)) return allowed;
  return FltpTeardownInstance(instance, FLTFL_INSTANCE_TEARDOWN_MANUAL);
}

/** Compares the altitudes of two instances of one volume; 0 on different volumes (ALT-3). */
export function FltCompareInstanceAltitudes(
  Instance1: PFLT_INSTANCE,
  Instance2: PFLT_INSTANCE,
): number {
  if (Volume(Instance1) !== Volume(Instance2)) return 0;
  return Math.sign(
    compareAltitudes(textOf(at_Altitude(Instance1)), textOf(at_Altitude(Instance2))),
  );
}
