// System shutdown as file systems and filters hear of it: IRP_MJ_SHUTDOWN to the top of each
// volume's device stack, without a file object. Nothing that comes of it matters to anybody.
import { kernelRoutine } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { Executive, waitForObject } from '../ke/dispatcher.ts';
import { KeInitializeEvent, KeSetEvent, NotificationEvent } from '../ke/event.ts';
import { currentThread } from '../ke/prcb.ts';
import { KEVENT } from '../ke/types.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_MORE_PROCESSING_REQUIRED } from '../status-codes.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IRP, IRP_MJ_SHUTDOWN } from './types.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IoSetCompletionRoutine }
  from './irp/irp.ts';
import { IofCallDriver } from './irp/call-driver.ts';
import { IoGetAttachedDevice } from './object/device.ts';
import type { NTSTATUS } from '../status.ts';
import type { PDEVICE_OBJECT } from './types.ts';

const { StackSize } = DEVICE_OBJECT.bound;
const { set_MajorFunction } = IO_STACK_LOCATION.bound;
const { set_Tail_Overlay_Thread, IoStatus_Status } = IRP.bound;

/** The IRP is the sender's again. */
const ended = kernelRoutine('IopShutdownEnded', (_device, _irp, event) => {
  KeSetEvent(event!);
  return STATUS_MORE_PROCESSING_REQUIRED;
});

/** Tells a volume that the system shuts down, and waits. PASSIVE_LEVEL. */
export function IopShutdownDevice(fsDevice: PDEVICE_OBJECT): NTSTATUS {
  const device = IoGetAttachedDevice(fsDevice);
  const irp = IoAllocateIrp(StackSize(device));
  if (irp === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const frame = pushFrame();
  const event = stackAlloc(KEVENT.size);
  KeInitializeEvent(event, NotificationEvent, false);
  set_Tail_Overlay_Thread(irp, currentThread);
  set_MajorFunction(IoGetNextIrpStackLocation(irp), IRP_MJ_SHUTDOWN);
  IoSetCompletionRoutine(irp, ended, event, true, true, true);
  IofCallDriver(device, irp);
  waitForObject(event, Executive);
  const status = IoStatus_Status(irp);
  IoFreeIrp(irp);
  popFrame(frame);
  return status;
}
