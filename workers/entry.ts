// Where every thread begins. It settles what the thread is (memory, processor, modes) before it
// imports anything of the kernel, so that the kernel's modules can bind their memory as constants.
import { settleBoot } from '../src/mem/birth.ts';
import type { Assignment, ThreadReport } from '../src/machine/assignment.ts';

/** The task of a worker: one long one for its whole life. */
export default async function entry(assignment: Assignment): Promise<ThreadReport> {
  settleBoot(assignment.boot);
  const { play } = await import('./play.ts');
  return play(assignment);
}
