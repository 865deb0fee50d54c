// Every operation has one owner at every moment. A callback that gives its operation to a work
// item, a queue or an oplock break says so by its answer; who has given it away, completed it or
// let it go does not touch it any more. The journey of each operation is kept for every report
// about it (verifier/operations.ts).
import { FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_PENDING } from '../../fltmgr/constants.ts';
import { irpName } from '../../fltmgr/data.ts';
import { routineName } from '../../mem/routine.ts';
import { DRIVER_ENTERED, DRIVER_LEFT, GIVEN_OPLOCK, GIVEN_QUEUE, GIVEN_SAFE_COMPLETION,
  GIVEN_WORK_ITEM, OP_BEGAN, OP_ENDED, OP_GIVEN, OP_PENDED, OP_RESUMED, OP_RETURNED, OP_SENT,
  ROLE_POST, ROLE_PRE, THREW } from '../../trace/event.ts';
import { currentFrame, driverFrames } from '../driver-frames.ts';
import { imageName } from '../images.ts';
import { isOver, journeyOf, majorOf, noteBegin, noteEnd, noteStep, operationAt, ownerAt, setOwner,
  setPendedBy } from '../operations.ts';
import { report } from '../finding/report.ts';
import type { DriverFrame } from '../driver-frames.ts';
import type { Rule } from '../rule.ts';

const isCallback = (role: number): boolean => role === ROLE_PRE || role === ROLE_POST;

const givenTo: Readonly<Record<number, string>> = {
  [GIVEN_WORK_ITEM]: 'a work item', [GIVEN_SAFE_COMPLETION]: 'a posted safe callback',
  [GIVEN_QUEUE]: 'a callback data queue', [GIVEN_OPLOCK]: 'an oplock break',
};

/** A callback answered; whether it kept the operation must agree with whether it gave it away. */
function judgeAnswer(frame: DriverFrame, answer: number): void {
  const { data, role, gave, routine } = frame;
  const kept = answer === (role === ROLE_PRE ? FLT_PREOP_PENDING
    : FLT_POSTOP_MORE_PROCESSING_REQUIRED);
  if (kept || gave === 0) return;
  const wanted = role === ROLE_PRE ? 'FLT_PREOP_PENDING' : 'FLT_POSTOP_MORE_PROCESSING_REQUIRED';
  report({
    rule: 'double-complete.two-owners', parameters: [0xf51c, data, routine, answer],
    mark: routineName(routine), history: journeyOf(data),
    cause: `${routineName(routine)} gave its ${irpName(majorOf(data))} to ${givenTo[gave] ?? ''} ` +
      `and answered ${answer} instead of ${wanted}: two have the operation, and both complete it`,
  });
}

function left(role: number, answer: number, how: number): void {
  const frame = currentFrame();
  if (frame === undefined || !isCallback(role) || frame.data === 0) return;
  const { data, image } = frame;
  noteStep(data, DRIVER_LEFT, answer);
  if (how !== THREW) judgeAnswer(frame, answer);
  const kept = answer === (role === ROLE_PRE ? FLT_PREOP_PENDING
    : FLT_POSTOP_MORE_PROCESSING_REQUIRED);
  if (kept || ownerAt(data) !== image) return;
  // A safe callback that runs at once returns to the callback that asked for it.
  const isNested = driverFrames().some((outer) => outer !== frame && outer.data === data);
  if (!isNested) setOwner(data, -1);
}

/**
 * Judges an access of a driver to a sheet: callback data, parameters, related objects. Called for
 * each access that memory-access.ts sees there.
 */
export function judgeData(address: number, write: boolean): void {
  const frame = currentFrame();
  if (frame === undefined || frame.callee !== '') return;
  const owner = ownerAt(address);
  if (owner === -2) return;
  const gave = frame.gave !== 0 && operationAt(frame.data) === operationAt(address);
  if (owner === frame.image && !gave) return;
  const verb = write ? 'written' : 'read';
  const name = irpName(majorOf(address));
  const why = gave ? `after the operation was given to ${givenTo[frame.gave] ?? 'another'}`
    : isOver(address) ? 'after the operation is over'
      : owner < 0 ? 'although the callback has returned and the operation goes on'
        : `while ${imageName(owner)} has the operation`;
  report({
    rule: gave ? 'lifetime.given-away' : 'lifetime.callback-data',
    parameters: [address, write ? 1 : 0, 0, frame.data], history: journeyOf(address),
    cause: `callback data of an ${name} is ${verb} ${why}`,
  });
}

export const operation: Rule = {
  name: 'operation',
  on: {
    [OP_BEGAN]: (data, irp, major) => noteBegin(data, irp, major),
    [OP_SENT]: (data) => noteStep(data, OP_SENT, 0),
    [OP_RETURNED]: (data, status) => noteStep(data, OP_RETURNED, status),
    [OP_PENDED]: (data, routine) => {
      noteStep(data, OP_PENDED, routine);
      setPendedBy(data, routine);
    },
    [OP_RESUMED]: (data, isPost) => {
      noteStep(data, OP_RESUMED, isPost);
      setPendedBy(data, 0);
      setOwner(data, -1);
    },
    [OP_GIVEN]: (data, how) => {
      const frame = currentFrame();
      // An oplock break may be over, and the operation another one, by the time it is told here.
      if (how !== GIVEN_OPLOCK) noteStep(data, OP_GIVEN, how);
      if (frame !== undefined && frame.data === data) frame.gave = how;
    },
    [OP_ENDED]: (data, status, isGone) => noteEnd(data, status, isGone !== 0),
    [DRIVER_ENTERED]: (routine, role, data) => {
      if (!isCallback(role)) return;
      noteStep(data, DRIVER_ENTERED, routine);
      setOwner(data, currentFrame()?.image ?? -1);
    },
    [DRIVER_LEFT]: (_routine, role, answer, how) => left(role, answer, how),
  },
};
