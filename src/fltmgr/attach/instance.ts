// Attaching a filter to a volume: an instance at an altitude. The setup callback may refuse; from
// then on the instance takes part in every operation that begins later (ATT-4).
import { fillBytes } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame } from '../../mem/stack.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { ExInitializeRundownProtection } from '../../ntos/ex/lock/rundown.ts';
import { DEVICE_OBJECT } from '../../ntos/io/types.ts';
import { KeGetCurrentIrql, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink }
  from '../../ntos/rtl/list-entry.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_DO_NOT_ATTACH, STATUS_FLT_FILTER_NOT_READY,
  STATUS_FLT_INSTANCE_ALTITUDE_COLLISION, STATUS_FLT_INSTANCE_NAME_COLLISION,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_COLLISION,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { i32 } from '../../mem/memory.ts';
import { FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS, FLT_FSTYPE_MSFS, FLT_FSTYPE_NPFS,
  INSTANCE_NAME_MAX_CHARS } from '../constants.ts';
import { compareAltitudes, isAltitude } from './altitude.ts';
import { rewriteCallbackLists } from '../chain/callback-list-writer.ts';
import { FltpNamesChanged } from '../name/file-name-cache.ts';
import { FILTER_STARTED, FILTER_UNLOADING, FLT_FILTER, FLT_INSTANCE, FLT_OBJECT,
  FLT_OBJECT_INSTANCE, FLT_VOLUME, INSTANCE_ACTIVE } from './object.ts';
import { FltObjectReference } from './object-reference.ts';
import { freeInstanceSlot, lockFilterManager, noteAttached, setInstanceState, takeInstanceSlot,
  unlockFilterManager } from './root.ts';
import { assignString, dropString, textOf } from '../strings.ts';
import { relatedObjects } from '../walk/related.ts';
import { deleteInstanceContexts } from '../context/context-teardown.ts';
import { automaticInstances } from './service-key.ts';
import type { PDRIVER_OBJECT } from '../../ntos/io/types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const s = FLT_INSTANCE.bound;
const v = FLT_VOLUME.bound;
const f = FLT_FILTER.bound;
const { set_Kind, at_Rundown } = FLT_OBJECT.bound;
const { DeviceType } = DEVICE_OBJECT.bound;
const linkAt = FLT_INSTANCE.offsets['VolumeLink'] ?? 0;
const filterLinkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;
type POBJ = Parameters<typeof set_Kind>[0];

/** The instances of a volume, from the top down. The Filter Manager's lock is held. */
export function instancesOnVolume(volume: PFLT_VOLUME): PFLT_INSTANCE[] {
  const head = v.at_InstanceList(volume);
  const found: PFLT_INSTANCE[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) {
    found.push((at - linkAt) as PFLT_INSTANCE);
  }
  return found;
}

/** The instances of a filter. The Filter Manager's lock is held. */
export function instancesOfFilter(filter: PFLT_FILTER): PFLT_INSTANCE[] {
  const head = f.at_InstanceList(filter);
  const found: PFLT_INSTANCE[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) {
    found.push((at - filterLinkAt) as PFLT_INSTANCE);
  }
  return found;
}

function mayAttach(filter: PFLT_FILTER, volume: PFLT_VOLUME): NTSTATUS {
  const state = load(f.at_State(filter));
  if (state === FILTER_UNLOADING || load(v.at_Leaving(volume)) !== 0) {
    return STATUS_FLT_DELETING_OBJECT;
  }
  if (state !== FILTER_STARTED) return STATUS_FLT_FILTER_NOT_READY;
  // Named pipes and mailslots are for filters that said they know them (1.2).
  const type = v.FileSystemType(volume);
  const special = type === FLT_FSTYPE_NPFS || type === FLT_FSTYPE_MSFS;
  const knows = (f.RegistrationFlags(filter) & FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS) !== 0;
  return special && !knows ? STATUS_FLT_DO_NOT_ATTACH : STATUS_SUCCESS;
}

function collision(volume: PFLT_VOLUME, altitude: string, name: string, taken: NTSTATUS): NTSTATUS {
  for (const other of instancesOnVolume(volume)) {
    if (compareAltitudes(textOf(s.at_Altitude(other)), altitude) === 0) return taken;
    if (textOf(s.at_Name(other)).toLowerCase() === name.toLowerCase()) {
      return STATUS_FLT_INSTANCE_NAME_COLLISION;
    }
  }
  return STATUS_SUCCESS;
}

function fillInstance(at: PFLT_INSTANCE, filter: PFLT_FILTER, volume: PFLT_VOLUME): void {
  const keep = load(s.at_State(at));
  // The gate words stay as they are: a thread with an old copy may be counting itself in or out.
  fillBytes(at, 0, s.at_Active(at) - at);
  store(s.at_State(at), keep);
  set_Kind(at as unknown as POBJ, FLT_OBJECT_INSTANCE);
  ExInitializeRundownProtection(at_Rundown(at as unknown as POBJ));
  s.set_Filter(at, filter);
  s.set_Volume(at, volume);
  InitializeListHead(s.at_StreamContexts(at));
}

function insertSorted(volume: PFLT_VOLUME, at: PFLT_INSTANCE, altitude: string): void {
  const below = instancesOnVolume(volume).find(
    (other) => compareAltitudes(textOf(s.at_Altitude(other)), altitude) < 0,
  );
  // Inserting before the first lower instance keeps the list ordered from the top down.
  InsertTailList(below === undefined ? v.at_InstanceList(volume) : below + linkAt, at + linkAt);
  v.set_InstanceCount(volume, v.InstanceCount(volume) + 1);
}

/** Takes an instance off its volume and its filter. The Filter Manager's lock is held. */
export function unlinkInstance(at: PFLT_INSTANCE): void {
  const volume = s.Volume(at);
  RemoveEntryList(at + linkAt);
  RemoveEntryList(at + filterLinkAt);
  v.set_InstanceCount(volume, v.InstanceCount(volume) - 1);
  rewriteCallbackLists(volume);
}

/** Gives an instance's slot and strings back. */
export function releaseInstance(at: PFLT_INSTANCE): void {
  dropString(s.at_Altitude(at));
  dropString(s.at_Name(at));
  freeInstanceSlot(at);
}

/** Reserves the place: an instance in state SETUP, linked but in no callback list. */
function reserve(
  filter: PFLT_FILTER,
  volume: PFLT_VOLUME,
  altitude: string,
  name: string,
  taken: NTSTATUS,
): PFLT_INSTANCE | NTSTATUS {
  const ready = mayAttach(filter, volume);
  if (!NT_SUCCESS(ready)) return ready;
  const clash = collision(volume, altitude, name, taken);
  if (!NT_SUCCESS(clash)) return clash;
  const at = takeInstanceSlot();
  if (at === 0) return STATUS_INSUFFICIENT_RESOURCES;
  fillInstance(at, filter, volume);
  if (!assignString(s.at_Altitude(at), altitude) || !assignString(s.at_Name(at), name)) {
    releaseInstance(at);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  insertSorted(volume, at, altitude);
  InsertTailList(f.at_InstanceList(filter), at + filterLinkAt);
  return at;
}

function callSetup(at: PFLT_INSTANCE, flags: number): NTSTATUS {
  const routine = f.InstanceSetup(s.Filter(at));
  if (routine === 0) return STATUS_SUCCESS;
  const frame = pushFrame();
  const volume = s.Volume(at);
  const status = routineTable[routine]!(relatedObjects(at), flags,
    DeviceType(v.DeviceObject(volume)), v.FileSystemType(volume)) as NTSTATUS;
  popFrame(frame);
  return status;
}

/**
 * Attaches a filter to a volume. PASSIVE_LEVEL; the setup callback runs in this thread.
 *
 * @param taken the status for an altitude that is in use: it differs by API (ATT-1, ATT-2).
 * @returns the instance through `out` with a rundown reference when `out` is not NULL.
 */
export function FltpAttach(
  filter: PFLT_FILTER,
  volume: PFLT_VOLUME,
  altitude: string,
  name: string,
  setupFlags: number,
  out = 0,
  taken: NTSTATUS = STATUS_OBJECT_NAME_COLLISION,
): NTSTATUS {
  if (KeGetCurrentIrql() !== PASSIVE_LEVEL) {
    KeBugCheckEx(0xc4, 0xf516, filter, volume, KeGetCurrentIrql(),
      'attaching an instance above PASSIVE_LEVEL (ATT-1)');
  }
  if (!isAltitude(altitude) || name.length > INSTANCE_NAME_MAX_CHARS) {
    return STATUS_INVALID_PARAMETER;
  }
  lockFilterManager();
  const at = reserve(filter, volume, altitude, name, taken);
  unlockFilterManager();
  if (at < 0) return at as NTSTATUS;
  const instance = at as PFLT_INSTANCE;
  const status = callSetup(instance, setupFlags);
  lockFilterManager();
  // A status of error or warning severity refuses; anything else attaches (1.6).
  const refused = !NT_SUCCESS(status);
  if (refused) {
    unlinkInstance(instance);
  } else {
    setInstanceState(instance, INSTANCE_ACTIVE);
    // From now on filters above a name provider hear its names.
    if (f.GenerateFileName(filter) !== 0) FltpNamesChanged();
    rewriteCallbackLists(volume);
    noteAttached();
    if (out !== 0) {
      FltObjectReference(instance);
      i32[out >> 2] = instance;
    }
  }
  unlockFilterManager();
  if (refused) {
    // The setup callback may have set a context before it refused.
    deleteInstanceContexts(instance);
    releaseInstance(instance);
  }
  return refused ? STATUS_FLT_DO_NOT_ATTACH : STATUS_SUCCESS;
}

/** FltAttachVolumeAtAltitude's status for an altitude in use (ATT-2). */
export const ALTITUDE_TAKEN = STATUS_FLT_INSTANCE_ALTITUDE_COLLISION;

/**
 * Attaches the filter's automatic instances to a volume. PASSIVE_LEVEL. One that is refused does
 * not keep the others away.
 * @returns the first failure, an altitude in use before all others.
 */
export function attachAutomatically(
  filter: PFLT_FILTER,
  volume: PFLT_VOLUME,
  flags: number,
): NTSTATUS {
  let result: NTSTATUS = STATUS_SUCCESS;
  for (const { name, altitude } of automaticInstances(f.DriverObject(filter) as PDRIVER_OBJECT)) {
    const status = FltpAttach(filter, volume, altitude, name, flags, 0,
      STATUS_FLT_INSTANCE_ALTITUDE_COLLISION);
    if (status === STATUS_FLT_INSTANCE_ALTITUDE_COLLISION || NT_SUCCESS(result)) result = status;
  }
  return result;
}
