// The driver of the rule of the missing wait routine: FltCheckOplockEx without one returns when the
// holder of the oplock has answered the break, in the caller's thread, and not before (OPL-6).
import { FLT_IS_IRP_OPERATION, FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FltCheckOplockEx, FltInitializeOplock, FltOplockFsctrl,
  FltUninitializeOplock, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_WRITE, InterlockedIncrement,
  OPLOCK_FLAG_COMPLETE_IF_OPLOCKED, PFLT_PRE_OPERATION_CALLBACK, PsGetCurrentThread,
  STATUS_SUCCESS, atomic, driverGlobals } from '../../src/fltKernel.ts';
import { load, notify, store } from '../../src/atomics-sync/atomics.ts';
import { NULL_WAIT } from './null-wait-words.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import type { FltCallbackData } from '../../src/fltKernel.ts';

const Globals = driverGlobals('NULL_WAIT_DATA', {
  /** FSCTLs of this oplock: requests and answers by turns. */
  Controls: atomic(),
  Checks: atomic(),
});

/** The faulty twin: a check that only looks, and does not wait. */
const flags = isNaive(import.meta.url) ? OPLOCK_FLAG_COMPLETE_IF_OPLOCKED : 0;

function check(Data: FltCallbackData): number {
  const thread = PsGetCurrentThread();
  const answer = FltCheckOplockEx(NULL_WAIT.oplock, Data, flags, 0, 0, 0);
  holds(PsGetCurrentThread() === thread, 'the check returns in its caller\'s thread');
  store(NULL_WAIT.returned, 1);
  notify(NULL_WAIT.returned, 1);
  const answered = load(Globals.Controls);
  holds(answered % 2 === 0, 'the check returns when the break was answered', answered);
  InterlockedIncrement(Globals.Checks);
  return answer === FLT_PREOP_COMPLETE ? answer : FLT_PREOP_SUCCESS_NO_CALLBACK;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('NullWaitPre', (Data) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_DISALLOW_FASTIO;
  if (Data.Iopb.MajorFunction === IRP_MJ_WRITE) return check(Data);
  // Counted before the oplock knows, so that a check which it lets go on sees it.
  InterlockedIncrement(Globals.Controls);
  return FltOplockFsctrl(NULL_WAIT.oplock, Data, 1);
});

const rule = ruleDriver({
  name: 'NullWait',
  operations: [IRP_MJ_WRITE, IRP_MJ_FILE_SYSTEM_CONTROL].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre })),
  started() {
    FltInitializeOplock(NULL_WAIT.oplock);
    return STATUS_SUCCESS;
  },
  finish() {
    holds(load(Globals.Checks) > 0, 'something was checked');
  },
  afterwards() {
    FltUninitializeOplock(NULL_WAIT.oplock);
  },
});
export const { DriverEntry } = rule;
