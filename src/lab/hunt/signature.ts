// When two failing schedules show the same bug: the same kind of failure with the same words, where
// numbers that differ from schedule to schedule do not count.
import type { Outcome } from './outcome.ts';

/** A text that schedules with the same bug share. */
export function signatureOf(outcome: Outcome): string {
  const [line = ''] = outcome.text.split('\n');
  const words = line.replaceAll(/\bstep \d+/g, 'step').replaceAll(/\b0x[0-9a-f]+\b/gi, 'address')
    .replaceAll(/\b(app|worker|storage|thread) \d+\b/g, '$1');
  if (outcome.failure !== 'deadlock') return `${outcome.failure}: ${words}`;
  const asleep = outcome.sleepers.map((s) => s.label).toSorted();
  return `deadlock: ${asleep.join(', ')}`;
}
