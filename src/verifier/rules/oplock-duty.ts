// What owners of oplocks owe. A filter that has granted an oplock on a stream checks it in every
// operation that can break it (OPL-4): judged when an operation goes down past it. And after a
// check that skipped its wait, nobody relies on exclusive access without having read the status
// that says so (OPL-11): judged when the driver touches its own state before it looked.
import { FLTFL_CALLBACK_DATA_GENERATED_IO, FLTFL_CALLBACK_DATA_IRP_OPERATION, FLT_PREOP_PENDING,
  FLT_PREOP_SUCCESS_WITH_CALLBACK } from '../../fltmgr/constants.ts';
import { irpName } from '../../fltmgr/data.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '../../fltmgr/types.ts';
import { i32, views } from '../../mem/memory.ts';
import { isOnStack } from '../../mem/stack.ts';
import { routineName } from '../../mem/routine.ts';
import { FSRTL_OPLOCK } from '../../ntos/fsrtl/oplock/oplock-types.ts';
import { FILE_OBJECT, IRP_MJ_CLEANUP, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_LOCK_CONTROL, IRP_MJ_READ,
  IRP_MJ_SET_INFORMATION, IRP_MJ_WRITE, IRP_PAGING_IO } from '../../ntos/io/types.ts';
import { STATUS_OPLOCK_BREAK_IN_PROGRESS } from '../../ntos/status-codes.ts';
import { IMAGE_UNLOADED, OP_ENDED, OP_SENT, ROUTINE_CALLED, ROUTINE_RETURNED }
  from '../../trace/event.ts';
import { verifierArea } from '../area.ts';
import { currentFrame } from '../driver-frames.ts';
import { imageName } from '../images.ts';
import { underJudge } from '../lock/judge-lock.ts';
import { isChecked, journeyOf, noteChecked, operationAt } from '../operations.ts';
import { report } from '../finding/report.ts';
import { textOf } from '../finding/text-pool.ts';
import type { Rule } from '../rule.ts';

const d = FLT_CALLBACK_DATA.bind(views);
const { TargetFileObject, IrpFlags, MajorFunction } = FLT_IO_PARAMETER_BLOCK.bind(views);
const { FsContext } = FILE_OBJECT.bind(views);
const o = FSRTL_OPLOCK.bind(views);
type Data = Parameters<typeof d.Iopb>[0];
type Oplock = Parameters<typeof o.Exclusive>[0];

/** Rows of three words: image + 1, stream, the filter's oplock variable. */
const area = verifierArea('oplocks');
const ROW = 12;
const ROWS = Math.floor((area.end - area.start) / ROW);
const at = (row: number): number => (area.start + row * ROW) >> 2;

const breaks: ReadonlySet<number> = new Set([IRP_MJ_CLEANUP, IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_SET_INFORMATION, IRP_MJ_WRITE]);
const checks = /^Flt(CheckOplock(Ex)?|OplockBreak(H|ToNone|ToNoneEx))$/;
const grants = /^FltOplockFsctrl(Ex)?$/;
const ends = /^FltUninitializeOplock$/;

/** What this thread's call is about: read when it begins, since the data may be gone after it. */
let asked = { image: -1, oplock: 0, stream: 0, data: 0, isCheck: false };

function streamOf(data: number): number {
  if (operationAt(data) === 0) return 0;
  const file = TargetFileObject(d.Iopb(data as Data));
  return file === 0 ? 0 : FsContext(file);
}

function noteGrant(image: number, stream: number, oplock: number): void {
  underJudge(() => {
    let free = -1;
    for (let row = 0; row < ROWS; row++) {
      const word = at(row);
      if (i32[word] === 0) {
        if (free < 0) free = row;
      } else if (i32[word] === image + 1 && i32[word + 1] === stream) {
        i32[word + 2] = oplock;
        return;
      }
    }
    if (free < 0) return;
    i32[at(free)] = image + 1;
    i32[at(free) + 1] = stream;
    i32[at(free) + 2] = oplock;
  });
}

function forget(matches: (word: number) => boolean): void {
  underJudge(() => {
    for (let row = 0; row < ROWS; row++) if (matches(at(row))) i32[at(row)] = 0;
  });
}

/** Whether somebody holds an oplock now; looked at without a lock, for a report only. */
function isHeld(variable: number): boolean {
  const oplock = i32[variable >> 2] as Oplock;
  if (oplock === 0) return false;
  const shared = o.at_Shared(oplock);
  return o.Exclusive(oplock) !== 0 || i32[shared >> 2] !== shared;
}

function called(name: number, first: number, second: number): void {
  const frame = currentFrame();
  const routine = textOf(name);
  asked.image = -1;
  if (frame === undefined) return;
  const isCheck = checks.test(routine);
  if (isCheck) noteChecked(second, frame.image);
  else if (ends.test(routine)) forget((word) => i32[word + 2] === first);
  if (!isCheck && !grants.test(routine)) return;
  asked = { image: frame.image, oplock: first, stream: streamOf(second), data: second, isCheck };
}

function returned(_name: number, answer: number): void {
  const { image, oplock, stream, data, isCheck } = asked;
  asked.image = -1;
  const frame = currentFrame();
  if (image < 0 || frame === undefined) return;
  if (!isCheck) {
    if (answer === FLT_PREOP_PENDING && stream !== 0) noteGrant(image, stream, oplock);
  } else if (answer === FLT_PREOP_SUCCESS_WITH_CALLBACK && operationAt(data) !== 0) {
    const status: number = d.IoStatus_Status(data as Data);
    frame.hasUnreadBreak = status === STATUS_OPLOCK_BREAK_IN_PROGRESS;
  }
}

/** Hears of each access of a driver's own code; memory-access.ts says when there is one. */
export function lookAtStatus(address: number): void {
  const frame = currentFrame();
  if (frame?.hasUnreadBreak !== true || frame.callee !== '') return;
  if (address === frame.data + (FLT_CALLBACK_DATA.offsets['IoStatus'] ?? 0)) {
    frame.hasUnreadBreak = false;
    return;
  }
  if (operationAt(address) !== 0 || isOnStack(address)) return;
  frame.hasUnreadBreak = false;
  report({
    rule: 'contract.oplock-break-unread', history: journeyOf(frame.data),
    parameters: [0xf500, frame.data, frame.routine, address], mark: routineName(frame.routine),
    cause: `${routineName(frame.routine)} goes on although the oplock is still breaking: the ` +
      'check skipped the wait, and IoStatus.Status, which says so, has not been read',
  });
}

function sent(data: number): void {
  if (operationAt(data) === 0) return;
  const flags = d.Flags(data as Data);
  const iopb = d.Iopb(data as Data);
  const major = MajorFunction(iopb);
  if (!breaks.has(major) || (IrpFlags(iopb) & IRP_PAGING_IO) !== 0) return;
  if ((flags & FLTFL_CALLBACK_DATA_IRP_OPERATION) === 0) return;
  if ((flags & FLTFL_CALLBACK_DATA_GENERATED_IO) !== 0) return;
  const stream = streamOf(data);
  if (stream === 0) return;
  for (let row = 0; row < ROWS; row++) {
    const word = at(row);
    const image = i32[word]! - 1;
    if (image < 0 || i32[word + 1] !== stream) continue;
    if (isChecked(data, image) || !isHeld(i32[word + 2]!)) continue;
    report({
      rule: 'oplock-state.unchecked', image, parameters: [0xf500, data, i32[word + 2]!, major],
      mark: irpName(major), history: journeyOf(data),
      cause: `an ${irpName(major)} goes down to a stream on which ${imageName(image)} has ` +
        `granted ` +
        'an oplock, and it has not checked it: the holder is not told that its cache is stale',
    });
  }
}

export const oplockDuty: Rule = {
  name: 'oplock-duty',
  on: {
    [ROUTINE_CALLED]: called,
    [ROUTINE_RETURNED]: returned,
    [OP_SENT]: sent,
    // Where no callback waits for it, an operation is over for the Filter Manager when it goes
    // down.
    [OP_ENDED]: (data, _status, isGone) => {
      if (isGone !== 0) sent(data);
    },
    [IMAGE_UNLOADED]: (image) => forget((word) => i32[word] === image + 1),
  },
};
