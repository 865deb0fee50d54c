// The events that the flight recorder keeps and the verifier's rules judge. A record has a fixed
// size of 32 bytes; what A to D mean depends on the kind. Rooms of the kernel emit them at a few
// places through tracer.ts and know nothing of who listens.
import { UCHAR, ULONG, USHORT } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';

/** One record. Stamp orders the records of all threads. */
export const TRACE_EVENT = struct('TRACE_EVENT', {
  Stamp: ULONG,
  Kind: UCHAR,
  Irql: UCHAR,
  Spare: USHORT,
  A: ULONG,
  B: ULONG,
  C: ULONG,
  D: ULONG,
  /** The driver routine that ran, and the callback data it ran for; 0 outside of drivers. */
  Routine: ULONG,
  Data: ULONG,
});

/** The head of a thread's ring: how many records it ever wrote. */
export const TRACE_RING_HEAD = struct('TRACE_RING_HEAD', { Written: ULONG, Capacity: ULONG },
  { align: 64 });

// Drivers: A is the routine's id, B its role (see ROLE_*), C its first argument, D its second; of a
// post-operation callback D is its flags.
export const DRIVER_ENTERED = 1;
/** C is what the routine returned, D is THREW when an exception ended it. */
export const DRIVER_LEFT = 2;

/** DRIVER_LEFT.D of a routine that an exception ended. */
export const THREW = -1;

// Locks: A is the lock, B its kind, C the mode of the acquisition.
/** A lock was initialised. */
export const LOCK_MADE = 8;
/** A lock was deleted. */
export const LOCK_UNMADE = 9;
/** The thread is about to acquire, and may have to wait. */
export const LOCK_WANTED = 10;
export const LOCK_TAKEN = 11;
/** The thread is about to release. */
export const LOCK_DROPPED = 12;
/** An exclusive hold became a shared one. */
export const LOCK_SHARED = 13;
/** The thread's hold was given to somebody who is no thread (ExSetResourceOwnerPointer). */
export const LOCK_GIVEN = 14;

// Waits.
/** What the next wait of this thread is for: A says what (MEANS_*), B is it. */
export const WAIT_MEANS = 15;
/** A is an object of the wait that is about to begin, B its type, C its index of D. */
export const WAIT_OBJECT = 16;
/** The thread sleeps: A is the object, B how many, C 1 if there is a time limit, D the reason. */
export const WAIT_BEGAN = 17;
/** A is the object, B the status. */
export const WAIT_ENDED = 18;
/** An object was signaled: A it, B its state before. */
export const OBJECT_SIGNALED = 19;
/** An object was made not signaled: A it, B its state before. */
export const OBJECT_RESET = 20;

// Pool: A is the block, B its bytes, C its tag.
/** D is the block's trailer (ex/pool/pool-trailer.ts), 0 when the machine is not checked. */
export const POOL_TAKEN = 24;
/** The block is about to be freed; D as above. */
export const POOL_GIVEN = 25;
/** Memory that a routine is about to move: A is the address, B how many bytes, C 1 for a write. */
export const MEMORY_TOUCHED = 26;

// Drivers' calls: A is the number of the routine's name (verifier/finding/text-pool.ts), B and C
// the first two arguments, D the eighth (FltReadFile and its kind have a completion routine there).
export const ROUTINE_CALLED = 28;
/** B is what it returned. */
export const ROUTINE_RETURNED = 29;
/** An image is gone: A is its index. */
export const IMAGE_UNLOADED = 30;

// References of drivers to filters, instances and volumes: A is the object.
/** After it was taken, by whatever routine gave it. */
export const OBJECT_REFERENCED = 48;
/** Before it is dropped. */
export const OBJECT_DEREFERENCED = 49;

// Operations that pass the Filter Manager: A is the callback data.
/** B is the IRP, C the major function, D the file object. */
export const OP_BEGAN = 32;
/** It was handed to the driver below. */
export const OP_SENT = 33;
/** The driver below completed it; B is the status. */
export const OP_RETURNED = 34;
/** A callback pended it: B is the callback, C the filter. */
export const OP_PENDED = 35;
/** A filter completes what it pended: B is 1 in the post phase, C the callback status. */
export const OP_RESUMED = 36;
/** The filter gave it to somebody who may complete it at any moment: B says how (GIVEN_*). */
export const OP_GIVEN = 37;
/** It is over; B is the status. C is 1 when it went down and no callback waits for it. */
export const OP_ENDED = 38;
/** A filter sends an operation of its own: B is the instance, C the major function. */
export const OP_INITIATED = 39;

/** A request was made to fail: A is one of FAULT_*, B the number of its stack's text, C its tag. */
export const FAULT_INJECTED = 56;

/** FAULT_INJECTED.A. */
export const FAULT_ALLOCATION = 1;
export const FAULT_STORAGE = 2;
export const FAULT_QUEUEING = 3;

/** A file has another name, or one more: A is the file object by which that was done. */
export const NAME_CHANGED = 40;

/** OP_GIVEN.B. */
export const GIVEN_WORK_ITEM = 1;
export const GIVEN_SAFE_COMPLETION = 2;
export const GIVEN_QUEUE = 3;
export const GIVEN_OPLOCK = 4;

/** WAIT_MEANS.A: B is an IRP, callback data, an oplock, a client port, a rundown word, … */
export const MEANS_IRP = 1;
export const MEANS_OPERATION = 2;
export const MEANS_OPLOCK = 3;
export const MEANS_REPLY = 4;
/** An application listens at a port: it waits for work. */
export const MEANS_MESSAGE = 5;
export const MEANS_RUNDOWN = 6;
/** … an instance whose operations have to end, a filter whose contexts have to be released. */
export const MEANS_TEARDOWN = 7;
export const MEANS_CONTEXTS = 8;

/** WAIT_BEGAN.D of waits that are none of KWAIT_REASON: for a spin lock, for an operation. */
export const REASON_SPIN = 64;
export const REASON_OPERATION = 65;
export const REASON_TEARDOWN = 66;

/** LOCK_*: what kind of lock it is. */
export const LOCK_SPIN = 1;
export const LOCK_QUEUED_SPIN = 2;
export const LOCK_EX_SPIN = 3;
export const LOCK_FAST_MUTEX = 4;
export const LOCK_RESOURCE = 5;
export const LOCK_PUSH = 6;
export const LOCK_MUTEX = 7;

/** LOCK_WANTED and LOCK_TAKEN: how it is acquired. */
export const MODE_EXCLUSIVE = 0;
export const MODE_SHARED = 1;
/** The caller does not wait: it can be no part of a deadlock by this. */
export const MODE_TRY = 2;

/** Names of the kinds of locks, for reports. */
export const lockKindNames: readonly string[] = ['lock', 'spin lock', 'queued spin lock',
  'EX_SPIN_LOCK', 'fast mutex', 'ERESOURCE', 'push lock', 'KMUTEX'];

/** DRIVER_ENTERED.B: what the routine is to the kernel. */
export const ROLE_OTHER = 0;
export const ROLE_PRE = 1;
export const ROLE_POST = 2;
export const ROLE_ENTRY = 3;
export const ROLE_UNLOAD = 4;
/** May return with a lock held and the IRQL raised: it is called to acquire or release. */
export const ROLE_LOCKING = 5;
export const ROLE_WORK = 6;
export const ROLE_CLEANUP = 7;
export const ROLE_TEARDOWN = 8;
export const ROLE_DPC = 9;

/** Names of the kinds of events, for reports. */
export const eventNames: Readonly<Record<number, string>> = {
  [DRIVER_ENTERED]: 'enter', [DRIVER_LEFT]: 'leave',
  [LOCK_MADE]: 'initialise lock', [LOCK_UNMADE]: 'delete lock', [LOCK_WANTED]: 'want lock',
  [LOCK_TAKEN]: 'acquire', [LOCK_DROPPED]: 'release', [LOCK_SHARED]: 'convert to shared',
  [LOCK_GIVEN]: 'give lock away',
  [WAIT_MEANS]: 'wait means', [WAIT_OBJECT]: 'wait for', [WAIT_BEGAN]: 'sleep',
  [WAIT_ENDED]: 'wake',
  [OBJECT_SIGNALED]: 'signal', [OBJECT_RESET]: 'reset',
  [POOL_TAKEN]: 'allocate', [POOL_GIVEN]: 'free', [MEMORY_TOUCHED]: 'move memory',
  [OP_BEGAN]: 'begin', [OP_SENT]: 'send down', [OP_RETURNED]: 'completed below',
  [OP_PENDED]: 'pend', [OP_RESUMED]: 'complete pended', [OP_GIVEN]: 'give away',
  [OP_ENDED]: 'end', [OP_INITIATED]: 'own operation', [NAME_CHANGED]: 'change name',
  [OBJECT_REFERENCED]: 'reference', [OBJECT_DEREFERENCED]: 'dereference',
  [ROUTINE_CALLED]: 'call', [ROUTINE_RETURNED]: 'return', [IMAGE_UNLOADED]: 'unloaded',
  [FAULT_INJECTED]: 'fail on purpose',
};
