// Driver routines inside of each other, and the locals with an address that they keep, fit on a
// kernel stack. JavaScript's own stack says nothing of Windows', so each routine is charged what
// a typical one takes with the kernel's routines around it (mem/param.ts). Judged when a routine
// begins and when it calls the kernel: then its locals are there.
import { STACK_BUDGET, STACK_PER_ROUTINE } from '../../mem/param.ts';
import { routineName } from '../../mem/routine.ts';
import { stackUsed } from '../../mem/stack.ts';
import { DRIVER_ENTERED, ROUTINE_CALLED } from '../../trace/event.ts';
import { driverDepth, driverFrames } from '../driver-frames.ts';
import { report } from '../finding/report.ts';
import type { Rule } from '../rule.ts';

const SHOWN = 6;

function judge(): void {
  const depth = driverDepth();
  const used = depth * STACK_PER_ROUTINE + stackUsed();
  if (depth === 0 || used <= STACK_BUDGET) return;
  const names = driverFrames().slice(-SHOWN).map(({ routine }) => routineName(routine));
  const inside = depth === 1 ? names[0]! : `${depth} driver routines inside of each other`;
  report({
    rule: 'stack-depth', parameters: [8, depth, used, STACK_BUDGET], mark: names.at(-1) ?? '',
    cause: `${inside} and the memory on the stack use about ${used} bytes of kernel stack, ` +
      `${stackUsed()} of them for locals; there are ${STACK_BUDGET}: ` +
      `${depth > SHOWN ? '… > ' : ''}${names.join(' > ')}`,
  });
}

export const stackDepth: Rule = {
  name: 'stack-depth',
  on: { [DRIVER_ENTERED]: judge, [ROUTINE_CALLED]: judge },
};
