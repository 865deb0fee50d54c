// The words of a compiled chain's text: where things lie in a sheet, an IRP, a stack location and
// this thread's own structures, as JavaScript over `i32` with every offset written out.
import { boot } from '../../mem/boot-options.ts';
import { DRIVER_OBJECT, IO_STACK_LOCATION, IRP } from '../../ntos/io/types.ts';
import { KPRCB, KTHREAD, currentPrcb, currentThread } from '../../ntos/ke/prcb.ts';
import { COMPLETION_NODE, IRP_CTRL, nodeOf } from '../walk/irp-ctrl.ts';
import { FLT_FILTER, FLT_FILTER_COUNTS } from '../attach/object.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';

const at = IRP_CTRL.bound;
const node = COMPLETION_NODE.bound;
const zero = 0 as PIRP_CTRL;
const zeroNode = 0 as never;

/** A word of the sheet: `c` is its index. */
const word = (offset: number): string => `i32[c+${offset >> 2}]`;
/** A word of the IRP: `q` is its index. */
const irpWord = (offset: number): string => `i32[q+${offset >> 2}]`;

/** The sheet's words. */
export const sheet = {
  phase: word(at.at_Phase(zero)), flags: word(at.at_Flags(zero)), irp: word(at.at_Irp(zero)),
  volume: word(at.at_Volume(zero)), device: word(at.at_DeviceObject(zero)),
  count: word(at.at_NodeCount(zero)), position: word(at.at_Position(zero)),
  rendezvous: word(at.at_Rendezvous(zero)), isPended: word(at.at_IsPended(zero)),
  thread: word(at.at_DispatchThread(zero)), slot: word(at.at_MajorSlot(zero)),
  ownedData: word(at.at_OwnedData(zero)), requests: word(at.at_StatusRequests(zero)),
  chain: word(at.at_Chain(zero)), originalMdl: word(at.at_OriginalMdl(zero)),
  originalUserBuffer: word(at.at_OriginalUserBuffer(zero)),
  originalSystemBuffer: word(at.at_OriginalSystemBuffer(zero)),
  originalFlags: word(at.at_OriginalFlags(zero)),
  dataFlags: word(at.at_Data_Flags(zero)), dataThread: word(at.at_Data_Thread(zero)),
  status: word(at.at_Data_IoStatus_Status(zero)),
  information: word(at.at_Data_IoStatus_Information(zero)),
  tagData: word(at.at_Data_TagData(zero)),
  targetInstance: word(at.at_Iopb_TargetInstance(zero)),
  filter: word(at.at_Related_Filter(zero)), instance: word(at.at_Related_Instance(zero)),
  file: word(at.at_Related_FileObject(zero)),
  /** Size and TransactionContext: two halves of one word. */
  sizeAndContext: word(at.at_Related_Size(zero)),
  transaction: word(at.at_Related_Transaction(zero)),
  relatedVolume: word(at.at_Related_Volume(zero)),
};
/** Byte offsets in a sheet of what callbacks are given, and of what is stored by the byte. */
export const dataAt: number = at.at_Data(zero);
export const relatedAt: number = at.at_Related(zero);
export const requestorModeAt: number = at.at_Data_RequestorMode(zero);

/** Word `i` of the queue links in the callback data. */
export const queueWord = (i: number): string => word(at.at_Data_QueueLinks(zero) + i * 4);

/** How many words a parameter block has, and the one that is every filter's own. */
export const IOPB_WORDS = FLT_IO_PARAMETER_BLOCK.size >> 2;
export const TARGET_INSTANCE = (FLT_IO_PARAMETER_BLOCK.offsets['TargetInstance'] ?? 0) >> 2;
export const FIRST_PARAMETER = (FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 0) >> 2;
/** Word `i` of the parameters as callbacks see them, and as they were last agreed. */
export const iopbWord = (i: number): string => word(at.at_Iopb(zero) + i * 4);
export const agreedWord = (i: number): string => word(at.at_Agreed(zero) + i * 4);

const p = IRP.bound;
const noIrp = 0 as PIRP;
/** The IRP's words. */
export const irp = {
  flags: irpWord(p.at_Flags(noIrp)), mdl: irpWord(p.at_MdlAddress(noIrp)),
  userBuffer: irpWord(p.at_UserBuffer(noIrp)),
  systemBuffer: irpWord(p.at_AssociatedIrp_SystemBuffer(noIrp)),
  thread: irpWord(p.at_Tail_Overlay_Thread(noIrp)),
  location: irpWord(p.at_Tail_Overlay_CurrentStackLocation(noIrp)),
  status: irpWord(p.at_IoStatus_Status(noIrp)),
  information: irpWord(p.at_IoStatus_Information(noIrp)),
  requestorMode: `u8[irp+${p.at_RequestorMode(noIrp)}]`,
  locationNumber: `u8[irp+${p.at_CurrentLocation(noIrp)}]`,
};

const l = IO_STACK_LOCATION.bound;
const noLocation = 0 as PIO_STACK_LOCATION;
/** Word indices in a stack location. The first word is major, minor, flags and control. */
export const location = {
  parameters: (IO_STACK_LOCATION.offsets['Parameters'] ?? 0) >> 2,
  device: l.at_DeviceObject(noLocation) >> 2,
  file: l.at_FileObject(noLocation) >> 2,
  routine: l.at_CompletionRoutine(noLocation) >> 2,
  context: l.at_Context(noLocation) >> 2,
  bytes: IO_STACK_LOCATION.size,
};
if (l.at_Control(noLocation) !== 3) throw new Error('Control is not the last byte of its word');

/** Byte offset of a driver's dispatch routines. */
export const majorsAt: number = DRIVER_OBJECT.offsets['MajorFunction'] ?? 0;

/** This thread's IRQL, and its words that say whose callback it runs. */
export const irql = `i32[${(currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0)) >> 2}]`;
export const routineNow = `i32[${KTHREAD.bound.at_CurrentRoutine(currentThread) >> 2}]`;
export const dataNow = `i32[${KTHREAD.bound.at_CurrentData(currentThread) >> 2}]`;

const countsAt = (FLT_FILTER.offsets['Counts'] ?? 0) + boot.processor * FLT_FILTER_COUNTS.size;

/** Counts a callback of a filter by IRQL, as countCallback does. */
export function counted(filter: number, phase: 'Pre' | 'Post'): string {
  const first = (filter + countsAt + (FLT_FILTER_COUNTS.offsets[phase] ?? 0)) >> 2;
  return `k=${first}+${irql};i32[k]=i32[k]+1;`;
}

/** Where the nodes begin; what callbacks leave in node `i`, as an offset; and its words. */
export const nodesAt: number = nodeOf(zero, 0);
export const contextAt = (i: number): number => nodeOf(zero, i) + node.at_Context(zeroNode);
export const contextOf = (i: number): string => word(contextAt(i));
export const stateOf = (i: number): string => word(nodeOf(zero, i) + node.at_State(zeroNode));
