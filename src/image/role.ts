// The role types of fltKernel.h as functions: they give a driver's routine its number and turn the
// integers that the kernel passes into the views that the driver is written with. The views belong
// to the routine, one set per depth of recursion, so a call allocates nothing.
import { imageRoutine } from '../mem/routine.ts';
import { popFrame, pushFrame } from '../mem/stack.ts';
import { FLT_CALLBACK_DATA, FLT_RELATED_OBJECTS } from '../fltmgr/types.ts';
import { ROLE_CLEANUP, ROLE_DPC, ROLE_LOCKING, ROLE_OTHER, ROLE_POST, ROLE_PRE, ROLE_TEARDOWN,
  ROLE_UNLOAD, ROLE_WORK } from '../trace/event.ts';
import { driverThrew } from './guard.ts';
import { operationFrame } from './operation-frame.ts';
import { watched } from './watched.ts';
import { Out } from './out.ts';
import type { PFLT_PORT } from '../fltmgr/types.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { RoutineId } from '../mem/routine.ts';
import type { View } from '../mem/struct.ts';

export type FltCallbackData = View<typeof FLT_CALLBACK_DATA>;
export type FltRelatedObjects = View<typeof FLT_RELATED_OBJECTS>;

type Kind = 'data' | 'objects' | 'out' | 'deferred' | 'generic' | 'port' | 'value';
type ArgOf<K extends Kind> = K extends 'data'
  ? FltCallbackData
  : K extends 'objects'
    ? FltRelatedObjects
    : K extends 'out'
      ? Out
      : K extends 'deferred'
        ? Ptr<'FLT_DEFERRED_IO_WORKITEM'>
        : K extends 'generic'
          ? Ptr<'FLT_GENERIC_WORKITEM'>
          : K extends 'port'
            ? PFLT_PORT
            : number;
type ArgsOf<K extends readonly Kind[]> = { -readonly [I in keyof K]: ArgOf<K[I]> };
type Answer = number | boolean | void;

interface Box {
  address: number;
}

function box(kind: Kind): Box | null {
  if (kind === 'data') return FLT_CALLBACK_DATA.at(0);
  if (kind === 'objects') return FLT_RELATED_OBJECTS.at(0);
  return kind === 'out' ? new Out(0) : null;
}

function answer(value: Answer): number {
  return value === undefined ? 0 : Number(value);
}

/** A role type: `const Unload = PFLT_FILTER_UNLOAD_CALLBACK('Unload', (Flags) => …)`. */
export type Role<K extends readonly Kind[]> = (
  name: string,
  routine: (...args: ArgsOf<K>) => Answer,
) => RoutineId;

/** Defines a role by the kinds of its parameters. */
export function role<const K extends readonly Kind[]>(...kinds: K): Role<K> {
  return roleOf(ROLE_OTHER, kinds);
}

/** A role that the verifier tells from others. */
function roleOf<const K extends readonly Kind[]>(what: number, kinds: K): Role<K> {
  return (name, routine) => {
    const sets: (Box | null)[][] = [];
    let depth = 0;
    const call = routine as (...args: unknown[]) => Answer;
    return imageRoutine(name, watched(what, (...numbers) => {
      const set = (sets[depth] ??= kinds.map(box));
      const frame = pushFrame();
      depth++;
      try {
        const args = set.map((b, i) => {
          if (b === null) return numbers[i] ?? 0;
          b.address = numbers[i] ?? 0;
          return b;
        });
        return answer(call(...args));
      } catch (thrown) {
        return driverThrew(name, thrown);
      } finally {
        depth--;
        popFrame(frame);
      }
    }));
  };
}

/**
 * A pre-operation callback: (Data, FltObjects, CompletionContext) -> FLT_PREOP_*.
 * PASSIVE_LEVEL or APC_LEVEL; the originating thread unless a higher filter pended (PRE-2, PRE-3).
 */
export function PFLT_PRE_OPERATION_CALLBACK(
  name: string,
  routine: (Data: FltCallbackData, FltObjects: FltRelatedObjects, CompletionContext: Out) => number,
): RoutineId {
  return imageRoutine(name, watched(ROLE_PRE, operationFrame(name, routine as never, true)));
}

/**
 * A post-operation callback: (Data, FltObjects, CompletionContext, Flags) -> FLT_POSTOP_*.
 * Up to DISPATCH_LEVEL in any thread, with the exceptions of section 4.2.
 */
export function PFLT_POST_OPERATION_CALLBACK(
  name: string,
  routine: (
    Data: FltCallbackData,
    FltObjects: FltRelatedObjects,
    CompletionContext: number,
    Flags: number,
  ) => number,
): RoutineId {
  return imageRoutine(name, watched(ROLE_POST, operationFrame(name, routine as never, false)));
}

/** (FltObjects, Flags, VolumeDeviceType, VolumeFilesystemType); PASSIVE_LEVEL. */
export const PFLT_INSTANCE_SETUP_CALLBACK = role('objects', 'value', 'value', 'value');
/** (FltObjects, Flags); PASSIVE_LEVEL; only for a manual detach. */
export const PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK = role('objects', 'value');
/** (FltObjects, Reason); PASSIVE_LEVEL; teardown start and complete. */
export const PFLT_INSTANCE_TEARDOWN_CALLBACK = roleOf(ROLE_TEARDOWN, ['objects', 'value']);
/** (Flags) -> NTSTATUS; PASSIVE_LEVEL. */
export const PFLT_FILTER_UNLOAD_CALLBACK = roleOf(ROLE_UNLOAD, ['value']);
/** (Context, ContextType); <= APC_LEVEL; right before the context is freed. */
export const PFLT_CONTEXT_CLEANUP_CALLBACK = roleOf(ROLE_CLEANUP, ['value', 'value']);
/** (FltWorkItem, Data, Context); a system thread at PASSIVE_LEVEL. */
export const PFLT_DEFERRED_IO_WORKITEM_ROUTINE =
  roleOf(ROLE_WORK, ['deferred', 'data', 'value']);
/** (FltWorkItem, FltObject, Context); a system thread at PASSIVE_LEVEL. */
export const PFLT_GENERIC_WORKITEM_ROUTINE = roleOf(ROLE_WORK, ['generic', 'value', 'value']);
/** (Data, Context); up to DISPATCH_LEVEL in any thread. */
export const PFLT_COMPLETED_ASYNC_IO_CALLBACK = role('data', 'value');
/** (Data, Context); called when an oplock break has completed. */
export const PFLTOPLOCK_WAIT_COMPLETE_ROUTINE = role('data', 'value');
/** (Data, Context); called before an operation is pended for an oplock break. */
export const PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE = role('data', 'value');
/** (Data); called when a pended operation is cancelled. */
export const PFLT_COMPLETE_CANCELED_CALLBACK = role('data');
/** (FltObjects, IopbSnapshot, OperationStatus, RequesterContext). */
export const PFLT_GET_OPERATION_STATUS_CALLBACK = role('objects', 'value', 'value', 'value');
/** (Cbdq, Cbd, InsertContext) -> NTSTATUS. */
export const PFLT_CALLBACK_DATA_QUEUE_INSERT_IO = role('value', 'data', 'value');
/** (Cbdq, Cbd). */
export const PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO = role('value', 'data');
/** (Cbdq, Cbd or NULL, PeekContext) -> address of the next callback data. */
export const PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO = role('value', 'value', 'value');
/** (Cbdq, Irql). */
export const PFLT_CALLBACK_DATA_QUEUE_ACQUIRE = roleOf(ROLE_LOCKING, ['value', 'out']);
/** (Cbdq, Irql). */
export const PFLT_CALLBACK_DATA_QUEUE_RELEASE = roleOf(ROLE_LOCKING, ['value', 'value']);
/** (Cbdq, Cbd). */
export const PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO = role('value', 'data');
/**
 * (ClientPort, ServerPortCookie, ConnectionContext, SizeOfContext, ConnectionPortCookie) ->
 * NTSTATUS; PASSIVE_LEVEL in the application's thread; the context is a copy in kernel memory.
 */
export const PFLT_CONNECT_NOTIFY = role('port', 'value', 'value', 'value', 'out');
/** (ConnectionCookie); PASSIVE_LEVEL; the filter calls FltCloseClientPort there. */
export const PFLT_DISCONNECT_NOTIFY = role('value');
/**
 * (PortCookie, InputBuffer, InputBufferLength, OutputBuffer, OutputBufferLength,
 * ReturnOutputBufferLength) -> NTSTATUS; PASSIVE_LEVEL in the application's thread; the buffers are
 * the application's own addresses.
 */
export const PFLT_MESSAGE_NOTIFY = role('value', 'value', 'value', 'value', 'value', 'out');
/** (Context, Data) -> NTSTATUS; <= APC_LEVEL; a failure takes the lock away that was granted. */
export const PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE = role('value', 'data');
/** (Context, FileLockInfo); <= APC_LEVEL; for each byte-range lock that is removed. */
export const PUNLOCK_ROUTINE = role('value', 'value');
/**
 * (Instance, FileObject, Data, NameOptions, CacheFileNameInformation, FileName) -> NTSTATUS;
 * PASSIVE_LEVEL. The address of Data is 0 when there is none; FileName is an FLT_NAME_CONTROL.
 */
export const PFLT_GENERATE_FILE_NAME = role('value', 'value', 'data', 'value', 'out', 'value');
/**
 * (Instance, ParentDirectory, VolumeNameLength, Component, ExpandComponentName,
 * ExpandComponentNameLength, Flags, NormalizationContext) -> NTSTATUS; PASSIVE_LEVEL.
 */
export const PFLT_NORMALIZE_NAME_COMPONENT =
  role('value', 'value', 'value', 'value', 'value', 'value', 'value', 'out');
/** The same with the file object behind the instance. */
export const PFLT_NORMALIZE_NAME_COMPONENT_EX =
  role('value', 'value', 'value', 'value', 'value', 'value', 'value', 'value', 'out');
/** (NormalizationContext); PASSIVE_LEVEL; when the last component is done. */
export const PFLT_NORMALIZE_CONTEXT_CLEANUP = role('out');
/**
 * (FltObjects, TransactionContext, NotificationMask) -> STATUS_SUCCESS or STATUS_PENDING;
 * PASSIVE_LEVEL. Never called: the machine has no transactions.
 */
export const PFLT_TRANSACTION_NOTIFICATION_CALLBACK = role('objects', 'value', 'value');
/** (Dpc, DeferredContext, SystemArgument1, SystemArgument2); DISPATCH_LEVEL. */
export const KDEFERRED_ROUTINE = roleOf(ROLE_DPC, ['value', 'value', 'value', 'value']);
/** (Parameter); a system thread at PASSIVE_LEVEL. */
export const PWORKER_THREAD_ROUTINE = roleOf(ROLE_WORK, ['value']);
/** (Table, FirstStruct, SecondStruct) -> GenericLessThan, GenericGreaterThan, GenericEqual. */
export const PRTL_AVL_COMPARE_ROUTINE = role('value', 'value', 'value');
/** (Table, ByteSize) -> address, 0 when there is no memory. */
export const PRTL_AVL_ALLOCATE_ROUTINE = role('value', 'value');
/** (Table, Buffer). */
export const PRTL_AVL_FREE_ROUTINE = role('value', 'value');
/** (PoolType, NumberOfBytes, Tag) -> address; of a lookaside list. */
export const PALLOCATE_FUNCTION = role('value', 'value', 'value');
/** (Buffer); of a lookaside list. */
export const PFREE_FUNCTION = role('value');
/** (DeviceObject, Irp) -> NTSTATUS; at the IRQL of the caller. */
export const PDRIVER_DISPATCH = role('value', 'value');
/** (DeviceObject, Irp, Context) -> NTSTATUS; up to DISPATCH_LEVEL in any thread. */
export const PIO_COMPLETION_ROUTINE = role('value', 'value', 'value');
/** (DeviceObject, Irp); DISPATCH_LEVEL, with the cancel spin lock held. */
export const PDRIVER_CANCEL = role('value', 'value');
/** (IoObject, Context); a system thread at PASSIVE_LEVEL. */
export const PIO_WORKITEM_ROUTINE = roleOf(ROLE_WORK, ['value', 'value']);
/** (ValueName, ValueType, ValueData, ValueLength, Context, EntryContext) -> NTSTATUS; PASSIVE. */
export const PRTL_QUERY_REGISTRY_ROUTINE =
  role('value', 'value', 'value', 'value', 'value', 'value');
