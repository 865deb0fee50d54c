// What minispy and the host agree on: the log through which records flow, as minispy.h is shared
// between driver and program in C. The log lies in the driver's globals.
//
//   Tail …… read by the host ……▶ Head        slots are reused in a circle; positions only grow
//   A thread claims the slot at Head, writes the record, and then says so in its Ready word: a
//   slot is the host's when Ready is its position + 1. The host gives slots back by moving Tail.
//   When the host does not keep up, records are lost, and counted; no operation ever waits.
import { LARGE_INTEGER, NTSTATUS_FIELD, UCHAR, ULONG, USHORT, array, atomic, struct }
  from '../fltKernel.ts';

/** The first word of the log: 'Mspy'. The host finds the log by it. */
export const MINISPY_SIGNATURE = 0x7970_734d;
/** Records that the log holds; a power of two. */
export const MINISPY_CAPACITY = 2048;
/** UTF-16 units of a file's name that are kept: the last ones. */
export const MINISPY_NAME_UNITS = 96;

/** MINISPY_RECORD.IrqlPost of an operation whose post-operation callback did not run. */
export const MINISPY_NO_POST = 0xff;

/** One operation. */
export const MINISPY_RECORD = struct('MINISPY_RECORD', {
  /** Position + 1 when the record is complete. */
  Ready: atomic(),
  /** The order in which operations began, from 1. */
  Sequence: ULONG,
  MajorFunction: UCHAR,
  MinorFunction: UCHAR,
  OperationFlags: UCHAR,
  /** KernelMode 0, UserMode 1. */
  RequestorMode: UCHAR,
  /** FLT_CALLBACK_DATA.Flags: IRP, fast I/O or FSFilter, reissued, generated. */
  Flags: ULONG,
  IrpFlags: ULONG,
  /** STATUS_FLT_POST_OPERATION_CLEANUP: minispy was detached before the operation ended. */
  Status: NTSTATUS_FIELD,
  Information: ULONG,
  ProcessId: ULONG,
  ThreadId: ULONG,
  FileObject: ULONG,
  /** System time, 100 ns since 1601. */
  StartTime: LARGE_INTEGER,
  EndTime: LARGE_INTEGER,
  IrqlPre: UCHAR,
  IrqlPost: UCHAR,
  NameLength: USHORT,
  /** The thread that ran the post-operation callback. */
  CompletionThreadId: ULONG,
  Name: array(USHORT, MINISPY_NAME_UNITS),
});

/** The log: the first of the driver's globals. */
export const MINISPY_LOG = struct('MINISPY_LOG', {
  Signature: ULONG,
  RecordSize: ULONG,
  Capacity: ULONG,
  /** Operations seen. */
  Sequence: atomic(),
  /** Records that were not kept: no slot was free, or no memory. */
  Lost: atomic(),
  /** The position to be claimed next; written by the threads of the machine. */
  Head: atomic(),
  /** The position to be read next; written by the host. */
  Tail: atomic(),
  Records: array(MINISPY_RECORD, MINISPY_CAPACITY),
});
