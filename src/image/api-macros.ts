// The macros and inline helpers of the WDK's headers. A list and nothing else.
export { UNREFERENCED_PARAMETER, ARGUMENT_PRESENT, FlagOn, BooleanFlagOn, SetFlag, ClearFlag,
  RtlInterlockedClearBits, RtlInterlockedSetBits, Add2Ptr, PtrOffset, ROUND_TO_SIZE, min, max,
  FIELD_OFFSET, CONTAINING_RECORD, InitializeObjectAttributes,
  IoInitializeDriverCreateContext, ReadNoFence, ZwCurrentProcess, ZwCurrentThread, NtCurrentProcess,
  NtCurrentThread,
  ExInitializeDriverRuntime, DrvRtPoolNxOptIn } from './macros.ts';
export { EXCEPTION_RECORD, EXCEPTION_POINTERS, EXCEPTION_EXECUTE_HANDLER,
  EXCEPTION_CONTINUE_SEARCH, GetExceptionCode, GetExceptionInformation, ExRaiseStatus,
  ExRaiseAccessViolation, ExRaiseDatatypeMisalignment } from './exception-forms.ts';
export type { PEXCEPTION_RECORD, PEXCEPTION_POINTERS } from './exception-forms.ts';
export { ASSERT, NT_ASSERT, NT_ASSERTMSG, FLT_ASSERT, FLT_ASSERTMSG, PAGED_CODE }
  from '../ntos/ke/assert.ts';
