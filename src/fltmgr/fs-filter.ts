// FSFilter operations through the filters: what the memory and cache managers ask of a file system
// (OP-6 to OP-8). The walk is the fast one; nothing pends, and there are no buffers.
import { kernelRoutine, routineTable } from '../mem/routine.ts';
import { DEVICE_OBJECT, IRP_MJ_ACQUIRE_FOR_CC_FLUSH, IRP_MJ_ACQUIRE_FOR_MOD_WRITE,
  IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_RELEASE_FOR_CC_FLUSH,
  IRP_MJ_RELEASE_FOR_MOD_WRITE, IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION }
  from '../ntos/io/types.ts';
import { fastIoEntry } from '../ntos/io/fast-io.ts';
import { STATUS_SUCCESS } from '../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION } from './constants.ts';
import { IRP_CTRL } from './irp-ctrl.ts';
import { FLT_VOLUME } from './object.ts';
import { callWithFilters } from './fast-walk.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PDEVICE_OBJECT } from '../ntos/io/types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_VOLUME } from './types.ts';

const c = IRP_CTRL.bound;
const { DeviceExtension } = DEVICE_OBJECT.bound;
const { LowerDevice } = FLT_VOLUME.bound;

/** Calls the entry of the driver below; a driver without one has nothing to synchronise. */
function callLower(volume: PFLT_VOLUME, member: string, args: readonly number[]): NTSTATUS {
  const lower = LowerDevice(volume) as PDEVICE_OBJECT;
  const entry = fastIoEntry(lower, member);
  if (entry === 0) return STATUS_SUCCESS;
  return routineTable[entry]!(...args.slice(0, -1), lower) as NTSTATUS;
}

function run(
  member: string,
  major: number,
  args: readonly number[],
  fill: (ctrl: PIRP_CTRL) => void,
): NTSTATUS {
  const device = args.at(-1) ?? 0;
  const volume = DeviceExtension(device as PDEVICE_OBJECT) as PFLT_VOLUME;
  let status: NTSTATUS = STATUS_SUCCESS;
  callWithFilters({
    volume, kind: FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION, major, minor: 0,
    file: args[0] ?? 0, fill,
    lower(ctrl) {
      c.set_Data_IoStatus_Status(ctrl, callLower(volume, member, args));
      return true;
    },
    finish(ctrl) {
      status = c.Data_IoStatus_Status(ctrl);
    },
    pass() {
      status = callLower(volume, member, args);
      return true;
    },
  });
  return status;
}

const nothing = (): void => undefined;

/** The entries of the Filter Manager's fast table for FSFilter operations. */
export const fsFilterRoutines: Readonly<Record<string, number>> = {
  AcquireFileForNtCreateSection: kernelRoutine('FltpAcquireForSection', (...a) =>
    run('AcquireFileForNtCreateSection', IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, a, (ctrl) => {
      c.set_Iopb_Parameters_AcquireForSectionSynchronization_SyncType(ctrl, a[1] ?? 0);
      c.set_Iopb_Parameters_AcquireForSectionSynchronization_PageProtection(ctrl, a[2] ?? 0);
    })),
  ReleaseFileForNtCreateSection: kernelRoutine('FltpReleaseForSection', (...a) =>
    run('ReleaseFileForNtCreateSection', IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION, a, nothing)),
  AcquireForModWrite: kernelRoutine('FltpAcquireForModWrite', (...a) =>
    run('AcquireForModWrite', IRP_MJ_ACQUIRE_FOR_MOD_WRITE, a, nothing)),
  ReleaseForModWrite: kernelRoutine('FltpReleaseForModWrite', (...a) =>
    run('ReleaseForModWrite', IRP_MJ_RELEASE_FOR_MOD_WRITE, a, nothing)),
  AcquireForCcFlush: kernelRoutine('FltpAcquireForCcFlush', (...a) =>
    run('AcquireForCcFlush', IRP_MJ_ACQUIRE_FOR_CC_FLUSH, a, nothing)),
  ReleaseForCcFlush: kernelRoutine('FltpReleaseForCcFlush', (...a) =>
    run('ReleaseForCcFlush', IRP_MJ_RELEASE_FOR_CC_FLUSH, a, nothing)),
};
