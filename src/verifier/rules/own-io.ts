// A filter begins its own I/O at an instance of its own: at another filter's instance the request
// passes the wrong callbacks (IO-1). A create may also begin at the top of the stack, with NULL.
import { filterName } from '../../fltmgr/attach/filter.ts';
import { FLT_INSTANCE } from '../../fltmgr/attach/object.ts';
import { views } from '../../mem/memory.ts';
import { routineName } from '../../mem/routine.ts';
import { ROUTINE_CALLED } from '../../trace/event.ts';
import { currentFrame } from '../driver-frames.ts';
import { report } from '../finding/report.ts';
import { textOf } from '../finding/text-pool.ts';
import { imageName, imageNamed } from '../images.ts';
import type { Rule } from '../rule.ts';

const { Filter } = FLT_INSTANCE.bind(views);
const instanceFirst = /^Flt(ReadFile|WriteFile|AllocateCallbackData)(Ex)?$/;
const instanceSecond = /^FltCreateFile(Ex2?)?$/;

function called(name: number, first: number, second: number): void {
  const frame = currentFrame();
  if (frame === undefined) return;
  const routine = textOf(name);
  const instance = instanceFirst.test(routine) ? first : instanceSecond.test(routine) ? second : 0;
  if (instance === 0) return;
  const filter = Filter(instance as Parameters<typeof Filter>[0]);
  const owner = filter === 0 ? -1 : imageNamed(filterName(filter));
  if (owner < 0 || owner === frame.image) return;
  report({
    rule: 'contract.foreign-instance', parameters: [0xf500, instance, filter, frame.routine],
    mark: `${routineName(frame.routine)}/${routine}`,
    cause: `${routineName(frame.routine)} calls ${routine} with an instance of ` +
      `${imageName(owner)}: the request begins below that one instead of below its own`,
  });
}

export const ownIo: Rule = {
  name: 'own-io',
  on: { [ROUTINE_CALLED]: called },
};
