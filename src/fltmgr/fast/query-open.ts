// Questions about a file by name, without opening it: IRP_MJ_NETWORK_QUERY_OPEN (fast I/O, OP-10)
// and IRP_MJ_QUERY_OPEN (FSFilter, OP-9). A filter may refuse either; the I/O manager then opens
// the file, queries and closes.
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IRP, IRP_MJ_NETWORK_QUERY_OPEN, IRP_MJ_QUERY_OPEN }
  from '../../ntos/io/types.ts';
import { initiatingInstance } from '../../ntos/io/object/file-extension.ts';
import { fastIoEntry } from '../../ntos/io/fast-io.ts';
import { IoGetNextIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { STATUS_NOT_SUPPORTED } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION } from '../constants.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import { fastCall } from './fast-call.ts';
import { callWithFilters } from './fast-walk.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIRP } from '../../ntos/io/types.ts';
import type { PFLT_VOLUME } from '../types.ts';

const c = IRP_CTRL.bound;
const { FileObject } = IO_STACK_LOCATION.bound;
const { at_IoStatus } = IRP.bound;
const { DeviceExtension } = DEVICE_OBJECT.bound;
const { LowerDevice } = FLT_VOLUME.bound;

/** The file object is on the caller's stack; the create that it is for has not been sent. */
function fileOf(irp: number): number {
  return FileObject(IoGetNextIrpStackLocation(irp as PIRP));
}

function networkQueryOpen(irp: number, information: number, device: number): number {
  return fastCall({
    member: 'FastIoQueryOpen', major: IRP_MJ_NETWORK_QUERY_OPEN, file: fileOf(irp), device,
    iosb: at_IoStatus(irp as PIRP), args: [irp, information],
    fill(ctrl) {
      c.set_Iopb_Parameters_NetworkQueryOpen_Irp(ctrl, irp as PIRP);
      c.set_Iopb_Parameters_NetworkQueryOpen_NetworkInformation(ctrl, information as never);
    },
    lower: (ctrl) => [c.Iopb_Parameters_NetworkQueryOpen_Irp(ctrl),
      c.Iopb_Parameters_NetworkQueryOpen_NetworkInformation(ctrl)],
  });
}

/** Calls the file system's own answer; STATUS_NOT_SUPPORTED when it has none. */
function callLower(volume: PFLT_VOLUME, args: readonly number[]): NTSTATUS {
  const lower = LowerDevice(volume) as PDEVICE_OBJECT;
  const entry = fastIoEntry(lower, 'PreQueryOpen');
  return entry === 0 ? STATUS_NOT_SUPPORTED : routineTable[entry]!(...args, lower) as NTSTATUS;
}

function queryOpen(
  irp: number, information: number, lengthAt: number, cls: number, device: number,
): NTSTATUS {
  const volume = DeviceExtension(device as PDEVICE_OBJECT) as PFLT_VOLUME;
  let status: NTSTATUS = STATUS_NOT_SUPPORTED;
  callWithFilters({
    volume, kind: FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION, major: IRP_MJ_QUERY_OPEN, minor: 0,
    file: fileOf(irp), initiator: initiatingInstance(fileOf(irp) as PFILE_OBJECT),
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryOpen_Irp(ctrl, irp as PIRP);
      c.set_Iopb_Parameters_QueryOpen_FileInformation(ctrl, information);
      c.set_Iopb_Parameters_QueryOpen_Length(ctrl, lengthAt as never);
      c.set_Iopb_Parameters_QueryOpen_FileInformationClass(ctrl, cls);
    },
    lower(ctrl) {
      // IoStatus.Information stays empty: the length is where Length points (OP-9).
      c.set_Data_IoStatus_Status(ctrl, callLower(volume, [c.Iopb_Parameters_QueryOpen_Irp(ctrl),
        c.Iopb_Parameters_QueryOpen_FileInformation(ctrl),
        c.Iopb_Parameters_QueryOpen_Length(ctrl),
        c.Iopb_Parameters_QueryOpen_FileInformationClass(ctrl)]));
      return true;
    },
    finish(ctrl) {
      status = c.Data_IoStatus_Status(ctrl);
    },
    pass() {
      status = callLower(volume, [irp, information, lengthAt, cls]);
      return true;
    },
  });
  return status;
}

export const queryOpenRoutines: Readonly<Record<string, number>> = {
  FastIoQueryOpen: kernelRoutine('FltpFastIoQueryOpen', (irp, information, device) =>
    networkQueryOpen(irp!, information!, device!)),
  PreQueryOpen: kernelRoutine('FltpPreQueryOpen', (irp, information, length, cls, device) =>
    queryOpen(irp!, information!, length!, cls!, device!)),
};
