// A schedule of one thread: runs an operation A, stops it before one of its accesses through the
// door, runs an operation B of "another thread" to its end, and lets A go on. Done for every
// access of A in turn, this visits every schedule with one switch, in one thread and with no luck.
//
// When A would sleep before B has run, B runs then, and must wake it. A sleep that nothing will
// end is reported as a lost wake-up. It must be installed before atomics-sync is loaded, so a test
// that uses it imports everything else of the house dynamically.
import { POINT_COMPARE, POINT_WAIT, POINT_WAKE } from '#src/atomics-sync/schedule/point.ts';
import type { ScheduleHook } from '#src/atomics-sync/schedule/point.ts';

/** What B says: false if it cannot run at this point (it would block); it is asked again later. */
export type Other = () => boolean | void;

interface State {
  armed: boolean;
  /** Points of A left before B runs. */
  countdown: number;
  other: Other;
  ran: boolean;
  inside: boolean;
  asleepOn: number;
  woken: boolean;
}

const state: State = {
  armed: false,
  countdown: 0,
  other: () => true,
  ran: false,
  inside: false,
  asleepOn: 0,
  woken: false,
};

function runOther(): void {
  state.inside = true;
  state.ran = state.other() !== false;
  state.inside = false;
}

/** Reads a word behind the door's back; set when the memory is known. */
let peek: (address: number) => number = () => 0;

const hook: ScheduleHook = {
  controlled: true,
  bind() {
    // The words come by watchWords.
  },
  compare(address, _expected, value) {
    hook.point(POINT_COMPARE, address, value);
  },
  access() {
    // Plain accesses are not watched.
  },
  note() {
    // Nothing is recorded.
  },
  choose: () => 0,
  call: () => undefined,
  now: () => 0,
  explore: () => undefined,
  point() {
    if (!state.armed || state.inside || state.ran) return;
    if (state.countdown-- <= 0) runOther();
  },
  wait(address, expected, milliseconds) {
    if (state.inside) throw new Error('the other operation would block; it must not');
    hook.point(POINT_WAIT, address, expected);
    if (peek(address) !== expected) return 'not-equal';
    if (milliseconds !== Infinity && milliseconds < 1) return 'timed-out';
    if (!state.ran) {
      state.asleepOn = address;
      state.woken = false;
      runOther();
      state.asleepOn = 0;
      if (state.woken) return 'ok';
    }
    throw new Error(`a wake-up was lost: asleep on 0x${address.toString(16)} for ever`);
  },
  wake(address, count) {
    hook.point(POINT_WAKE, address, count);
    if (count < 1 || address !== state.asleepOn) return 0;
    state.asleepOn = 0;
    state.woken = true;
    return 1;
  },
};

/** Sets the hook of this process; nothing of atomics-sync may be loaded yet. */
export function install(): void {
  (globalThis as Record<symbol, unknown>)[Symbol.for('fltlab.schedule')] = hook;
}

/** Gives the hook the memory's words, once they are known. */
export function watchWords(words: Int32Array): void {
  peek = (address) => Atomics.load(words, address >> 2);
}

/**
 * Runs A with B before its first access, then afresh with B before its second, and so on until
 * B comes after A's last.
 *
 * @param prepare makes the state that both start from.
 * @param check looks at the end of each run; gets what A returned.
 * @returns how many schedules there were.
 */
export function everyPoint<T>(
  prepare: () => void,
  operation: () => T,
  other: Other,
  check: (result: T, schedule: number) => void,
): number {
  for (let schedule = 0; ; schedule++) {
    Object.assign(state, { armed: false, ran: false, inside: false, asleepOn: 0 });
    prepare();
    Object.assign(state, { armed: true, countdown: schedule, other });
    const result = operation();
    state.armed = false;
    const isLast = state.countdown > 0 || !state.ran;
    if (!state.ran) runOther();
    check(result, schedule);
    if (isLast) return schedule + 1;
  }
}
