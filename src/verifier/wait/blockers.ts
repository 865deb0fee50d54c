// Which threads keep a waiting thread waiting, as far as the machine knows: the holders of a lock,
// the thread in whose callback the operation is. Where only an event, a message or a disk will end
// the wait, nobody is known.
import { IRP_CTRL, sheetOf } from '../../fltmgr/walk/irp-ctrl.ts';
import { IRP } from '../../ntos/io/types.ts';
import { views } from '../../mem/memory.ts';
import { irpName } from '../../fltmgr/data.ts';
import { MEANS_CONTEXTS, MEANS_IRP, MEANS_MESSAGE, MEANS_OPERATION, MEANS_OPLOCK, MEANS_REPLY,
  MEANS_RUNDOWN, MEANS_TEARDOWN, lockKindNames } from '../../trace/event.ts';
import { holdersOf } from '../lock/held-locks.ts';
import { describeNode } from '../lock/lock-classes.ts';
import { liveOperations, majorOf, operationAt, runnerOf } from '../operations.ts';
import { WAITS_LOCK, WAITS_OBJECT, waitOf } from './waits.ts';
import type { Wait } from './waits.ts';

const c = IRP_CTRL.bind(views);
const { UserEvent } = IRP.bind(views);

/** The callback data of the operation that a wait is for; 0 for none that passes here. */
export function operationOf(wait: Wait): number {
  if (wait.kind === WAITS_OBJECT) {
    return dataWhere((irp) => UserEvent(irp as never) === wait.object);
  }
  if (wait.kind === WAITS_OBJECT + MEANS_IRP) return dataWhere((irp) => irp === wait.object);
  if (wait.kind !== WAITS_OBJECT + MEANS_OPERATION) return 0;
  if (operationAt(wait.object) !== 0) return wait.object;
  // A filter's own operation: its IRP passes the filters below as another one.
  const irp: number = c.Irp(sheetOf(wait.object as never));
  return irp === 0 ? 0 : dataWhere((other) => other === irp);
}

function dataWhere(matches: (irp: number) => boolean): number {
  return liveOperations().find(({ irp }) => irp !== 0 && matches(irp))?.address ?? 0;
}

/** The threads that keep a thread waiting. */
export function blockersOf(processor: number): number[] {
  const wait = waitOf(processor);
  if (wait === undefined || wait.isTimed) return [];
  if (wait.kind === WAITS_LOCK) {
    return holdersOf(wait.object)
      .map((holder) => holder.processor)
      .filter((holder) => holder !== processor);
  }
  const data = operationOf(wait);
  const runner = data === 0 ? -1 : runnerOf(data);
  return runner < 0 || runner === processor ? [] : [runner];
}

const meanings: Readonly<Record<number, string>> = {
  [MEANS_OPLOCK]: 'an oplock break that its holder has to acknowledge',
  [MEANS_REPLY]: 'the reply of an application',
  [MEANS_MESSAGE]: 'a message of a filter',
  [MEANS_RUNDOWN]: 'references that others have to drop',
  [MEANS_TEARDOWN]: 'the operations of an instance that is torn down',
  [MEANS_CONTEXTS]: 'contexts that have to be released',
};

const objectTypes: Readonly<Record<number, string>> = {
  0: 'a notification event', 1: 'a synchronization event', 2: 'a mutex', 5: 'a semaphore',
  6: 'a thread', 8: 'a notification timer', 9: 'a synchronization timer',
};

/** A wait in words. */
export function describeWait(wait: Wait): string {
  const { kind, object, detail } = wait;
  const where = `0x${object.toString(16)}`;
  if (kind === WAITS_LOCK) {
    const lock = describeNode(object, detail);
    return lock === '' ? `${lockKindNames[detail] ?? 'lock'} ${where}` : lock;
  }
  const data = operationOf(wait);
  if (data !== 0) return `the end of an ${irpName(majorOf(data))}`;
  if (kind === WAITS_OBJECT) return `${objectTypes[detail] ?? 'an object'} ${where}`;
  return meanings[kind - WAITS_OBJECT] ?? 'the end of an operation';
}
