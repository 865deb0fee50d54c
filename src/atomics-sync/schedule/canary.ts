// The armed check: small programs with a bug that everybody knows, run by the same threads, the
// same engine and the same strategy as a campaign, before it. A hunter that does not find them
// would not find anything else, and must not say that all is well.
//
//   update     two threads add to a word by a load and a store
//   deadlock   two threads take two locks in two orders
//   access     two threads touch a word plainly, with nothing that orders them
import { SYNC_WORDS } from '../../mem/memory-map.ts';
import { compareExchange, load, notify, store, wait } from '../atomics.ts';
import { POINT_DATA_WRITE } from './point.ts';
import { schedule } from './hook.ts';

export type Canary = 'update' | 'deadlock' | 'access';

/** Words that neither a machine nor a scenario uses. */
const WORDS = SYNC_WORDS.end - 128;
const LOCK_A = WORDS + 4;
const LOCK_B = WORDS + 8;
/** The number that calls of the canary are recorded under. */
const ROUTINE = 0;

/** What two of the threads do; the others do nothing. */
export function canaryBody(which: Canary, me: number, threads: number): void {
  const isFirst = me === 0;
  if (!isFirst && me !== threads - 1) return;
  if (schedule === null) throw new Error('the canary needs a schedule');
  schedule.explore(true);
  if (which === 'update') update(schedule.call.bind(schedule));
  else if (which === 'access') schedule.access(POINT_DATA_WRITE, WORDS);
  else if (isFirst) nested(LOCK_A, LOCK_B);
  else nested(LOCK_B, LOCK_A);
}

function update(step: (routine: number, object: number) => void): void {
  const value = load(WORDS);
  step(ROUTINE, WORDS);
  store(WORDS, value + 1);
}

function nested(first: number, second: number): void {
  acquire(first);
  schedule?.call(ROUTINE, first);
  acquire(second);
  release(second);
  release(first);
}

function acquire(lock: number): void {
  while (compareExchange(lock, 0, 1) !== 0) wait(lock, 1, Infinity);
}

function release(lock: number): void {
  store(lock, 0);
  notify(lock, 1);
}

/** Before each schedule of a canary. */
export function prepareCanary(): void {
  for (let word = WORDS; word < WORDS + 16; word += 4) store(word, 0);
}

/** After it: throws when the canary's bug has shown. */
export function checkCanary(which: Canary): void {
  if (which === 'update' && load(WORDS) !== 2) throw new Error('the canary lost an update');
}
