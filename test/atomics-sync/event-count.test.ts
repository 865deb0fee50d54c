import { EVENT_COUNT, PARK, cancelWait, commitWait, load } from '#src/atomics-sync/index.ts';
import { prepareWait, signalWaiters, words } from '#src/atomics-sync/index.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

const newCount = (): number => words(EVENT_COUNT.size / 4);

describe('an event count', () => {
  it('does not sleep when the signal came between the announcement and the sleep', () => {
    const at = newCount();
    const key = prepareWait(at);
    signalWaiters(at);
    expect(commitWait(at, key, 10_000, PARK)).toBe(10_000);
  });

  it('is left alone by a signal while nobody has announced a wait', () => {
    const at = newCount();
    expect(signalWaiters(at)).toBe(0);
    prepareWait(at);
    cancelWait(at);
    expect(signalWaiters(at)).toBe(0);
    expect([load(at), load(at + 4)]).toEqual([0, 0]);
  });

  it('says that nothing of the time is left when it is over', () => {
    const at = newCount();
    expect(commitWait(at, prepareWait(at), 10)).toBeLessThanOrEqual(0);
    expect(load(at + 4)).toBe(0);
  });

  it.each([
    ['park', 3000],
    ['spin-then-park', 10_000],
  ])('loses no signal between two threads that %s', async (strategy, rounds) => {
    const args = { rounds, strategy, a: newCount(), b: 0, c: words(1) };
    const module = '#test/atomics-sync/threads/waits.ts';
    const got = await spawnThreads({ module, routine: 'eventCountPingPong', threads: 2, args });
    expect(got).toEqual([rounds, rounds]);
  });
});
