// DbgPrint and its kin: drivers print into the machine's debug log (debug-log.ts), from any thread
// at any IRQL; formats that take UTF-16 text (%wZ, %S, %ws, %C) are legal at PASSIVE_LEVEL only.
//
// What is printed passes a filter by component and level, as on Windows. There DbgPrint is filtered
// out unless somebody sets the mask; here the default component, the Filter Manager and the
// vendors' (IHV) components let everything through, because whoever prints in a laboratory wants
// to read it. All others let errors through.
import { STATUS_BREAKPOINT, STATUS_INVALID_PARAMETER_1, STATUS_INVALID_PARAMETER_2, STATUS_SUCCESS }
  from '../status-codes.ts';
import { argumentsOf, formatText } from '../rtl/format.ts';
import { readNarrow } from '../rtl/c-string.ts';
import { checkIrql } from '../rtl/services.ts';
import { KMODE_EXCEPTION_NOT_HANDLED } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { DEBUG_COMPONENTS, debugMask, initializeDebugLog, setDebugMask, writeDebugRecord }
  from './debug-log.ts';
import type { NTSTATUS } from '../status.ts';

export const DPFLTR_SYSTEM_ID = 0;
export const DPFLTR_FLTMGR_ID = 93;
export const DPFLTR_IHVDRIVER_ID = 77;
export const DPFLTR_IHVVIDEO_ID = 78;
export const DPFLTR_IHVAUDIO_ID = 79;
export const DPFLTR_IHVNETWORK_ID = 80;
export const DPFLTR_IHVSTREAMING_ID = 81;
export const DPFLTR_IHVBUS_ID = 82;
export const DPFLTR_DEFAULT_ID = 101;

export const DPFLTR_ERROR_LEVEL = 0;
export const DPFLTR_WARNING_LEVEL = 1;
export const DPFLTR_TRACE_LEVEL = 2;
export const DPFLTR_INFO_LEVEL = 3;
export const DPFLTR_MASK = 0x8000_0000;

const PASSIVE_LEVEL = 0;
const ALL_LEVELS = -1;
const ERRORS_ONLY = 1;
const open = new Set([DPFLTR_DEFAULT_ID, DPFLTR_FLTMGR_ID, DPFLTR_IHVDRIVER_ID, DPFLTR_IHVVIDEO_ID,
  DPFLTR_IHVAUDIO_ID, DPFLTR_IHVNETWORK_ID, DPFLTR_IHVSTREAMING_ID, DPFLTR_IHVBUS_ID]);

/** Empties the log and sets the filter to its defaults. Phase 0 of boot. */
export function initializeDebugPrint(): void {
  initializeDebugLog((component) => (open.has(component) ? ALL_LEVELS : ERRORS_ONLY));
}

/** Levels 0 to 31 name a bit; anything higher is a mask of bits itself (wdm.h). */
function bitsOf(Level: number): number {
  return Level >>> 0 < 32 ? 1 << Level : Level;
}

function print(
  routine: string, component: number, level: number, Format: number | string,
  args: readonly (number | string)[],
): NTSTATUS {
  if ((debugMask(component) & bitsOf(level)) === 0) return STATUS_SUCCESS;
  const pattern = typeof Format === 'string' ? Format : readNarrow(Format);
  const { text, usesUnicode } = formatText(pattern, argumentsOf(args), false);
  if (usesUnicode) checkIrql(`${routine} with a format for UTF-16 text`, PASSIVE_LEVEL);
  writeDebugRecord(component, level >>> 0 < 32 ? level : DPFLTR_ERROR_LEVEL, text);
  return STATUS_SUCCESS;
}

/**
 * Prints to the debug log. IRQL: any; PASSIVE_LEVEL for %C, %S, %ws, %ls, %wZ.
 *
 * @param Format printf's, without floating point: an address or a JavaScript string; so are the
 *   texts of %s. Counted strings are given by address or view (%wZ, %Z).
 * @returns STATUS_SUCCESS. Text beyond 512 bytes is cut.
 */
export function DbgPrint(Format: number | string, ...args: (number | string)[]): NTSTATUS {
  return print('DbgPrint', DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, args);
}

/**
 * Prints if the component's filter lets the level through. IRQL as DbgPrint.
 * @param ComponentId DPFLTR_*_ID. @param Level DPFLTR_*_LEVEL, or a mask of bits from 32 on.
 */
export function DbgPrintEx(
  ComponentId: number, Level: number, Format: number | string, ...args: (number | string)[]
): NTSTATUS {
  return print('DbgPrintEx', ComponentId, Level, Format, args);
}

/** DbgPrint of checked drivers; a TypeScript driver has one build, so it prints. */
export function KdPrint(Format: number | string, ...args: (number | string)[]): NTSTATUS {
  return print('KdPrint', DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, args);
}

/** DbgPrintEx of checked drivers. */
export function KdPrintEx(
  ComponentId: number, Level: number, Format: number | string, ...args: (number | string)[]
): NTSTATUS {
  return print('KdPrintEx', ComponentId, Level, Format, args);
}

/** Whether a component's filter lets a level through: TRUE or FALSE as a status. Any IRQL. */
export function DbgQueryDebugFilterState(ComponentId: number, Level: number): NTSTATUS {
  return ((debugMask(ComponentId) & bitsOf(Level)) !== 0 ? 1 : 0) as NTSTATUS;
}

/** Lets levels of a component through, or holds them back. Any IRQL. */
export function DbgSetDebugFilterState(
  ComponentId: number, Level: number, State: boolean,
): NTSTATUS {
  if (ComponentId >>> 0 >= DEBUG_COMPONENTS) return STATUS_INVALID_PARAMETER_1;
  const bits = bitsOf(Level);
  if (bits === 0) return STATUS_INVALID_PARAMETER_2;
  const mask = debugMask(ComponentId);
  setDebugMask(ComponentId, State ? mask | bits : mask & ~bits);
  return STATUS_SUCCESS;
}

/** A breakpoint. No debugger is attached to the machine, so it is an exception nobody handles. */
export function DbgBreakPoint(): never {
  return KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, STATUS_BREAKPOINT, 0, 0, 0,
    'DbgBreakPoint: no debugger is attached');
}
