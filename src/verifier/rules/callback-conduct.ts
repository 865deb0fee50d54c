// What a callback does with its operation while it runs: it does not keep one that no work item
// could be queued for (PEND-11), it only cleans up when it is called to drain (POST-9), and it
// gives the thread's TopLevelIrp back as it was (KRN-43).
import { routineName } from '../../mem/routine.ts';
import { FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_PENDING }
  from '../../fltmgr/constants.ts';
import { irpName } from '../../fltmgr/data.ts';
import { IoGetTopLevelIrp } from '../../ntos/io/irp/top-level-irp.ts';
import { DRIVER_ENTERED, DRIVER_LEFT, OP_GIVEN, ROLE_POST, ROLE_PRE, ROUTINE_CALLED,
  ROUTINE_RETURNED, THREW } from '../../trace/event.ts';
import { currentFrame } from '../driver-frames.ts';
import { journeyOf, majorOf, ownerAt } from '../operations.ts';
import { report } from '../finding/report.ts';
import { textOf } from '../finding/text-pool.ts';
import type { DriverFrame } from '../driver-frames.ts';
import type { Rule } from '../rule.ts';

const QUEUE = 'FltQueueDeferredIoWorkItem';
/** By these a callback may give an operation to somebody of its own, through a list or an event. */
const handsOn = new RegExp('^(Ex(Queue|Interlocked|Acquire|TryTo)|Io(Queue|Csq)|' +
  'Ke(Set|Pulse|Release|Insert|Acquire)|Flt(Queue|Acquire|Cbdq))');
/**
 * What needs the operation or a future of the instance, which a draining callback has not got any
 * more. To find the contexts that it has to clean up it may well ask.
 */
const processes = new RegExp('^(Flt(Get\\w*(FileName|Swapped|System)|Set|Queue|Allocate|Lock|' +
  'Decode|Read|Write|Create|Perform|Reissue|Do|Check|Query|Send|Parse|CompletePended)|Zw(Create|' +
  'Open|Read|Write|Query|Set|Flush|Device|FsControl))');

function called(name: number): void {
  const frame = currentFrame();
  if (frame === undefined || !(frame.wasRefused || frame.isDraining)) return;
  const routine = textOf(name);
  if (frame.wasRefused && handsOn.test(routine)) frame.wasRefused = false;
  if (!frame.isDraining || !processes.test(routine)) return;
  report({
    rule: 'drain-teardown.normal-processing', parameters: [0xf511, frame.data, frame.routine, 0],
    mark: `${routineName(frame.routine)}/${routine}`, history: journeyOf(frame.data),
    cause: `${routineName(frame.routine)} was called to drain and calls ${routine}; the ` +
      'operation has not completed, and the instance is going away',
  });
}

function answered(name: number, result: number): void {
  const frame = currentFrame();
  if (frame !== undefined && result < 0 && textOf(name) === QUEUE) frame.wasRefused = true;
}

function judgeRefused(frame: DriverFrame, answer: number): void {
  const { data, role, routine } = frame;
  const keeps = role === ROLE_PRE ? FLT_PREOP_PENDING : FLT_POSTOP_MORE_PROCESSING_REQUIRED;
  if (!frame.wasRefused || answer !== keeps || frame.gave !== 0) return;
  if (ownerAt(data) !== frame.image) return;
  report({
    rule: 'contract.queue-refused', parameters: [0xf513, data, routine, answer],
    mark: routineName(routine), history: journeyOf(data),
    cause: `${routineName(routine)} keeps its ${irpName(majorOf(data))} although ${QUEUE} ` +
      'refused to take it: nobody will complete it',
  });
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

function judgeTopLevel(frame: DriverFrame): void {
  const now = IoGetTopLevelIrp();
  if (now === frame.topLevelIrp) return;
  report({
    rule: 'contract.top-level-irp', parameters: [0xf500, now, frame.topLevelIrp, frame.routine],
    mark: routineName(frame.routine),
    cause: `${routineName(frame.routine)} returned with TopLevelIrp ${hex(now)}; it was ` +
      `${hex(frame.topLevelIrp)} when it was called`,
  });
}

function left(routine: number, role: number, answer: number, how: number): void {
  const frame = currentFrame();
  if (frame === undefined || frame.routine !== routine || how === THREW) return;
  if (role === ROLE_PRE || role === ROLE_POST) judgeRefused(frame, answer);
  judgeTopLevel(frame);
}

export const callbackConduct: Rule = {
  name: 'callback-conduct',
  on: {
    [ROUTINE_CALLED]: called,
    [ROUTINE_RETURNED]: answered,
    [OP_GIVEN]: () => {
      const frame = currentFrame();
      if (frame !== undefined) frame.wasRefused = false;
    },
    [DRIVER_ENTERED]: (_routine, role, _data, flags) => {
      const frame = currentFrame();
      if (frame === undefined) return;
      frame.isDraining = role === ROLE_POST && (flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
      frame.topLevelIrp = IoGetTopLevelIrp();
    },
    [DRIVER_LEFT]: left,
  },
};
