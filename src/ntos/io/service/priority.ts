// I/O priority hints: how urgent a request is, as its sender says. A hint can stand in the IRP (in
// three bits of Flags, so that it travels down with it), on the file object and on the thread. The
// machine keeps hints and answers them; its disks serve requests in the order in which they come.
import { ULONG } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { KTHREAD } from '../../ke/prcb.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER_1,
  STATUS_SUCCESS } from '../../status-codes.ts';
import { filePriority, setFilePriority } from '../object/file-extension.ts';
import { IoPriorityNormal, MaxIoPriorityTypes } from '../object-constants.ts';
import { IRP, IRP_PRIORITY_MASK } from '../types.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PIRP } from '../types.ts';
import type { PKTHREAD } from '../../ke/prcb.ts';
import type { Ptr } from '../../../mem/pointer.ts';

export const IO_PRIORITY_INFO = struct('IO_PRIORITY_INFO', {
  Size: ULONG,
  ThreadPriority: ULONG,
  PagePriority: ULONG,
  IoPriority: ULONG,
});
export type PIO_PRIORITY_INFO = Ptr<'IO_PRIORITY_INFO'>;

const p = IO_PRIORITY_INFO.bound;
const t = KTHREAD.bound;
const { Flags, set_Flags } = IRP.bound;
const PRIORITY_SHIFT = 17;
/** Says that the thread's own priority, or its page priority, is left as it is. */
const KEEP_THREAD = 0xffff;
const KEEP_PAGE = 0;
const NORMAL_THREAD = 8;
const HIGHEST_THREAD = 31;
const NORMAL_PAGE = 5;

/** Whether a value is a priority hint. */
export function isPriorityHint(hint: number): boolean {
  return hint >= 0 && hint < MaxIoPriorityTypes;
}

/** The hint in a word of IRP flags; undefined where it has none. */
export function hintInFlags(flags: number): number | undefined {
  const value = (flags & IRP_PRIORITY_MASK) >>> PRIORITY_SHIFT;
  return value === 0 ? undefined : value - 1;
}

/** The flags with a hint. */
export function flagsWithHint(flags: number, hint: number): number {
  return (flags & ~IRP_PRIORITY_MASK) | ((hint + 1) << PRIORITY_SHIFT);
}

/** The hint of a file object; undefined where it has none. */
export function fileHint(file: PFILE_OBJECT): number | undefined {
  const value = filePriority(file);
  return value === 0 ? undefined : value - 1;
}

/** The hint of a thread; undefined where it has none. */
export function threadHint(thread: PKTHREAD): number | undefined {
  const value = t.IoPriority(thread);
  return value === 0 ? undefined : value - 1;
}

/** Gives a file object a hint. STATUS_INVALID_PARAMETER, STATUS_INSUFFICIENT_RESOURCES. */
export function setFileHint(file: PFILE_OBJECT, hint: number): NTSTATUS {
  if (!isPriorityHint(hint)) return STATUS_INVALID_PARAMETER;
  return setFilePriority(file, hint + 1) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/** Gives a thread a hint. STATUS_INVALID_PARAMETER. */
export function setThreadHint(thread: PKTHREAD, hint: number): NTSTATUS {
  if (!isPriorityHint(hint)) return STATUS_INVALID_PARAMETER;
  t.set_IoPriority(thread, hint + 1);
  return STATUS_SUCCESS;
}

/** The hint of an IRP, IoPriorityNormal where it has none. Any IRQL. */
export function IoGetIoPriorityHint(Irp: PIRP): number {
  return hintInFlags(Flags(Irp)) ?? IoPriorityNormal;
}

/** Sets the hint of an IRP. Any IRQL. STATUS_INVALID_PARAMETER for a value that is no hint. */
export function IoSetIoPriorityHint(Irp: PIRP, PriorityHint: number): NTSTATUS {
  if (!isPriorityHint(PriorityHint)) return STATUS_INVALID_PARAMETER;
  set_Flags(Irp, flagsWithHint(Flags(Irp), PriorityHint));
  return STATUS_SUCCESS;
}

/** Makes a structure that changes nothing. IRQL <= DISPATCH_LEVEL. Inline in the WDK. */
export function IoInitializePriorityInfo(PriorityInfo: PIO_PRIORITY_INFO): void {
  p.set_Size(PriorityInfo, IO_PRIORITY_INFO.size);
  p.set_ThreadPriority(PriorityInfo, KEEP_THREAD);
  p.set_PagePriority(PriorityInfo, KEEP_PAGE);
  p.set_IoPriority(PriorityInfo, IoPriorityNormal);
}

/**
 * Stores the priorities of a thread, NULL for values that leave a thread's as they are, and an I/O
 * priority that is given.
 */
export function storePriorities(info: PIO_PRIORITY_INFO, thread: PKTHREAD, io: number): void {
  p.set_Size(info, IO_PRIORITY_INFO.size);
  p.set_ThreadPriority(info, thread === 0 ? KEEP_THREAD : t.Priority(thread) || NORMAL_THREAD);
  p.set_PagePriority(info, thread === 0 ? KEEP_PAGE : t.PagePriority(thread) || NORMAL_PAGE);
  p.set_IoPriority(info, io);
}

/** Whether a thread can be given what is in a structure. */
function isApplicable(info: PIO_PRIORITY_INFO): boolean {
  const thread = p.ThreadPriority(info);
  return p.Size(info) === IO_PRIORITY_INFO.size && isPriorityHint(p.IoPriority(info)) &&
    (thread === KEEP_THREAD || (thread >= 1 && thread <= HIGHEST_THREAD)) &&
    p.PagePriority(info) <= NORMAL_PAGE;
}

/**
 * Gives a thread the priorities in `input`, and those that it had to `output`, which may be the
 * same structure, or NULL. STATUS_INVALID_PARAMETER_1 for values that are no priorities.
 */
export function applyPriorities(
  input: PIO_PRIORITY_INFO, output: number, thread: PKTHREAD,
): NTSTATUS {
  if (!isApplicable(input)) return STATUS_INVALID_PARAMETER_1;
  const [own, page, io] = [p.ThreadPriority(input), p.PagePriority(input), p.IoPriority(input)];
  if (output !== 0) {
    storePriorities(output as PIO_PRIORITY_INFO, thread, threadHint(thread) ?? IoPriorityNormal);
  }
  if (own !== KEEP_THREAD) t.set_Priority(thread, own);
  if (page !== KEEP_PAGE) t.set_PagePriority(thread, page);
  t.set_IoPriority(thread, io + 1);
  return STATUS_SUCCESS;
}
