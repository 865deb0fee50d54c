// Registering, starting and unregistering a filter (LC-10 to LC-19). The registration structure
// is read once; what callbacks it names goes into the filter's table by major function.
import { fillBytes, i32 } from '../mem/memory.ts';
import { routineTable } from '../mem/routine.ts';
import { load, store } from '../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ntos/ex/pool.ts';
import { NonPagedPool } from '../ntos/ex/types.ts';
import { ExInitializeRundownProtection, ExWaitForRundownProtectionRelease }
  from '../ntos/ex/rundown.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList } from '../ntos/rtl/list-entry.ts';
import { NT_SUCCESS } from '../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_DO_NOT_DETACH,
  STATUS_FLT_INSTANCE_ALTITUDE_COLLISION, STATUS_FLT_NOT_INITIALIZED,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS } from '../ntos/status-codes.ts';
import { FLTFL_FILTER_UNLOAD_MANDATORY, FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT,
  FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD, FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP,
  FLT_REGISTRATION_VERSION } from './constants.ts';
import { isAltitude } from './altitude.ts';
import { registerContexts, unregisterContexts } from './context.ts';
import { deleteFilterContexts } from './context-teardown.ts';
import { FILTER_REGISTERED, FILTER_STARTED, FILTER_UNLOADING, FLT_FILTER, FLT_OBJECT,
  FLT_OBJECT_FILTER, FLT_OPERATION, majorSlot } from './object.ts';
import { entriesOf, filterList, isInitialized, lockFilterManager, unlockFilterManager }
  from './root.ts';
import { FLT_OPERATION_REGISTRATION, FLT_REGISTRATION } from './types.ts';
import { assignString, dropString, textOf } from './strings.ts';
import { FltpAttach, instancesOfFilter } from './instance.ts';
import { FltpTeardownInstance } from './teardown.ts';
import { allVolumes } from './volume.ts';
import { readServiceKey } from './service-key.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PDRIVER_OBJECT } from '../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_REGISTRATION } from './types.ts';
import type { OutPtr } from '../mem/pointer.ts';

const f = FLT_FILTER.bound;
const g = FLT_REGISTRATION.bound;
const p = FLT_OPERATION_REGISTRATION.bound;
const o = FLT_OPERATION.bound;
const { set_Kind, at_Rundown } = FLT_OBJECT.bound;
type POBJ = Parameters<typeof set_Kind>[0];
type POP = Parameters<typeof p.Flags>[0];
type PSLOT = Parameters<typeof o.Flags>[0];
const linkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;
const IRP_MJ_OPERATION_END = 0x80;
const IRP_MJ_SHUTDOWN = 0x10;
const TAG = poolTag('FMfl');

/** Reads the operation table into the filter; the status that FltRegisterFilter answers. */
function readOperations(filter: PFLT_FILTER, table: number): NTSTATUS {
  if (table === 0) return STATUS_SUCCESS;
  for (let i = 0; ; i++) {
    const at = (table + i * FLT_OPERATION_REGISTRATION.size) as POP;
    const major = p.MajorFunction(at);
    if (major === IRP_MJ_OPERATION_END) return STATUS_SUCCESS;
    const slot = majorSlot(major);
    const shutdownPost = major === IRP_MJ_SHUTDOWN && p.PostOperation(at) !== 0;
    // IRP_MJ_POWER and IRP_MJ_DEVICE_CHANGE cannot be filtered (LC-8).
    if (slot < 0 || major === 0x16 || major === 0x18 || shutdownPost || p.Reserved1(at) !== 0) {
      return STATUS_INVALID_PARAMETER;
    }
    const to = (f.at_Operations(filter) + slot * FLT_OPERATION.size) as PSLOT;
    o.set_Flags(to, p.Flags(at));
    o.set_PreOperation(to, p.PreOperation(at));
    o.set_PostOperation(to, p.PostOperation(at));
    o.set_Registered(to, p.PreOperation(at) !== 0 || p.PostOperation(at) !== 0 ? 1 : 0);
  }
}

function fillFilter(filter: PFLT_FILTER, driver: PDRIVER_OBJECT, r: PFLT_REGISTRATION): void {
  set_Kind(filter as unknown as POBJ, FLT_OBJECT_FILTER);
  ExInitializeRundownProtection(at_Rundown(filter as unknown as POBJ));
  InitializeListHead(f.at_InstanceList(filter));
  InitializeListHead(f.at_PortList(filter));
  f.set_DriverObject(filter, driver);
  f.set_RegistrationFlags(filter, g.Flags(r));
  f.set_FilterUnload(filter, g.FilterUnloadCallback(r));
  f.set_InstanceSetup(filter, g.InstanceSetupCallback(r));
  f.set_InstanceQueryTeardown(filter, g.InstanceQueryTeardownCallback(r));
  f.set_InstanceTeardownStart(filter, g.InstanceTeardownStartCallback(r));
  f.set_InstanceTeardownComplete(filter, g.InstanceTeardownCompleteCallback(r));
  f.set_GenerateFileName(filter, g.GenerateFileNameCallback(r));
  f.set_NormalizeNameComponent(filter, g.NormalizeNameComponentCallback(r));
  f.set_NormalizeContextCleanup(filter, g.NormalizeContextCleanupCallback(r));
  f.set_NormalizeNameComponentEx(filter, g.NormalizeNameComponentExCallback(r));
}

function validVersion(r: PFLT_REGISTRATION): boolean {
  const version = g.Version(r);
  // Older versions lack members at the end; their size says so.
  return version >= 0x0200 && version <= FLT_REGISTRATION_VERSION &&
    g.Size(r) <= FLT_REGISTRATION.size && g.Size(r) >= 40;
}

function abandon(filter: PFLT_FILTER, status: NTSTATUS): NTSTATUS {
  dropString(f.at_Name(filter));
  dropString(f.at_DefaultAltitude(filter));
  ExFreePoolWithTag(filter, TAG);
  return status;
}

/**
 * Registers a filter; its callbacks are known but not called yet. PASSIVE_LEVEL (APC_LEVEL on the
 * page), in DriverEntry.
 *
 * @param Registration an FLT_REGISTRATION. @param RetFilter where the filter pointer goes.
 * @returns STATUS_INVALID_PARAMETER for a version or operation table that is not valid,
 *   STATUS_OBJECT_NAME_NOT_FOUND without a service key, STATUS_FLT_NOT_INITIALIZED,
 *   STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_INVALID_CONTEXT_REGISTRATION (LC-11).
 */
export function FltRegisterFilter(
  Driver: PDRIVER_OBJECT,
  Registration: PFLT_REGISTRATION,
  RetFilter: OutPtr,
): NTSTATUS {
  if (!isInitialized()) return STATUS_FLT_NOT_INITIALIZED;
  if (!validVersion(Registration)) return STATUS_INVALID_PARAMETER;
  const key = readServiceKey(Driver);
  if (key === undefined || !isAltitude(key.altitude)) return STATUS_OBJECT_NAME_NOT_FOUND;
  const filter = ExAllocatePoolWithTag(NonPagedPool, FLT_FILTER.size, TAG) as PFLT_FILTER;
  if (filter === 0) return STATUS_INSUFFICIENT_RESOURCES;
  fillBytes(filter, 0, FLT_FILTER.size);
  fillFilter(filter, Driver, Registration);
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
  i32[RetFilter >> 2] = filter;
  return STATUS_SUCCESS;
}

/**
 * Begins filtering: the filter is attached to every mounted volume it accepts, and sees I/O before
 * this returns (LC-12). PASSIVE_LEVEL, in DriverEntry.
 *
 * @returns STATUS_INVALID_PARAMETER when it was started already;
 *   STATUS_FLT_INSTANCE_ALTITUDE_COLLISION when another filter has the altitude.
 */
export function FltStartFiltering(Filter: PFLT_FILTER): NTSTATUS {
  if (load(f.at_State(Filter)) !== FILTER_REGISTERED) return STATUS_INVALID_PARAMETER;
  store(f.at_State(Filter), FILTER_STARTED);
  for (const volume of allVolumes()) {
    const status = attachDefault(Filter, volume, FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT);
    if (status === STATUS_FLT_INSTANCE_ALTITUDE_COLLISION) return status;
  }
  return STATUS_SUCCESS;
}

/** Attaches the filter's default instance to a volume. PASSIVE_LEVEL. */
export function attachDefault(
  filter: PFLT_FILTER,
  volume: Parameters<typeof FltpAttach>[1],
  flags: number,
): NTSTATUS {
  const key = readServiceKey(f.DriverObject(filter) as PDRIVER_OBJECT);
  if (key === undefined) return STATUS_OBJECT_NAME_NOT_FOUND;
  return FltpAttach(filter, volume, key.altitude, key.instance, flags, 0,
    STATUS_FLT_INSTANCE_ALTITUDE_COLLISION);
}

/**
 * Unregisters a filter: callbacks, instances, contexts go; waits while references on the filter
 * remain (LC-15). PASSIVE_LEVEL, in the filter's unload callback or a failing DriverEntry.
 */
export function FltUnregisterFilter(Filter: PFLT_FILTER): void {
  store(f.at_State(Filter), FILTER_UNLOADING);
  for (;;) {
    lockFilterManager();
    const [instance] = instancesOfFilter(Filter);
    unlockFilterManager();
    if (instance === undefined) break;
    FltpTeardownInstance(instance, FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD);
  }
  deleteFilterContexts(Filter);
  ExWaitForRundownProtectionRelease(at_Rundown(Filter as unknown as POBJ));
  lockFilterManager();
  RemoveEntryList(Filter + linkAt);
  unlockFilterManager();
  unregisterContexts(Filter);
  abandon(Filter, STATUS_SUCCESS);
}

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

/**
 * Asks a filter to unload (1.4). PASSIVE_LEVEL, a thread that is in none of its callbacks.
 *
 * @param mandatory a service stop: the filter's refusal is overruled.
 * @returns STATUS_FLT_DO_NOT_DETACH when it has no unload callback, does not support stopping, or
 *   refuses.
 */
export function FltpUnloadFilter(filter: PFLT_FILTER, mandatory: boolean): NTSTATUS {
  const routine = f.FilterUnload(filter);
  if (routine === 0) return STATUS_FLT_DO_NOT_DETACH;
  if (load(f.at_State(filter)) === FILTER_UNLOADING) return STATUS_FLT_DELETING_OBJECT;
  if (mandatory && f.RegistrationFlags(filter) & FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP) {
    return STATUS_FLT_DO_NOT_DETACH;
  }
  const status = routineTable[routine]!(mandatory ? FLTFL_FILTER_UNLOAD_MANDATORY : 0) as NTSTATUS;
  if (NT_SUCCESS(status) || !mandatory) return status;
  if (allFilters().includes(filter)) FltUnregisterFilter(filter);
  return STATUS_SUCCESS;
}
