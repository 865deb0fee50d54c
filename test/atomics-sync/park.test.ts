import { PARK, SPIN, SPIN_THEN_PARK, acquireSemaphore } from '#src/atomics-sync/index.ts';
import { checkSlice, initSemaphore, load, onWaitSlice } from '#src/atomics-sync/index.ts';
import { parkWhile, semaphoreCount, sleepWhile, spinWhile } from '#src/atomics-sync/index.ts';
import { store, wait, words } from '#src/atomics-sync/index.ts';
import { afterEach, describe, expect, it } from 'vitest';

const strategies = [PARK, SPIN, SPIN_THEN_PARK];
afterEach(() => onWaitSlice(() => undefined));

describe('parking', () => {
  it.each(strategies)('by $name returns the new value at once when there is one', (strategy) => {
    const at = words(1);
    store(at, 5);
    expect(parkWhile(at, 4, Infinity, strategy)).toBe(5);
    expect(spinWhile(at, 4, strategy)).toBe(5);
  });

  it.each(strategies)('by $name returns the old value when the time is over', (strategy) => {
    expect(parkWhile(words(1), 0, 12, strategy)).toBe(0);
  });

  it.each(strategies)('by $name asks at every slice whether to go on', (strategy) => {
    let asked = 0;
    onWaitSlice(() => {
      if (++asked === 3) throw new Error('the machine crashed');
    }, 3);
    expect(() => parkWhile(words(1), 0, Infinity, strategy)).toThrow('the machine crashed');
    expect(asked).toBe(3);
    expect(() => checkSlice()).not.toThrow();
  });

  it('counts a slept slice in full, and a word that had changed as next to nothing', () => {
    const at = words(1);
    expect(sleepWhile(at, 0, 5, PARK)).toBe(0);
    expect(sleepWhile(at, 1, 5, PARK)).toBeGreaterThan(4.99);
    expect(sleepWhile(at, 0, Infinity, PARK)).toBe(Infinity);
  });

  it('leaves no trace in a primitive when the slice check ends the wait', () => {
    const semaphore = words(3);
    initSemaphore(semaphore, 0);
    onWaitSlice(() => {
      throw new Error('shutting down');
    }, 3);
    expect(() => acquireSemaphore(semaphore, Infinity, PARK)).toThrow('shutting down');
    expect([semaphoreCount(semaphore), load(semaphore + 4)]).toEqual([0, 0]);
  });

  it('takes a time limit through the door', () => {
    expect(wait(words(1), 0, 1)).toBe('timed-out');
  });
});
