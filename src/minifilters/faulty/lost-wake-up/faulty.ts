// Lost wake-up: a read tests whether somebody writes and then waits for the event, which the writer
// sets and resets at once; between the test and the wait it passes unseen.
import { Executive, FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_READ, IRP_MJ_WRITE, InterlockedDecrement,
  InterlockedIncrement, KEVENT, KeClearEvent, KeInitializeEvent, KeSetEvent,
  KeWaitForSingleObject, KernelMode, NotificationEvent, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, ReadAcquire, atomic, driverGlobals, pointer } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const Globals = driverGlobals('GATE_DATA', {
  Filter: pointer('FLT_FILTER'), Writers: atomic(), Idle: KEVENT,
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('GatePreRead', () => {
  if (ReadAcquire(Globals.Writers) !== 0) {
    KeWaitForSingleObject(Globals.Idle, Executive, KernelMode, false, 0);
  }
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
});

const PreWrite = PFLT_PRE_OPERATION_CALLBACK('GatePreWrite', () => {
  InterlockedIncrement(Globals.Writers);
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostWrite = PFLT_POST_OPERATION_CALLBACK('GatePostWrite', () => {
  if (InterlockedDecrement(Globals.Writers) === 0) {
    KeSetEvent(Globals.Idle, 0, false);
    KeClearEvent(Globals.Idle);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead },
    { MajorFunction: IRP_MJ_WRITE, PreOperation: PreWrite, PostOperation: PostWrite },
  ],
}, {
  begin() {
    KeInitializeEvent(Globals.Idle, NotificationEvent, false);
  },
});
