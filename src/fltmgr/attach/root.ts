// The Filter Manager's roots: one lock for everything rare (attach, detach, load, unload), the
// lists of filters and volumes, the slots of instances. A slot is never given back while the
// machine runs: a walk that kept an old copy of a callback list may still look at its state.
import { POINTER, ULONG, atomic, array } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { fillBytes } from '../../mem/memory.ts';
import { MAX_INSTANCES } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { add, load, store } from '../../atomics-sync/atomics.ts';
import { acquireMutex, releaseMutex } from '../../atomics-sync/mutex.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { InitializeListHead, flink } from '../../ntos/rtl/list-entry.ts';
import { LIST_ENTRY } from '../../ntos/rtl/types.ts';
import { SHEETS_BYTES } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE, INSTANCE_FREE, INSTANCE_GENERATION, INSTANCE_SETUP,
  INSTANCE_STATE_MASK } from './object.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

const FLT_ROOT = struct('FLT_ROOT', {
  /** The first words belong to the sheets (irp-ctrl.ts). */
  Sheets: array(ULONG, SHEETS_BYTES / 4),
  Lock: atomic(),
  FilterList: LIST_ENTRY,
  VolumeList: LIST_ENTRY,
  Slots: POINTER,
  Driver: POINTER,
  Initialized: ULONG,
  /** Counts attachments and detachments, for reports. */
  Attached: atomic(),
  Detached: atomic(),
  /** Registered filters that provide names. */
  NameProviders: atomic(),
});

const root = systemRoot('fltmgr', FLT_ROOT.size) as Ptr<'FLT_ROOT'>;
const r = FLT_ROOT.bound;
const TAG = poolTag('FMin');
const owner = boot.processor + 1;
const { at_State } = FLT_INSTANCE.bound;

/** Makes the lists empty and takes the instance slots. */
export function initializeRoot(): void {
  store(r.at_Lock(root), 0);
  store(r.at_NameProviders(root), 0);
  InitializeListHead(r.at_FilterList(root));
  InitializeListHead(r.at_VolumeList(root));
  const bytes = FLT_INSTANCE.size * MAX_INSTANCES;
  const slots = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
  if (slots === 0) throw new Error(`no nonpaged pool for ${bytes} bytes of instance slots`);
  fillBytes(slots, 0, bytes);
  r.set_Slots(root, slots);
  r.set_Initialized(root, 1);
}

/** Gives the slots back; every instance must be gone. */
export function shutdownRoot(): void {
  ExFreePoolWithTag(r.Slots(root), TAG);
  r.set_Slots(root, 0);
  r.set_Initialized(root, 0);
}

/** Whether FltMgr has been initialised: else STATUS_FLT_NOT_INITIALIZED (LC-11). */
export function isInitialized(): boolean {
  return r.Initialized(root) !== 0;
}

/** Takes the Filter Manager's lock. PASSIVE_LEVEL; no callback of a driver is called under it. */
export function lockFilterManager(): void {
  acquireMutex(r.at_Lock(root), owner);
}

export function unlockFilterManager(): void {
  releaseMutex(r.at_Lock(root), owner);
}

export function filterList(): number {
  return r.at_FilterList(root);
}

export function volumeList(): number {
  return r.at_VolumeList(root);
}

export function setFilterManagerDriver(driver: number): void {
  r.set_Driver(root, driver);
}

export function filterManagerDriver(): number {
  return r.Driver(root);
}

/** The entries of a list, as an array taken under the lock. */
export function entriesOf(head: number): number[] {
  const entries: number[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) entries.push(at);
  return entries;
}

/** Takes a free instance slot, in state SETUP; 0 when there is none. The lock is held. */
export function takeInstanceSlot(): PFLT_INSTANCE {
  const first = r.Slots(root);
  for (let i = 0; i < MAX_INSTANCES; i++) {
    const at = (first + i * FLT_INSTANCE.size) as PFLT_INSTANCE;
    const state = load(at_State(at));
    if ((state & INSTANCE_STATE_MASK) !== INSTANCE_FREE) continue;
    store(at_State(at), (state & ~INSTANCE_STATE_MASK) + INSTANCE_GENERATION + INSTANCE_SETUP);
    return at;
  }
  return 0 as PFLT_INSTANCE;
}

/** Gives a slot back; its generation goes on, so that old copies of it stay recognisable. */
export function freeInstanceSlot(instance: PFLT_INSTANCE): void {
  const state = load(at_State(instance));
  store(at_State(instance), (state & ~INSTANCE_STATE_MASK) | INSTANCE_FREE);
}

/** Moves an instance to another state of its generation. */
export function setInstanceState(instance: PFLT_INSTANCE, state: number): void {
  const before = load(at_State(instance));
  store(at_State(instance), (before & ~INSTANCE_STATE_MASK) | state);
}

export function noteAttached(): void {
  add(r.at_Attached(root), 1);
}

export function noteDetached(): void {
  add(r.at_Detached(root), 1);
}

/** One name provider more or less. */
export function noteNameProvider(change: number): void {
  add(r.at_NameProviders(root), change);
}

/** How many registered filters provide names; 0 lets requests for names skip the search. */
export function nameProviders(): number {
  return load(r.at_NameProviders(root));
}

/** How many attachments and detachments there were since boot. */
export function attachCounts(): { attached: number; detached: number } {
  return { attached: load(r.at_Attached(root)), detached: load(r.at_Detached(root)) };
}
