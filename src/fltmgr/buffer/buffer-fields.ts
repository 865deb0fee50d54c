// Where FLT_PARAMETERS has an operation's buffer, MDL and length, by major function, and what the
// driver below does with the buffer (2.5, BUF-1).
import { i32 } from '../../mem/memory.ts';
import { IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_DIRECTORY_CONTROL,
  IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_NETWORK_QUERY_OPEN,
  IRP_MJ_QUERY_EA, IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_QUOTA, IRP_MJ_QUERY_SECURITY,
  IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ, IRP_MJ_SET_EA, IRP_MJ_SET_INFORMATION,
  IRP_MJ_SET_QUOTA, IRP_MJ_SET_SECURITY, IRP_MJ_SET_VOLUME_INFORMATION, IRP_MJ_SYSTEM_CONTROL,
  IRP_MJ_WRITE, IRP_MN_KERNEL_CALL, IRP_MN_USER_FS_REQUEST } from '../../ntos/io/types.ts';
import { FLTFL_CALLBACK_DATA_FAST_IO_OPERATION } from '../constants.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';

/** LOCK_OPERATION: what is done with the buffer's memory. */
export const IoReadAccess = 0;
export const IoWriteAccess = 1;
export const IoModifyAccess = 2;

/** Byte offsets in FLT_PARAMETERS; -1 for a field that the operation does not have. */
export interface BufferFields {
  readonly buffer: number;
  readonly mdl: number;
  readonly length: number;
  readonly access: number;
}

function row(length: number, buffer: number, mdl: number, access: number): BufferFields {
  return { buffer, mdl, length, access };
}

const table: Readonly<Record<number, BufferFields>> = {
  [IRP_MJ_CREATE]: row(12, 16, -1, IoReadAccess),
  [IRP_MJ_READ]: row(0, 16, 20, IoWriteAccess),
  [IRP_MJ_WRITE]: row(0, 16, 20, IoReadAccess),
  [IRP_MJ_QUERY_INFORMATION]: row(0, 8, -1, IoWriteAccess),
  [IRP_MJ_SET_INFORMATION]: row(0, 16, -1, IoReadAccess),
  [IRP_MJ_QUERY_EA]: row(0, 16, 20, IoWriteAccess),
  [IRP_MJ_SET_EA]: row(0, 4, 8, IoReadAccess),
  [IRP_MJ_QUERY_VOLUME_INFORMATION]: row(0, 8, -1, IoWriteAccess),
  [IRP_MJ_SET_VOLUME_INFORMATION]: row(0, 8, -1, IoReadAccess),
  [IRP_MJ_DIRECTORY_CONTROL]: row(0, 16, 20, IoWriteAccess),
  [IRP_MJ_QUERY_SECURITY]: row(4, 8, 12, IoWriteAccess),
  [IRP_MJ_SET_SECURITY]: row(-1, 4, -1, IoReadAccess),
  [IRP_MJ_QUERY_QUOTA]: row(0, 16, 20, IoWriteAccess),
  [IRP_MJ_SET_QUOTA]: row(0, 4, 8, IoReadAccess),
  [IRP_MJ_SYSTEM_CONTROL]: row(8, 12, -1, IoModifyAccess),
  [IRP_MJ_NETWORK_QUERY_OPEN]: row(-1, 4, -1, IoWriteAccess),
};

/** The buffer of a control code, by its method: buffered, in-direct, out-direct, neither. */
const byMethod: readonly BufferFields[] = [
  row(0, 12, -1, IoModifyAccess),
  row(0, 16, 20, IoReadAccess),
  row(0, 16, 20, IoWriteAccess),
  row(0, 16, 20, IoWriteAccess),
];
const fastControl = row(0, 16, -1, IoWriteAccess);
const controls: readonly number[] = [IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL];

const c = IRP_CTRL.bound;
const codeAt = (FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 16) + 8;

function controlFields(ctrl: PIRP_CTRL, major: number): BufferFields | undefined {
  const minor = c.Iopb_MinorFunction(ctrl);
  if (major === IRP_MJ_FILE_SYSTEM_CONTROL && minor !== IRP_MN_USER_FS_REQUEST &&
      minor !== IRP_MN_KERNEL_CALL) return undefined;
  if ((c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_FAST_IO_OPERATION) !== 0) return fastControl;
  return byMethod[i32[(c.at_Iopb(ctrl) + codeAt) >> 2]! & 3];
}

/** The fields of an operation; undefined when it has no buffer. */
export function bufferFields(ctrl: PIRP_CTRL): BufferFields | undefined {
  const major = c.Iopb_MajorFunction(ctrl);
  return controls.includes(major) ? controlFields(ctrl, major) : table[major];
}
