// Questions about callback data (2.9, 9.5): flags, who issued the operation, whether it is
// synchronous or cancelled. They work on callback data that a filter allocated as well.
import { i32, u8 } from '../mem/memory.ts';
import { systemRoot } from '../mem/system-roots.ts';
import { KIB } from '../mem/param.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../ntos/ke/irql.ts';
import { IoThreadToProcess, PsGetProcessId, PsGetProcessSessionId } from '../ntos/ob/process.ts';
import { FILE_OBJECT, FO_SYNCHRONOUS_IO, IRP, IRP_MJ_DEVICE_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_PAGING_IO, IRP_SYNCHRONOUS_API, IRP_SYNCHRONOUS_PAGING_IO }
  from '../ntos/io/types.ts';
import * as majors from '../ntos/io/constants.ts';
import { STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_FAST_IO_OPERATION,
  FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION, FLTFL_CALLBACK_DATA_IRP_OPERATION,
  FLTFL_CALLBACK_DATA_REISSUED_IO, FLTFL_CALLBACK_DATA_SYSTEM_BUFFER } from './constants.ts';
import { IRP_CTRL, sheetOf } from './walk/irp-ctrl.ts';
import { majorSlot } from './attach/object.ts';
import { FLT_CALLBACK_DATA } from './types.ts';
import { RULE_UNLISTED, checkIrql, violation } from './violation.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PEPROCESS } from '../ntos/ob/process.ts';
import type { PFLT_CALLBACK_DATA } from './types.ts';
import type { OutPtr } from '../mem/pointer.ts';

const d = FLT_CALLBACK_DATA.bound;
const c = IRP_CTRL.bound;
const { Flags: fileFlags } = FILE_OBJECT.bound;
const { Cancel } = IRP.bound;
const METHOD_BUFFERED = 0;

/** Nonzero for an IRP-based operation. Any IRQL (OP-1). */
export function FLT_IS_IRP_OPERATION(Data: PFLT_CALLBACK_DATA): number {
  return d.Flags(Data) & FLTFL_CALLBACK_DATA_IRP_OPERATION;
}

/** Nonzero for a fast I/O operation. Any IRQL (OP-1). */
export function FLT_IS_FASTIO_OPERATION(Data: PFLT_CALLBACK_DATA): number {
  return d.Flags(Data) & FLTFL_CALLBACK_DATA_FAST_IO_OPERATION;
}

/** Nonzero for a file-system filter callback. Any IRQL (OP-1). */
export function FLT_IS_FS_FILTER_OPERATION(Data: PFLT_CALLBACK_DATA): number {
  return d.Flags(Data) & FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION;
}

/** Nonzero for an operation that a higher filter sent again. Any IRQL. */
export function FLT_IS_REISSUED_IO(Data: PFLT_CALLBACK_DATA): number {
  return d.Flags(Data) & FLTFL_CALLBACK_DATA_REISSUED_IO;
}

/** Nonzero when the operation's buffer is a system buffer. Any IRQL. */
export function FLT_IS_SYSTEM_BUFFER(Data: PFLT_CALLBACK_DATA): number {
  return d.Flags(Data) & FLTFL_CALLBACK_DATA_SYSTEM_BUFFER;
}

/** Says that the filter changed Iopb: the change counts for those below. Any IRQL (OP-13). */
export function FltSetCallbackDataDirty(Data: PFLT_CALLBACK_DATA): void {
  d.set_Flags(Data, d.Flags(Data) | FLTFL_CALLBACK_DATA_DIRTY);
}

/** Takes FltSetCallbackDataDirty back: what was changed is undone. Any IRQL. */
export function FltClearCallbackDataDirty(Data: PFLT_CALLBACK_DATA): void {
  d.set_Flags(Data, d.Flags(Data) & ~FLTFL_CALLBACK_DATA_DIRTY);
}

/** Whether Iopb was changed by this filter. Any IRQL. */
export function FltIsCallbackDataDirty(Data: PFLT_CALLBACK_DATA): boolean {
  return (d.Flags(Data) & FLTFL_CALLBACK_DATA_DIRTY) !== 0;
}

function isBufferedControl(major: number, code: number): boolean {
  const control = major === IRP_MJ_FILE_SYSTEM_CONTROL || major === IRP_MJ_DEVICE_CONTROL ||
    major === IRP_MJ_INTERNAL_DEVICE_CONTROL;
  return control && (code & 3) === METHOD_BUFFERED;
}

/**
 * Whether the issuer waits for the operation. Any IRQL. In this order: not IRP-based, asynchronous
 * paging I/O, synchronous paging I/O, synchronous file object, IRP_SYNCHRONOUS_API; then buffered
 * control codes. It says nothing about FLT_PREOP_SYNCHRONIZE (2.9).
 */
export function FltIsOperationSynchronous(CallbackData: PFLT_CALLBACK_DATA): boolean {
  const ctrl = sheetOf(CallbackData);
  if (FLT_IS_IRP_OPERATION(CallbackData) === 0) return true;
  const flags = c.Iopb_IrpFlags(ctrl);
  if ((flags & IRP_PAGING_IO) !== 0) return (flags & IRP_SYNCHRONOUS_PAGING_IO) !== 0;
  const file = c.Iopb_TargetFileObject(ctrl);
  if (file !== 0 && (fileFlags(file) & FO_SYNCHRONOUS_IO) !== 0) return true;
  if ((flags & IRP_SYNCHRONOUS_API) !== 0) return true;
  const code = c.Iopb_Parameters_DeviceIoControl_Common_IoControlCode(ctrl);
  return isBufferedControl(c.Iopb_MajorFunction(ctrl), code);
}

/**
 * The process for which the operation was issued, not the current one; NULL when there is none.
 * IRQL <= DISPATCH_LEVEL. Not referenced.
 */
export function FltGetRequestorProcess(CallbackData: PFLT_CALLBACK_DATA): PEPROCESS {
  checkIrql('FltGetRequestorProcess', DISPATCH_LEVEL);
  const thread = d.Thread(CallbackData);
  return thread === 0 ? (0 as PEPROCESS) : IoThreadToProcess(thread);
}

/** The identity of FltGetRequestorProcess; 0 when there is none. IRQL <= DISPATCH_LEVEL. */
export function FltGetRequestorProcessId(CallbackData: PFLT_CALLBACK_DATA): number {
  const process = FltGetRequestorProcess(CallbackData);
  return process === 0 ? 0 : PsGetProcessId(process);
}

/** FltGetRequestorProcessId as a HANDLE. IRQL <= DISPATCH_LEVEL. */
export function FltGetRequestorProcessIdEx(CallbackData: PFLT_CALLBACK_DATA): number {
  return FltGetRequestorProcessId(CallbackData);
}

/**
 * The session of the process that issued the operation. <= APC_LEVEL.
 * @param SessionId address of a ULONG. @returns STATUS_UNSUCCESSFUL, with -1, without a process.
 */
export function FltGetRequestorSessionId(
  CallbackData: PFLT_CALLBACK_DATA,
  SessionId: OutPtr,
): NTSTATUS {
  checkIrql('FltGetRequestorSessionId', APC_LEVEL);
  const process = FltGetRequestorProcess(CallbackData);
  i32[SessionId >> 2] = process === 0 ? -1 : PsGetProcessSessionId(process);
  return process === 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

/** Whether the issuer is a 32-bit process: always, on 32-bit Windows. <= APC_LEVEL. */
export function FltIs32bitProcess(_CallbackData: PFLT_CALLBACK_DATA): boolean {
  checkIrql('FltIs32bitProcess', APC_LEVEL);
  return true;
}

/** Whether an IRP-based operation was cancelled. Any IRQL (PEND-31). */
export function FltIsIoCanceled(CallbackData: PFLT_CALLBACK_DATA): boolean {
  if (FLT_IS_IRP_OPERATION(CallbackData) === 0) {
    violation(RULE_UNLISTED, CallbackData, 'FltIsIoCanceled for an operation that is not ' +
      'IRP-based (PEND-31)');
  }
  const irp = c.Irp(sheetOf(CallbackData));
  return irp !== 0 && Cancel(irp) !== 0;
}

const names = new Map(Object.entries(majors)
  .filter(([name, value]) => name.startsWith('IRP_MJ_') && name !== 'IRP_MJ_MAXIMUM_FUNCTION' &&
    name !== 'IRP_MJ_OPERATION_END' && typeof value === 'number')
  .map(([name, value]) => [value, name] as const));

/** The name of a major function, for reports; its number where it has none. */
export function irpName(major: number): string {
  return names.get(major & 0xff) ?? `major 0x${(major & 0xff).toString(16)}`;
}

/** The name table lies at the end of the Filter Manager's roots; 64 bytes for each operation. */
const NAME_BYTES = 64;
const nameTable = systemRoot('fltmgr', 60 * KIB + NAME_BYTES * 64) + 60 * KIB;

/**
 * The name of a major function, as a NUL-terminated string that the caller must not free; for a
 * number that is no operation a NULL pointer. Any IRQL.
 */
export function FltGetIrpName(IrpMajorCode: number): number {
  const slot = majorSlot(IrpMajorCode & 0xff);
  const name = names.get(IrpMajorCode & 0xff);
  if (slot < 0 || name === undefined) return 0;
  const at = nameTable + slot * NAME_BYTES;
  // Written at first use, after each boot; threads that do so at once write the same bytes.
  if (u8[at] === 0) {
    for (let i = name.length - 1; i >= 0; i--) u8[at + i] = name.charCodeAt(i);
  }
  return at;
}
