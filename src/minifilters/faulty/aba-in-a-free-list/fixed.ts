// The twin: each change of the head counts up a tag beside the number of the first buffer.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, IRP_MJ_READ,
  InterlockedCompareExchange, InterlockedExchange, InterlockedIncrement, NonPagedPool,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, ReadAcquire, ULONG, array, atomic,
  driverGlobals, pointer, poolTag, u32 } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Free');
const BUFFERS = 4;
const NUMBER = 0xff;
const ONE_CHANGE = 0x100;

const Globals = driverGlobals('FREE_DATA', {
  Filter: pointer('FLT_FILTER'), Head: atomic(), Uses: atomic(),
  /** The address of each buffer, and the number of the one after it; 0 ends the list. */
  Buffers: array(ULONG, BUFFERS + 1), Next: array(ULONG, BUFFERS + 1),
});
const nextOf = (number: number): number => Globals.Next + 4 * number;

/** The word that follows `head` when `number` becomes the first. */
function headAfter(head: number, number: number): number {
  return (((head & ~NUMBER) + ONE_CHANGE) | number) | 0;
}

/** The number of a buffer that is now the caller's; 0 when there is none. Any IRQL. */
function pop(): number {
  for (;;) {
    const head = ReadAcquire(Globals.Head);
    const number = head & NUMBER;
    if (number === 0) return 0;
    const next = ReadAcquire(nextOf(number));
    if (InterlockedCompareExchange(Globals.Head, headAfter(head, next), head) === head) {
      return number;
    }
  }
}

function push(number: number): void {
  for (;;) {
    const head = ReadAcquire(Globals.Head);
    InterlockedExchange(nextOf(number), head & NUMBER);
    if (InterlockedCompareExchange(Globals.Head, headAfter(head, number), head) === head) return;
  }
}

const PreRead = PFLT_PRE_OPERATION_CALLBACK('FreePreRead', (_Data, _FltObjects, Context) => {
  const number = pop();
  if (number === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  InterlockedIncrement(Globals.Uses);
  Context.value = number;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const PostRead = PFLT_POST_OPERATION_CALLBACK('FreePostRead', (_Data, _FltObjects, Context) => {
  push(Context);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
}, {
  begin() {
    for (let number = 1; number <= BUFFERS; number++) {
      const buffer = ExAllocatePoolWithTag(NonPagedPool, 64, TAG);
      u32[(Globals.Buffers >> 2) + number] = buffer;
      if (buffer !== 0) push(number);
    }
  },
  unloaded() {
    for (let number = pop(); number !== 0; number = pop()) {
      ExFreePoolWithTag(u32[(Globals.Buffers >> 2) + number]!, TAG);
    }
  },
});
