// What makes a run unclean.
import { describe, expect, test } from 'vitest';
import { judge } from '#src/lab/session/judge.ts';
import type { Facts } from '#src/lab/session/judge.ts';

const clean: Facts = {
  operations: [{ major: 'IRP_MJ_READ', issued: 7, completed: 7 }],
  storage: { taken: 9, completed: 9 },
  content: { readsChecked: 3, bytesChecked: 48, errors: 0, examples: [] },
  unexpected: { count: 0, examples: [] }, left: [], contentMayDiffer: false,
};
const wrong = { readsChecked: 3, bytesChecked: 48, errors: 2, examples: ['f at 16'] };

describe('a run', () => {
  test('is clean when everything came back and nothing is left', () => {
    expect(judge(clean)).toEqual([]);
  });

  test('is clean as far as it is known', () => {
    expect(judge({ ...clean, storage: undefined, content: undefined, unexpected: undefined,
      left: undefined })).toEqual([]);
  });

  test.each<[string, Partial<Facts>, string, RegExp]>([
    ['an operation that did not come back',
      { operations: [{ major: 'IRP_MJ_READ', issued: 7, completed: 6 }] },
      'lost-operation', /IRP_MJ_READ: 7 issued, only 6 came back/],
    ['one that came back twice', { operations: [{ major: 'IRP_MJ_READ', issued: 7, completed: 8 }] },
      'lost-operation', /7 issued, but 8 came back/],
    ['a request that storage kept', { storage: { taken: 9, completed: 8 } },
      'lost-operation', /storage: 9 issued, only 8/],
    ['other bytes than were written', { content: wrong }, 'content', /2 places.*f at 16/],
    ['a status that nothing explains', { unexpected: { count: 1, examples: ['read: STATUS_X'] } },
      'unexpected-status', /1 operation returned.*read: STATUS_X/],
    ['what is left', { left: [{ kind: 'contexts', owner: 'ctx', count: 2, bytes: 0 }] },
      'leak', /2 contexts ctx/],
  ])('is not clean with %s', (_what, more, kind, says) => {
    const [finding, ...others] = judge({ ...clean, ...more });
    expect(finding?.kind).toBe(kind);
    expect(finding?.text).toMatch(says);
    expect(others).toEqual([]);
  });

  test('is not blamed for contents while a filter that changes them comes and goes', () => {
    expect(judge({ ...clean, content: wrong, contentMayDiffer: true })).toEqual([]);
  });
});
