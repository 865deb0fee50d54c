// Programs with the shape of driver bugs: stop against I/O, a buffer that shrinks between two looks,
// a queue that is freed under its users, statistics in two parts, workers that nobody waits for.
import { EVENT, SYNCHRONIZATION, add, initEvent, load, setEvent, store, waitEvent }
  from '#src/atomics-sync/index.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';
import { claim, free, get, locked, put, use } from './claim.ts';

const EVENT_WORDS = EVENT.size / 4;

interface Driver {
  readonly pending: number;
  readonly stopping: number;
  readonly stopped: number;
  readonly allDone: number;
}

function leave(at: Driver): void {
  if (add(at.pending, -1) === 1) setEvent(at.allDone);
}

/** A request looks whether the driver stops, and counts itself only then. */
export const bluetooth = wordScenario({
  name: 'bluetooth-driver',
  words: { pending: 1, stopping: 1, stopped: 1, allDone: EVENT_WORDS },
  prepare(at) {
    put(at.pending, 1);
    initEvent(at.allDone, SYNCHRONIZATION);
  },
  threads: [
    (at) => {
      if (load(at.stopping) !== 0) return;
      add(at.pending, 1);
      claim(load(at.stopped) === 0, 'no request runs in a driver that has stopped');
      leave(at);
    },
    (at) => {
      store(at.stopping, 1);
      leave(at);
      waitEvent(at.allDone);
      store(at.stopped, 1);
    },
  ],
});

/** The length is asked under the lock, and used under the lock, but not under one and the same. */
export const stringBuffer = wordScenario({
  name: 'string-buffer', words: { lock: 1, length: 1 },
  prepare: (at) => put(at.length, 3),
  threads: [
    (at, me) => {
      const length = locked(at.lock, me, () => get(at.length));
      locked(at.lock, me, () => claim(length <= get(at.length), 'the characters are still there'));
    },
    (at, me) => {
      locked(at.lock, me, () => put(at.length, 0));
      locked(at.lock, me, () => put(at.length, 3));
    },
  ],
});

interface Statistics {
  readonly lock: number;
  readonly counts: number;
  readonly total: number;
}

function download(at: Statistics, me: number): void {
  locked(at.lock, me, () => {
    put(at.counts + 4 * me, get(at.counts + 4 * me) + 1);
    put(at.total, get(at.total) + 1);
  });
}

/** A snapshot that takes the parts, and the sum of the parts a moment later. */
export const aget = wordScenario({
  name: 'aget', words: { lock: 1, counts: 3, total: 1 },
  threads: [download, download, download, (at, me) => {
    const parts = locked(at.lock, me, () =>
      get(at.counts) + get(at.counts + 4) + get(at.counts + 8));
    const total = locked(at.lock, me, () => get(at.total));
    claim(parts === total, 'the parts of a snapshot are its total');
  }],
});

const BLOCKS = 2;

/** Consumers look for more work in a queue that is freed when all output is written. */
function consume(at: { readonly lock: number; readonly left: number; readonly freed: number;
  readonly ready: number }, me: number): void {
  for (;;) {
    use(at.freed);
    const block = locked(at.lock, me, () => {
      const left = get(at.left);
      if (left > 0) put(at.left, left - 1);
      return left;
    });
    if (block === 0) return;
    setEvent(at.ready + 4 * EVENT_WORDS * (block - 1));
  }
}

export const pbzip2 = wordScenario({
  name: 'pbzip2',
  words: { lock: 1, left: 1, freed: 1, ready: BLOCKS * EVENT_WORDS, written: EVENT_WORDS },
  prepare(at) {
    put(at.left, BLOCKS);
    initEvent(at.written, SYNCHRONIZATION);
    for (let i = 0; i < BLOCKS; i++) initEvent(at.ready + 4 * EVENT_WORDS * i, SYNCHRONIZATION);
  },
  threads: [
    consume, consume,
    (at) => {
      for (let i = 0; i < BLOCKS; i++) waitEvent(at.ready + 4 * EVENT_WORDS * i);
      setEvent(at.written);
    },
    (at) => {
      waitEvent(at.written);
      free(at.freed);
    },
  ],
});

/** Both users of a table trace a line and take the table down. */
function traceAndStop(at: { readonly ready: number; readonly freed: number }): void {
  if (load(at.ready) === 1) use(at.freed);
  if (load(at.ready) === 0) return;
  store(at.ready, 0);
  free(at.freed);
}

export const ctrace = wordScenario({
  name: 'ctrace', words: { ready: 1, freed: 1 }, prepare: (at) => put(at.ready, 1),
  threads: [traceAndStop, traceAndStop],
});

/** Whoever started the work looks at its result without waiting for it. */
export const missingJoin = wordScenario({
  name: 'missing-join', words: { lock: 1, finished: 1 },
  threads: [
    (at, me) => claim(locked(at.lock, me, () => get(at.finished)) === 1, 'the worker has finished'),
    (at, me) => locked(at.lock, me, () => put(at.finished, 1)),
  ],
});
