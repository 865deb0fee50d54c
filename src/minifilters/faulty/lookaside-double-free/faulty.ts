// Double free through a lookaside list: a failed read gives its entry back in the error path, and
// again at the end.
import { ExAllocateFromNPagedLookasideList, ExDeleteNPagedLookasideList,
  ExFreeToNPagedLookasideList, ExInitializeNPagedLookasideList, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_READ,
  InterlockedIncrement, NPAGED_LOOKASIDE_LIST, NT_SUCCESS, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, atomic, driverGlobals, pointer, poolTag } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Look');
const BYTES = 32;

const Globals = driverGlobals('LOOK_DATA', {
  Filter: pointer('FLT_FILTER'), List: NPAGED_LOOKASIDE_LIST, Failures: atomic(),
});

const PreRead = PFLT_PRE_OPERATION_CALLBACK('LookPreRead', (_Data, _FltObjects, Context) => {
  const entry = ExAllocateFromNPagedLookasideList(Globals.List);
  if (entry === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Context.value = entry;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('LookPostRead', (Data, _FltObjects, entry) => {
  if (!NT_SUCCESS(Data.IoStatus.Status)) {
    InterlockedIncrement(Globals.Failures);
    ExFreeToNPagedLookasideList(Globals.List, entry);
  }
  ExFreeToNPagedLookasideList(Globals.List, entry);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
}, {
  begin() {
    ExInitializeNPagedLookasideList(Globals.List, 0, 0, 0, BYTES, TAG, 0);
  },
  unloaded() {
    ExDeleteNPagedLookasideList(Globals.List);
  },
});
