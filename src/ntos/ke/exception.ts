// Structured exceptions of the kernel (ExRaiseStatus): a driver catches them with try/except, in
// TypeScript with try/catch on RaisedStatus. One that nobody catches is bug check 0x1E.
import { statusName } from '../status.ts';
import type { NTSTATUS } from '../status.ts';

/** A status raised as an exception, as ExRaiseStatus does. */
export class RaisedStatus extends Error {
  readonly status: NTSTATUS;
  constructor(status: NTSTATUS, where: string) {
    super(`${statusName(status)} raised by ${where}`);
    this.name = 'RaisedStatus';
    this.status = status;
  }
}

/** Raises a status. The caller's frame must be ready to catch it. */
export function raiseStatus(status: NTSTATUS, where: string): never {
  throw new RaisedStatus(status, where);
}
