// @hot  Page frames: 4 KiB pages of the FRAMES region that hold contents of files and the tables
// that lead to them. A frame is handed out zeroed. Freed frames form a chain; behind the frontier
// lie frames that were never touched, so that a machine costs only what its files hold.
//
// One kernel lock guards the chain. Zeroing happens outside of it.
import { i32 as words, fillBytes as fill } from '../../../mem/memory.ts';
import { FRAMES } from '../../../mem/memory-map.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { store } from '../../../atomics-sync/atomics.ts';
import { controlled } from '../../../atomics-sync/schedule/hook.ts';
import { acquireKernelLock, releaseKernelLock } from '../../../ntos/ke/kernel-lock.ts';
import { RAMFS_ROOT, ramfsRoot } from '../root.ts';

const i32 = words;
const fillBytes = fill;
const acquire = acquireKernelLock;
const release = releaseKernelLock;
const root = ramfsRoot;
const { at_FrameLock, FreeFrames, set_FreeFrames, Frontier, set_Frontier, FramesInUse,
  set_FramesInUse, FramesPeak, set_FramesPeak } = RAMFS_ROOT.bound;
const lock = at_FrameLock(root);
const size = PAGE_SIZE;
const end = FRAMES.end;
/** A schedule must find the same bytes when it is repeated. */
const alike = controlled;

/** Forgets every frame. Phase 1 of boot. */
export function initializeFrames(): void {
  store(lock, 0);
  set_FreeFrames(root, 0);
  set_Frontier(root, FRAMES.start);
  set_FramesInUse(root, 0);
  set_FramesPeak(root, 0);
}

/** Takes a frame whose bytes are anything; 0 when none is left. IRQL <= DISPATCH_LEVEL. */
export function takeDirtyFrame(): number {
  acquire(lock);
  let frame = FreeFrames(root);
  if (frame !== 0) {
    set_FreeFrames(root, i32[frame >> 2]!);
  } else if (Frontier(root) < end) {
    frame = Frontier(root);
    set_Frontier(root, frame + size);
  }
  if (frame !== 0) {
    const used = FramesInUse(root) + 1;
    set_FramesInUse(root, used);
    if (used > FramesPeak(root)) set_FramesPeak(root, used);
  }
  release(lock);
  if (alike && frame !== 0) fillBytes(frame, 0, size);
  return frame;
}

/** Takes a frame of zeroes; 0 when none is left. IRQL <= DISPATCH_LEVEL. */
export function takeFrame(): number {
  const frame = takeDirtyFrame();
  if (frame !== 0) fillBytes(frame, 0, size);
  return frame;
}

/** Gives a frame back. IRQL <= DISPATCH_LEVEL. */
export function giveFrame(frame: number): void {
  acquire(lock);
  i32[frame >> 2] = FreeFrames(root);
  set_FreeFrames(root, frame);
  set_FramesInUse(root, FramesInUse(root) - 1);
  release(lock);
}

/** Frames that files hold now. Exact when nobody is writing. */
export function framesInUse(): number {
  return FramesInUse(root);
}

/** Frames the machine has. */
export function framesTotal(): number {
  return Math.floor((end - FRAMES.start) / size);
}
