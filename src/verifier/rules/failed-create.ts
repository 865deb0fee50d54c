// A create that succeeded below and is failed in post-create is taken back with FltCancelFileOpen
// (POST-18): the file system has opened the file, and nobody else will close it.
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '../../fltmgr/types.ts';
import { views } from '../../mem/memory.ts';
import { routineName } from '../../mem/routine.ts';
import { FILE_OBJECT, FO_FILE_OPEN_CANCELLED, IRP_MJ_CREATE } from '../../ntos/io/types.ts';
import { STATUS_REPARSE } from '../../ntos/status-codes.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { DRIVER_ENTERED, DRIVER_LEFT, ROLE_POST, THREW } from '../../trace/event.ts';
import { currentFrame } from '../driver-frames.ts';
import { report } from '../finding/report.ts';
import { journeyOf, majorOf, ownerAt } from '../operations.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { Rule } from '../rule.ts';

const { IoStatus_Status, Iopb } = FLT_CALLBACK_DATA.bind(views);
const { TargetFileObject } = FLT_IO_PARAMETER_BLOCK.bind(views);
const { Flags, FsContext } = FILE_OBJECT.bind(views);
type Data = Parameters<typeof Iopb>[0];

function entered(_routine: number, role: number): void {
  const frame = currentFrame();
  if (frame === undefined || role !== ROLE_POST || majorOf(frame.data) !== IRP_MJ_CREATE) return;
  frame.statusBefore = IoStatus_Status(frame.data as Data);
}

function left(routine: number, role: number, _answer: number, how: number): void {
  const frame = currentFrame();
  if (frame === undefined || frame.routine !== routine || role !== ROLE_POST) return;
  if (how === THREW || frame.isDraining || frame.gave !== 0) return;
  const { data, statusBefore } = frame;
  if (majorOf(data) !== IRP_MJ_CREATE || ownerAt(data) !== frame.image) return;
  const status = IoStatus_Status(data as Data);
  const succeeded = NT_SUCCESS(statusBefore as NTSTATUS) && statusBefore !== STATUS_REPARSE;
  if (!succeeded || NT_SUCCESS(status)) return;
  const file = TargetFileObject(Iopb(data as Data));
  if ((Flags(file) & FO_FILE_OPEN_CANCELLED) !== 0 || FsContext(file) === 0) return;
  report({
    rule: 'contract.create-not-cancelled', parameters: [0xf500, data, file, status],
    mark: routineName(routine), history: journeyOf(data),
    cause: `${routineName(routine)} fails a create that succeeded, with ${statusName(status)}, ` +
      'and has not taken the open back: the file stays open below',
  });
}

export const failedCreate: Rule = {
  name: 'failed-create',
  on: { [DRIVER_ENTERED]: entered, [DRIVER_LEFT]: left },
};
