// What lies in memory for the object manager: the header in front of every object, the root with
// its locks and counters, and the entries of the handle table and of the namespace.
import { POINTER, UCHAR, ULONG, USHORT, array, atomic } from '../../mem/field.ts';
import { LIST_ENTRY, UNICODE_STRING } from '../rtl/types.ts';
import { WORK_QUEUE_ITEM } from '../ex/types.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** Object types by number, as the driver-facing layer hands them out (*IoFileObjectType, …). */
export const OB_TYPE_ANY = 0;
export const OB_TYPE_FILE = 1;
export const OB_TYPE_EVENT = 2;
export const OB_TYPE_DEVICE = 3;
export const OB_TYPE_DRIVER = 4;
export const OB_TYPE_THREAD = 5;
export const OB_TYPE_PROCESS = 6;
export const OB_TYPE_SECTION = 7;
export const OB_TYPE_KEY = 8;
export const OB_TYPE_PORT = 9;
export const OB_TYPE_DIRECTORY = 10;
/** No object of the type exists: see io/service/transaction.ts. */
export const OB_TYPE_TRANSACTION = 11;
/** One more than the highest type number. */
export const OB_TYPES = 16;

const names = ['any', 'File', 'Event', 'Device', 'Driver', 'Thread', 'Process', 'Section', 'Key',
  'Port', 'Directory', 'TmTx'];

/** The name of an object type, for reports. */
export function objectTypeName(type: number): string {
  return names[type] ?? `type ${type}`;
}

/** OBJECT_HEADER.Signature of a live object, and of one that was deleted ("Obj+", "Obj-"). */
export const OBJECT_LIVE = 0x2b6a_624f;
export const OBJECT_DEAD = 0x2d6a_624f;

/** Lies right in front of the object's body. A multiple of 8, so that the body stays aligned. */
export const OBJECT_HEADER = struct('OBJECT_HEADER', {
  /** References, handles included: the object is deleted when the last one goes. */
  PointerCount: atomic(),
  HandleCount: atomic(),
  Type: UCHAR,
  /** 1: a part of the machine, never deleted. */
  Permanent: UCHAR,
  Spare: USHORT,
  Signature: ULONG,
  /** The next object whose deletion waits for a thread at PASSIVE_LEVEL. */
  NextToDelete: POINTER,
  Reserved: ULONG,
});
export type POBJECT_HEADER = Ptr<'OBJECT_HEADER'>;

/** Handles are given out from segments, each with its own lock; a processor begins at its own. */
export const HANDLE_SEGMENTS = 64;

export const HANDLE_SEGMENT = struct('HANDLE_SEGMENT', {
  Lock: atomic(),
  // Guarded by Lock, as are the segment's entries.
  FirstFree: ULONG,
  InUse: ULONG,
});

export const HANDLE_TABLE_ENTRY = struct('HANDLE_TABLE_ENTRY', {
  /** The object with HANDLE_* bits in its low end; 0 when the entry is free. */
  Object: POINTER,
  /** The access granted; the index of the next free entry when it is free. */
  GrantedAccess: ULONG,
});

/** A named object or a symbolic link; see namespace.ts. */
export const OBJECT_NAME = struct('OBJECT_NAME', {
  Link: LIST_ENTRY,
  Object: POINTER,
  Hash: ULONG,
  Name: UNICODE_STRING,
  /** Where a symbolic link leads; empty for an object. */
  Target: UNICODE_STRING,
});
export type POBJECT_NAME = Ptr<'OBJECT_NAME'>;

export const OB_ROOT = struct('OB_ROOT', {
  /** Objects whose deletion waits, newest first. */
  RemoveList: atomic(),
  /** Queued while RemoveList is not empty. */
  RemoveItem: WORK_QUEUE_ITEM,
  /** Live objects by type. */
  ObjectCounts: array(atomic(), OB_TYPES),
  // The namespace: guarded by NameLock.
  NameLock: atomic(),
  Names: LIST_ENTRY,
  // Processes: guarded by ProcessLock.
  ProcessLock: atomic(),
  Processes: LIST_ENTRY,
  SystemProcess: POINTER,
  HandleTable: POINTER,
  /** Each segment on a cache line of its own. */
  Segments: array(struct('HANDLE_SEGMENT_LINE', {
    Segment: HANDLE_SEGMENT,
    Rest: array(ULONG, 13),
  }), HANDLE_SEGMENTS),
});
export type POB_ROOT = Ptr<'OB_ROOT'>;

export const obRoot = systemRoot('ob', OB_ROOT.size) as POB_ROOT;
