// How reports name a thread: by its role and its processor.
import { KPRCB, prcbOf } from '../ntos/ke/prcb.ts';
import { roleNames } from '../ntos/ke/thread.ts';

const { Role } = KPRCB.bound;

/** What the thread of a processor plays; empty when none has started. */
export function roleOf(processor: number): string {
  const role = roleNames[Role(prcbOf(processor))] ?? '';
  return role === 'boot' ? 'control' : role;
}

/** A thread in a sentence: "requestor 4". */
export function threadName(processor: number): string {
  return `${roleOf(processor) || 'processor'} ${processor}`;
}
