// FLT_REGISTRATION as a driver gives it (1.2): its size and version, its flags, its callbacks, its
// operation table. It is read once, at FltRegisterFilter; nothing is believed before it is checked.
//
// What the documentation gives a status for is a status. A callback that is no code at all has
// none: Windows jumps to it later and dies there, so it is a bug check here, where it can be named.
import { isRoutine } from '../../mem/routine.ts';
import { u32 } from '../../mem/memory.ts';
import { STATUS_FLT_DUPLICATE_ENTRY, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { IRP_MJ_DEVICE_CHANGE, IRP_MJ_OPERATION_END, IRP_MJ_POWER, IRP_MJ_SHUTDOWN }
  from '../../ntos/io/types.ts';
import { FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO, FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO,
  FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP, FLTFL_REGISTRATION_SUPPORT_DAX_VOLUME,
  FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS, FLTFL_REGISTRATION_SUPPORT_WCOS,
  FLT_REGISTRATION_VERSION_0200, FLT_REGISTRATION_VERSION_0201, FLT_REGISTRATION_VERSION_0202,
  FLT_REGISTRATION_VERSION_0203 } from '../constants.ts';
import { FLT_FILTER, FLT_OPERATION, MAJOR_SLOTS, majorSlot } from './object.ts';
import { FLT_OPERATION_REGISTRATION, FLT_REGISTRATION } from '../types.ts';
import { RULE_UNLISTED, violation } from '../violation.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_REGISTRATION } from '../types.ts';

const f = FLT_FILTER.bound;
const g = FLT_REGISTRATION.bound;
const p = FLT_OPERATION_REGISTRATION.bound;
const o = FLT_OPERATION.bound;
type POP = Parameters<typeof p.Flags>[0];
type PSLOT = Parameters<typeof o.Flags>[0];

const REGISTRATION_FLAGS = FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP |
  FLTFL_REGISTRATION_SUPPORT_NPFS_MSFS | FLTFL_REGISTRATION_SUPPORT_DAX_VOLUME |
  FLTFL_REGISTRATION_SUPPORT_WCOS;
const OPERATION_FLAGS = FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO | FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO |
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO;

/** Where the structure of each version ends: later headers added members behind the last one. */
const firstNewMember: Readonly<Record<number, string>> = {
  [FLT_REGISTRATION_VERSION_0200]: 'TransactionNotificationCallback',
  [FLT_REGISTRATION_VERSION_0201]: 'TransactionNotificationCallback',
  [FLT_REGISTRATION_VERSION_0202]: 'SectionNotificationCallback',
};

/** The bytes a registration of this version has; 0 for a version that does not exist. */
function sizeOfVersion(version: number): number {
  if (version === FLT_REGISTRATION_VERSION_0203) return FLT_REGISTRATION.size;
  const member = firstNewMember[version];
  return member === undefined ? 0 : FLT_REGISTRATION.offsets[member] ?? 0;
}

type Member = 'FilterUnloadCallback' | 'InstanceSetupCallback' | 'InstanceQueryTeardownCallback' |
  'InstanceTeardownStartCallback' | 'InstanceTeardownCompleteCallback' |
  'GenerateFileNameCallback' | 'NormalizeNameComponentCallback' |
  'NormalizeContextCleanupCallback' | 'TransactionNotificationCallback' |
  'NormalizeNameComponentExCallback' | 'SectionNotificationCallback';

/** A callback of the registration, NULL where its version has no such member. */
function callback(r: PFLT_REGISTRATION, member: Member): RoutineId {
  const offset = FLT_REGISTRATION.offsets[member] ?? 0;
  return (offset < sizeOfVersion(g.Version(r)) ? u32[(r + offset) >> 2]! : 0) as RoutineId;
}

function checkCode(what: string, routine: number): void {
  if (routine === 0 || isRoutine(routine)) return;
  violation(RULE_UNLISTED, routine, `FltRegisterFilter: ${what} 0x${routine.toString(16)} is ` +
    'not a routine (LC-11)');
}

/** A provider needs GenerateFileName and a way to normalise; each must be code (1.2, LC-11). */
function isNameProvider(r: PFLT_REGISTRATION): NTSTATUS {
  const generate = callback(r, 'GenerateFileNameCallback');
  const normalize = callback(r, 'NormalizeNameComponentCallback');
  const normalizeEx = callback(r, 'NormalizeNameComponentExCallback');
  const cleanup = callback(r, 'NormalizeContextCleanupCallback');
  const all = [generate, normalize, normalizeEx, cleanup].filter((at) => at !== 0);
  if (all.length === 0) return STATUS_SUCCESS;
  if (!all.every(isRoutine) || generate === 0) return STATUS_INVALID_PARAMETER;
  return normalize === 0 && normalizeEx === 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/** The status of a structure that cannot be a registration, before anything is allocated. */
export function checkRegistration(r: PFLT_REGISTRATION): NTSTATUS {
  if (r === 0) {
    violation(RULE_UNLISTED, 0, 'FltRegisterFilter: Registration is NULL (LC-11)');
  }
  const size = sizeOfVersion(g.Version(r));
  if (size === 0 || g.Size(r) !== size) return STATUS_INVALID_PARAMETER;
  if ((g.Flags(r) & ~REGISTRATION_FLAGS) !== 0) return STATUS_INVALID_PARAMETER;
  return isNameProvider(r);
}

/** Takes flags and callbacks of the filter itself and of its instances. */
export function readCallbacks(filter: PFLT_FILTER, r: PFLT_REGISTRATION): void {
  const take = (member: Member): RoutineId => {
    const routine = callback(r, member);
    checkCode(member, routine);
    return routine;
  };
  f.set_RegistrationFlags(filter, g.Flags(r));
  f.set_FilterUnload(filter, take('FilterUnloadCallback'));
  f.set_InstanceSetup(filter, take('InstanceSetupCallback'));
  f.set_InstanceQueryTeardown(filter, take('InstanceQueryTeardownCallback'));
  f.set_InstanceTeardownStart(filter, take('InstanceTeardownStartCallback'));
  f.set_InstanceTeardownComplete(filter, take('InstanceTeardownCompleteCallback'));
  f.set_GenerateFileName(filter, take('GenerateFileNameCallback'));
  f.set_NormalizeNameComponent(filter, take('NormalizeNameComponentCallback'));
  f.set_NormalizeContextCleanup(filter, take('NormalizeContextCleanupCallback'));
  f.set_NormalizeNameComponentEx(filter, take('NormalizeNameComponentExCallback'));
  f.set_TransactionNotification(filter, take('TransactionNotificationCallback'));
  f.set_SectionNotification(filter, take('SectionNotificationCallback'));
}

/** Whether an entry names an operation that can be filtered in this way (LC-8). */
function canBeFiltered(at: POP): boolean {
  const major = p.MajorFunction(at);
  if (majorSlot(major) < 0 || major === IRP_MJ_POWER || major === IRP_MJ_DEVICE_CHANGE) {
    return false;
  }
  return major !== IRP_MJ_SHUTDOWN || p.PostOperation(at) === 0;
}

/**
 * Reads the operation table into the filter. Each major has at most one entry (LC-3).
 *
 * @param table the first FLT_OPERATION_REGISTRATION; NULL for a filter that sees no operation.
 * @returns STATUS_FLT_DUPLICATE_ENTRY for a major that comes twice, STATUS_INVALID_PARAMETER for
 *   one that cannot be filtered, for unknown flags, and for a table without an end.
 */
export function readOperations(filter: PFLT_FILTER, table: number): NTSTATUS {
  if (table === 0) return STATUS_SUCCESS;
  const seen = new Set<number>();
  for (let i = 0; i <= MAJOR_SLOTS; i++) {
    const at = (table + i * FLT_OPERATION_REGISTRATION.size) as POP;
    const major = p.MajorFunction(at);
    if (major === IRP_MJ_OPERATION_END) return STATUS_SUCCESS;
    if (!canBeFiltered(at) || p.Reserved1(at) !== 0) return STATUS_INVALID_PARAMETER;
    if ((p.Flags(at) & ~OPERATION_FLAGS) !== 0) return STATUS_INVALID_PARAMETER;
    checkCode('PreOperation', p.PreOperation(at));
    checkCode('PostOperation', p.PostOperation(at));
    const to = (f.at_Operations(filter) + majorSlot(major) * FLT_OPERATION.size) as PSLOT;
    if (seen.has(major)) return STATUS_FLT_DUPLICATE_ENTRY;
    seen.add(major);
    o.set_Flags(to, p.Flags(at));
    o.set_PreOperation(to, p.PreOperation(at));
    o.set_PostOperation(to, p.PostOperation(at));
    o.set_Registered(to, p.PreOperation(at) !== 0 || p.PostOperation(at) !== 0 ? 1 : 0);
  }
  return STATUS_INVALID_PARAMETER;
}
