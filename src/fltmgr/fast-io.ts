// Fast I/O through the filters: the same walk, synchronous, in the caller's thread, without an
// IRP (OP-3). A filter may disallow it: the caller then sends an IRP (OP-4, PRE-10). What the
// driver below cannot do fast ends the same way. FSFilter operations take this way too (OP-6).
import { fillBytes, i32 } from '../mem/memory.ts';
import { kernelRoutine, routineTable } from '../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ntos/ex/pool.ts';
import { NonPagedPool } from '../ntos/ex/types.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT, FAST_IO_DISPATCH, IO_STATUS_BLOCK, IRP_MJ_LOCK_CONTROL,
  IRP_MJ_QUERY_INFORMATION, IRP_MJ_READ, IRP_MJ_WRITE, IRP_MN_LOCK, IRP_MN_UNLOCK_ALL,
  IRP_MN_UNLOCK_SINGLE } from '../ntos/io/types.ts';
import { FileBasicInformation, FileNetworkOpenInformation, FileStandardInformation }
  from '../ntos/io/information-classes.ts';
import { fastIoEntry } from '../ntos/io/fast-io.ts';
import { readInt64 } from '../ntos/rtl/large-integer.ts';
import { STATUS_FLT_DISALLOW_FAST_IO } from '../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_FAST_IO_OPERATION } from './constants.ts';
import { IRP_CTRL } from './irp-ctrl.ts';
import { FLT_VOLUME } from './object.ts';
import { callWithFilters } from './fast-walk.ts';
import { fsFilterRoutines } from './fs-filter.ts';
import { writeInt64 } from '../ntos/rtl/large-integer.ts';
import type { FastCall } from './fast-walk.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT } from '../ntos/io/types.ts';
import type { PFLT_VOLUME } from './types.ts';

const c = IRP_CTRL.bound;
const { DeviceExtension } = DEVICE_OBJECT.bound;
const { FastIoDispatch } = DRIVER_OBJECT.bound;
const { LowerDevice } = FLT_VOLUME.bound;
const io = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof io.Status>[0];
const TAG = poolTag('FMfi');
const FAST = FLTFL_CALLBACK_DATA_FAST_IO_OPERATION;
type Member = 'FastIoRead' | 'FastIoWrite' | 'FastIoQueryBasicInfo' | 'FastIoQueryStandardInfo' |
  'FastIoQueryNetworkOpenInfo' | 'FastIoLock' | 'FastIoUnlockSingle' | 'FastIoUnlockAll';

interface FastRequest {
  readonly member: Member;
  readonly major: number;
  readonly minor: number;
  readonly file: number;
  readonly device: number;
  readonly iosb: number;
  /** The arguments of the entry, as the caller gave them; the last one is the device. */
  readonly args: readonly number[];
  /** Lays the parameters over the sheet, and takes them back after the filters have seen them. */
  fill(ctrl: FastCall['ctrl']): void;
  lower?(ctrl: FastCall['ctrl']): readonly number[];
}

/** Calls the entry of the device below; false when it has none or cannot do it now. */
function callLower(volume: PFLT_VOLUME, member: Member, args: readonly number[]): boolean {
  const lower = LowerDevice(volume) as PDEVICE_OBJECT;
  const entry = fastIoEntry(lower, member);
  if (entry === 0) return false;
  return routineTable[entry]!(...args.slice(0, -1), lower) !== 0;
}

function run(request: FastRequest): number {
  const volume = DeviceExtension(request.device as PDEVICE_OBJECT) as PFLT_VOLUME;
  const outcome = callWithFilters({
    volume, kind: FAST, major: request.major, minor: request.minor, file: request.file,
    fill: request.fill,
    lower(ctrl) {
      const args = request.lower?.(ctrl) ?? request.args;
      if (!callLower(volume, request.member, args)) return false;
      c.set_Data_IoStatus_Status(ctrl, io.Status(request.iosb as PIOSB));
      c.set_Data_IoStatus_Information(ctrl, io.Information(request.iosb as PIOSB));
      return true;
    },
    finish(ctrl) {
      io.set_Status(request.iosb as PIOSB, c.Data_IoStatus_Status(ctrl));
      io.set_Information(request.iosb as PIOSB, c.Data_IoStatus_Information(ctrl));
    },
    pass: () => callLower(volume, request.member, request.args),
  });
  if (!outcome) return 0;
  return io.Status(request.iosb as PIOSB) === STATUS_FLT_DISALLOW_FAST_IO ? 0 : 1;
}

function transfer(member: 'FastIoRead' | 'FastIoWrite', major: number, args: number[]): number {
  const [file = 0, offsetAt = 0, length = 0, wait = 1] = args;
  const [, , , , key = 0, buffer = 0, iosb = 0, device = 0] = args;
  return run({
    member, major, minor: 0, file, device, iosb, args,
    fill(ctrl) {
      c.set_Iopb_Parameters_Read_Length(ctrl, length);
      c.set_Iopb_Parameters_Read_Key(ctrl, key);
      c.set_Iopb_Parameters_Read_ByteOffset(ctrl, readInt64(offsetAt));
      c.set_Iopb_Parameters_Read_ReadBuffer(ctrl, buffer);
    },
    lower(ctrl) {
      writeInt64(offsetAt, c.Iopb_Parameters_Read_ByteOffset(ctrl));
      return [c.Iopb_TargetFileObject(ctrl), offsetAt, c.Iopb_Parameters_Read_Length(ctrl), wait,
        c.Iopb_Parameters_Read_Key(ctrl), c.Iopb_Parameters_Read_ReadBuffer(ctrl), iosb, device];
    },
  });
}

function query(member: Member, cls: number, length: number, args: number[]): number {
  const [file = 0, , buffer = 0, iosb = 0, device = 0] = args;
  return run({
    member, major: IRP_MJ_QUERY_INFORMATION, minor: 0, file, device, iosb, args,
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryFileInformation_Length(ctrl, length);
      c.set_Iopb_Parameters_QueryFileInformation_FileInformationClass(ctrl, cls);
      c.set_Iopb_Parameters_QueryFileInformation_InfoBuffer(ctrl, buffer);
    },
  });
}

function lock(member: Member, minor: number, args: number[], iosb: number, device: number): number {
  const [file = 0, offsetAt = 0, lengthAt = 0, process = 0, key = 0] = args;
  return run({
    member, major: IRP_MJ_LOCK_CONTROL, minor, file, device, iosb, args,
    fill(ctrl) {
      if (minor === IRP_MN_UNLOCK_ALL) return;
      c.set_Iopb_Parameters_LockControl_Length(ctrl, lengthAt as never);
      c.set_Iopb_Parameters_LockControl_Key(ctrl, key);
      c.set_Iopb_Parameters_LockControl_ByteOffset(ctrl, readInt64(offsetAt));
      c.set_Iopb_Parameters_LockControl_ProcessId(ctrl, process as never);
      c.set_Iopb_Parameters_LockControl_FailImmediately(ctrl, args[5] ?? 0);
      c.set_Iopb_Parameters_LockControl_ExclusiveLock(ctrl, args[6] ?? 0);
    },
  });
}

const entries: Partial<Record<Member, number>> = {
  FastIoRead: kernelRoutine('FltpFastIoRead', (...a) => transfer('FastIoRead', IRP_MJ_READ, a)),
  FastIoWrite: kernelRoutine('FltpFastIoWrite', (...a) => transfer('FastIoWrite', IRP_MJ_WRITE, a)),
  FastIoQueryBasicInfo: kernelRoutine('FltpFastIoQueryBasicInfo', (...a) =>
    query('FastIoQueryBasicInfo', FileBasicInformation, 40, a)),
  FastIoQueryStandardInfo: kernelRoutine('FltpFastIoQueryStandardInfo', (...a) =>
    query('FastIoQueryStandardInfo', FileStandardInformation, 24, a)),
  FastIoQueryNetworkOpenInfo: kernelRoutine('FltpFastIoQueryNetworkOpenInfo', (...a) =>
    query('FastIoQueryNetworkOpenInfo', FileNetworkOpenInformation, 56, a)),
  FastIoLock: kernelRoutine('FltpFastIoLock', (...a) =>
    lock('FastIoLock', IRP_MN_LOCK, a, a[7] ?? 0, a[8] ?? 0)),
  FastIoUnlockSingle: kernelRoutine('FltpFastIoUnlockSingle', (...a) =>
    lock('FastIoUnlockSingle', IRP_MN_UNLOCK_SINGLE, a, a[5] ?? 0, a[6] ?? 0)),
  FastIoUnlockAll: kernelRoutine('FltpFastIoUnlockAll', (...a) =>
    lock('FastIoUnlockAll', IRP_MN_UNLOCK_ALL, a, a[2] ?? 0, a[3] ?? 0)),
};

/** Makes the FAST_IO_DISPATCH table of the Filter Manager's driver. */
export function createFastIoTable(): number {
  const table = ExAllocatePoolWithTag(NonPagedPool, FAST_IO_DISPATCH.size, TAG);
  if (table === 0) throw new Error('no nonpaged pool for the fast I/O table of the Filter Manager');
  fillBytes(table, 0, FAST_IO_DISPATCH.size);
  i32[table >> 2] = FAST_IO_DISPATCH.size;
  for (const [member, entry] of Object.entries({ ...entries, ...fsFilterRoutines })) {
    i32[(table + (FAST_IO_DISPATCH.offsets[member] ?? 0)) >> 2] = entry;
  }
  return table;
}

/** Gives the table back. */
export function deleteFastIoTable(driver: PDRIVER_OBJECT): void {
  ExFreePoolWithTag(FastIoDispatch(driver), TAG);
}
