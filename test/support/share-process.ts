// Runs before each file of those that share a process: it finds memory as at the beginning, all
// zero except for the tables of images, even if the file before it crashed its machine on purpose;
// and a routine window that has room.
import { fillBytes } from '#src/mem/memory.ts';
import { FRAMES, NONPAGED, SYNC_WORDS, SYSTEM_BLOCK_START, USER } from '#src/mem/memory-map.ts';
import { FIRST_IMAGE_ROUTINE, ROUTINES_PER_IMAGE } from '#src/mem/param.ts';
import { nextImageRoutine, openRoutineWindow } from '#src/mem/routine.ts';

const ENOUGH = ROUTINES_PER_IMAGE / 2;

for (const [start, end] of [[USER.start, USER.end], [SYSTEM_BLOCK_START, SYNC_WORDS.start],
  [NONPAGED.start, FRAMES.end]] as const) fillBytes(start, 0, end - start);
const next = nextImageRoutine() - FIRST_IMAGE_ROUTINE;
const image = Math.floor(next / ROUTINES_PER_IMAGE);
if (next - image * ROUTINES_PER_IMAGE > ENOUGH) openRoutineWindow(image - 1);
