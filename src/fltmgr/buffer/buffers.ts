// Buffers of an operation (9.4): where its parameters have them (FltDecodeParameters), making a
// user's buffer reachable from any thread (FltLockUserBuffer), what was swapped (4.7), and memory
// aligned as the volume's device wants it.
import { i32 } from '../../mem/memory.ts';
import { PAGE_SIZE, POOL_ALIGNMENT } from '../../mem/param.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ntos/ex/pool/pool.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../ntos/ke/irql.ts';
import { RaisedStatus } from '../../ntos/ke/exception.ts';
import { IoAllocateMdl, IoFreeMdl, MmProbeAndLockPages } from '../../ntos/io/irp/mdl.ts';
import { DEVICE_OBJECT, IRP, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MN_MDL } from '../../ntos/io/types.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_DRAINING_IO,
  FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER } from '../constants.ts';
import { IoReadAccess, bufferFields } from './buffer-fields.ts';
import { COMPLETION_NODE, CTRL_SWAPPED_MDL, IRP_CTRL, NODE_RETAINED_MDL, PHASE_POST,
  PHASE_PRE, nodeOf, sheetOf } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { isOwnData } from '../initiated/own-data.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP, PMDL } from '../../ntos/io/types.ts';
import type { PCOMPLETION_NODE, PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const n = COMPLETION_NODE.bound;
const i = IRP.bound;
const { AlignmentRequirement } = DEVICE_OBJECT.bound;
const { DeviceObject } = FLT_VOLUME.bound;
const { Volume } = FLT_INSTANCE.bound;
const parametersAt = FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16;

function parametersOf(ctrl: PIRP_CTRL): number {
  return c.at_Iopb(ctrl) + parametersAt;
}

/** A word of the agreed parameters. */
function agreedWord(ctrl: PIRP_CTRL, offset: number): number {
  return (c.at_Agreed(ctrl) + parametersAt + offset) >> 2;
}

function storePointer(at: number, value: number): void {
  if (at !== 0) i32[at >> 2] = value;
}

/**
 * Says where in Iopb the operation's buffer, its MDL and its length stand, so that a filter can
 * read and replace them whatever the major function. Any IRQL.
 *
 * @param MdlAddressPointer address of a word that gets the address of the MDL field, NULL where
 *   there is none; `Buffer` and `Length` likewise; each may be NULL.
 * @param DesiredAccess address of a word: IoReadAccess 0, IoWriteAccess 1, IoModifyAccess 2.
 * @returns STATUS_INVALID_PARAMETER for an operation without buffers (BUF-1).
 */
export function FltDecodeParameters(
  CallbackData: PFLT_CALLBACK_DATA, MdlAddressPointer: OutPtr, Buffer: OutPtr, Length: OutPtr,
  DesiredAccess: OutPtr,
): NTSTATUS {
  const ctrl = sheetOf(CallbackData);
  const fields = bufferFields(ctrl);
  if (fields === undefined) return STATUS_INVALID_PARAMETER;
  const at = parametersOf(ctrl);
  storePointer(MdlAddressPointer, fields.mdl < 0 ? 0 : at + fields.mdl);
  storePointer(Buffer, at + fields.buffer);
  storePointer(Length, fields.length < 0 ? 0 : at + fields.length);
  storePointer(DesiredAccess, fields.access);
  return STATUS_SUCCESS;
}

function isMdlTransfer(ctrl: PIRP_CTRL): boolean {
  const major = c.Iopb_MajorFunction(ctrl);
  return (major === IRP_MJ_READ || major === IRP_MJ_WRITE) &&
    (c.Iopb_MinorFunction(ctrl) & IRP_MN_MDL) !== 0;
}

/**
 * Makes an MDL and locks its pages; a failing status instead (negative). <= APC_LEVEL.
 * @param access IoReadAccess, or another for pages that are written.
 */
export function lockPages(
  buffer: number, length: number, mode: number, access: number,
): PMDL | NTSTATUS {
  const mdl = IoAllocateMdl(buffer, length);
  if (mdl === 0) return STATUS_INSUFFICIENT_RESOURCES;
  try {
    MmProbeAndLockPages(mdl, mode, access === IoReadAccess ? 0 : 1);
  } catch (error) {
    if (!(error instanceof RaisedStatus)) throw error;
    IoFreeMdl(mdl);
    return error.status;
  }
  return mdl;
}

/** Whether the buffer is the issuer's own and not one that a filter put in its place. */
function isIssuersBuffer(ctrl: PIRP_CTRL, buffer: number): boolean {
  return c.Irp(ctrl) !== 0 && c.OriginalUserBuffer(ctrl) === buffer;
}

/** Gives the MDL to the operation, which frees it at its end. */
function hangOn(ctrl: PIRP_CTRL, mdl: PMDL, buffer: number): void {
  if (isOwnData(c.at_Data(ctrl))) return;
  if (isIssuersBuffer(ctrl, buffer)) {
    // The IRP keeps it when the parameters are restored, and its issuer unlocks and frees it.
    c.set_OriginalMdl(ctrl, mdl);
    i.set_MdlAddress(c.Irp(ctrl) as PIRP, mdl);
  } else {
    // Fast I/O, and buffers of filters: freed with the swapped buffers' MDLs.
    n.set_SwappedMdl(nodeOf(ctrl, c.Position(ctrl)), mdl);
    c.set_Flags(ctrl, c.Flags(ctrl) | CTRL_SWAPPED_MDL);
  }
  if (c.Phase(ctrl) !== PHASE_PRE) return;
  c.set_Data_Flags(ctrl, c.Data_Flags(ctrl) | FLTFL_CALLBACK_DATA_DIRTY);
}

/**
 * Locks the buffer of an operation and puts an MDL into its parameters;
 * MmGetSystemAddressForMdlSafe then gives an address that is good in any thread at any IRQL. <=
 * APC_LEVEL, any thread. In a pre-operation callback the callback data becomes dirty by itself. The
 * Filter Manager unlocks and frees when the operation ends.
 *
 * @returns STATUS_INVALID_PARAMETER for an operation without an MDL in its parameters and for
 *   IRP_MN_MDL transfers; STATUS_ACCESS_VIOLATION for a bad user address;
 *   STATUS_INSUFFICIENT_RESOURCES. STATUS_SUCCESS when there is an MDL already.
 * @see BUF-2
 */
export function FltLockUserBuffer(CallbackData: PFLT_CALLBACK_DATA): NTSTATUS {
  checkIrql('FltLockUserBuffer', APC_LEVEL);
  const ctrl = sheetOf(CallbackData);
  const draining = (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_DRAINING_IO) !== 0;
  if (draining) return STATUS_FLT_DELETING_OBJECT;
  const fields = bufferFields(ctrl);
  if (fields === undefined || fields.mdl < 0 || isMdlTransfer(ctrl)) {
    return STATUS_INVALID_PARAMETER;
  }
  const at = parametersOf(ctrl);
  const mdlWord = (at + fields.mdl) >> 2;
  if (i32[mdlWord] !== 0) return STATUS_SUCCESS;
  const buffer = i32[(at + fields.buffer) >> 2]!;
  const length = fields.length < 0 ? 0 : i32[(at + fields.length) >> 2]! >>> 0;
  if (length === 0) return STATUS_SUCCESS;
  const known = knownMdl(ctrl, buffer);
  if (known !== 0) {
    i32[mdlWord] = known;
    return STATUS_SUCCESS;
  }
  const mdl = lockPages(buffer, length, c.Data_RequestorMode(ctrl), fields.access);
  if (mdl < 0) return mdl as NTSTATUS;
  i32[mdlWord] = mdl;
  // In a post-operation callback it stays for the filters above, unlike other changes (POST-6).
  if (c.Phase(ctrl) === PHASE_POST) i32[agreedWord(ctrl, fields.mdl)] = mdl;
  hangOn(ctrl, mdl as PMDL, buffer);
  return STATUS_SUCCESS;
}

/** The MDL that another filter made for the same buffer; 0 when there is none. */
function knownMdl(ctrl: PIRP_CTRL, buffer: number): number {
  if (isOwnData(c.at_Data(ctrl)) || !isIssuersBuffer(ctrl, buffer)) return 0;
  return c.OriginalMdl(ctrl);
}

/** The node of the filter whose post-operation callback has the operation. */
function postNode(routine: string, CallbackData: PFLT_CALLBACK_DATA): PCOMPLETION_NODE {
  const ctrl = sheetOf(CallbackData);
  if (isOwnData(CallbackData) || c.Phase(ctrl) !== PHASE_POST) {
    violation(RULE_UNLISTED, CallbackData, `${routine} outside of a post-operation callback ` +
      '(POST-31, POST-32)');
  }
  return nodeOf(ctrl, c.Position(ctrl));
}

/**
 * The MDL of the buffer that this filter put in place of the caller's; NULL when it swapped none.
 * Any IRQL, in the post-operation callback (POST-31).
 */
export function FltGetSwappedBufferMdlAddress(CallbackData: PFLT_CALLBACK_DATA): PMDL {
  return n.SwappedMdl(postNode('FltGetSwappedBufferMdlAddress', CallbackData)) as PMDL;
}

/** Keeps the swapped buffer's MDL from being freed: it is the filter's now. Any IRQL (POST-32). */
export function FltRetainSwappedBufferMdlAddress(CallbackData: PFLT_CALLBACK_DATA): void {
  const node = postNode('FltRetainSwappedBufferMdlAddress', CallbackData);
  n.set_Flags(node, n.Flags(node) | NODE_RETAINED_MDL);
}

/**
 * The system buffer that replaced the operation's own during completion; NULL unless
 * FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER is set. IRQL <= DISPATCH_LEVEL (POST-33).
 */
export function FltGetNewSystemBufferAddress(CallbackData: PFLT_CALLBACK_DATA): number {
  checkIrql('FltGetNewSystemBufferAddress', DISPATCH_LEVEL);
  const ctrl = sheetOf(CallbackData);
  if ((c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_NEW_SYSTEM_BUFFER) === 0) return 0;
  return i.AssociatedIrp_SystemBuffer(c.Irp(ctrl) as PIRP);
}

/**
 * Pool aligned as the device of the instance's volume requires, for non-cached transfers.
 * IRQL <= DISPATCH_LEVEL for nonpaged pool, <= APC_LEVEL for paged. Zero bytes are allowed; NULL
 * when there is no memory (BUF-6).
 */
export function FltAllocatePoolAlignedWithTag(
  Instance: PFLT_INSTANCE, PoolType: number, NumberOfBytes: number, Tag: number,
): number {
  const device = DeviceObject(Volume(Instance));
  const alignment = AlignmentRequirement(device as never) + 1;
  // From a page on pool is page aligned, which is more than any device asks for.
  const least = alignment > POOL_ALIGNMENT ? PAGE_SIZE : 1;
  return ExAllocatePoolWithTag(PoolType, Math.max(NumberOfBytes >>> 0, least), Tag);
}

/** Gives back what FltAllocatePoolAlignedWithTag gave. Levels as there. */
export function FltFreePoolAlignedWithTag(
  _Instance: PFLT_INSTANCE, Buffer: number, Tag: number,
): void {
  ExFreePoolWithTag(Buffer, Tag);
}
