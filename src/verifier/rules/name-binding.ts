// What a filter decides on a name in pre-create holds for the file that is opened, unless a rename
// comes in between. Who asks for the name there and compares it with another decides; who only
// takes it down does not. Judged when the create ends: the file that it opened got the name after
// the filter had asked for it, and the filter has not asked again in its post-operation callback.
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '../../fltmgr/types.ts';
import { imageName } from '../images.ts';
import { i32, views } from '../../mem/memory.ts';
import { FILE_OBJECT, IRP_MJ_CREATE } from '../../ntos/io/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { NAME_CHANGED, OP_ENDED, ROLE_POST, ROLE_PRE, ROUTINE_CALLED, ROUTINE_RETURNED }
  from '../../trace/event.ts';
import { verifierArea } from '../area.ts';
import { currentFrame } from '../driver-frames.ts';
import { underJudge } from '../lock/judge-lock.ts';
import { askedAt, journeyOf, majorOf, operationAt, setAsked } from '../operations.ts';
import { report } from '../finding/report.ts';
import { textOf } from '../finding/text-pool.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { Rule } from '../rule.ts';

const d = FLT_CALLBACK_DATA.bind(views);
const { TargetFileObject } = FLT_IO_PARAMETER_BLOCK.bind(views);
const { FsContext } = FILE_OBJECT.bind(views);
type Data = Parameters<typeof d.Iopb>[0];
type File = Parameters<typeof FsContext>[0];

/** Words: how many renames there were, then their streams, the oldest overwritten first. */
const area = verifierArea('renames');
const KEPT = (area.end - area.start) / 4 - 1;
const countWord = area.start >> 2;

const asks = /^FltGetFileNameInformation$/;
const compares = new RegExp('^(Rtl(Prefix|Suffix|Equal|Compare)UnicodeString|' +
  'Rtl(Compare|Equal)Memory|FsRtl(IsNameInExpression|AreNamesEqual|IsDbcsInExpression))$');
/** Asked is the image + 1 in the low byte and the count of renames above it. */
const IMAGE = 0xff;
const COUNT_SHIFT = 8;

function streamOf(data: number): number {
  const file = TargetFileObject(d.Iopb(data as Data));
  return file === 0 ? 0 : FsContext(file);
}

/** A filter has got a name: in pre-create it counts from here, in post-create it is the file's. */
function answered(name: number, status: number): void {
  const frame = currentFrame();
  if (frame === undefined || status < 0 || majorOf(frame.data) !== IRP_MJ_CREATE) return;
  if (!asks.test(textOf(name))) return;
  const mine = frame.image + 1;
  if (frame.role === ROLE_PRE) frame.nameAsked = i32[countWord]! + 1;
  else if (frame.role === ROLE_POST && (askedAt(frame.data) & IMAGE) === mine) {
    setAsked(frame.data, 0);
  }
}

/** It compares what it has got: it decides. */
function called(name: number): void {
  const frame = currentFrame();
  if (frame === undefined || frame.nameAsked === 0 || !compares.test(textOf(name))) return;
  if (askedAt(frame.data) !== 0) return;
  setAsked(frame.data, (frame.image + 1) | ((frame.nameAsked - 1) << COUNT_SHIFT));
}

/** A file has a name that it had not before. */
function renamed(file: number): void {
  const stream = file === 0 ? 0 : FsContext(file as File);
  underJudge(() => {
    const count = i32[countWord]!;
    i32[countWord + 1 + (count % KEPT)] = stream;
    i32[countWord] = count + 1;
  });
}

function isRenamedSince(stream: number, before: number): boolean {
  const now = i32[countWord]!;
  for (let n = Math.max(before, now - KEPT); n < now; n++) {
    if (i32[countWord + 1 + (n % KEPT)] === stream) return true;
  }
  return false;
}

function ended(data: number, status: number, isGone: number): void {
  const asked = askedAt(data);
  if (asked === 0 || operationAt(data) === 0) return;
  const image = (asked & IMAGE) - 1;
  const stream = isGone === 0 && NT_SUCCESS(status as NTSTATUS) ? streamOf(data) : 0;
  if (stream === 0 || !isRenamedSince(stream, asked >>> COUNT_SHIFT)) return;
  report({
    rule: 'toctou.name', image, parameters: [0xf500, data, stream, 0], history: journeyOf(data),
    mark: imageName(image),
    cause: `${imageName(image)} decided on the name of a create before it went down; the file ` +
      'that was opened got that name by a rename only afterwards, and it has not asked again',
  });
}

export const nameBinding: Rule = {
  name: 'name-binding',
  on: {
    [ROUTINE_RETURNED]: answered,
    [ROUTINE_CALLED]: called,
    [NAME_CHANGED]: renamed,
    [OP_ENDED]: ended,
  },
};
