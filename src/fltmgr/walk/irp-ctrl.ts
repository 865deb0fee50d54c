// @hot  IRP_CTRL: one operation's journey sheet. It holds what drivers see (callback data, its
// parameter block, the related objects) and what the walk must remember: the callback nodes that
// were valid when the operation began, how far it has come, and who waits for it.
//
//   | IRP_CTRL | FLT_CALLBACK_DATA | FLT_IO_PARAMETER_BLOCK | agreed copy | RELATED | nodes ... |
//
// Sheets are slots of one array that never goes back to the pool while the machine runs: a
// teardown looks through all of them for operations that wait for a post-operation callback of
// its instance (teardown.ts), without any list on the hot path.
import { atomic, array, LONG, POINTER, ROUTINE, ULONG, pointer } from '../../mem/field.ts';
import { i32 as words, fillBytes } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { CACHE_LINE, MAX_INSTANCES_PER_VOLUME, MAX_OPERATIONS_IN_FLIGHT, MAX_PROCESSORS }
  from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { IRP_MJ_MAXIMUM_FUNCTION } from '../../ntos/io/constants.ts';
import { initFreeList, popFree as pop, pushFree as push } from '../../atomics-sync/free-list.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK, FLT_RELATED_OBJECTS } from '../types.ts';
import type { PFLT_CALLBACK_DATA } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** COMPLETION_NODE.State. */
export const NODE_IDLE = 0;
/** The pre-operation callback asked for a post-operation callback that has not run. */
export const NODE_ARMED = 1;
/** Somebody, the completion or a teardown, has taken it upon himself to run it. */
export const NODE_TAKEN = 2;
/** A teardown looks at the operation; the node is armed again or taken in a moment. */
export const NODE_HELD = 3;

/** COMPLETION_NODE.Flags. */
export const NODE_SYNCHRONIZED = 0x1;
export const NODE_SWAPPED_BUFFER = 0x2;
/** The filter took the swapped buffer's MDL over (FltRetainSwappedBufferMdlAddress). */
export const NODE_RETAINED_MDL = 0x4;

/** One instance's part in one operation: copied from the volume's list when it began. */
export const COMPLETION_NODE = struct('COMPLETION_NODE', {
  Instance: pointer('FLT_INSTANCE'),
  /** FLT_INSTANCE.State as it was: another value means the instance is leaving or gone. */
  Expected: LONG,
  PreOperation: ROUTINE,
  PostOperation: ROUTINE,
  /** What the pre-operation callback left for the post-operation callback. */
  Context: POINTER,
  State: atomic(),
  Flags: ULONG,
  /**
   * The parameters as this filter saw them, when it changed them for those below. Never changed,
   * and kept until the operation ends: a teardown may read them at any time (teardown.ts).
   */
  Saved: atomic(),
  /** The thread that runs the post-operation callback of a synchronised operation. */
  Thread: pointer('KTHREAD'),
  /** On which that thread waits for the operation to come back up. */
  Returned: atomic(),
  SwappedMdl: pointer('MDL'),
  Filter: pointer('FLT_FILTER'),
});
export type PCOMPLETION_NODE = Ptr<'COMPLETION_NODE'>;

/** IRP_CTRL.Flags. */
export const CTRL_CREATE = 0x1;
/** The dispatching thread waits for the operation instead of returning STATUS_PENDING. */
export const CTRL_DISPATCH_WAITS = 0x2;
/** STATUS_PENDING was returned to whoever sent the operation. */
export const CTRL_PENDING_RETURNED = 0x4;
/** A completion routine is set below: the stack location was copied down. */
export const CTRL_SENT_DOWN = 0x8;
/** The operation was initiated by a minifilter. */
export const CTRL_INITIATED = 0x10;
/** The operation was reissued by a minifilter (FltReissueSynchronousIo). */
export const CTRL_REISSUED = 0x80;
/** The parameters that the file system got are not those that came in. */
export const CTRL_PARAMETERS_CHANGED = 0x20;
/** A rename or link: when it has succeeded, cached names are stale. */
export const CTRL_CHANGES_NAMES = 0x100;
/** A node holds an MDL that goes with the operation (COMPLETION_NODE.SwappedMdl). */
export const CTRL_SWAPPED_MDL = 0x200;
/** A node holds parameters (COMPLETION_NODE.Saved). */
export const CTRL_SAVED = 0x400;

/** IRP_CTRL.Rendezvous: the callback that pends against whoever completes it. */
export const MEET_NONE = 0;
export const MEET_PENDED = 1;
export const MEET_COMPLETED = 2;

/** IRP_CTRL.Phase. */
export const PHASE_FREE = 0;
export const PHASE_PRE = 1;
export const PHASE_BELOW = 2;
export const PHASE_POST = 3;

export const IRP_CTRL = struct(
  'IRP_CTRL',
  {
    /** The free list's link; nothing while the sheet is in use. */
    Link: LONG,
    Phase: LONG,
    Flags: ULONG,
    Irp: pointer('IRP'),
    Volume: pointer('FLT_VOLUME'),
    DeviceObject: pointer('DEVICE_OBJECT'),
    /** How many nodes take part, and the one whose turn it is. */
    NodeCount: LONG,
    Position: LONG,
    /** What FltCompletePendedPreOperation gave, for the thread that finds it at the rendezvous. */
    PendedStatus: LONG,
    PendedContext: POINTER,
    Rendezvous: atomic(),
    /** Whether the instance at Position pended the operation (counted in FLT_INSTANCE.Pended). */
    IsPended: LONG,
    /** Whether the callback that pends now is the one for which the IRP was marked pending. */
    MarkedHere: LONG,
    /** The thread that sent the operation; it waits for a create on CreateReturned. */
    DispatchThread: pointer('KTHREAD'),
    CreateReturned: atomic(),
    MajorSlot: ULONG,
    /** The compiled chain that left the sheet as its next operation needs it; 0 in use. */
    Chain: ULONG,
    /** Callback data that the filter allocated itself is not freed with the operation. */
    OwnedData: ULONG,
    /** Who wants to know what the driver below returned (status-callback.ts); 0 in a free sheet. */
    StatusRequests: POINTER,
    /** While the operation waits for an oplock: whom to tell, and with what (oplock-irp.ts). */
    OplockWaitComplete: ROUTINE,
    OplockPrePost: ROUTINE,
    OplockContext: POINTER,
    /** Whether the IRP was marked pending because the oplock package might keep it. */
    OplockMarked: LONG,
    /** What the IRP carried when it came, restored before it goes back up. */
    OriginalMdl: pointer('MDL'),
    OriginalUserBuffer: POINTER,
    OriginalSystemBuffer: POINTER,
    OriginalFlags: ULONG,
    Data: FLT_CALLBACK_DATA,
    Iopb: FLT_IO_PARAMETER_BLOCK,
    /** The parameters as last agreed: what a filter changed without the dirty flag is undone. */
    Agreed: FLT_IO_PARAMETER_BLOCK,
    Related: FLT_RELATED_OBJECTS,
    Nodes: array(COMPLETION_NODE, MAX_INSTANCES_PER_VOLUME),
  },
  { align: CACHE_LINE },
);
export type PIRP_CTRL = Ptr<'IRP_CTRL'>;

const SHEETS = struct('FLT_SHEETS', {
  FreeList: array(ULONG, 16),
  /** Behind the others: for the paging path, when the others are out (back-pocket.ts). */
  Reserve: array(ULONG, 16),
  FirstReserved: POINTER,
  First: POINTER,
  Count: ULONG,
});

const i32 = words;
/** What the sheets take of the Filter Manager's roots, from their beginning on. */
export const SHEETS_BYTES: number = SHEETS.size;
const popFree = pop;
const pushFree = push;
const root = systemRoot('fltmgr', SHEETS.size) as Ptr<'FLT_SHEETS'>;
const freeList = SHEETS.bound.at_FreeList(root);
const reserve = SHEETS.bound.at_Reserve(root);
/** Of MAX_OPERATIONS_IN_FLIGHT; the others are for everybody. */
const RESERVED = 32;
const ORDINARY = MAX_OPERATIONS_IN_FLIGHT - RESERVED;
const SIZE = IRP_CTRL.size;
const TAG = poolTag('FMic');
const dataAt = IRP_CTRL.offsets['Data'] ?? 0;
const iopbAt = IRP_CTRL.offsets['Iopb'] ?? 0;
const nodesAt = IRP_CTRL.offsets['Nodes'] ?? 0;
const phaseIndex = (IRP_CTRL.offsets['Phase'] ?? 0) >> 2;
const NODE_SIZE = COMPLETION_NODE.size;
const { set_Data_Iopb, set_Chain } = IRP_CTRL.bound;

/** Allocates every sheet; at the start of the Filter Manager. */
export function initializeSheets(): void {
  const bytes = SIZE * MAX_OPERATIONS_IN_FLIGHT;
  const first = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
  if (first === 0) {
    throw new Error(`no nonpaged pool for ${bytes} bytes of IRP_CTRL: give the machine more ` +
      `memory`);
  }
  fillBytes(first, 0, bytes);
  initFreeList(freeList, first, ORDINARY, SIZE);
  const firstReserved = first + SIZE * ORDINARY;
  initFreeList(reserve, firstReserved, RESERVED, SIZE);
  SHEETS.bound.set_FirstReserved(root, firstReserved);
  SHEETS.bound.set_First(root, first);
  SHEETS.bound.set_Count(root, MAX_OPERATIONS_IN_FLIGHT);
  fillBytes(spares, 0, SPARES.size * MAX_PROCESSORS);
}

/** Gives the sheets back; no operation may be under way. */
export function shutdownSheets(): void {
  ExFreePoolWithTag(SHEETS.bound.First(root), TAG);
  SHEETS.bound.set_First(root, 0);
  SHEETS.bound.set_Count(root, 0);
}

/** Free sheets that a processor keeps for itself: taking one costs no atomic operation. */
const SPARES = struct('FLT_SPARE_SHEETS',
  { Count: ULONG, Sheets: array(POINTER, 7), Kept: array(POINTER, IRP_MJ_MAXIMUM_FUNCTION + 1) },
  { align: CACHE_LINE });
const MAX_SPARES = 4;
const spares = systemRoot('fltSheets', SPARES.size * MAX_PROCESSORS);
const spareCount = (spares + boot.processor * SPARES.size) >> 2;
const firstSpare = spareCount + 1;
/** The first of those that compiled chains keep, one for each major function. */
export const firstKept: number = spareCount + (SPARES.offsets['Kept'] ?? 0) / 4;

/** Takes a sheet; 0 when all but those that are kept back are out. IRQL <= DISPATCH_LEVEL. */
export function allocateSheet(): PIRP_CTRL {
  const spare = i32[spareCount]!;
  if (spare > 0) {
    i32[spareCount] = spare - 1;
    const kept = i32[firstSpare + spare - 1] as PIRP_CTRL;
    set_Chain(kept, 0);
    return kept;
  }
  const ctrl = popFree(freeList) as PIRP_CTRL;
  if (ctrl === 0) return ctrl;
  set_Chain(ctrl, 0);
  set_Data_Iopb(ctrl, (ctrl + iopbAt) as never);
  return ctrl;
}

/** Gives a sheet back. IRQL <= DISPATCH_LEVEL. */
export function freeSheet(ctrl: PIRP_CTRL): void {
  i32[(ctrl >> 2) + phaseIndex] = PHASE_FREE;
  const spare = i32[spareCount]!;
  if (spare < MAX_SPARES) {
    i32[firstSpare + spare] = ctrl;
    i32[spareCount] = spare + 1;
  } else {
    pushFree(freeList, ctrl);
  }
}

/** Takes one of the sheets that are kept back; 0 when these are out, too. */
export function popReservedSheet(): PIRP_CTRL {
  const ctrl = popFree(reserve) as PIRP_CTRL;
  if (ctrl !== 0) set_Data_Iopb(ctrl, (ctrl + iopbAt) as never);
  return ctrl;
}

/** Gives one of these back. */
export function pushReservedSheet(ctrl: PIRP_CTRL): void {
  i32[(ctrl >> 2) + phaseIndex] = PHASE_FREE;
  pushFree(reserve, ctrl);
}

/** Whether a sheet is one of those that are kept back. */
export function isReservedSheet(ctrl: PIRP_CTRL): boolean {
  return ctrl >= SHEETS.bound.FirstReserved(root);
}

/** The sheet a callback data belongs to. */
export function sheetOf(data: PFLT_CALLBACK_DATA): PIRP_CTRL {
  return (data - dataAt) as PIRP_CTRL;
}

/** The callback data of a sheet. */
export function dataOf(ctrl: PIRP_CTRL): PFLT_CALLBACK_DATA {
  return (ctrl + dataAt) as PFLT_CALLBACK_DATA;
}

/** Node `index` of a sheet. */
export function nodeOf(ctrl: PIRP_CTRL, index: number): PCOMPLETION_NODE {
  return (ctrl + nodesAt + index * NODE_SIZE) as PCOMPLETION_NODE;
}

/** Where all sheets lie. */
export function sheetRange(): { first: number; end: number; size: number } {
  const first = SHEETS.bound.First(root);
  return { first, end: first + SHEETS.bound.Count(root) * SIZE, size: SIZE };
}

/** Calls `visit` for each sheet that is in use, as far as an unlocked look can tell. */
export function forEachSheet(visit: (ctrl: PIRP_CTRL) => void): void {
  const first = SHEETS.bound.First(root);
  const count = SHEETS.bound.Count(root);
  for (let i = 0; i < count; i++) {
    const ctrl = (first + i * SIZE) as PIRP_CTRL;
    if (i32[(ctrl >> 2) + phaseIndex] !== PHASE_FREE) visit(ctrl);
  }
}

/** How many sheets are out: operations under way. */
export function sheetsInUse(): number {
  let inUse = 0;
  forEachSheet(() => inUse++);
  return inUse;
}
