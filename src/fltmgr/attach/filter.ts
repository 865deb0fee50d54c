// Registering, starting and unregistering a filter (LC-10 to LC-19). The registration structure
// is read once; what callbacks it names goes into the filter's table by major function.
import { boot } from '../../mem/boot-options.ts';
import { fillBytes, i32 } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { ExInitializeRundownProtection, ExWaitForRundownProtectionRelease }
  from '../../ntos/ex/lock/rundown.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList } from '../../ntos/rtl/list-entry.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_INSTANCE_ALTITUDE_COLLISION, STATUS_FLT_NOT_INITIALIZED,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT, FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD,
  FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD } from '../constants.ts';
import { callAtPassive } from '../pending/at-passive.ts';
import { isAltitude } from './altitude.ts';
import { registerContexts, unregisterContexts } from '../context/context.ts';
import { disconnectAll } from '../port/disconnect.ts';
import { deleteFilterContexts } from '../context/context-teardown.ts';
import { FILTER_REGISTERED, FILTER_STARTED, FILTER_UNLOADING, FLT_FILTER, FLT_INSTANCE,
  FLT_OBJECT, FLT_OBJECT_FILTER } from './object.ts';
import { checkObject } from './object-reference.ts';
import { checkRegistration, readCallbacks, readOperations } from './registration.ts';
import { entriesOf, filterList, isInitialized, lockFilterManager, noteNameProvider,
  unlockFilterManager } from './root.ts';
import { FLT_REGISTRATION } from '../types.ts';
import { assignString, dropString, textOf } from '../strings.ts';
import { attachAutomatically, instancesOfFilter } from './instance.ts';
import { setUpNewVolume } from './new-volume.ts';
import { FltpTeardownInstance, waitWhileBusy } from './teardown.ts';
import { allVolumes } from './volume.ts';
import { readServiceKey } from './service-key.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import { runningFilter } from '../pending/work-item-queue.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDRIVER_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_REGISTRATION, PFLT_VOLUME } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const f = FLT_FILTER.bound;
const g = FLT_REGISTRATION.bound;
const { Volume } = FLT_INSTANCE.bound;
const { set_Kind, at_Rundown } = FLT_OBJECT.bound;
type POBJ = Parameters<typeof set_Kind>[0];
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;
const TAG = poolTag('FMfl');

function initialize(filter: PFLT_FILTER, driver: PDRIVER_OBJECT): void {
  set_Kind(filter as unknown as POBJ, FLT_OBJECT_FILTER);
  ExInitializeRundownProtection(at_Rundown(filter as unknown as POBJ));
  InitializeListHead(f.at_InstanceList(filter));
  InitializeListHead(f.at_PortList(filter));
  f.set_DriverObject(filter, driver);
}

function abandon(filter: PFLT_FILTER, status: NTSTATUS): NTSTATUS {
  set_Kind(filter as unknown as POBJ, 0);
  dropString(f.at_Name(filter));
  dropString(f.at_DefaultAltitude(filter));
  ExFreePoolWithTag(filter, TAG);
  return status;
}

/**
 * Registers a filter; its callbacks are known but not called yet. IRQL <= APC_LEVEL, in
 * DriverEntry.
 *
 * @param Registration an FLT_REGISTRATION. @param RetFilter where the filter pointer goes.
 * @returns STATUS_INVALID_PARAMETER for a size, version, flag, name provider or operation table
 *   that is not valid, STATUS_FLT_DUPLICATE_ENTRY for a major that comes twice,
 *   STATUS_OBJECT_NAME_NOT_FOUND without a service key, STATUS_FLT_NOT_INITIALIZED,
 *   STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_INVALID_CONTEXT_REGISTRATION (LC-11).
 */
export function FltRegisterFilter(
  Driver: PDRIVER_OBJECT,
  Registration: PFLT_REGISTRATION,
  RetFilter: OutPtr,
): NTSTATUS {
  checkIrql('FltRegisterFilter', APC_LEVEL);
  if (!isInitialized()) return STATUS_FLT_NOT_INITIALIZED;
  const given = checkRegistration(Registration);
  if (!NT_SUCCESS(given)) return given;
  const key = readServiceKey(Driver);
  if (key === undefined || key.altitude === '') return STATUS_OBJECT_NAME_NOT_FOUND;
  if (!isAltitude(key.altitude)) return STATUS_INVALID_PARAMETER;
  const filter = ExAllocatePoolWithTag(NonPagedPool, FLT_FILTER.size, TAG) as PFLT_FILTER;
  if (filter === 0) return STATUS_INSUFFICIENT_RESOURCES;
  fillBytes(filter, 0, FLT_FILTER.size);
  initialize(filter, Driver);
  readCallbacks(filter, Registration);
  if (!assignString(f.at_Name(filter), key.name) ||
      !assignString(f.at_DefaultAltitude(filter), key.altitude)) {
    return abandon(filter, STATUS_INSUFFICIENT_RESOURCES);
  }
  const operations = readOperations(filter, g.OperationRegistration(Registration));
  if (!NT_SUCCESS(operations)) return abandon(filter, operations);
  const contexts = registerContexts(filter, g.ContextRegistration(Registration));
  if (!NT_SUCCESS(contexts)) return abandon(filter, contexts);
  store(f.at_State(filter), FILTER_REGISTERED);
  lockFilterManager();
  InsertTailList(filterList(), filter + linkAt);
  unlockFilterManager();
  if (f.GenerateFileName(filter) !== 0) noteNameProvider(1);
  i32[RetFilter >> 2] = filter;
  return STATUS_SUCCESS;
}

/**
 * Begins filtering: the filter is attached to every mounted volume it accepts, and sees I/O before
 * this returns (LC-12). In DriverEntry, IRQL <= APC_LEVEL; PASSIVE_LEVEL under the verifier, since
 * the setup callbacks run there (DIS-18).
 *
 * @returns STATUS_INVALID_PARAMETER when it was started already;
 *   STATUS_FLT_INSTANCE_ALTITUDE_COLLISION when another filter has the altitude.
 */
export function FltStartFiltering(Filter: PFLT_FILTER): NTSTATUS {
  checkIrql('FltStartFiltering', boot.verifier ? PASSIVE_LEVEL : APC_LEVEL);
  checkObject('FltStartFiltering', Filter, FLT_OBJECT_FILTER);
  return callAtPassive(startRoutine, Filter) as NTSTATUS;
}

function start(Filter: PFLT_FILTER): NTSTATUS {
  if (load(f.at_State(Filter)) !== FILTER_REGISTERED) return STATUS_INVALID_PARAMETER;
  // Filters that were started earlier come first on a volume that nobody has used yet.
  for (const volume of allVolumes()) setUpNewVolume(volume);
  store(f.at_State(Filter), FILTER_STARTED);
  for (const volume of allVolumes()) {
    // Mounted and used meanwhile: it has called this filter already.
    if (hasInstance(Filter, volume)) continue;
    const status = attachAutomatically(Filter, volume, FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT);
    if (status === STATUS_FLT_INSTANCE_ALTITUDE_COLLISION) return status;
  }
  return STATUS_SUCCESS;
}

const startRoutine = kernelRoutine('FltpStartFiltering', (filter) => start(filter as PFLT_FILTER));

function hasInstance(filter: PFLT_FILTER, volume: PFLT_VOLUME): boolean {
  lockFilterManager();
  const found = instancesOfFilter(filter).some((at) => Volume(at) === volume);
  unlockFilterManager();
  return found;
}

/** A filter unregisters itself and nobody else (LC-16). */
function checkOwnFilter(filter: PFLT_FILTER): void {
  checkIrql('FltUnregisterFilter', APC_LEVEL);
  checkObject('FltUnregisterFilter', filter, FLT_OBJECT_FILTER);
  const running = runningFilter();
  if (running === 0 || running === filter) return;
  violation(RULE_UNLISTED, filter, `FltUnregisterFilter: ${textOf(f.at_Name(running))} ` +
    `unregisters ${textOf(f.at_Name(filter))}; a filter may only unregister itself (LC-16)`);
}

/**
 * Unregisters a filter: connections to its ports, instances and contexts go; waits while references
 * on the filter remain, such as that of a server port which was not closed (LC-15, PORT-8). IRQL <=
 * APC_LEVEL, in the filter's unload callback or a failing DriverEntry; the teardown callbacks run
 * at PASSIVE_LEVEL in any case.
 */
export function FltUnregisterFilter(Filter: PFLT_FILTER): void {
  checkOwnFilter(Filter);
  callAtPassive(unregisterRoutine, Filter);
}

function unregister(Filter: PFLT_FILTER): void {
  store(f.at_State(Filter), FILTER_UNLOADING);
  const reason = f.MandatoryUnload(Filter) === 0 ? FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD
    : FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD;
  disconnectAll(Filter);
  for (;;) {
    lockFilterManager();
    const [instance] = instancesOfFilter(Filter);
    unlockFilterManager();
    if (instance === undefined) break;
    const status = FltpTeardownInstance(instance, reason);
    if (!NT_SUCCESS(status)) waitWhileBusy(instance);
  }
  deleteFilterContexts(Filter);
  ExWaitForRundownProtectionRelease(at_Rundown(Filter as unknown as POBJ));
  lockFilterManager();
  RemoveEntryList(Filter + linkAt);
  unlockFilterManager();
  if (f.GenerateFileName(Filter) !== 0) noteNameProvider(-1);
  unregisterContexts(Filter);
  abandon(Filter, STATUS_SUCCESS);
}

const unregisterRoutine = kernelRoutine('FltpUnregisterFilter', (filter) => {
  unregister(filter as PFLT_FILTER);
  return 0;
});

/** Every registered filter, in the order of registration. */
export function allFilters(): PFLT_FILTER[] {
  lockFilterManager();
  const found = entriesOf(filterList()).map((at) => (at - linkAt) as PFLT_FILTER);
  unlockFilterManager();
  return found;
}

/** The filter that a driver registered, or NULL. */
export function filterOfDriver(driver: PDRIVER_OBJECT): PFLT_FILTER {
  return allFilters().find((at) => f.DriverObject(at) === driver) ?? (0 as PFLT_FILTER);
}

/** The name of a filter: that of its service. */
export function filterName(filter: PFLT_FILTER): string {
  return textOf(f.at_Name(filter));
}
