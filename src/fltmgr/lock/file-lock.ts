// Byte-range locks for filters that keep their own (9.3): the FsRtl package by callback data. A
// lock request that has to wait is pended by the filter with the FLT_PREOP_PENDING that
// FltProcessFileLock returns; whoever grants it, cancels it or uninitialises the FILE_LOCK
// completes the operation.
//
// DriverContext[2] and [3] of a waiting IRP name its callback data and the FILE_LOCK; the package
// has the first two words.
import { i32 } from '../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { FILE_LOCK } from '../../ntos/io/control-types.ts';
import { IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MN_LOCK, IRP_MN_UNLOCK_ALL,
  IRP_MN_UNLOCK_ALL_BY_KEY, IRP_MN_UNLOCK_SINGLE, SL_EXCLUSIVE_LOCK, SL_FAIL_IMMEDIATELY, IRP }
  from '../../ntos/io/types.ts';
import { FsRtlFastCheckLockForRead, FsRtlFastCheckLockForWrite, FsRtlFastUnlockAll,
  FsRtlFastUnlockAllByKey, FsRtlFastUnlockSingle, FsRtlInitializeFileLock,
  FsRtlUninitializeFileLock, grantedRecord, lockRange, takeBack }
  from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { writeInt64 } from '../../ntos/rtl/large-integer.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_CANCELLED, STATUS_INVALID_DEVICE_REQUEST, STATUS_LOCK_NOT_GRANTED, STATUS_PENDING }
  from '../../ntos/status-codes.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_PENDING } from '../constants.ts';
import { driverContext } from '../pending/cancel.ts';
import { FLT_IS_IRP_OPERATION, FltGetRequestorProcess } from '../data.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { FltCompletePendedPreOperation } from '../pending/pending.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { LockOwner } from '../../ntos/fsrtl/lock/lock-list.ts';
import type { PFILE_LOCK } from '../../ntos/io/control-types.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_IO_PARAMETER_BLOCK } from '../types.ts';

const d = FLT_CALLBACK_DATA.bound;
const p = FLT_IO_PARAMETER_BLOCK.bound;
const f = FILE_LOCK.bound;
const { Irp } = IRP_CTRL.bound;
const { IoStatus_Status } = IRP.bound;
const TAG = poolTag('FMfk');
const NO_IRP = 0 as PIRP;

function iopbOf(data: PFLT_CALLBACK_DATA): PFLT_IO_PARAMETER_BLOCK {
  return d.Iopb(data) as number as PFLT_IO_PARAMETER_BLOCK;
}

/**
 * Makes a FILE_LOCK without locks and without routines. IRQL <= APC_LEVEL.
 * @see LOCK-1
 */
export function FltInitializeFileLock(FileLock: PFILE_LOCK): void {
  checkIrql('FltInitializeFileLock', APC_LEVEL);
  FsRtlInitializeFileLock(FileLock, 0, 0);
}

/**
 * Removes every lock; requests that wait are completed with STATUS_RANGE_NOT_LOCKED. The FILE_LOCK
 * may be initialised again. IRQL <= APC_LEVEL.
 */
export function FltUninitializeFileLock(FileLock: PFILE_LOCK): void {
  checkIrql('FltUninitializeFileLock', APC_LEVEL);
  FsRtlUninitializeFileLock(FileLock);
}

/**
 * Allocates a FILE_LOCK from paged pool. IRQL <= APC_LEVEL.
 *
 * @param CompleteLockCallbackDataRoutine NULL, or (Context, Data) -> NTSTATUS, called for each
 *   IRP-based operation whose status is known; a failure takes the new lock away (LOCK-4).
 * @param UnlockRoutine NULL, or (Context, FILE_LOCK_INFO), called for each lock that is removed.
 * @returns NULL when there is no memory.
 */
export function FltAllocateFileLock(
  CompleteLockCallbackDataRoutine: RoutineId,
  UnlockRoutine: RoutineId,
): PFILE_LOCK {
  checkIrql('FltAllocateFileLock', APC_LEVEL);
  const lock = ExAllocatePoolWithTag(PagedPool, FILE_LOCK.size, TAG) as PFILE_LOCK;
  if (lock !== 0) FsRtlInitializeFileLock(lock, CompleteLockCallbackDataRoutine, UnlockRoutine);
  return lock;
}

/** Uninitialises and frees what FltAllocateFileLock made. IRQL <= APC_LEVEL. */
export function FltFreeFileLock(FileLock: PFILE_LOCK): void {
  checkIrql('FltFreeFileLock', APC_LEVEL);
  FsRtlUninitializeFileLock(FileLock);
  ExFreePoolWithTag(FileLock, TAG);
}

/** Sets the operation's status and asks the filter; what the filter makes of it. */
function settle(
  lock: PFILE_LOCK,
  data: PFLT_CALLBACK_DATA,
  context: number,
  status: NTSTATUS,
): NTSTATUS {
  d.set_IoStatus_Status(data, status);
  d.set_IoStatus_Information(data, 0);
  const routine = f.CompleteLockIrpRoutine(lock);
  if (routine === 0 || FLT_IS_IRP_OPERATION(data) === 0) return status;
  const final = routineTable[routine]!(context, data) as NTSTATUS;
  // What the filter put into the callback data counts; a failure that it returns does anyway.
  if (!NT_SUCCESS(final)) d.set_IoStatus_Status(data, final);
  return final;
}

/** A request that waited is granted, cancelled or withdrawn: the package calls this once. */
const completeWaiter = kernelRoutine('FltpCompleteLockIrp', (context = 0, irpNumber = 0) => {
  const irp = irpNumber as PIRP;
  const data = i32[driverContext(irp, 2)]! as PFLT_CALLBACK_DATA;
  const lock = i32[driverContext(irp, 3)]! as PFILE_LOCK;
  const final = settle(lock, data, context, IoStatus_Status(irp));
  FltCompletePendedPreOperation(data, FLT_PREOP_COMPLETE, 0);
  return final;
});

function ownerOf(data: PFLT_CALLBACK_DATA, iopb: PFLT_IO_PARAMETER_BLOCK): LockOwner {
  const isIrp = FLT_IS_IRP_OPERATION(data) !== 0;
  const process = isIrp ? FltGetRequestorProcess(data)
    : p.Parameters_LockControl_ProcessId(iopb);
  return {
    file: p.TargetFileObject(iopb),
    process,
    key: p.Parameters_LockControl_Key(iopb),
  };
}

function processLock(lockAt: PFILE_LOCK, data: PFLT_CALLBACK_DATA, context: number): number {
  const iopb = iopbOf(data);
  const isIrp = FLT_IS_IRP_OPERATION(data) !== 0;
  const irp = isIrp ? Irp(sheetOf(data)) as PIRP : NO_IRP;
  const flags = p.OperationFlags(iopb);
  if (isIrp) {
    i32[driverContext(irp, 2)] = data;
    i32[driverContext(irp, 3)] = lockAt;
  }
  const failImmediately = isIrp ? (flags & SL_FAIL_IMMEDIATELY) !== 0
    : p.Parameters_LockControl_FailImmediately(iopb) !== 0;
  const exclusive = isIrp ? (flags & SL_EXCLUSIVE_LOCK) !== 0
    : p.Parameters_LockControl_ExclusiveLock(iopb) !== 0;
  const status = lockRange(lockAt, {
    owner: ownerOf(data, iopb),
    offset: p.at_Parameters_LockControl_ByteOffset(iopb),
    length: p.Parameters_LockControl_Length(iopb),
    exclusive, failImmediately, context, complete: completeWaiter,
  }, irp);
  const record = grantedRecord();
  // Nothing of the operation may be touched any more: whoever grants it completes it.
  if (status === STATUS_PENDING) return FLT_PREOP_PENDING;
  if (!isIrp && status === STATUS_LOCK_NOT_GRANTED && !failImmediately) {
    return FLT_PREOP_DISALLOW_FASTIO;
  }
  const final = settle(lockAt, data, context, status);
  if (status === STATUS_CANCELLED) {
    // It was queued for a moment, and its IRP is marked pending.
    FltCompletePendedPreOperation(data, FLT_PREOP_COMPLETE, 0);
    return FLT_PREOP_PENDING;
  }
  if (NT_SUCCESS(status) && !NT_SUCCESS(final)) takeBack(lockAt, record, irp);
  return FLT_PREOP_COMPLETE;
}

function processUnlock(lockAt: PFILE_LOCK, data: PFLT_CALLBACK_DATA, context: number): NTSTATUS {
  const iopb = iopbOf(data);
  const { file, process, key } = ownerOf(data, iopb);
  switch (p.MinorFunction(iopb)) {
    case IRP_MN_UNLOCK_SINGLE:
      return FsRtlFastUnlockSingle(lockAt, file, p.at_Parameters_LockControl_ByteOffset(iopb),
        p.Parameters_LockControl_Length(iopb), process, key, context, false);
    case IRP_MN_UNLOCK_ALL:
      return FsRtlFastUnlockAll(lockAt, file, process, context);
    case IRP_MN_UNLOCK_ALL_BY_KEY:
      return FsRtlFastUnlockAllByKey(lockAt, file, process, key, context);
    default:
      return STATUS_INVALID_DEVICE_REQUEST;
  }
}

function checkMajor(routine: string, data: PFLT_CALLBACK_DATA, major: number): void {
  const is = p.MajorFunction(iopbOf(data));
  if (is === major) return;
  violation(RULE_UNLISTED, data, `${routine} for an operation with major 0x${is.toString(16)}; ` +
    `it is for 0x${major.toString(16)} (9.3)`);
}

/**
 * Carries out an IRP_MJ_LOCK_CONTROL, IRP-based or fast I/O, in a pre-operation callback, which
 * returns what this returns. IRQL <= APC_LEVEL.
 *
 * @param Context handed to the routines of FltAllocateFileLock.
 * @returns FLT_PREOP_COMPLETE with the result in IoStatus (STATUS_SUCCESS, STATUS_LOCK_NOT_GRANTED,
 *   STATUS_RANGE_NOT_LOCKED, STATUS_INVALID_LOCK_RANGE, STATUS_INSUFFICIENT_RESOURCES);
 *   FLT_PREOP_PENDING when an IRP has to wait: the operation belongs to the package then and is
 *   completed by it; FLT_PREOP_DISALLOW_FASTIO when fast I/O would have to wait.
 * @see LOCK-2 to LOCK-4
 */
export function FltProcessFileLock(
  FileLock: PFILE_LOCK,
  CallbackData: PFLT_CALLBACK_DATA,
  Context: number,
): number {
  checkIrql('FltProcessFileLock', APC_LEVEL);
  checkMajor('FltProcessFileLock', CallbackData, IRP_MJ_LOCK_CONTROL);
  if (p.MinorFunction(iopbOf(CallbackData)) === IRP_MN_LOCK) {
    return processLock(FileLock, CallbackData, Context);
  }
  settle(FileLock, CallbackData, Context, processUnlock(FileLock, CallbackData, Context));
  return FLT_PREOP_COMPLETE;
}

type FastCheck = typeof FsRtlFastCheckLockForRead;

function mayTransfer(check: FastCheck, lockAt: PFILE_LOCK, data: PFLT_CALLBACK_DATA): boolean {
  const iopb = iopbOf(data);
  const frame = pushFrame();
  const length = stackAlloc(8);
  // IRP_MJ_READ and IRP_MJ_WRITE have the same parameters.
  writeInt64(length, p.Parameters_Read_Length(iopb));
  const may = check(lockAt, p.at_Parameters_Read_ByteOffset(iopb), length,
    p.Parameters_Read_Key(iopb), p.TargetFileObject(iopb), FltGetRequestorProcess(data));
  popFrame(frame);
  return may;
}

/**
 * Whether locks allow the read; FALSE: the filter completes it with STATUS_FILE_LOCK_CONFLICT. The
 * exclusive locks of others are in the way. IRQL <= APC_LEVEL.
 * @see LOCK-5
 */
export function FltCheckLockForReadAccess(
  FileLock: PFILE_LOCK,
  CallbackData: PFLT_CALLBACK_DATA,
): boolean {
  checkIrql('FltCheckLockForReadAccess', APC_LEVEL);
  checkMajor('FltCheckLockForReadAccess', CallbackData, IRP_MJ_READ);
  return mayTransfer(FsRtlFastCheckLockForRead, FileLock, CallbackData);
}

/**
 * Whether locks allow the write; FALSE: the filter completes it with STATUS_FILE_LOCK_CONFLICT. The
 * locks of others are in the way, and the writer's own shared ones. IRQL <= APC_LEVEL.
 * @see LOCK-5
 */
export function FltCheckLockForWriteAccess(
  FileLock: PFILE_LOCK,
  CallbackData: PFLT_CALLBACK_DATA,
): boolean {
  checkIrql('FltCheckLockForWriteAccess', APC_LEVEL);
  checkMajor('FltCheckLockForWriteAccess', CallbackData, IRP_MJ_WRITE);
  return mayTransfer(FsRtlFastCheckLockForWrite, FileLock, CallbackData);
}
