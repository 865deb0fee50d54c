// A driver does not wait for I/O of its own, or for an application, while it holds a lock
// exclusively: what is below may need the same lock in another thread (KRN-25). Routines that only
// start something, or that look into a cache, do not count.
import { FLT_FILE_NAME_QUERY_CACHE_ONLY } from '../../fltmgr/constants.ts';
import { routineName } from '../../mem/routine.ts';
import { MODE_SHARED, ROUTINE_CALLED } from '../../trace/event.ts';
import { currentFrame } from '../driver-frames.ts';
import { lockAddress, lockImage, lockKind, lockMode, myLockAt, myLocks, stackOfSlot }
  from '../lock/held-locks.ts';
import { describeNode } from '../lock/lock-classes.ts';
import { report } from '../finding/report.ts';
import { stackLines } from '../finding/stack.ts';
import { textOf } from '../finding/text-pool.ts';
import type { DriverFrame } from '../driver-frames.ts';
import type { Rule } from '../rule.ts';

/** Routines that come back only when an operation below, or an application, has answered. */
const waits = new RegExp('^(Flt(ReadFile|WriteFile|CreateFile|PerformSynchronousIo|Query|Set' +
  '(InformationFile|EaFile|SecurityObject|VolumeInformation)|FlushBuffers|FsControlFile|' +
  'DeviceIoControlFile|SendMessage|ReissueSynchronousIo|GetFileNameInformation$|IsDirectory)|' +
  'Zw(Create|Open|Read|Write|Query|Set|Flush|Device|FsControl))');
/** Those that wait only when they are given no completion routine, their eighth argument. */
const mayStart = /^Flt(Read|Write)File/;
const methodMask = 0xff00;

function doesWait(routine: string, options: number, completion: number): boolean {
  if (!waits.test(routine)) return false;
  if (mayStart.test(routine)) return completion === 0;
  return routine !== 'FltGetFileNameInformation' ||
    (options & methodMask) !== FLT_FILE_NAME_QUERY_CACHE_ONLY;
}

function judgeLocks(frame: DriverFrame, routine: string): void {
  for (let slot = myLocks() - 1; slot >= 0; slot--) {
    const at = myLockAt(slot);
    if (lockImage(at) !== frame.image || (lockMode(at) & MODE_SHARED) !== 0) continue;
    const name = describeNode(lockAddress(at), lockKind(at));
    report({
      rule: 'lock-usage.held-across-io', parameters: [0xf500, lockAddress(at), frame.routine, 0],
      mark: `${routineName(frame.routine)}/${routine}`,
      cause: `${routineName(frame.routine)} calls ${routine}, which waits for what is below, ` +
        `with ${name} held exclusively`,
      stacks: [{ title: 'acquired', frames: stackLines(stackOfSlot(slot)) }],
    });
  }
}

export const heldAcrossIo: Rule = {
  name: 'held-across-io',
  on: {
    [ROUTINE_CALLED]: (name, _first, options, completion) => {
      const frame = currentFrame();
      if (frame === undefined || myLocks() === 0) return;
      const routine = textOf(name);
      if (doesWait(routine, options, completion)) judgeLocks(frame, routine);
    },
  },
};
