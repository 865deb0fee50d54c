// Nothing of a driver runs after it was unloaded: on Windows its code is not there any more (0xCE).
// Work items of the executive, timers and threads that outlive the unload are found by it.
import { i32 } from '../../mem/memory.ts';
import { routineName } from '../../mem/routine.ts';
import { DRIVER_ENTERED, IMAGE_UNLOADED, ROLE_ENTRY } from '../../trace/event.ts';
import { unloadedWord } from '../area.ts';
import { imageName, imageOfRoutine } from '../images.ts';
import { underJudge } from '../lock/judge-lock.ts';
import { report } from '../finding/report.ts';
import type { Rule } from '../rule.ts';

const bitOf = (image: number): number => 1 << image;
const isUnloaded = (image: number): boolean => (i32[unloadedWord >> 2]! & bitOf(image)) !== 0;

function entered(routine: number, role: number): void {
  const image = imageOfRoutine(routine);
  if (image < 0 || !isUnloaded(image)) return;
  if (role === ROLE_ENTRY) {
    // It is loaded again.
    underJudge(() => {
      i32[unloadedWord >> 2]! &= ~bitOf(image);
    });
    return;
  }
  report({
    rule: 'drain-teardown.called-after-unload', image, parameters: [routine, 0, 0, 0],
    mark: routineName(routine),
    cause: `${routineName(routine)} of ${imageName(image)} is called after the driver was unloaded`,
  });
}

export const unloaded: Rule = {
  name: 'unloaded',
  on: {
    [DRIVER_ENTERED]: entered,
    [IMAGE_UNLOADED]: (image) => {
      underJudge(() => {
        i32[unloadedWord >> 2]! |= bitOf(image);
      });
    },
  },
};
