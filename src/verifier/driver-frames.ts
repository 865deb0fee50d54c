// Which driver routines this thread is in, outermost first, and what was true when each was
// entered. Only the thread itself looks at it; it is rebuilt from events, so it belongs to the
// judge, not to the kernel.
import { atReboot } from '../mem/reboot.ts';
import { KeGetCurrentIrql } from '../ntos/ke/irql.ts';
import { combinedApcDisable } from '../ntos/ke/apc.ts';
import { imageOfRoutine } from './images.ts';

/** One call of a driver's routine. */
export interface DriverFrame {
  readonly routine: number;
  readonly role: number;
  readonly image: number;
  readonly irql: number;
  readonly apcs: number;
  /** Different for each call of this thread. */
  readonly serial: number;
}

const frames: DriverFrame[] = [];
let serials = 0;
atReboot(() => {
  frames.length = 0;
  serials = 0;
});

/** A driver's routine begins. */
export function enterDriver(routine: number, role: number): void {
  frames.push({ routine, role, image: imageOfRoutine(routine), irql: KeGetCurrentIrql(),
    apcs: combinedApcDisable(), serial: ++serials });
}

/** It ended; its frame. A frame that an exception skipped is dropped with it. */
export function leaveDriver(routine: number): DriverFrame | undefined {
  while (frames.length > 0) {
    const frame = frames.pop()!;
    if (frame.routine === routine) return frame;
  }
  return undefined;
}

/** The innermost driver routine of this thread. */
export function currentFrame(): DriverFrame | undefined {
  return frames[frames.length - 1];
}

/** How deep drivers call each other in this thread. */
export function driverDepth(): number {
  return frames.length;
}

/** Every frame, outermost first. */
export function driverFrames(): readonly DriverFrame[] {
  return frames;
}

/** The image whose routine runs; -1 outside of drivers. */
export function currentImage(): number {
  return frames[frames.length - 1]?.image ?? -1;
}
