// FSFilter operations through the filters: what the memory and cache managers ask of a file system
// (OP-6 to OP-8). The walk is the fast one; nothing pends, and there are no buffers. Without a
// sheet an acquisition fails; what must not fail goes to the file system past the filters.
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { DEVICE_OBJECT, IRP_MJ_ACQUIRE_FOR_CC_FLUSH, IRP_MJ_ACQUIRE_FOR_MOD_WRITE,
  IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_RELEASE_FOR_CC_FLUSH,
  IRP_MJ_RELEASE_FOR_MOD_WRITE, IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION }
  from '../../ntos/io/types.ts';
import { fastIoEntry } from '../../ntos/io/fast-io.ts';
import { SyncTypeOther } from '../../ntos/io/service/section-sync.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION } from '../constants.ts';
import { IRP_CTRL, dataOf } from './irp-ctrl.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import { callWithFilters } from '../fast/fast-walk.ts';
import { RULE_UNLISTED, violation } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_VOLUME } from '../types.ts';

const c = IRP_CTRL.bound;
const { DeviceExtension } = DEVICE_OBJECT.bound;
const { LowerDevice } = FLT_VOLUME.bound;

interface Operation {
  readonly member: string;
  readonly major: number;
  /** The operation may not fail: a release, or a look that nobody checks (OP-6). */
  readonly mustSucceed: boolean;
  fill(ctrl: PIRP_CTRL): void;
  /** The arguments of the entry below but the first and the last: file and device. */
  lower(ctrl: PIRP_CTRL): readonly number[];
}

/** Calls the entry of the driver below; a driver without one has nothing to synchronise. */
function callLower(volume: PFLT_VOLUME, member: string, args: readonly number[]): NTSTATUS {
  const lower = LowerDevice(volume) as PDEVICE_OBJECT;
  const entry = fastIoEntry(lower, member);
  if (entry === 0) return STATUS_SUCCESS;
  return routineTable[entry]!(...args, lower) as NTSTATUS;
}

function checkNotFailed(ctrl: PIRP_CTRL, operation: Operation, below: NTSTATUS): void {
  const status = c.Data_IoStatus_Status(ctrl);
  if (!operation.mustSucceed || NT_SUCCESS(status) || !NT_SUCCESS(below)) return;
  violation(RULE_UNLISTED, dataOf(ctrl), `a filter failed ${operation.member} with ` +
    `${statusName(status)}; it must not be failed (OP-6)`);
}

function run(operation: Operation, args: readonly number[]): NTSTATUS {
  const { member, major } = operation;
  const volume = DeviceExtension(args.at(-1) as PDEVICE_OBJECT) as PFLT_VOLUME;
  const file = args[0] ?? 0;
  let status: NTSTATUS = STATUS_SUCCESS;
  let below: NTSTATUS = STATUS_SUCCESS;
  const pass = (): boolean => {
    status = callLower(volume, member, args.slice(0, -1));
    return true;
  };
  const walked = callWithFilters({
    volume, kind: FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION, major, minor: 0, file,
    fill: operation.fill,
    lower(ctrl) {
      below = callLower(c.Volume(ctrl), member,
        [c.Iopb_TargetFileObject(ctrl), ...operation.lower(ctrl)]);
      c.set_Data_IoStatus_Status(ctrl, below);
      return true;
    },
    finish(ctrl) {
      checkNotFailed(ctrl, operation, below);
      status = c.Data_IoStatus_Status(ctrl);
    },
    pass,
  });
  if (walked) return status;
  if (!operation.mustSucceed) return STATUS_INSUFFICIENT_RESOURCES;
  pass();
  return status;
}

const nothing = (): void => undefined;
const noArguments = (): readonly number[] => [];

function plain(member: string, major: number, mustSucceed: boolean): number {
  const operation = { member, major, mustSucceed, fill: nothing, lower: noArguments };
  return kernelRoutine(`Fltp${member}`, (...args) => run(operation, args));
}

/** (FileObject, SyncType, PageProtection, OutputInformation, DeviceObject). */
function acquireForSection(args: readonly number[]): NTSTATUS {
  const [, syncType = 0, protection = 0, output = 0] = args;
  return run({
    member: 'AcquireFileForNtCreateSection', major: IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION,
    mustSucceed: syncType === SyncTypeOther,
    fill(ctrl) {
      c.set_Iopb_Parameters_AcquireForSectionSynchronization_SyncType(ctrl, syncType);
      c.set_Iopb_Parameters_AcquireForSectionSynchronization_PageProtection(ctrl,
        syncType === SyncTypeOther ? 0 : protection);
      c.set_Iopb_Parameters_AcquireForSectionSynchronization_OutputInformation(ctrl, output);
    },
    lower: (ctrl) => [c.Iopb_Parameters_AcquireForSectionSynchronization_SyncType(ctrl),
      c.Iopb_Parameters_AcquireForSectionSynchronization_PageProtection(ctrl),
      c.Iopb_Parameters_AcquireForSectionSynchronization_OutputInformation(ctrl)],
  }, args);
}

/** (FileObject, EndingOffset, ResourceToRelease, DeviceObject): pointers both (OP-8). */
function acquireForModWrite(args: readonly number[]): NTSTATUS {
  const [, ending = 0, release = 0] = args;
  return run({
    member: 'AcquireForModWrite', major: IRP_MJ_ACQUIRE_FOR_MOD_WRITE, mustSucceed: false,
    fill(ctrl) {
      c.set_Iopb_Parameters_AcquireForModifiedPageWriter_EndingOffset(ctrl, ending as never);
      c.set_Iopb_Parameters_AcquireForModifiedPageWriter_ResourceToRelease(ctrl, release as never);
    },
    lower: (ctrl) => [c.Iopb_Parameters_AcquireForModifiedPageWriter_EndingOffset(ctrl),
      c.Iopb_Parameters_AcquireForModifiedPageWriter_ResourceToRelease(ctrl)],
  }, args);
}

/** (FileObject, ResourceToRelease, DeviceObject): the resource itself. */
function releaseForModWrite(args: readonly number[]): NTSTATUS {
  const [, resource = 0] = args;
  return run({
    member: 'ReleaseForModWrite', major: IRP_MJ_RELEASE_FOR_MOD_WRITE, mustSucceed: true,
    fill: (ctrl) => c.set_Iopb_Parameters_ReleaseForModifiedPageWriter_ResourceToRelease(ctrl,
      resource as never),
    lower: (ctrl) => [c.Iopb_Parameters_ReleaseForModifiedPageWriter_ResourceToRelease(ctrl)],
  }, args);
}

/** The entries of the Filter Manager's fast table for FSFilter operations. */
export const fsFilterRoutines: Readonly<Record<string, number>> = {
  AcquireFileForNtCreateSection:
    kernelRoutine('FltpAcquireForSection', (...args) => acquireForSection(args)),
  ReleaseFileForNtCreateSection: plain('ReleaseFileForNtCreateSection',
    IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION, true),
  AcquireForModWrite:
    kernelRoutine('FltpAcquireForModWrite', (...args) => acquireForModWrite(args)),
  ReleaseForModWrite:
    kernelRoutine('FltpReleaseForModWrite', (...args) => releaseForModWrite(args)),
  AcquireForCcFlush: plain('AcquireForCcFlush', IRP_MJ_ACQUIRE_FOR_CC_FLUSH, false),
  ReleaseForCcFlush: plain('ReleaseForCcFlush', IRP_MJ_RELEASE_FOR_CC_FLUSH, true),
};
