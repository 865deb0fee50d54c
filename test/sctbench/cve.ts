// Eight shapes of defects of a real kernel, each as small as it can be: what is tested is not what is
// used, what is published is not finished, what is freed is freed by two.
import { load, store } from '#src/atomics-sync/index.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';
import { claim, free, get, locked, put, use } from './claim.ts';

const POINTER = 0x100;

/** The pointer is read under the lock, but nobody asks whether it is still one. */
export const cve2009n3547 = wordScenario({
  name: 'CVE-2009-3547', words: { lock: 1, pipe: 1 },
  prepare: (at) => put(at.pipe, POINTER),
  threads: [
    (at, me) => locked(at.lock, me, () => claim(get(at.pipe) !== 0, 'the pipe is there')),
    (at, me) => locked(at.lock, me, () => put(at.pipe, 0)),
  ],
});

/** The scanner lets go of the lock while it holds an entry that the exit frees. */
export const cve2011n2183 = wordScenario({
  name: 'CVE-2011-2183', words: { lock: 1, entry: 1, freed: 1 },
  prepare: (at) => put(at.entry, POINTER),
  threads: [
    (at, me) => {
      const entry = locked(at.lock, me, () => get(at.entry));
      if (entry !== 0) locked(at.lock, me, () => use(at.freed));
    },
    (at, me) => locked(at.lock, me, () => {
      if (get(at.entry) === 0) return;
      put(at.entry, 0);
      free(at.freed);
    }),
  ],
});

interface Rings {
  readonly lock: number;
  readonly first: number;
  readonly second: number;
}

/** The fast path tests the field that is set first; the caller uses the other. */
function install(at: Rings, me: number): void {
  if (load(at.first) === 0) {
    locked(at.lock, me, () => {
      if (load(at.first) !== 0) return;
      store(at.first, POINTER);
      store(at.second, POINTER);
    });
  }
  claim(load(at.second) !== 0, 'the second keyring is there');
}

export const cve2013n1792 = wordScenario({
  name: 'CVE-2013-1792', words: { lock: 1, first: 1, second: 1 }, threads: [install, install],
});

/** Validity is tested outside of the semaphore that revoking takes. */
export const cve2015n7550 = wordScenario({
  name: 'CVE-2015-7550', words: { lock: 1, valid: 1, payload: 1 },
  prepare(at) {
    put(at.valid, 1);
    put(at.payload, POINTER);
  },
  threads: [
    (at, me) => {
      if (load(at.valid) === 0) return;
      locked(at.lock, me, () => claim(get(at.payload) !== 0, 'a valid key has a payload'));
    },
    (at, me) => locked(at.lock, me, () => {
      store(at.valid, 0);
      put(at.payload, 0);
    }),
  ],
});

/** A pointer is fetched twice: once to test it, once to use it. */
export const cve2016n7911 = wordScenario({
  name: 'CVE-2016-7911', words: { lock: 1, context: 1 },
  prepare: (at) => put(at.context, POINTER),
  threads: [
    (at) => {
      if (load(at.context) !== 0) claim(load(at.context) !== 0, 'a tested pointer can be used');
    },
    (at, me) => locked(at.lock, me, () => store(at.context, 0)),
  ],
});

/** The buffer of a shared block is freed after the lock is dropped: perhaps that of another. */
function dump(at: { readonly lock: number; readonly buffer: number; readonly freed: number },
  me: number): void {
  locked(at.lock, me, () => store(at.buffer, me + 1));
  free(at.freed + 4 * (load(at.buffer) - 1));
}

export const cve2016n9806 = wordScenario({
  name: 'CVE-2016-9806', words: { lock: 1, buffer: 1, freed: 2 }, threads: [dump, dump],
});

/** Allocates and publishes without a lock; the error path frees what is published by then. */
function addFanout(at: { readonly lock: number; readonly rollover: number; readonly freed: number },
  me: number): void {
  if (load(at.rollover) === 0) store(at.rollover, me + 1);
  locked(at.lock, me, () => undefined);
  const published = load(at.rollover);
  if (published === 0) return;
  free(at.freed + 4 * (published - 1));
  store(at.rollover, 0);
}

export const cve2017n6346 = wordScenario({
  name: 'CVE-2017-6346', words: { lock: 1, rollover: 1, freed: 2 }, threads: [addFanout, addFanout],
});

/** An object is put into a list and used without a reference of its own. */
export const cve2017n15265 = wordScenario({
  name: 'CVE-2017-15265', words: { lock: 1, listed: 1, freed: 1 },
  threads: [
    (at, me) => {
      locked(at.lock, me, () => put(at.listed, 1));
      use(at.freed);
    },
    (at, me) => locked(at.lock, me, () => {
      if (get(at.listed) === 0) return;
      put(at.listed, 0);
      free(at.freed);
    }),
  ],
});
