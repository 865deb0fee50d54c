// Device control codes as fast I/O: user buffers as they are, whatever method the code has (2.6).
import { kernelRoutine } from '../../mem/routine.ts';
import { IRP_MJ_DEVICE_CONTROL } from '../../ntos/io/types.ts';
import { fastCall } from './fast-call.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';

const c = IRP_CTRL.bound;

function control(args: number[]): number {
  const [file = 0, wait = 1, input = 0, inputLength = 0, output = 0, outputLength = 0, code = 0,
    iosb = 0, device = 0] = args;
  return fastCall({
    member: 'FastIoDeviceControl', major: IRP_MJ_DEVICE_CONTROL, file, device, iosb,
    args: args.slice(0, 8),
    fill(ctrl) {
      c.set_Iopb_Parameters_DeviceIoControl_FastIo_OutputBufferLength(ctrl, outputLength);
      c.set_Iopb_Parameters_DeviceIoControl_FastIo_InputBufferLength(ctrl, inputLength);
      c.set_Iopb_Parameters_DeviceIoControl_FastIo_IoControlCode(ctrl, code);
      c.set_Iopb_Parameters_DeviceIoControl_FastIo_InputBuffer(ctrl, input);
      c.set_Iopb_Parameters_DeviceIoControl_FastIo_OutputBuffer(ctrl, output);
    },
    lower: (ctrl) => [c.Iopb_TargetFileObject(ctrl), wait,
      c.Iopb_Parameters_DeviceIoControl_FastIo_InputBuffer(ctrl),
      c.Iopb_Parameters_DeviceIoControl_FastIo_InputBufferLength(ctrl),
      c.Iopb_Parameters_DeviceIoControl_FastIo_OutputBuffer(ctrl),
      c.Iopb_Parameters_DeviceIoControl_FastIo_OutputBufferLength(ctrl),
      c.Iopb_Parameters_DeviceIoControl_FastIo_IoControlCode(ctrl), iosb],
  });
}

export const fastControlRoutines: Readonly<Record<string, number>> = {
  FastIoDeviceControl: kernelRoutine('FltpFastIoDeviceControl', (...a) => control(a)),
};
