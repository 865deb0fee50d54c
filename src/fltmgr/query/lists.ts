// The lists of everything, for rooms that look at objects without giving them out. As long as the
// Filter Manager's lock is held, what is in a list is not freed.
import { instancesOfFilter, instancesOnVolume } from '../attach/instance.ts';
import { FLT_INSTANCE, FLT_OBJECT } from '../attach/object.ts';
import { entriesOf, filterList, lockFilterManager, unlockFilterManager, volumeList }
  from '../attach/root.ts';
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
