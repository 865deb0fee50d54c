// FLT_REGISTRATION as a constant table, written as in the WDK's samples: the operation and
// context tables become arrays with their terminators in the image's slot.
import { FLT_CONTEXT_REGISTRATION, FLT_OPERATION_REGISTRATION, FLT_REGISTRATION }
  from '../fltmgr/types.ts';
import { FLT_CONTEXT_END, FLT_REGISTRATION_VERSION } from '../fltmgr/constants.ts';
import { allocateConstants } from './layout.ts';
import type { View } from '../mem/struct.ts';
import type { RoutineId } from '../mem/routine.ts';

/** One row of the operation table; a callback that is left out is NULL. */
export interface OperationRow {
  readonly MajorFunction: number;
  readonly Flags?: number;
  readonly PreOperation?: RoutineId;
  readonly PostOperation?: RoutineId;
}

/** One row of the context table. */
export interface ContextRow {
  readonly ContextType: number;
  readonly Flags?: number;
  readonly ContextCleanupCallback?: RoutineId;
  /** Bytes, or FLT_VARIABLE_SIZED_CONTEXTS. */
  readonly Size: number;
  readonly PoolTag: number;
  readonly ContextAllocateCallback?: RoutineId;
  readonly ContextFreeCallback?: RoutineId;
}

/** The members of FLT_REGISTRATION; what is left out is NULL. */
export interface Registration {
  readonly Flags?: number;
  readonly ContextRegistration?: readonly ContextRow[];
  readonly OperationRegistration?: readonly OperationRow[];
  readonly FilterUnloadCallback?: RoutineId;
  readonly InstanceSetupCallback?: RoutineId;
  readonly InstanceQueryTeardownCallback?: RoutineId;
  readonly InstanceTeardownStartCallback?: RoutineId;
  readonly InstanceTeardownCompleteCallback?: RoutineId;
  readonly GenerateFileNameCallback?: RoutineId;
  readonly NormalizeNameComponentCallback?: RoutineId;
  readonly NormalizeContextCleanupCallback?: RoutineId;
  readonly NormalizeNameComponentExCallback?: RoutineId;
  readonly TransactionNotificationCallback?: RoutineId;
  readonly SectionNotificationCallback?: RoutineId;
}

const IRP_MJ_OPERATION_END = 0x80;
const NONE = 0 as RoutineId;

function operations(rows: readonly OperationRow[]): number {
  const size = FLT_OPERATION_REGISTRATION.size;
  const table = allocateConstants(size * (rows.length + 1));
  rows.forEach((row, i) => {
    const at = FLT_OPERATION_REGISTRATION.at(table + i * size);
    at.MajorFunction = row.MajorFunction;
    at.Flags = row.Flags ?? 0;
    at.PreOperation = row.PreOperation ?? NONE;
    at.PostOperation = row.PostOperation ?? NONE;
  });
  FLT_OPERATION_REGISTRATION.at(table + rows.length * size).MajorFunction = IRP_MJ_OPERATION_END;
  return table;
}

function contexts(rows: readonly ContextRow[]): number {
  const size = FLT_CONTEXT_REGISTRATION.size;
  const table = allocateConstants(size * (rows.length + 1));
  rows.forEach((row, i) => {
    const at = FLT_CONTEXT_REGISTRATION.at(table + i * size);
    at.ContextType = row.ContextType;
    at.Flags = row.Flags ?? 0;
    at.ContextCleanupCallback = row.ContextCleanupCallback ?? NONE;
    at.Size = row.Size;
    at.PoolTag = row.PoolTag;
    at.ContextAllocateCallback = row.ContextAllocateCallback ?? NONE;
    at.ContextFreeCallback = row.ContextFreeCallback ?? NONE;
  });
  FLT_CONTEXT_REGISTRATION.at(table + rows.length * size).ContextType = FLT_CONTEXT_END;
  return table;
}

/** Lays out a registration; declare it at the top level and give it to FltRegisterFilter. */
export function fltRegistration(given: Registration): View<typeof FLT_REGISTRATION> {
  const at = FLT_REGISTRATION.at(allocateConstants(FLT_REGISTRATION.size));
  at.Size = FLT_REGISTRATION.size;
  at.Version = FLT_REGISTRATION_VERSION;
  at.Flags = given.Flags ?? 0;
  const rows = given.ContextRegistration;
  at.ContextRegistration = (rows === undefined ? 0 : contexts(rows)) as never;
  const table = given.OperationRegistration;
  at.OperationRegistration = (table === undefined ? 0 : operations(table)) as never;
  at.FilterUnloadCallback = given.FilterUnloadCallback ?? NONE;
  at.InstanceSetupCallback = given.InstanceSetupCallback ?? NONE;
  at.InstanceQueryTeardownCallback = given.InstanceQueryTeardownCallback ?? NONE;
  at.InstanceTeardownStartCallback = given.InstanceTeardownStartCallback ?? NONE;
  at.InstanceTeardownCompleteCallback = given.InstanceTeardownCompleteCallback ?? NONE;
  at.GenerateFileNameCallback = given.GenerateFileNameCallback ?? NONE;
  at.NormalizeNameComponentCallback = given.NormalizeNameComponentCallback ?? NONE;
  at.NormalizeContextCleanupCallback = given.NormalizeContextCleanupCallback ?? NONE;
  at.NormalizeNameComponentExCallback = given.NormalizeNameComponentExCallback ?? NONE;
  at.TransactionNotificationCallback = given.TransactionNotificationCallback ?? NONE;
  at.SectionNotificationCallback = given.SectionNotificationCallback ?? NONE;
  return at;
}
