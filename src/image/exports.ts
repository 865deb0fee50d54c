// The kernel's export table: routines by name, at run time. Its routines have the numbers below
// FIRST_IMAGE_ROUTINE, in the order of their names, so that a number means the same routine in
// every thread. Macros and inline routines of the headers are in no export table, and looking them
// up finds nothing.
import { FIRST_IMAGE_ROUTINE } from '../mem/param.ts';
import { exportRoutine, routineTable } from '../mem/routine.ts';
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../ntos/ke/irql.ts';
import { readNarrow } from '../ntos/rtl/c-string.ts';
import { checkIrql } from '../ntos/rtl/services.ts';
import { readUnicode } from '../ntos/rtl/unicode-string.ts';
import type { Addressed } from './out.ts';
import type { RoutineId } from '../mem/routine.ts';

type Loose = (...args: number[]) => unknown;

/** Prefixes of the kernel's routines; the Filter Manager's begin with Flt. */
const kernel =
  /^(?:Dbg|Ex|FsRtl|Initialize|Interlocked|Iof?|Ke|Kf|Mm|Nt|Obf?|Probe|Ps|Rtl|Se|Tm|Zw)[A-Z]/;
/** Names that look like exports and live in the headers alone. */
const inline = new RegExp(`^(?:${[
  'ExAllocatePool(?:Zero|Uninitialized)', 'ExInitialize(?:DriverRuntime|FastMutex|WorkItem)',
  'FltGetFileName(?:Format|QueryMethod)', 'FsRtl(?:Enter|Exit)FileSystem',
  'FsRtlSetupAdvancedHeader(?:Ex)?', 'Initialize(?:ListHead|ObjectAttributes)',
  'Io(?:CallDriver|CompleteRequest|CopyCurrentIrpStackLocationToNext|Is32bitProcess)',
  'IoGet(?:Current|Next)IrpStackLocation', 'IoInitialize(?:DriverCreateContext|PriorityInfo)',
  'Io(?:MarkIrpPending|SizeOfIrp|SkipCurrentIrpStackLocation)',
  'IoSet(?:CancelRoutine|CompletionRoutine|NextIrpStackLocation)', 'KeMemoryBarrier',
  'MmGet(?:MdlByteCount|MdlVirtualAddress|SystemAddressForMdlSafe)', 'MmInitializeMdl',
  'PsGetCurrentProcess', String.raw`RtlString(?:Cb|Cch)\w*`, 'RtlUnicodeStringPrintf',
  'Rtl(?:SIZET|ULong|ULongLong|UShort)(?:Add|Mult|Sub|ToUShort)',
  'Rtl(?:Copy|Equal|Fill|Move|Zero)Memory', 'RtlInitEmptyUnicodeString',
  'RtlInterlocked(?:Clear|Set)Bits', 'RtlIpv[46]AddressToStringEx',
].join('|')})$`);

const numbers = new Map<string, RoutineId>();

/** Makes the table of the routines in some rooms: once, as the driver's API is loaded. */
export function fillExports(...rooms: readonly object[]): void {
  const all = Object.entries(Object.assign({}, ...rooms) as Record<string, unknown>)
    .filter((entry): entry is [string, Loose] => typeof entry[1] === 'function')
    .filter(([name]) => (name.startsWith('Flt') || kernel.test(name)) && !inline.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (all.length >= FIRST_IMAGE_ROUTINE) {
    throw new Error(`the kernel exports ${all.length} routines; raise FIRST_IMAGE_ROUTINE`);
  }
  for (const [index, [name, routine]] of all.entries()) {
    numbers.set(name, exportRoutine(index + 1, name, (...args) => Number(routine(...args) ?? 0)));
  }
}

function find(name: string, ofFilterManager: boolean): RoutineId {
  const number = name.startsWith('Flt') === ofFilterManager ? numbers.get(name) : undefined;
  return number ?? (0 as RoutineId);
}

/**
 * Finds a routine of the Filter Manager by name, at run time.
 * IRQL <= DISPATCH_LEVEL (the header says APC_LEVEL). Any thread.
 *
 * @param FltMgrRoutineName the name in bytes, terminated; or a JavaScript string.
 * @returns the routine's code pointer, the same in every thread, for `callRoutine`; NULL when the
 *   Filter Manager exports no such routine.
 * @see IO-28; fltkernel/nf-fltkernel-fltgetroutineaddress
 */
export function FltGetRoutineAddress(FltMgrRoutineName: number | string): RoutineId {
  checkIrql('FltGetRoutineAddress', DISPATCH_LEVEL);
  return find(typeof FltMgrRoutineName === 'string' ? FltMgrRoutineName
    : readNarrow(FltMgrRoutineName), true);
}

/**
 * Finds a routine of the kernel by name, at run time. PASSIVE_LEVEL. Any thread.
 *
 * @param SystemRoutineName a UNICODE_STRING, in the routine's own letter case.
 * @returns the routine's code pointer for `callRoutine`; NULL when the kernel exports none of that
 *   name. The Filter Manager's routines are another image's (FltGetRoutineAddress).
 * @see wdm/nf-wdm-mmgetsystemroutineaddress
 */
export function MmGetSystemRoutineAddress(SystemRoutineName: number): RoutineId {
  checkIrql('MmGetSystemRoutineAddress', PASSIVE_LEVEL);
  return find(readUnicode(SystemRoutineName), false);
}

/**
 * Calls through a code pointer: what `(*Routine)(…)` is in C. Ours, not the WDK's. At the levels
 * of the routine behind it.
 *
 * @returns the routine's result; a BOOLEAN is 0 or 1, and a routine without result gives 0.
 */
export function callRoutine(
  Routine: number, ...args: readonly (number | boolean | Addressed)[]
): number {
  const call = Routine === 0 ? undefined : routineTable[Routine];
  if (call === undefined) {
    throw new Error('callRoutine with NULL: the lookup found no such routine; check its result');
  }
  return call(...args.map((x) => (typeof x === 'object' ? x.address : Number(x))));
}
