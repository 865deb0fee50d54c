// Running a few lines as a driver's routine, in the test's own thread: what the verifier blames on
// drivers it blames on these. Imported after the boot options were settled.
import { routineTable } from '#src/mem/routine.ts';
import { role } from '#src/image/role.ts';
import { imageOfRoutine } from '#src/verifier/images.ts';
import { IMAGE_UNLOADED } from '#src/trace/event.ts';
import { tracer } from '#src/trace/tracer.ts';
import type { Role } from '#src/image/role.ts';

const Routine = role();
let count = 0;
let image = -1;

/** Runs `body` as a driver's routine; `kind` is the role type of fltKernel. */
export function asDriver(body: () => unknown, kind: Role<never> | typeof Routine = Routine): void {
  const define = kind as typeof Routine;
  const id = define(`Routine${count++}`, () => void body());
  image = imageOfRoutine(id);
  routineTable[id]!(0, 0, 0);
}

/** Says that the driver of `asDriver` is unloaded. */
export function unloadDriver(): void {
  tracer?.event(IMAGE_UNLOADED, image, 0, 0, 0);
}
