// A driver does not work long at DISPATCH_LEVEL: nothing else runs on the processor meanwhile, and
// Windows' watchdog ends it (0x133, KRN-15). Time says nothing in the machine, so accesses to
// memory are counted, from the moment that the level is reached until it is left.
import { WORK_AT_DISPATCH } from '../../mem/param.ts';
import { routineName } from '../../mem/routine.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { ROUTINE_RETURNED } from '../../trace/event.ts';
import { currentFrame } from '../driver-frames.ts';
import { report } from '../finding/report.ts';
import type { Rule } from '../rule.ts';

/** Counts an access of a driver's own code; memory-access.ts says when there is one. */
export function countAtDispatch(): void {
  if (currentFrame()?.callee === '') count(1);
}

/** Counts what a routine moves or compares for a driver, by the word. */
export function countRangeAtDispatch(bytes: number): void {
  count(Math.ceil(bytes / 4));
}

function count(touches: number): void {
  if (KeGetCurrentIrql() < DISPATCH_LEVEL) return;
  const frame = currentFrame();
  if (frame === undefined) return;
  const before = frame.touches;
  frame.touches += touches;
  if (before >= WORK_AT_DISPATCH || frame.touches < WORK_AT_DISPATCH) return;
  report({
    rule: 'starvation.dispatch', parameters: [0, frame.touches, frame.routine, 0],
    mark: routineName(frame.routine),
    cause: `${routineName(frame.routine)} has touched memory ${WORK_AT_DISPATCH} times without ` +
      'leaving DISPATCH_LEVEL: nothing else runs on the processor meanwhile',
  });
}

export const dispatchWork: Rule = {
  name: 'dispatch-work',
  on: {
    // Only a routine of the kernel lowers the IRQL.
    [ROUTINE_RETURNED]: () => {
      const frame = currentFrame();
      if (frame !== undefined && KeGetCurrentIrql() < DISPATCH_LEVEL) frame.touches = 0;
    },
  },
};
