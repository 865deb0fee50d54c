// Nothing of a driver runs after it was unloaded: on Windows its code is not there any more (0xCE).
// Work items of the executive and timers that are left are found at the unload, whatever else would
// call the driver when it does.
import { i32 } from '../../mem/memory.ts';
import { routineName } from '../../mem/routine.ts';
import { DRIVER_ENTERED, IMAGE_UNLOADED, ROLE_ENTRY } from '../../trace/event.ts';
import { QUEUES, haveWorkQueues, itemsOf, queueOf } from '../../ntos/ex/work-queue-root.ts';
import { WORK_QUEUE_ITEM } from '../../ntos/ex/types.ts';
import { KDPC, KTIMER } from '../../ntos/ke/types.ts';
import { runningTimers } from '../../ntos/ke/timer.ts';
import { unloadedWord } from '../area.ts';
import { imageName, imageOfRoutine } from '../images.ts';
import { underJudge } from '../lock/judge-lock.ts';
import { report } from '../finding/report.ts';
import type { Ptr } from '../../mem/pointer.ts';
import type { PKTIMER } from '../../ntos/ke/types.ts';
import type { Rule } from '../rule.ts';

const { WorkerRoutine } = WORK_QUEUE_ITEM.bound;
const { Dpc } = KTIMER.bound;
const { DeferredRoutine } = KDPC.bound;
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

function judgeLeft(image: number, what: string, routine: number): void {
  if (imageOfRoutine(routine) !== image) return;
  report({
    rule: 'drain-teardown.pending-at-unload', image, parameters: [routine, 0, 0, 0],
    mark: routineName(routine),
    cause: `${imageName(image)} was unloaded while ${what} that will call ` +
      `${routineName(routine)}`,
  });
}

/** What is left in the queues of the machine and would call the driver. */
function judgePending(image: number): void {
  for (let index = 0; haveWorkQueues() && index < QUEUES; index++) {
    for (const item of itemsOf(queueOf(index))) {
      judgeLeft(image, 'a work item is queued', WorkerRoutine(item as Ptr<'WORK_QUEUE_ITEM'>));
    }
  }
  for (const timer of runningTimers()) {
    const dpc = Dpc(timer as PKTIMER);
    if (dpc !== 0) judgeLeft(image, 'a timer runs', DeferredRoutine(dpc));
  }
}

export const unloaded: Rule = {
  name: 'unloaded',
  on: {
    [DRIVER_ENTERED]: entered,
    [IMAGE_UNLOADED]: (image) => {
      judgePending(image);
      underJudge(() => {
        i32[unloadedWord >> 2]! |= bitOf(image);
      });
    },
  },
};
