// Structured exceptions as TypeScript has them: `try { … } catch (e) { const status =
// GetExceptionCode(e); … }`. Only a status that the kernel raised is an exception of the driver's;
// everything else (a bug check, the end of the machine, a mistake in the driver's code) goes on.
import { ROUTINE, POINTER, ULONG, array, deref } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';
import { RaisedStatus, raiseStatus } from '../ntos/ke/exception.ts';
import { NTSTATUS_FIELD } from '../ntos/status.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_DATATYPE_MISALIGNMENT } from '../ntos/status-codes.ts';
import { local } from './out.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { View } from '../mem/struct.ts';

const EXCEPTION_MAXIMUM_PARAMETERS = 15;

export const EXCEPTION_RECORD = struct('EXCEPTION_RECORD', {
  ExceptionCode: NTSTATUS_FIELD,
  ExceptionFlags: ULONG,
  ExceptionRecord: POINTER,
  ExceptionAddress: ROUTINE,
  NumberParameters: ULONG,
  ExceptionInformation: array(ULONG, EXCEPTION_MAXIMUM_PARAMETERS),
});
export type PEXCEPTION_RECORD = Ptr<'EXCEPTION_RECORD'>;

export const EXCEPTION_POINTERS = struct('EXCEPTION_POINTERS', {
  ExceptionRecord: deref(() => EXCEPTION_RECORD),
  ContextRecord: POINTER,
});
export type PEXCEPTION_POINTERS = Ptr<'EXCEPTION_POINTERS'>;

/** What an exception filter answers. */
export const EXCEPTION_EXECUTE_HANDLER = 1;
export const EXCEPTION_CONTINUE_SEARCH = 0;

/** The status of a caught exception; anything that is none is thrown again. */
export function GetExceptionCode(thrown: unknown): NTSTATUS {
  if (thrown instanceof RaisedStatus) return thrown.status;
  throw thrown;
}

/** The record of a caught exception, on the stack; what is none is thrown again. */
export function GetExceptionInformation(thrown: unknown): View<typeof EXCEPTION_POINTERS> {
  const code = GetExceptionCode(thrown);
  const record = local(EXCEPTION_RECORD);
  record.ExceptionCode = code;
  const pointers = local(EXCEPTION_POINTERS);
  pointers.ExceptionRecord = record;
  return pointers;
}

/** Raises a status. IRQL <= APC_LEVEL; without a handler it is bug check 0x1E. */
export function ExRaiseStatus(Status: number): never {
  return raiseStatus(Status as NTSTATUS, 'ExRaiseStatus');
}

/** Raises STATUS_ACCESS_VIOLATION. IRQL: PASSIVE_LEVEL. */
export function ExRaiseAccessViolation(): never {
  return raiseStatus(STATUS_ACCESS_VIOLATION, 'ExRaiseAccessViolation');
}

/** Raises STATUS_DATATYPE_MISALIGNMENT. IRQL: PASSIVE_LEVEL. */
export function ExRaiseDatatypeMisalignment(): never {
  return raiseStatus(STATUS_DATATYPE_MISALIGNMENT, 'ExRaiseDatatypeMisalignment');
}
