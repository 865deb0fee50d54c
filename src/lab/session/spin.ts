// Where threads spin that never come back to the kernel: the watchdog sees only which routine they
// entered, the debugger of the process stops them and reads function and line.
import { stackOfWorker } from '../../machine/where.ts';
import { framesOfText } from '../../verifier/finding/stack.ts';
import type { ThreadView } from '../../machine/host-view.ts';
import type { Frame } from '../../verifier/finding/stack.ts';

/** Functions shown of each thread. */
const MOST = 8;

/** What the debugger says of suspects. */
export interface Spinning {
  /** For the report, a thread after the other. */
  readonly lines: readonly string[];
  /** Whether one was stopped in a driver's own code. */
  readonly isInDriver: boolean;
}

/** Frames from the innermost to the outermost of a driver. */
function telling(frames: readonly Frame[]): readonly Frame[] {
  const outermost = frames.findLastIndex(({ isDriver }) => isDriver);
  return frames.slice(0, Math.min(MOST, outermost < 0 ? frames.length : outermost + 1));
}

async function framesOfThread({ hostThread }: ThreadView): Promise<readonly Frame[]> {
  const stack = hostThread === 0 ? undefined : await stackOfWorker(hostThread);
  return stack === undefined ? [] : telling(framesOfText(stack));
}

function linesOf({ role, processor }: ThreadView, frames: readonly Frame[]): string[] {
  const name = role === 'boot' ? 'control' : role;
  return frames.map(({ text }, n) => (n > 0 ? `  called by ${text}`
    : `the ${name} thread of processor ${processor} is in ${text}`));
}

/** Asks where each of these threads is; those that sleep say nothing. Takes up to five seconds. */
export async function whereTheySpin(suspects: readonly ThreadView[]): Promise<Spinning> {
  const places = await Promise.all(suspects.map(framesOfThread));
  return { lines: places.flatMap((frames, n) => linesOf(suspects[n]!, frames)),
    isInDriver: places.some((frames) => frames[0]?.isDriver === true) };
}
