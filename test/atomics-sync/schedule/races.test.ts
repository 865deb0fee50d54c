// Races are found from the record of a schedule, also of one in which nothing went wrong; what is
// ordered, however indirectly, is none.
import { describe, expect, test } from 'vitest';
import { B_STEPS, Board, EVENT_WORDS } from '#src/atomics-sync/schedule/board.ts';
import { RaceFinder } from '#src/atomics-sync/schedule/races.ts';
import { pointNames } from '#src/atomics-sync/schedule/point.ts';

const DATA = 0x1000;
const LOCK = 0x2000;
const OTHER = 0x3000;

/** Events as `thread kind object [operand]`, written on a board. */
function races(lines: readonly string[], incidental: readonly number[] = []) {
  const board = Board.create({ threads: 3 });
  const places: Record<string, number> = { data: DATA, lock: LOCK, other: OTHER };
  lines.forEach((line, step) => {
    const [thread = '0', kind = '', object = '', operand = '0'] = line.split(' ');
    const at = board.eventsAt + step * EVENT_WORDS;
    board.words[at] = Number(thread) | (pointNames.indexOf(kind) << 8);
    board.words[at + 1] = places[object] ?? Number(object);
    board.words[at + 3] = Number(operand);
  });
  board.set(B_STEPS, lines.length);
  return new RaceFinder(board, (address) => incidental.includes(address)).run();
}

describe('a race is', () => {
  test('two writes with nothing between them', () => {
    expect(races(['0 set data', '1 set data'])).toEqual([{
      address: DATA, first: { thread: 0, step: 0, what: 'write' },
      second: { thread: 1, step: 1, what: 'write' },
    }]);
  });

  test('a read and a write, in both orders', () => {
    expect(races(['0 get data', '1 set data'])).toHaveLength(1);
    expect(races(['0 set data', '1 get data'])).toHaveLength(1);
  });

  test('still there when the threads took different locks, or one lock in between only ' +
    'once', () => {
    expect(races(['0 update lock', '0 set data', '0 update lock', '1 update other', '1 set data']))
      .toHaveLength(1);
    expect(races(['1 update lock', '1 write lock', '0 set data', '1 set data'])).toHaveLength(1);
  });

  test('a use that nothing orders before the free of its block', () => {
    expect(races(['0 get data', `1 free ${DATA} 64`])[0]).toMatchObject({ second: { what: 'free' } });
    expect(races(['0 get data', '1 update lock', `1 free ${DATA} 64`, '0 get data']))
      .toMatchObject([{ first: { what: 'read' }, second: { what: 'free' } }]);
  });

  test('reported once for each place', () => {
    expect(races(['0 set data', '1 set data', '2 set data', '0 set other', '1 set other']))
      .toHaveLength(2);
  });

  test('not hidden by words whose order means nothing', () => {
    const lines = ['0 set data', '0 update lock', '1 update lock', '1 set data'];
    expect(races(lines)).toHaveLength(0);
    expect(races(lines, [LOCK])).toHaveLength(1);
  });
});

describe('it is none', () => {
  test('when both only read', () => {
    expect(races(['0 get data', '1 get data', '2 get data'])).toEqual([]);
  });

  test('when a lock was given from one to the other', () => {
    expect(races(['0 update lock', '0 set data', '0 update lock', '1 update lock', '1 set data']))
      .toEqual([]);
  });

  test('when a store of one was loaded by the other after the access', () => {
    expect(races(['0 set data', '0 write lock', '1 read lock', '1 get data'])).toEqual([]);
    expect(races(['0 write lock', '0 set data', '1 read lock', '1 get data'])).toHaveLength(1);
  });

  test('when one woke the other, or a third passed it on', () => {
    expect(races(['1 wait lock', '0 set data', '0 wake lock', '1 resume lock 2', '1 set data']))
      .toEqual([]);
    expect(races(['0 set data', '0 release lock', '2 acquire lock', '2 release other',
      '1 acquire other', '1 set data'])).toEqual([]);
  });

  test('when the block came into use again in between', () => {
    expect(races(['0 set data', `0 free ${DATA} 8`, `1 allocate ${DATA} 8`, '1 set data']))
      .toEqual([]);
  });
});
