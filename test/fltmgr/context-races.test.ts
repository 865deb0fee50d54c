// Contexts on real threads: two threads set, get, delete and release the contexts of a stream and a
// file object while a third tears the instance down and a fourth the stream (CTX-14 to CTX-22).
import { expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { controlCount } from '#src/fltmgr/context/context-control.ts';
import { countCleanup } from './context-threads.ts';
import * as m from './context-machine.ts';
import type { Shared } from './context-threads.ts';

const ROUNDS = 60;
const USERS = 2;

test('CTX-5, CTX-14: every context is cleaned up once, and never while somebody has ' +
  'it', async () => {
  m.freshKernel();
  const filter = m.makeFilter([8, 16].map((ContextType) => ({
    ContextType, ContextCleanupCallback: countCleanup, Size: 32, PoolTag: m.CONTEXT_TAG,
  })));
  const volume = m.makeVolume();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const stream = m.makeStream();
    return { instance: m.makeInstance(filter, volume), stream, file: m.openOn(stream) };
  });
  const counts = m.make(64);
  const args: Shared = {
    filter, counts, rounds, users: USERS, done: m.make(4 * ROUNDS), busy: m.make(4 * ROUNDS),
  };
  const results = await spawnThreads<number>({
    module: '#test/fltmgr/context-threads.ts', routine: 'contextUsers', threads: USERS + 2, args,
  });
  const allocated = results.reduce((sum, n) => sum + n, 0);
  const [cleaned, broken] = [i32[counts >> 2], i32[(counts >> 2) + 1]];
  expect({ cleaned, broken }).toEqual({ cleaned: allocated, broken: 0 });
  expect(m.contextsOf(filter)).toBe(0);
  expect(controlCount()).toBe(0);
  expect(allocated).toBeGreaterThan(ROUNDS);
  m.unload(filter);
});
