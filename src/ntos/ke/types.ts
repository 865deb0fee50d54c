// The kernel's published objects: what can be waited on, what waits, what is queued to a processor
// or a thread. Layouts are those of 32-bit Windows; a driver may put any of them in its own memory.
//
// Guards: the dispatcher lock guards every header, wait block, APC and timer, except SignalState,
// which is also read without it and therefore atomic. A KDPC's links belong to the queue lock of
// its processor.
import { BOOLEAN, CHAR, LARGE_INTEGER, LONG, POINTER, ROUTINE, SHORT, UCHAR, ULONG, USHORT, atomic,
  pointer } from '../../mem/field.ts';
import { group, struct, union } from '../../mem/struct.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** DISPATCHER_HEADER.Type (KOBJECTS): what the header is the head of. */
export const EventNotificationObject = 0;
export const EventSynchronizationObject = 1;
export const MutantObject = 2;
export const ProcessObject = 3;
export const QueueObject = 4;
export const SemaphoreObject = 5;
export const ThreadObject = 6;
export const GateObject = 7;
export const TimerNotificationObject = 8;
export const TimerSynchronizationObject = 9;
/** KAPC.Type and KDPC.Type. */
export const ApcObject = 18;
export const DpcObject = 19;
export const DeviceQueueObject = 20;

/** A spin lock as a member: one word, 0 when free. */
export const KSPIN_LOCK = atomic('KSPIN_LOCK');

export const DISPATCHER_HEADER = struct('DISPATCHER_HEADER', {
  $first: union({
    $bytes: group({
      Type: UCHAR,
      $second: union({ Signalling: BOOLEAN, Absolute: UCHAR, Abandoned: UCHAR }),
      $third: union({ Size: UCHAR, Hand: UCHAR }),
      $fourth: union({ Inserted: UCHAR, DpcActive: BOOLEAN }),
    }),
    Lock: atomic('LONG'),
  }),
  SignalState: atomic('LONG'),
  WaitListHead: LIST_ENTRY,
});
export type PDISPATCHER_HEADER = Ptr<'DISPATCHER_HEADER'>;

export const KEVENT = struct('KEVENT', { Header: DISPATCHER_HEADER });
export type PKEVENT = Ptr<'KEVENT'>;

export const KGATE = struct('KGATE', { Header: DISPATCHER_HEADER });
export type PKGATE = Ptr<'KGATE'>;

export const KSEMAPHORE = struct('KSEMAPHORE', { Header: DISPATCHER_HEADER, Limit: LONG });
export type PKSEMAPHORE = Ptr<'KSEMAPHORE'>;

export const KMUTANT = struct('KMUTANT', {
  Header: DISPATCHER_HEADER,
  MutantListEntry: LIST_ENTRY,
  OwnerThread: pointer('KTHREAD'),
  Abandoned: BOOLEAN,
  ApcDisable: UCHAR,
});
export type PKMUTANT = Ptr<'KMUTANT'>;
/** The WDK's second name for the same structure. */
export type PKMUTEX = PKMUTANT;

export const KTIMER = struct('KTIMER', {
  Header: DISPATCHER_HEADER,
  DueTime: { ...LARGE_INTEGER, c: 'ULARGE_INTEGER' },
  TimerListEntry: LIST_ENTRY,
  Dpc: pointer('KDPC'),
  Period: ULONG,
});
export type PKTIMER = Ptr<'KTIMER'>;

export const KDPC = struct('KDPC', {
  Type: UCHAR,
  Importance: UCHAR,
  Number: USHORT,
  DpcListEntry: LIST_ENTRY,
  DeferredRoutine: ROUTINE,
  DeferredContext: POINTER,
  SystemArgument1: POINTER,
  SystemArgument2: POINTER,
  DpcData: POINTER,
});
export type PKDPC = Ptr<'KDPC'>;

export const KQUEUE = struct('KQUEUE', {
  Header: DISPATCHER_HEADER,
  EntryListHead: LIST_ENTRY,
  CurrentCount: atomic('ULONG'),
  MaximumCount: ULONG,
  ThreadListHead: LIST_ENTRY,
});
export type PKQUEUE = Ptr<'KQUEUE'>;

export const KWAIT_BLOCK = struct('KWAIT_BLOCK', {
  WaitListEntry: LIST_ENTRY,
  WaitType: UCHAR,
  BlockState: UCHAR,
  WaitKey: USHORT,
  Thread: pointer('KTHREAD'),
  Object: POINTER,
  SparePtr: POINTER,
});
export type PKWAIT_BLOCK = Ptr<'KWAIT_BLOCK'>;

export const KAPC = struct('KAPC', {
  Type: UCHAR,
  SpareByte0: UCHAR,
  Size: UCHAR,
  SpareByte1: UCHAR,
  SpareLong0: ULONG,
  Thread: pointer('KTHREAD'),
  ApcListEntry: LIST_ENTRY,
  KernelRoutine: ROUTINE,
  RundownRoutine: ROUTINE,
  NormalRoutine: ROUTINE,
  NormalContext: POINTER,
  SystemArgument1: POINTER,
  SystemArgument2: POINTER,
  ApcStateIndex: CHAR,
  ApcMode: CHAR,
  Inserted: BOOLEAN,
});
export type PKAPC = Ptr<'KAPC'>;

export const KSPIN_LOCK_QUEUE = struct('KSPIN_LOCK_QUEUE', {
  /** Written by the next waiter, read by the holder. */
  Next: atomic('struct _KSPIN_LOCK_QUEUE *'),
  /** The lock, with the waiting and owning bits in its low end. */
  Lock: atomic('KSPIN_LOCK *'),
});
export type PKSPIN_LOCK_QUEUE = Ptr<'KSPIN_LOCK_QUEUE'>;

export const KLOCK_QUEUE_HANDLE = struct('KLOCK_QUEUE_HANDLE', {
  LockQueue: KSPIN_LOCK_QUEUE,
  OldIrql: UCHAR,
});
export type PKLOCK_QUEUE_HANDLE = Ptr<'KLOCK_QUEUE_HANDLE'>;

export const KDEVICE_QUEUE_ENTRY = struct('KDEVICE_QUEUE_ENTRY', {
  DeviceListEntry: LIST_ENTRY,
  SortKey: ULONG,
  Inserted: BOOLEAN,
});
export type PKDEVICE_QUEUE_ENTRY = Ptr<'KDEVICE_QUEUE_ENTRY'>;

export const KDEVICE_QUEUE = struct('KDEVICE_QUEUE', {
  Type: SHORT,
  Size: SHORT,
  DeviceListHead: LIST_ENTRY,
  Lock: KSPIN_LOCK,
  Busy: BOOLEAN,
});
export type PKDEVICE_QUEUE = Ptr<'KDEVICE_QUEUE'>;
