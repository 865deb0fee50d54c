// Broken rules of the I/O manager, each with Windows' bug check and what to do about it.
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { CANCEL_STATE_IN_COMPLETED_IRP, DRIVER_VERIFIER_IOMANAGER_VIOLATION,
  MULTIPLE_IRP_COMPLETE_REQUESTS, NO_MORE_IRP_STACK_LOCATIONS } from '../../ke/bug-check-codes.ts';

export function noMoreLocations(irp: number, device: number): never {
  return KeBugCheckEx(NO_MORE_IRP_STACK_LOCATIONS, irp, device, 0, 0,
    'IofCallDriver: the IRP has no stack location left; allocate it with the StackSize of the ' +
      'device it is sent to');
}

export function completedTwice(irp: number, location: number): never {
  return KeBugCheckEx(MULTIPLE_IRP_COMPLETE_REQUESTS, irp, location, 0, 0,
    'IofCompleteRequest: the IRP was completed already; whoever completes or passes on an IRP ' +
      'no longer owns it');
}

export function completedPending(irp: number, status: number): never {
  return KeBugCheckEx(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x06, status, irp, 0,
    'IofCompleteRequest: IoStatus.Status is STATUS_PENDING; set the final status first');
}

export function completedCancelable(irp: number, routine: number): never {
  return KeBugCheckEx(CANCEL_STATE_IN_COMPLETED_IRP, irp, routine, 0, 0,
    'IofCompleteRequest: the IRP still has a cancel routine; clear it (IoSetCancelRoutine NULL) ' +
      'before completing');
}

export function completedTooHigh(irp: number, irql: number): never {
  return KeBugCheckEx(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x0e, irp, irql, 0,
    `IofCompleteRequest at IRQL ${irql}; the highest is DISPATCH_LEVEL`);
}

export function completionRoutineChangedIrql(irp: number, routine: number, irql: number): never {
  return KeBugCheckEx(0xc4, 0xfa, routine, irql, irp,
    'a completion routine returned at another IRQL than it was called at (KRN-2)');
}

/** Cleanup and close must be sent whatever happens: no memory for them ends the machine. */
export function requestOutOfMemory(file: number, major: number): never {
  return KeBugCheckEx(0x24, file, major, 0, 0,
    'no nonpaged pool for the IRP of a cleanup or close; give the machine more memory');
}
