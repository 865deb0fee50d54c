import { EVENT, NOTIFICATION, SYNCHRONIZATION, initEvent, load } from '#src/atomics-sync/index.ts';
import { resetEvent, setEvent, tryWaitEvent, waitEvent, words } from '#src/atomics-sync/index.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { describe, expect, it } from 'vitest';

const module = '#test/atomics-sync/threads/waits.ts';

function event(kind: 0 | 1, isSet = false): number {
  const at = words(EVENT.size / 4);
  initEvent(at, kind, isSet);
  return at;
}

describe('an event', () => {
  it('of the notification kind lets everybody pass until it is reset', () => {
    const at = event(NOTIFICATION);
    expect(waitEvent(at, 5)).toBe(false);
    expect(setEvent(at)).toBe(false);
    expect(setEvent(at)).toBe(true);
    expect([tryWaitEvent(at), waitEvent(at), tryWaitEvent(at)]).toEqual([true, true, true]);
    expect(resetEvent(at)).toBe(true);
    expect(tryWaitEvent(at)).toBe(false);
  });

  it('of the synchronization kind lets one pass for each set', () => {
    const at = event(SYNCHRONIZATION, true);
    expect([waitEvent(at), tryWaitEvent(at)]).toEqual([true, false]);
    setEvent(at);
    setEvent(at);
    expect([tryWaitEvent(at), tryWaitEvent(at)]).toEqual([true, false]);
    expect(resetEvent(at)).toBe(false);
  });

  it.each([
    ['park', 3000],
    ['spin-then-park', 10_000],
  ])('wakes its sleeper each time it is set, waiting by %s', async (strategy, rounds) => {
    const [a, b] = [event(SYNCHRONIZATION, true), event(SYNCHRONIZATION)];
    const args = { rounds, strategy, a, b, c: 0 };
    await spawnThreads({ module, routine: 'eventPingPong', threads: 2, args });
    expect([load(a), load(b)]).toEqual([1, 0]);
  });

  it('of the notification kind wakes everybody at once', async () => {
    const a = event(NOTIFICATION);
    const args = { rounds: 1, strategy: 'park', a, b: 0, c: 0 };
    const passed = await spawnThreads({ module, routine: 'eventForAll', threads: 4, args });
    expect(passed).toEqual([false, true, true, true]);
  });
});
