// Which driver routines this thread is in, outermost first, and what was true when each was
// entered. Only the thread itself looks at it; it is rebuilt from events, so it belongs to the
// judge, not to the kernel.
import { atReboot } from '../mem/reboot.ts';
import { KeGetCurrentIrql } from '../ntos/ke/irql.ts';
import { combinedApcDisable } from '../ntos/ke/apc.ts';
import { imageOfRoutine } from './images.ts';

/** One call of a driver's routine. */
export interface DriverFrame {
  /** The routine of the kernel that the driver's routine has called; empty in its own code. */
  callee: string;
  /** How the routine gave its operation away (GIVEN_*); 0 while it has not. */
  gave: number;
  /** FltQueueDeferredIoWorkItem refused the operation and nobody else has got it since. */
  wasRefused: boolean;
  /** A post-operation callback that a teardown calls. */
  isDraining: boolean;
  /** Accesses to memory since DISPATCH_LEVEL was reached. */
  touches: number;
  /** IoStatus.Status of the operation when a post-operation callback was called; else 0. */
  statusBefore: number;
  /** An oplock check skipped its wait, and the driver has not read the status that says so. */
  hasUnreadBreak: boolean;
  /** How many renames there had been, plus one, when it got the name of a create; else 0. */
  nameAsked: number;
  /** IoGetTopLevelIrp when it was called. */
  topLevelIrp: number;
  /** The callback data that it was called with; 0 when none. */
  readonly data: number;
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
export function enterDriver(routine: number, role: number, data: number): void {
  const image = imageOfRoutine(routine);
  frames.push({ callee: '', gave: 0, wasRefused: false, isDraining: false, touches: 0,
    statusBefore: 0, hasUnreadBreak: false, nameAsked: 0, topLevelIrp: 0, data, routine, role,
    image, irql: KeGetCurrentIrql(), apcs: combinedApcDisable(), serial: ++serials });
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

/** The driver's routine calls one of the kernel, or got its answer (empty). */
export function noteCall(routine: string): void {
  const frame = frames[frames.length - 1];
  if (frame !== undefined) frame.callee = routine;
}

/** The routine of the kernel that the innermost driver routine has called; empty for none. */
export function currentCall(): string {
  return frames[frames.length - 1]?.callee ?? '';
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
