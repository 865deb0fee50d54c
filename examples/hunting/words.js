// Threads over shared words, for `fltlab hunt --scenario examples/hunting/words.js`: a file handle
// that two threads close, and how it is done right. Every thread loads this module, so what they
// share lies in words and not in variables.
import { add, compareExchange, load, store, wordScenario } from 'fltlab/atomics-sync';

const OPEN = 1;
const CLOSED = 0;

function closedOnce(at) {
  if (load(at.closed) !== 1) throw new Error(`the handle was closed ${load(at.closed)} times`);
}

function lookThenClose(at) {
  if (load(at.state) !== OPEN) return;
  store(at.state, CLOSED);
  add(at.closed, 1);
}

/** Looks, and then closes: another may have looked as well. */
export const closedTwice = wordScenario({
  name: 'closed-twice', words: { state: 1, closed: 1 },
  prepare: (at) => store(at.state, OPEN),
  threads: [lookThenClose, lookThenClose],
  check: closedOnce,
});

function close(at) {
  if (compareExchange(at.state, OPEN, CLOSED) === OPEN) add(at.closed, 1);
}

/** Looks and closes in one step. */
export const closedOnceOnly = wordScenario({
  name: 'closed-once', words: { state: 1, closed: 1 },
  prepare: (at) => store(at.state, OPEN),
  threads: [close, close],
  check: closedOnce,
});
