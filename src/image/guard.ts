// The edge between the kernel and a driver's code: an exception that a driver lets escape ends the
// machine, as on Windows (bug check 0x1E), with the driver's own stack as evidence.
import { ScheduleOver } from '../atomics-sync/schedule/over.ts';
import { BugCheck, KeBugCheckEx, MachineStopped } from '../ntos/ke/bug-check.ts';
import { KMODE_EXCEPTION_NOT_HANDLED } from '../ntos/ke/bug-check-codes.ts';
import { RaisedStatus } from '../ntos/ke/exception.ts';

/** Turns what a driver's routine threw into a bug check; a stop of the machine passes through. */
export function driverThrew(name: string, thrown: unknown): never {
  if (thrown instanceof BugCheck || thrown instanceof MachineStopped ||
    thrown instanceof ScheduleOver) throw thrown;
  const status = thrown instanceof RaisedStatus ? thrown.status : 0xc0000005 | 0;
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, status, 0, 0, 0,
    `the driver's routine ${name} let an exception escape:\n${text}`);
}
