// What the watchdog calls a hang, and what it does not. Time is given, nobody waits.
import { describe, expect, test } from 'vitest';
import { SlowClock, Watchdog } from '#src/lab/session/watchdog.ts';
import type { ThreadView } from '#src/machine/host-view.ts';

const LIMIT = 1000;

function thread(more: Partial<ThreadView>): ThreadView {
  return { processor: 4, role: 'requestor', irql: 0, state: 'running', routine: 0, major: -1,
    heartbeat: 0, issued: 0, completed: 0, hostThread: 0, ...more };
}

/** Looks every 100 ms at what `at` says; the first verdict. */
function watch(at: (look: number) => ThreadView[], looks = 30): ReturnType<Watchdog['look']> {
  const watchdog = new Watchdog(LIMIT);
  watchdog.reset(0);
  for (let look = 1; look <= looks; look++) {
    const stuck = watchdog.look(look * 100, at(look));
    if (stuck !== undefined) return stuck;
  }
  return undefined;
}

describe('a hang', () => {
  test('is a requestor that stays in one routine while others get on', () => {
    const stuck = watch((look) => [
      thread({ routine: 4100, issued: 7, completed: 6, major: 0 }),
      thread({ processor: 5, issued: look, completed: look }),
    ]);
    expect(stuck).toMatchObject({ kind: 'routine', thread: { processor: 4, routine: 4100 } });
    expect(stuck?.forMs).toBeGreaterThanOrEqual(LIMIT);
  });

  test('is a worker that stays in one work item while others get on', () => {
    const stuck = watch((look) => [
      thread({ processor: 2, role: 'system worker', routine: 4200, heartbeat: 12 }),
      thread({ processor: 5, issued: look, completed: look }),
    ]);
    expect(stuck).toMatchObject({ kind: 'routine', thread: { processor: 2 } });
  });

  test('is a thread that counts nothing and stays in one routine when nobody gets on', () => {
    const stuck = watch(() => [
      thread({ processor: 0, role: 'control', routine: 4200 }),
      thread({ state: 'waiting', issued: 3, completed: 2 }),
    ]);
    expect(stuck).toMatchObject({ kind: 'routine', thread: { processor: 0 } });
  });

  test('is a machine that runs work items, but gets no operation done', () => {
    expect(watch((look) => [
      thread({ processor: 2, role: 'system worker', routine: 4200, heartbeat: look }),
      thread({ state: 'waiting', issued: 3, completed: 2 }),
    ])).toMatchObject({ kind: 'everything' });
  });

  test('is a machine in which everybody waits', () => {
    expect(watch(() => [thread({ state: 'waiting', issued: 3, completed: 2 })]))
      .toMatchObject({ kind: 'everything' });
  });
});

describe('no hang', () => {
  test('is a thread that is seen in the same routine for different operations', () => {
    expect(watch((look) => [thread({ routine: 4100, issued: look, completed: look - 1 })]))
      .toBeUndefined();
  });

  test('is a thread that waits inside a routine while others get on', () => {
    expect(watch((look) => [
      thread({ routine: 4100, state: 'waiting', issued: 7, completed: 6 }),
      thread({ processor: 5, issued: look, completed: look }),
    ])).toBeUndefined();
  });

  test('is a system worker that is always seen in the same work routine, with another item', () => {
    expect(watch((look) => [
      thread({ processor: 2, role: 'system worker', routine: 4200, heartbeat: look }),
      thread({ processor: 5, issued: look, completed: look }),
    ])).toBeUndefined();
  });

  test('is a thread that stays in one routine because the computer has no time for it', () => {
    const watchdog = new Watchdog(LIMIT);
    watchdog.reset(0);
    const inRoutine = [thread({ routine: 4100, issued: 7, completed: 6 })];
    const others = (look: number): ThreadView => thread({ processor: 5, issued: look });
    const looks = Array.from({ length: 50 }, (_, look) =>
      // Two milliseconds of processor time in a hundred of the clock's.
      watchdog.look(look * 100, [...inRoutine, others(look)], look * 2));
    expect(looks.every((stuck) => stuck === undefined)).toBe(true);
    // But not for ever.
    expect(watchdog.look(7000, [...inRoutine, others(51)], 102)).toMatchObject({ kind: 'routine' });
  });

  test('is time in which the watchdog itself did not run', () => {
    const clock = new SlowClock(5000, 400);
    expect([5200, 5400, 15_000, 15_200].map((now) => clock.look(now))).toEqual(
      [200, 400, 800, 1000]);
  });

  test('is a new phase: what stood still before it does not count', () => {
    const watchdog = new Watchdog(LIMIT);
    watchdog.reset(0);
    expect(watchdog.look(900, [thread({ routine: 4100 })])).toBeUndefined();
    watchdog.reset(1000);
    expect(watchdog.look(1900, [thread({ routine: 4100 })])).toBeUndefined();
    expect(watchdog.look(2950, [thread({ routine: 4100 })])).toBeDefined();
  });
});
