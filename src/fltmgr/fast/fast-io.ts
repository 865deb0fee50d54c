// Fast I/O through the filters: reads, writes and queries, and the table of all entries. The walk
// is synchronous, in the caller's thread, without an IRP (OP-3). A filter may disallow it: the
// caller then sends an IRP (OP-4, PRE-10). What the driver below cannot do fast ends the same way.
import { fillBytes, i32 } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { DRIVER_OBJECT, FAST_IO_DISPATCH, IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE,
  IRP_MJ_QUERY_INFORMATION, IRP_MJ_READ, IRP_MJ_WRITE } from '../../ntos/io/types.ts';
import { FileBasicInformation, FileNetworkOpenInformation, FileStandardInformation }
  from '../../ntos/io/information/information-classes.ts';
import { FAST_TABLE } from '../../ntos/io/fast-io.ts';
import { readInt64, writeInt64 } from '../../ntos/rtl/large-integer.ts';
import { fastControlRoutines } from './fast-control.ts';
import { fastLockRoutines } from './fast-lock.ts';
import { fastMdlRoutines } from './fast-mdl.ts';
import { fastCall } from './fast-call.ts';
import { fsFilterRoutines } from '../walk/fs-filter.ts';
import { queryOpenRoutines } from './query-open.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PDRIVER_OBJECT } from '../../ntos/io/types.ts';

const c = IRP_CTRL.bound;
const { FastIoDispatch } = DRIVER_OBJECT.bound;
const TAG = poolTag('FMfi');

function transfer(member: string, major: number, args: number[]): number {
  const [file = 0, offsetAt = 0, length = 0, wait = 1, key = 0, buffer = 0, iosb = 0] = args;
  return fastCall({
    member, major, file, device: args[7] ?? 0, iosb, args: args.slice(0, 7),
    fill(ctrl) {
      c.set_Iopb_Parameters_Read_Length(ctrl, length);
      c.set_Iopb_Parameters_Read_Key(ctrl, key);
      c.set_Iopb_Parameters_Read_ByteOffset(ctrl, readInt64(offsetAt));
      c.set_Iopb_Parameters_Read_ReadBuffer(ctrl, buffer);
    },
    lower(ctrl) {
      writeInt64(offsetAt, c.Iopb_Parameters_Read_ByteOffset(ctrl));
      return [c.Iopb_TargetFileObject(ctrl), offsetAt, c.Iopb_Parameters_Read_Length(ctrl), wait,
        c.Iopb_Parameters_Read_Key(ctrl), c.Iopb_Parameters_Read_ReadBuffer(ctrl), iosb];
    },
  });
}

/** Whether a transfer could be done fast now: the file system's own question to its stack. */
function checkIfPossible(args: number[]): number {
  const [file = 0, offsetAt = 0, length = 0, wait = 1, key = 0, reads = 0, iosb = 0] = args;
  return fastCall({
    member: 'FastIoCheckIfPossible', major: IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE, file,
    device: args[7] ?? 0, args: args.slice(0, 7),
    fill(ctrl) {
      c.set_Iopb_Parameters_FastIoCheckIfPossible_FileOffset(ctrl, readInt64(offsetAt));
      c.set_Iopb_Parameters_FastIoCheckIfPossible_Length(ctrl, length);
      c.set_Iopb_Parameters_FastIoCheckIfPossible_LockKey(ctrl, key);
      c.set_Iopb_Parameters_FastIoCheckIfPossible_CheckForReadOperation(ctrl, reads);
    },
    lower(ctrl) {
      writeInt64(offsetAt, c.Iopb_Parameters_FastIoCheckIfPossible_FileOffset(ctrl));
      return [c.Iopb_TargetFileObject(ctrl), offsetAt,
        c.Iopb_Parameters_FastIoCheckIfPossible_Length(ctrl), wait,
        c.Iopb_Parameters_FastIoCheckIfPossible_LockKey(ctrl),
        c.Iopb_Parameters_FastIoCheckIfPossible_CheckForReadOperation(ctrl), iosb];
    },
  });
}

function query(member: string, cls: number, length: number, args: number[]): number {
  const [file = 0, wait = 1, buffer = 0, iosb = 0] = args;
  return fastCall({
    member, major: IRP_MJ_QUERY_INFORMATION, file, device: args[4] ?? 0, iosb,
    args: args.slice(0, 4),
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryFileInformation_Length(ctrl, length);
      c.set_Iopb_Parameters_QueryFileInformation_FileInformationClass(ctrl, cls);
      c.set_Iopb_Parameters_QueryFileInformation_InfoBuffer(ctrl, buffer);
    },
    // The entry is of one class and length; another file and another buffer are possible.
    lower: (ctrl) => [c.Iopb_TargetFileObject(ctrl), wait,
      c.Iopb_Parameters_QueryFileInformation_InfoBuffer(ctrl), iosb],
  });
}

const entries: Readonly<Record<string, number>> = {
  FastIoCheckIfPossible: kernelRoutine('FltpFastIoCheckIfPossible', (...a) => checkIfPossible(a)),
  FastIoRead: kernelRoutine('FltpFastIoRead', (...a) => transfer('FastIoRead', IRP_MJ_READ, a)),
  FastIoWrite: kernelRoutine('FltpFastIoWrite', (...a) => transfer('FastIoWrite', IRP_MJ_WRITE, a)),
  FastIoQueryBasicInfo: kernelRoutine('FltpFastIoQueryBasicInfo', (...a) =>
    query('FastIoQueryBasicInfo', FileBasicInformation, 40, a)),
  FastIoQueryStandardInfo: kernelRoutine('FltpFastIoQueryStandardInfo', (...a) =>
    query('FastIoQueryStandardInfo', FileStandardInformation, 24, a)),
  FastIoQueryNetworkOpenInfo: kernelRoutine('FltpFastIoQueryNetworkOpenInfo', (...a) =>
    query('FastIoQueryNetworkOpenInfo', FileNetworkOpenInformation, 56, a)),
  ...fastLockRoutines,
  ...fastMdlRoutines,
  ...fastControlRoutines,
  ...fsFilterRoutines,
  ...queryOpenRoutines,
};

/** Makes the fast table of the Filter Manager's driver. */
export function createFastIoTable(): number {
  const table = ExAllocatePoolWithTag(NonPagedPool, FAST_TABLE.size, TAG);
  if (table === 0) throw new Error('no nonpaged pool for the fast I/O table of the Filter Manager');
  fillBytes(table, 0, FAST_TABLE.size);
  i32[table >> 2] = FAST_TABLE.size;
  for (const [member, entry] of Object.entries(entries)) {
    const offset = FAST_IO_DISPATCH.offsets[member] ?? FAST_TABLE.offsets[member];
    if (offset === undefined) throw new Error(`the fast I/O table has no member ${member}`);
    i32[(table + offset) >> 2] = entry;
  }
  return table;
}

/** Gives the table back. */
export function deleteFastIoTable(driver: PDRIVER_OBJECT): void {
  ExFreePoolWithTag(FastIoDispatch(driver), TAG);
}
