// A read that completes in another thread, which tells a word of it.
import { beginRead, endRead } from '../send.ts';
import { awaitTold } from './told-word.ts';
import type { RoutineId } from '../../src/mem/routine.ts';
import type { PFILE_OBJECT } from '../../src/ntos/io/types.ts';

/**
 * Reads from the beginning of a file.
 * @param routine keeps the IRP from being completed further and tells the word that it is given.
 * @returns the final status.
 */
export function sendRead(
  file: PFILE_OBJECT, buffer: number, bytes: number, routine: RoutineId, word: number,
): number {
  const irp = beginRead(file, buffer, bytes, routine, word);
  awaitTold(word);
  return endRead(irp);
}
