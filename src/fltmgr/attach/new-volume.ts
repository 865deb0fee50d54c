// A volume that has just been mounted: the filters that are started get their setup call at its
// first operation (LC-13, DIS-17), in the thread of that operation, before it goes on. Everybody
// else who comes meanwhile waits; what the setup callbacks send themselves passes.
import { compareExchange, load, notify, store } from '../../atomics-sync/atomics.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { KeGetCurrentIrql, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT, FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME }
  from '../constants.ts';
import { FILTER_STARTED, FLT_FILTER, FLT_VOLUME, SETUP_DONE, SETUP_PENDING, SETUP_RUNNING }
  from './object.ts';
import { attachAutomatically } from './instance.ts';
import { entriesOf, filterList, lockFilterManager, unlockFilterManager } from './root.ts';
import { FLT_OBJECT } from './object.ts';
import type { PFLT_FILTER, PFLT_VOLUME } from '../types.ts';

const v = FLT_VOLUME.bound;
const { at_State } = FLT_FILTER.bound;
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;
const EVERYONE = 0x7fffffff;
const flags =
  FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT | FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME;

function startedFilters(): PFLT_FILTER[] {
  lockFilterManager();
  const filters = entriesOf(filterList()).map((at) => (at - linkAt) as PFLT_FILTER);
  unlockFilterManager();
  return filters.filter((filter) => load(at_State(filter)) === FILTER_STARTED);
}

/**
 * Makes the setup calls of a new volume unless they were made. PASSIVE_LEVEL; above it nothing
 * happens and the next operation does it. Returns when they are done, whoever makes them.
 */
export function setUpNewVolume(volume: PFLT_VOLUME): void {
  const word = v.at_Setup(volume);
  if (load(word) === SETUP_DONE || KeGetCurrentIrql() !== PASSIVE_LEVEL) return;
  if (compareExchange(word, SETUP_PENDING, SETUP_RUNNING) !== SETUP_PENDING) {
    // The thread that makes the calls comes here again with what the callbacks send.
    if (v.SetupThread(volume) === currentThread) return;
    while (load(word) === SETUP_RUNNING) parkWhile(word, SETUP_RUNNING, 5);
    return;
  }
  v.set_SetupThread(volume, currentThread);
  for (const filter of startedFilters()) attachAutomatically(filter, volume, flags);
  v.set_SetupThread(volume, 0 as typeof currentThread);
  store(word, SETUP_DONE);
  notify(word, EVERYONE);
}
