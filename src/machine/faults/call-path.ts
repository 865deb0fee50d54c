// The call path of an allocation as one number that is the same in every run and on every machine:
// the kernel's and the drivers' frames from the allocation out to the outermost driver, without
// what the lab does around them. A stack is put into words once.
import { captureStack, framesOf } from '../../verifier/finding/stack.ts';
import { hashText } from '../../verifier/finding/text-pool.ts';
import type { Frame } from '../../verifier/finding/stack.ts';

/** Frames that tell two paths apart; deeper ones are all alike. */
const DEPTH = 40;
/** Frames that count where no driver is on the stack. */
const KERNEL_FRAMES = 10;

/** A call path. */
export interface CallPath {
  readonly hash: number;
  /** Innermost frame first. */
  readonly frames: readonly string[];
  /** The routine and row that asked for the memory. */
  readonly site: string;
}

/** Frames that only pass on what somebody else asked for. */
const passing = /\((pool[\w-]*|lookaside[\w-]*|allocate)\.[jt]s:/;

const known = new Map<string, CallPath>();

function pathOf(all: readonly Frame[]): CallPath {
  const frames = all.filter(({ text }) => !text.startsWith('fltlab!'));
  const outermost = frames.findLastIndex(({ isDriver }) => isDriver);
  const kept = frames.slice(0, outermost < 0 ? KERNEL_FRAMES : outermost + 1);
  const texts = kept.map(({ text }) => text);
  const site = texts.find((text) => !passing.test(text)) ?? texts[0] ?? '';
  return { hash: hashText(texts.join('\n')), frames: texts, site };
}

/** The path on which `routine` was called. */
export function callPath(routine: (...args: never[]) => unknown): CallPath {
  const frames = framesOf(captureStack(DEPTH, routine));
  const key = frames.map(({ id }) => id).join(' ');
  let path = known.get(key);
  if (path === undefined) known.set(key, path = pathOf(frames));
  return path;
}
