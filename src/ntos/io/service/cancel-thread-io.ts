// What the I/O manager does for a thread that ends: nothing that it issued may outlive it, for each
// request ends in its thread (IopCompleteRequest is a special kernel APC).
import { delayExecution } from '../../ke/thread.ts';
import { IoCancelIrp } from '../irp/cancel.ts';
import { forEachThreadIrp } from '../irp/thread-irps.ts';
import { checkServiceLevel } from './service.ts';

/** Between two looks. */
const LOOK_MS = 2;
const LOOK_INTERVAL = -LOOK_MS * 10_000;

function outstanding(): number {
  let count = 0;
  forEachThreadIrp(() => count++);
  return count;
}

/**
 * Cancels whatever this thread has issued and not waited for, and waits until it has ended.
 * PASSIVE_LEVEL, in the thread that ends; its handles are still open.
 *
 * @param milliseconds how long it waits; NT gives up after five minutes.
 * @returns how many requests did not end: some driver keeps what was cancelled.
 */
export function IoCancelThreadIo(milliseconds: number): number {
  checkServiceLevel('IoCancelThreadIo');
  forEachThreadIrp((irp) => IoCancelIrp(irp));
  for (let waited = 0; outstanding() > 0 && waited < milliseconds; waited += LOOK_MS) {
    delayExecution(LOOK_INTERVAL);
  }
  return outstanding();
}
