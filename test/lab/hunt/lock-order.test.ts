// Rings of locks in the record of one schedule: what is one, and what only looks like it.
import { describe, expect, test } from 'vitest';
import { lockRings, lockSteps } from '#src/lab/hunt/lock-order.ts';
import { POINT_READ, POINT_UPDATE } from '#src/atomics-sync/schedule/point.ts';
import type { ScheduleEvent } from '#src/lab/hunt/outcome.ts';

const WAITERS = 1 << 30;

/** `1+a` thread 1 takes a, `1-a` gives it back, `1!a` marks it, `1?a` looks at it. */
function events(text: string): ScheduleEvent[] {
  return text.split(' ').map((word) => {
    const thread = Number(word[0]);
    const object = 4 * word.charCodeAt(2);
    const owner = thread + 1;
    const [kind, before, operand] = {
      '+': [POINT_UPDATE, 0, owner], '-': [POINT_UPDATE, owner, 0],
      '!': [POINT_UPDATE, 9, 9 | WAITERS], '?': [POINT_READ, 0, owner],
    }[word[1] ?? ''] as [number, number, number];
    return { thread, kind, object, before, operand, isStep: true, preempts: false };
  });
}

const rings = (text: string): number =>
  lockRings(lockSteps(events(text), (address) => address !== 4 * 'x'.charCodeAt(0))).length;

describe('a schedule predicts a deadlock', () => {
  test('when two threads took two locks in two orders, one after the other', () => {
    expect(rings('0+a 0+b 0-b 0-a 1+b 1+a 1-a 1-b')).toBe(1);
  });

  test('when three threads close a ring of three', () => {
    expect(rings('0+a 0+b 0-b 0-a 1+b 1+c 1-c 1-b 2+c 2+a 2-a 2-c')).toBe(1);
  });
});

describe('a schedule predicts none', () => {
  test('when one thread took both orders', () => {
    expect(rings('0+a 0+b 0-b 0-a 0+b 0+a 0-a 0-b')).toBe(0);
  });

  test('when both orders lie under a third lock', () => {
    expect(rings('0+g 0+a 0+b 0-b 0-a 0-g 1+g 1+b 1+a 1-a 1-b 1-g')).toBe(0);
  });

  test('when the first lock was given back before the second was taken', () => {
    expect(rings('0+a 0-a 0+b 0-b 1+b 1+a 1-a 1-b')).toBe(0);
  });

  test('when it was only looked at, or marked by a sleeper, or is no lock', () => {
    expect(rings('0+a 0?b 0!b 0-a 1+b 1+a 1-a 1-b')).toBe(0);
    expect(rings('0+a 0+x 0-x 0-a 1+x 1+a 1-a 1-x')).toBe(0);
  });
});
