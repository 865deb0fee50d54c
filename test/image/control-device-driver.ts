// A driver with a control device of its own, as Microsoft's cdo sample has it: a name, a dispatch
// routine for opens and control codes of each method, an exclusive open.
import { CTL_CODE, DRIVER_OBJECT, FILE_ANY_ACCESS, FILE_DEVICE_UNKNOWN, FltRegisterFilter,
  FltStartFiltering, FltUnregisterFilter, IO_STACK_LOCATION, IRP, IRP_MJ_CLEANUP, IRP_MJ_CLOSE,
  IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IoCompleteRequest, IoCreateDevice, IoCreateSymbolicLink,
  IoDeleteDevice, IoDeleteSymbolicLink, IoGetCurrentIrpStackLocation, METHOD_BUFFERED,
  METHOD_IN_DIRECT, METHOD_NEITHER, METHOD_OUT_DIRECT, MmGetSystemAddressForMdlSafe, NT_SUCCESS,
  PDRIVER_DISPATCH, PFLT_FILTER_UNLOAD_CALLBACK, RTL_CONSTANT_STRING, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_SUCCESS, cast, driverGlobals, fltRegistration, out, pointer, u32, u8
} from '#src/fltKernel.ts';
import type { PDEVICE_OBJECT, PDRIVER_OBJECT } from '#src/fltKernel.ts';

const code = (n: number, method: number): number =>
  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + n, method, FILE_ANY_ACCESS);
/** Each adds one to every byte of its input, into its output, by another way. */
export const codes = {
  buffered: code(0, METHOD_BUFFERED), inDirect: code(1, METHOD_IN_DIRECT),
  outDirect: code(2, METHOD_OUT_DIRECT), neither: code(3, METHOD_NEITHER),
};

const Globals = driverGlobals('CONTROL_DEVICE', {
  Filter: pointer('FLT_FILTER'), Device: pointer('DEVICE_OBJECT'),
});
const deviceName = RTL_CONSTANT_STRING('\\FileSystem\\Filters\\ControlDevice');
const linkName = RTL_CONSTANT_STRING('\\DosDevices\\ControlDevice');

function complete(irp: number, status: number, information: number): number {
  const at = IRP.at(irp);
  at.IoStatus.Status = status as never;
  at.IoStatus.Information = information;
  IoCompleteRequest(at.address, 0);
  return status;
}

const Open = PDRIVER_DISPATCH('ControlDeviceOpen', (_device, irp) => complete(irp, 0, 0));

function increment(from: number, to: number, length: number): void {
  for (let i = 0; i < length; i++) u8[to + i] = (u8[from + i] ?? 0) + 1;
}

const Control = PDRIVER_DISPATCH('ControlDeviceControl', (_device, irpNumber) => {
  const irp = IRP.at(irpNumber);
  const location = IO_STACK_LOCATION.at(IoGetCurrentIrpStackLocation(irp));
  const request = location.Parameters.DeviceIoControl;
  const length = Math.min(request.InputBufferLength, request.OutputBufferLength);
  switch (request.IoControlCode) {
    case codes.buffered:
      increment(irp.AssociatedIrp.SystemBuffer, irp.AssociatedIrp.SystemBuffer, length);
      break;
    case codes.inDirect:
    case codes.outDirect:
      increment(irp.AssociatedIrp.SystemBuffer, MmGetSystemAddressForMdlSafe(irp.MdlAddress, 0),
        length);
      break;
    case codes.neither:
      increment(request.Type3InputBuffer, irp.UserBuffer, length);
      break;
    default:
      return complete(irpNumber, STATUS_INVALID_DEVICE_REQUEST, 0);
  }
  return complete(irpNumber, STATUS_SUCCESS, length);
});

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('ControlDeviceUnload', () => {
  IoDeleteSymbolicLink(linkName);
  IoDeleteDevice(Globals.Device);
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});
const registration = fltRegistration({ FilterUnloadCallback: Unload });

export function DriverEntry(DriverObject: PDRIVER_OBJECT): number {
  const table = DRIVER_OBJECT.at(DriverObject).MajorFunction >> 2;
  for (const major of [IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE]) u32[table + major] = Open;
  u32[table + IRP_MJ_DEVICE_CONTROL] = Control;
  const device = out<PDEVICE_OBJECT>();
  const made = IoCreateDevice(DriverObject, 0, deviceName, FILE_DEVICE_UNKNOWN, 0, true, device);
  if (!NT_SUCCESS(made)) return made;
  Globals.Device = device.value;
  const linked = IoCreateSymbolicLink(linkName, deviceName);
  if (!NT_SUCCESS(linked)) return linked;
  const filter = out();
  const status = FltRegisterFilter(DriverObject, registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = cast<'FLT_FILTER'>(filter.value);
  return FltStartFiltering(Globals.Filter);
}

/** The driver's device. */
export function controlDevice(): PDEVICE_OBJECT {
  return Globals.Device;
}
