// Finding one object from another or by name (LC-6): filters, instances, neighbours of an instance.
// Every pointer that is given out comes with a rundown reference that the caller drops with
// FltObjectDereference.
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_VOLUME_NOT_FOUND,
  STATUS_NO_MORE_ENTRIES }
  from '../../ntos/status-codes.ts';
import { filterName } from '../filter.ts';
import { FLT_INSTANCE, FLT_OBJECT_FILTER, FLT_OBJECT_INSTANCE, FLT_OBJECT_VOLUME }
  from '../object.ts';
import { checkObject } from '../object-reference.ts';
import { textOf } from '../strings.ts';
import { checkIrql } from '../violation.ts';
import { filters, giveFound, instances } from './refer.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const { Filter: filterOf, Volume: volumeOf, at_Name } = FLT_INSTANCE.bound;
const NO_FILTER = 0 as PFLT_FILTER;

function check(routine: string, object: number, kind: number): void {
  checkIrql(routine, APC_LEVEL);
  checkObject(routine, object, kind);
}

/** Whether a UNICODE_STRING says a name, in whatever case. */
function isNamed(string: number, name: string): boolean {
  return readUnicode(string).toLowerCase() === name.toLowerCase();
}

/**
 * Finds a filter by its name, that of its service. IRQL <= APC_LEVEL.
 * @returns STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_DELETING_OBJECT.
 */
export function FltGetFilterFromName(FilterName: number, RetFilter: OutPtr): NTSTATUS {
  checkIrql('FltGetFilterFromName', APC_LEVEL);
  return giveFound(() => filters().find((at) => isNamed(FilterName, filterName(at))), RetFilter,
    STATUS_FLT_FILTER_NOT_FOUND);
}

/** The filter of an instance. IRQL <= APC_LEVEL. @returns STATUS_FLT_DELETING_OBJECT. */
export function FltGetFilterFromInstance(Instance: PFLT_INSTANCE, RetFilter: OutPtr): NTSTATUS {
  check('FltGetFilterFromInstance', Instance, FLT_OBJECT_INSTANCE);
  return giveFound(() => filterOf(Instance), RetFilter, STATUS_FLT_FILTER_NOT_FOUND);
}

/** The volume of an instance. IRQL <= APC_LEVEL. @returns STATUS_FLT_DELETING_OBJECT. */
export function FltGetVolumeFromInstance(Instance: PFLT_INSTANCE, RetVolume: OutPtr): NTSTATUS {
  check('FltGetVolumeFromInstance', Instance, FLT_OBJECT_INSTANCE);
  return giveFound(() => volumeOf(Instance), RetVolume, STATUS_FLT_VOLUME_NOT_FOUND);
}

/**
 * Finds an instance on a volume by its name. IRQL <= APC_LEVEL.
 *
 * @param Filter whose instance; NULL for anybody's. @param InstanceName NULL for the highest one.
 * @returns STATUS_FLT_INSTANCE_NOT_FOUND, STATUS_FLT_DELETING_OBJECT.
 */
export function FltGetVolumeInstanceFromName(
  Filter: PFLT_FILTER,
  Volume: PFLT_VOLUME,
  InstanceName: number,
  RetInstance: OutPtr,
): NTSTATUS {
  check('FltGetVolumeInstanceFromName', Volume, FLT_OBJECT_VOLUME);
  if (Filter !== 0) check('FltGetVolumeInstanceFromName', Filter, FLT_OBJECT_FILTER);
  return giveFound(() => instances(Volume, Filter)
    .find((at) => InstanceName === 0 || isNamed(InstanceName, textOf(at_Name(at)))),
  RetInstance, STATUS_FLT_INSTANCE_NOT_FOUND);
}

/**
 * The highest instance of a volume. IRQL <= APC_LEVEL.
 * @returns STATUS_NO_MORE_ENTRIES when there is none, STATUS_FLT_DELETING_OBJECT.
 */
export function FltGetTopInstance(Volume: PFLT_VOLUME, Instance: OutPtr): NTSTATUS {
  check('FltGetTopInstance', Volume, FLT_OBJECT_VOLUME);
  return giveFound(() => instances(Volume, NO_FILTER)[0], Instance, STATUS_NO_MORE_ENTRIES);
}

/** The lowest instance of a volume, as FltGetTopInstance. */
export function FltGetBottomInstance(Volume: PFLT_VOLUME, Instance: OutPtr): NTSTATUS {
  check('FltGetBottomInstance', Volume, FLT_OBJECT_VOLUME);
  return giveFound(() => instances(Volume, NO_FILTER).at(-1), Instance, STATUS_NO_MORE_ENTRIES);
}

function giveNeighbour(
  routine: string,
  instance: PFLT_INSTANCE,
  step: number,
  out: number,
): NTSTATUS {
  check(routine, instance, FLT_OBJECT_INSTANCE);
  return giveFound(() => {
    const all = instances(volumeOf(instance), NO_FILTER);
    const index = all.indexOf(instance);
    return index < 0 ? 0 : all[index + step];
  }, out, STATUS_NO_MORE_ENTRIES);
}

/**
 * The next instance above one. IRQL <= APC_LEVEL.
 * @returns STATUS_NO_MORE_ENTRIES at the top, STATUS_FLT_DELETING_OBJECT.
 */
export function FltGetUpperInstance(
  CurrentInstance: PFLT_INSTANCE,
  UpperInstance: OutPtr,
): NTSTATUS {
  return giveNeighbour('FltGetUpperInstance', CurrentInstance, -1, UpperInstance);
}

/** The next instance below one, as FltGetUpperInstance. */
export function FltGetLowerInstance(
  CurrentInstance: PFLT_INSTANCE,
  LowerInstance: OutPtr,
): NTSTATUS {
  return giveNeighbour('FltGetLowerInstance', CurrentInstance, 1, LowerInstance);
}
