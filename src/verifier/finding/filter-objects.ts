// What a filter holds, in the shape in which `!fltkd.filter` shows it: for the report of a leak, of
// a teardown that waits, of an unload. Looked at when the machine may have stopped anywhere, so no
// lock is taken, and lists are walked with a limit.
import { load } from '../../atomics-sync/atomics.ts';
import { views } from '../../mem/memory.ts';
import { flink } from '../../ntos/rtl/list-entry.ts';
import { filterName } from '../../fltmgr/attach/filter.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_OBJECT, FLT_OBJECT_FILTER, FLT_OBJECT_INSTANCE,
  FLT_OBJECT_VOLUME } from '../../fltmgr/attach/object.ts';
import { kindOf } from '../../fltmgr/attach/object-reference.ts';
import { filterList } from '../../fltmgr/attach/root.ts';
import { textOf } from '../../fltmgr/strings.ts';
import { volumeName } from '../../fltmgr/attach/volume.ts';
import { outstanding } from '../references.ts';
import { countRows, row } from './object-rows.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../../fltmgr/types.ts';

const f = FLT_FILTER.bind(views);
const s = FLT_INSTANCE.bind(views);
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;
/** More filters than a machine has images. */
const LIMIT = 64;

/** The registered filter at an address; NULL when there is none. */
export function filterAt(address: number): PFLT_FILTER {
  const head = filterList();
  let at = flink(head);
  for (let n = 0; n < LIMIT && at !== 0 && at !== head; n++, at = flink(at)) {
    if (at - linkAt === address) return address as PFLT_FILTER;
  }
  return 0 as PFLT_FILTER;
}

const referencesTo = (object: number): number =>
  outstanding(object).reduce((sum, { count }) => sum + count, 0);

/** Counts of what a filter holds. */
export function filterLines(filter: PFLT_FILTER): string[] {
  return [
    `FLT_FILTER: 0x${filter.toString(16)} "${filterName(filter)}"`,
    ...countRows({
      contexts: load(f.at_ContextCount(filter)),
      callbackData: load(f.at_CallbackDataCount(filter)),
      workItems: load(f.at_WorkItemCount(filter)),
      names: load(f.at_NameInformationCount(filter)),
    }),
    row('References to FLT_FILTER by drivers', referencesTo(filter)),
  ];
}

/** What an instance that is torn down waits for. */
export function instanceLines(instance: PFLT_INSTANCE): string[] {
  return [
    `FLT_INSTANCE: 0x${instance.toString(16)} of "${filterName(s.Filter(instance))}"`,
    row('Operations that its callbacks pended', load(s.at_Pended(instance))),
    row('Operations that it initiated', load(s.at_Initiated(instance))),
    row('Work items queued or running', load(s.at_WorkItems(instance))),
    row('References to FLT_INSTANCE by drivers', referencesTo(instance)),
  ];
}

/** A filter, an instance or a volume in words. */
export function objectName(object: number): string {
  switch (kindOf(object)) {
    case FLT_OBJECT_FILTER: return `filter ${filterName(object as PFLT_FILTER)}`;
    case FLT_OBJECT_INSTANCE: return `instance ${textOf(s.at_Name(object as PFLT_INSTANCE))}`;
    case FLT_OBJECT_VOLUME: return `volume ${volumeName(object as PFLT_VOLUME)}`;
    default: return `0x${(object >>> 0).toString(16)}`;
  }
}

/** The counts of a filter or an instance; nothing for a volume. */
export function objectLines(object: number): string[] {
  const kind = kindOf(object);
  if (kind === FLT_OBJECT_FILTER) return filterLines(object as PFLT_FILTER);
  return kind === FLT_OBJECT_INSTANCE ? instanceLines(object as PFLT_INSTANCE) : [];
}
