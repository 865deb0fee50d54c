// Routines of benches that run in other threads of the machine than the requestor that wants them:
// a work item, a completion. Mapped in every thread as an image is; nobody loads it.
import { PIO_COMPLETION_ROUTINE, PWORKER_THREAD_ROUTINE, STATUS_MORE_PROCESSING_REQUIRED }
  from '../../src/fltKernel.ts';
import { tell } from './told-word.ts';

/** Says at the word that it is given that it ran. */
export const tellWord = PWORKER_THREAD_ROUTINE('BenchTellWord', (word) => tell(word));

/** Says at the word that it is given that the IRP came back; whoever sent it frees it. */
export const tellCompleted = PIO_COMPLETION_ROUTINE('BenchTellCompleted', (_device, _irp, word) => {
  tell(word);
  return STATUS_MORE_PROCESSING_REQUIRED;
});

/** No driver: it is only mapped. */
export function DriverEntry(): never {
  throw new Error('bench-routines is mapped for its routines; nothing loads it');
}
