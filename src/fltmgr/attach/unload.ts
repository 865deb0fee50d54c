// Loading and unloading filters by name (1.4): who may refuse, which callback is asked, and when
// the driver's image may go. What knows how to start and to drop an image lies above the Filter
// Manager (image/js-image.ts) and gives itself in at load.
import { routineName, routineTable } from '../../mem/routine.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS }
  from '../../ntos/ke/bug-check-codes.ts';
import { PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_DRIVER_FAILED_PRIOR_UNLOAD, STATUS_FLT_DELETING_OBJECT, STATUS_FLT_DO_NOT_DETACH,
  STATUS_FLT_FILTER_NOT_FOUND, STATUS_IMAGE_ALREADY_LOADED, STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_FILTER_UNLOAD_MANDATORY, FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP }
  from '../constants.ts';
import { FltUnregisterFilter, allFilters, filterName } from './filter.ts';
import { FILTER_UNLOADING, FLT_FILTER } from './object.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import { runningFilter } from '../pending/work-item-queue.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDRIVER_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER } from '../types.ts';

const f = FLT_FILTER.bound;
const { CurrentFilter, set_CurrentFilter } = KTHREAD.bound;
const me = currentThread;

/** What the image loader does for the Filter Manager. */
export interface ServiceLoader {
  /** Starts the driver of a service that is not in memory; undefined without such a service. */
  start(service: string): NTSTATUS | undefined;
  /** Drops the driver of a filter that is gone. */
  drop(driver: PDRIVER_OBJECT): void;
}

let loader: ServiceLoader | undefined;

/** Gives the image loader in; in every thread, at load. */
export function setServiceLoader(theLoader: ServiceLoader): void {
  loader = theLoader;
}

function callUnload(filter: PFLT_FILTER, flags: number): NTSTATUS {
  const outer = CurrentFilter(me);
  set_CurrentFilter(me, filter);
  const status = routineTable[f.FilterUnload(filter)]!(flags) as NTSTATUS;
  set_CurrentFilter(me, outer);
  return status;
}

/** An image that goes while its filter is registered leaves callbacks that point nowhere. */
function checkUnregistered(filter: PFLT_FILTER, routine: number): void {
  if (!allFilters().includes(filter)) return;
  KeBugCheckEx(DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS, routine, 8, filter, 0,
    `${routineName(routine)} returned success without FltUnregisterFilter: the driver goes and ` +
      'its callbacks stay registered (LC-17)');
}

/**
 * Asks a filter to unload (1.4). PASSIVE_LEVEL, a thread that is in none of its callbacks.
 *
 * @param mandatory a service stop: the filter's refusal is overruled.
 * @returns STATUS_FLT_DO_NOT_DETACH when it has no unload callback or does not support stopping;
 *   what the callback answered when it refuses; STATUS_FLT_DELETING_OBJECT when it goes already.
 */
export function FltpUnloadFilter(filter: PFLT_FILTER, mandatory: boolean): NTSTATUS {
  const routine = f.FilterUnload(filter);
  if (routine === 0) return STATUS_FLT_DO_NOT_DETACH;
  if (load(f.at_State(filter)) === FILTER_UNLOADING) return STATUS_FLT_DELETING_OBJECT;
  if (mandatory && f.RegistrationFlags(filter) & FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP) {
    return STATUS_FLT_DO_NOT_DETACH;
  }
  f.set_MandatoryUnload(filter, mandatory ? 1 : 0);
  const status = callUnload(filter, mandatory ? FLTFL_FILTER_UNLOAD_MANDATORY : 0);
  if (NT_SUCCESS(status)) {
    checkUnregistered(filter, routine);
    return status;
  }
  if (!mandatory) return status;
  if (allFilters().includes(filter)) FltUnregisterFilter(filter);
  return STATUS_SUCCESS;
}

/** The registered filter of a name; NULL when there is none. Names ignore case. */
export function filterByName(name: string): PFLT_FILTER {
  const wanted = name.toLowerCase();
  return allFilters().find((at) => filterName(at).toLowerCase() === wanted) ?? (0 as PFLT_FILTER);
}

/**
 * Loads a filter by the name of its service. PASSIVE_LEVEL; its DriverEntry runs in this thread.
 *
 * @returns STATUS_IMAGE_ALREADY_LOADED, STATUS_OBJECT_NAME_NOT_FOUND without such a service,
 *   STATUS_FAILED_DRIVER_ENTRY, STATUS_DRIVER_FAILED_PRIOR_UNLOAD while an unload has not ended:
 *   until its unload callback has returned, whatever it has unregistered (LC-18).
 */
export function FltLoadFilter(FilterName: number): NTSTATUS {
  checkIrql('FltLoadFilter', PASSIVE_LEVEL);
  const name = readUnicode(FilterName);
  const there = filterByName(name);
  if (there !== 0) {
    const leaving = load(f.at_State(there)) === FILTER_UNLOADING;
    return leaving ? STATUS_DRIVER_FAILED_PRIOR_UNLOAD : STATUS_IMAGE_ALREADY_LOADED;
  }
  return loader?.start(name) ?? STATUS_OBJECT_NAME_NOT_FOUND;
}

/**
 * Unloads a filter by name, as `fltmc unload` does; it may refuse. PASSIVE_LEVEL, not in one of the
 * filter's own routines.
 *
 * @returns STATUS_FLT_FILTER_NOT_FOUND, STATUS_FLT_DELETING_OBJECT, or what the filter answered
 *   (LC-18).
 */
export function FltUnloadFilter(FilterName: number): NTSTATUS {
  checkIrql('FltUnloadFilter', PASSIVE_LEVEL);
  const filter = filterByName(readUnicode(FilterName));
  if (filter === 0) return STATUS_FLT_FILTER_NOT_FOUND;
  if (runningFilter() === filter) {
    violation(RULE_UNLISTED, filter, `FltUnloadFilter: ${filterName(filter)} unloads itself; it ` +
      'would wait for its own callback (LC-18)');
  }
  const driver = f.DriverObject(filter) as PDRIVER_OBJECT;
  const status = FltpUnloadFilter(filter, false);
  if (NT_SUCCESS(status)) loader?.drop(driver);
  return status;
}
