// What each thread of a stopped machine did last, as operations: which major functions it began on
// which file, and where it ran a filter's unload or teardown. Stamps order the steps of all
// threads,
// so that a hunt can begin from the order in which things happened.
import { DRIVER_ENTERED, OP_BEGAN, ROLE_TEARDOWN, ROLE_UNLOAD } from '../../trace/event.ts';
import { imageName, imageOfRoutine } from '../../verifier/images.ts';
import { irpName } from '../../fltmgr/data.ts';
import { FILE_OBJECT } from '../../ntos/io/types.ts';
import { IO_TYPE_FILE } from '../../ntos/io/object-constants.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { views } from '../../mem/memory.ts';
import type { DumpStep } from './crash-dump.ts';
import type { TraceEvent } from '../../trace/read-ring.ts';

const { Type, Size, at_FileName } = FILE_OBJECT.bind(views);
/** Longer names are none: the object is no file object any more. */
const MAX_NAME_BYTES = 1024;

/** The file by name, as long as its object is there; empty when it is gone. */
function fileName(object: number): string {
  const file = object as never;
  if (object === 0 || (object & 7) !== 0 || object + FILE_OBJECT.size > views.u8.length) return '';
  if (Type(file) !== IO_TYPE_FILE || Size(file) !== FILE_OBJECT.size) return '';
  const name = at_FileName(file);
  const length = views.u16[name >> 1]!;
  const buffer = views.i32[(name + 4) >> 2]! >>> 0;
  if (length > MAX_NAME_BYTES || buffer + length > views.u8.length) return '';
  return readUnicode(name);
}

/** The step that an event is; undefined where it is none. */
function stepOf({ stamp, kind, a, b, c, d }: TraceEvent): DumpStep | undefined {
  if (kind === OP_BEGAN) return { stamp, what: irpName(c), file: fileName(d) };
  if (kind !== DRIVER_ENTERED) return undefined;
  const filter = imageName(imageOfRoutine(a));
  if (b === ROLE_UNLOAD) return { stamp, what: 'unload', file: filter };
  return b === ROLE_TEARDOWN ? { stamp, what: 'detach', file: filter } : undefined;
}

/** The last steps of one thread, oldest first. */
export function lastSteps(events: readonly TraceEvent[], count: number): DumpStep[] {
  return events.flatMap((event) => stepOf(event) ?? []).slice(-count);
}
