// Assertions of drivers: a failure is printed and ends the machine, as on Windows without a
// debugger. The macros check in the checked configuration only, like those of a checked build.
import { boot } from '../../mem/boot-options.ts';
import { STATUS_ASSERTION_FAILURE } from '../status-codes.ts';
import { readNarrow } from '../rtl/c-string.ts';
import { KMODE_EXCEPTION_NOT_HANDLED } from './bug-check-codes.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, DbgPrintEx } from './debug-print.ts';
import { APC_LEVEL, KeGetCurrentIrql } from './irql.ts';

const checked = boot.verifier;

function fail(what: string): never {
  DbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, '*** Assertion failed: %s\n', what);
  return KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, STATUS_ASSERTION_FAILURE, 0, 0, 0,
    `assertion failed: ${what}`);
}

/** An argument that is text: by address, as C gives it, or a JavaScript string. */
function textOf(argument: number | string): string {
  return typeof argument === 'string' ? argument : argument === 0 ? '' : readNarrow(argument);
}

/**
 * What a failed assertion of a C driver calls. Any IRQL. Never returns.
 * @param Message what the author says of it; NULL for nothing.
 */
export function RtlAssert(
  FailedAssertion: number | string, FileName: number | string, LineNumber: number,
  Message: number | string,
): never {
  const said = Message === 0 ? '' : `${textOf(Message)}: `;
  return fail(`${said}${textOf(FailedAssertion)} (${textOf(FileName)}, line ${LineNumber})`);
}

/** Ends the machine when a condition does not hold. Any IRQL; the checked configuration only. */
export function ASSERT(Condition: boolean, Text = 'ASSERT'): void {
  if (checked && !Condition) fail(Text);
}

/** ASSERT under the name that NT's own code uses. */
export function NT_ASSERT(Condition: boolean, Text = 'NT_ASSERT'): void {
  if (checked && !Condition) fail(Text);
}

/** ASSERT with a message in front, as the WDK's macro has it. */
export function NT_ASSERTMSG(Message: string, Condition: boolean): void {
  if (checked && !Condition) fail(Message);
}

/** ASSERT of minifilters. */
export function FLT_ASSERT(Condition: boolean, Text = 'FLT_ASSERT'): void {
  if (checked && !Condition) fail(Text);
}

/** FLT_ASSERT with a message in front. */
export function FLT_ASSERTMSG(Message: string, Condition: boolean): void {
  if (checked && !Condition) fail(Message);
}

/** Says that the code is pageable: above APC_LEVEL it ends the checked machine. */
export function PAGED_CODE(): void {
  if (!checked || KeGetCurrentIrql() <= APC_LEVEL) return;
  fail(`PAGED_CODE at IRQL ${KeGetCurrentIrql()}; pageable code runs at APC_LEVEL or below`);
}
