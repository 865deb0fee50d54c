// References that routines give out together with a pointer (LC-6): the caller drops each of them
// with FltObjectDereference. An object whose teardown has begun is not given out.
//
// Objects are found and referenced under the Filter Manager's lock: as long as it is held, what is
// in a list is not freed.
import { i32 } from '../../mem/memory.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_BUFFER_TOO_SMALL, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { instancesOfFilter, instancesOnVolume } from '../instance.ts';
import { FLT_INSTANCE, FLT_OBJECT } from '../object.ts';
import { FltObjectDereference, FltObjectReference } from '../object-reference.ts';
import { entriesOf, filterList, lockFilterManager, unlockFilterManager, volumeList }
  from '../root.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const { Filter: filterOf } = FLT_INSTANCE.bound;
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;

/** Runs `find` with the Filter Manager's lock held. */
export function locked<T>(find: () => T): T {
  lockFilterManager();
  const found = find();
  unlockFilterManager();
  return found;
}

/** Every filter, in the order of registration. The lock is held. */
export function filters(): PFLT_FILTER[] {
  return entriesOf(filterList()).map((at) => (at - linkAt) as PFLT_FILTER);
}

/** Every volume, in the order of mounting. The lock is held. */
export function volumes(): PFLT_VOLUME[] {
  return entriesOf(volumeList()).map((at) => (at - linkAt) as PFLT_VOLUME);
}

/**
 * The instances of a volume, of a filter (NULL: of any), or of both together; those of a volume
 * from the top down. The lock is held.
 */
export function instances(volume: PFLT_VOLUME, filter: PFLT_FILTER): PFLT_INSTANCE[] {
  if (volume === 0) {
    return filter === 0 ? volumes().flatMap(instancesOnVolume) : instancesOfFilter(filter);
  }
  return instancesOnVolume(volume).filter((at) => filter === 0 || filterOf(at) === filter);
}

/**
 * Gives out what `find` finds under the lock, with a reference.
 *
 * @param missing the status when it finds nothing.
 * @returns STATUS_FLT_DELETING_OBJECT when what it found is going.
 */
export function giveFound(
  find: () => number | undefined,
  out: number,
  missing: NTSTATUS,
): NTSTATUS {
  i32[out >> 2] = 0;
  return locked(() => {
    const found = find() ?? 0;
    if (found === 0) return missing;
    const status = FltObjectReference(found);
    if (NT_SUCCESS(status)) i32[out >> 2] = found;
    return status;
  });
}

/**
 * Gives a list out, each object with a reference; those that are going are left out.
 *
 * @param room how many pointers `list` has room for. @param count where their number goes; when
 *   they do not fit, the number that is needed, and none is given out.
 */
export function giveList(
  find: () => readonly number[],
  list: number,
  room: number,
  count: number,
): NTSTATUS {
  const referenced =
    locked(() => find().filter((object) => NT_SUCCESS(FltObjectReference(object))));
  i32[count >> 2] = referenced.length;
  if (referenced.length > room || (list === 0 && referenced.length > 0)) {
    for (const object of referenced) FltObjectDereference(object);
    return STATUS_BUFFER_TOO_SMALL;
  }
  referenced.forEach((object, i) => (i32[(list >> 2) + i] = object));
  return STATUS_SUCCESS;
}
