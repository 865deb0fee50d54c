// A driver's routine returns as it was called: at the same IRQL, with as many regions entered, and
// with no lock that it acquired. Routines that are called to acquire or release a queue's lock are
// left out. Reported at the return, when the routine is still known.
import { combinedApcDisable } from '../../ntos/ke/apc.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { routineName } from '../../mem/routine.ts';
import { APC_INDEX_MISMATCH, WORKER_THREAD_RETURNED_AT_BAD_IRQL }
  from '../../ntos/ke/bug-check-codes.ts';
import { DRIVER_LEFT, ROLE_ENTRY, ROLE_LOCKING, ROLE_WORK, THREW, lockKindNames }
  from '../../trace/event.ts';
import { leaveDriver } from '../driver-frames.ts';
import { lockAddress, lockKind, lockSerial, myLockAt, myLocks, stackOfSlot }
  from '../lock/held-locks.ts';
import { describeNode } from '../lock/lock-classes.ts';
import { report } from '../finding/report.ts';
import { stackLines } from '../finding/stack.ts';
import type { TitledStack } from '../finding/finding.ts';
import type { DriverFrame } from '../driver-frames.ts';
import type { Rule } from '../rule.ts';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** The locks that a routine acquired and holds, the last one first. */
function heldBy(frame: DriverFrame): { what: string; at: number; kind: number; slot: number }[] {
  const held = [];
  for (let slot = myLocks() - 1; slot >= 0; slot--) {
    const lock = myLockAt(slot);
    if (lockSerial(lock) !== frame.serial) continue;
    const [at, kind] = [lockAddress(lock), lockKind(lock)];
    held.push({ what: describeNode(at, kind), at, kind, slot });
  }
  return held;
}

const acquired = ({ kind, slot }: { kind: number; slot: number }): TitledStack =>
  ({ title: `${lockKindNames[kind] ?? 'lock'} acquired`, frames: stackLines(stackOfSlot(slot)) });

function judgeLocks(frame: DriverFrame, name: string): void {
  for (const lock of heldBy(frame)) {
    report({
      rule: 'lock-usage.held-across-return', image: frame.image, mark: name,
      parameters: [0xc5, frame.routine, lock.at, lock.kind],
      cause: `${name} returned with ${lock.what} held`, stacks: [acquired(lock)],
    });
  }
}

/** A spin lock that is kept shows as a level that is kept: Windows sees the level. */
function judgeLevel(frame: DriverFrame, name: string, irql: number): void {
  const held = irql >= DISPATCH_LEVEL ? heldBy(frame) : [];
  const why = held.length === 0 ? '' : `, with ${held.map(({ what }) => what).join(', ')} held`;
  report({
    rule: 'irql-rule.return', image: frame.image, mark: name, stacks: held.map(acquired),
    ...(frame.role === ROLE_WORK
      ? { code: WORKER_THREAD_RETURNED_AT_BAD_IRQL, parameters: [frame.routine, irql, 0, 0] }
      : { parameters: [(irql << 16) | (frame.irql << 8) | 1, frame.routine, 0, 0] }),
    cause: `${name} was called at IRQL ${frame.irql} and returned at IRQL ${irql}${why}`,
  });
}

function judgeRegions(frame: DriverFrame, name: string): void {
  const apcs = combinedApcDisable();
  if (apcs === frame.apcs) return;
  report({
    rule: 'irql-rule.apc-count', image: frame.image, mark: name,
    ...(frame.role === ROLE_WORK
      ? { code: APC_INDEX_MISMATCH, parameters: [frame.routine, 0, apcs, 1] }
      : { parameters: [0xc5, frame.routine, frame.apcs, apcs] }),
    cause: `${name} returned with another count of disabled APCs (${hex(apcs)}) than it was ` +
      `called with (${hex(frame.apcs)})`,
  });
}

function judgeReturn(routine: number, role: number, _result: number, how: number): void {
  const frame = leaveDriver(routine);
  if (frame === undefined || role === ROLE_LOCKING || how === THREW) return;
  const name = role === ROLE_ENTRY ? 'DriverEntry' : routineName(routine);
  const irql = KeGetCurrentIrql();
  const isRaised = irql !== frame.irql;
  if (isRaised && irql >= DISPATCH_LEVEL) judgeLevel(frame, name, irql);
  judgeLocks(frame, name);
  if (isRaised) judgeLevel(frame, name, irql);
  judgeRegions(frame, name);
}

export const callbackReturn: Rule = {
  name: 'callback-return',
  on: { [DRIVER_LEFT]: judgeReturn },
};
