// A count of everything the machine holds: what must be zero when all drivers are unloaded and
// nothing is open. Taken by the control thread at a quiescent point.
import { poolUsage } from '../ntos/ex/pool/pool-tags.ts';
import { openHandles } from '../ntos/ob/handle.ts';
import { objectCount } from '../ntos/ob/object.ts';
import { OB_TYPE_FILE } from '../ntos/ob/types.ts';
import { sheetsInUse } from '../fltmgr/walk/irp-ctrl.ts';
import { attachCounts } from '../fltmgr/attach/root.ts';
import { allFilters, filterName } from '../fltmgr/attach/filter.ts';
import { serverPortNames } from '../fltmgr/port/server.ts';
import { FLT_FILTER, FLT_FILTER_COUNTS } from '../fltmgr/attach/object.ts';
import { MAX_PROCESSORS } from '../mem/param.ts';
import { i32 } from '../mem/memory.ts';
import { load } from '../atomics-sync/atomics.ts';
import { storageCounters } from '../fs/storage.ts';
import type { ObjectCounts } from '../verifier/finding/object-rows.ts';

const f = FLT_FILTER.bound;
const counts = FLT_FILTER_COUNTS.offsets;

/** What one filter did and holds. */
export interface FilterCensus {
  readonly name: string;
  /** Callbacks run at IRQL 0, 1 and 2. */
  readonly pre: readonly [number, number, number];
  readonly post: readonly [number, number, number];
  readonly drained: number;
  readonly postElsewhere: number;
  readonly pended: number;
  readonly contexts: number;
  readonly callbackData: number;
  readonly workItems: number;
  readonly nameInformation: number;
  /** How many of its instances have gone, and what it held when the last of them went. */
  readonly detached: number;
  readonly heldAtDetach: ObjectCounts;
}

export interface Census {
  readonly pools: readonly { tag: string; paged: boolean; blocks: number; bytes: number }[];
  readonly handles: number;
  /** Communication ports that filters have open: a handle each, for as long as the filter is. */
  readonly serverPorts: number;
  readonly files: number;
  readonly operations: number;
  readonly attached: number;
  readonly detached: number;
  readonly storage: {
    readonly taken: number;
    readonly completed: number;
    readonly inFlight: number;
  };
  readonly filters: readonly FilterCensus[];
}

function sum(filter: Parameters<typeof f.at_Counts>[0], member: string, index = 0): number {
  let total = 0;
  for (let p = 0; p < MAX_PROCESSORS; p++) {
    const at = f.at_Counts(filter) + p * FLT_FILTER_COUNTS.size + (counts[member] ?? 0) + index * 4;
    total += i32[at >> 2] ?? 0;
  }
  return total;
}

function filterCensus(filter: Parameters<typeof f.at_Counts>[0]): FilterCensus {
  const levels = (member: string): [number, number, number] =>
    [sum(filter, member, 0), sum(filter, member, 1), sum(filter, member, 2)];
  return {
    name: filterName(filter),
    pre: levels('Pre'),
    post: levels('Post'),
    drained: sum(filter, 'Drained'),
    postElsewhere: sum(filter, 'PostElsewhere'),
    pended: sum(filter, 'Pended'),
    contexts: load(f.at_ContextCount(filter)),
    callbackData: load(f.at_CallbackDataCount(filter)),
    workItems: load(f.at_WorkItemCount(filter)),
    nameInformation: load(f.at_NameInformationCount(filter)),
    detached: f.Detached(filter),
    heldAtDetach: {
      contexts: f.HeldAtDetach_Contexts(filter),
      callbackData: f.HeldAtDetach_CallbackData(filter),
      workItems: f.HeldAtDetach_WorkItems(filter),
      names: f.HeldAtDetach_Names(filter),
    },
  };
}

/** Counts. PASSIVE_LEVEL. */
export function census(): Census {
  const { attached, detached } = attachCounts();
  return {
    pools: poolUsage().map(({ tag, paged, blocks, bytes }) => ({ tag, paged, blocks, bytes })),
    handles: openHandles(),
    serverPorts: serverPortNames().length,
    files: objectCount(OB_TYPE_FILE),
    operations: sheetsInUse(),
    attached,
    detached,
    storage: storageCounters(),
    filters: allFilters().map(filterCensus),
  };
}
