// Two locks where one was meant: SCTBench's twostage family (a value and what is derived from it,
// each under its own lock) and its wronglock family (two locks for one word).
import { load, store } from '#src/atomics-sync/index.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';
import { claim, get, locked, put } from './claim.ts';

interface Stages {
  readonly firstLock: number;
  readonly secondLock: number;
  readonly first: number;
  readonly second: number;
}

function write(at: Stages, me: number): void {
  locked(at.firstLock, me, () => put(at.first, 1));
  locked(at.secondLock, me, () => put(at.second, get(at.first) + 1));
}

function read(at: Stages, me: number): void {
  const first = locked(at.firstLock, me, () => get(at.first));
  if (first === 0) return;
  const second = locked(at.secondLock, me, () => get(at.second));
  claim(second === first + 1, 'whoever sees the first stage sees the second');
}

function twoStage(writers: number) {
  return wordScenario({
    name: `twostage-${writers + 1}`,
    words: { firstLock: 1, secondLock: 1, first: 1, second: 1 },
    threads: [...Array.from({ length: writers }, () => write), read],
  });
}

export const twoStage2 = twoStage(1);
export const twoStage20 = twoStage(19);
export const twoStage50 = twoStage(49);
export const twoStage100 = twoStage(99);

interface Wrong {
  readonly right: number;
  readonly wrong: number;
  readonly value: number;
}

function careful(at: Wrong, me: number): void {
  locked(at.right, me, () => {
    const before = load(at.value);
    store(at.value, load(at.value) + 1);
    claim(load(at.value) === before + 1, 'nobody else writes under the lock');
  });
}

function careless(at: Wrong, me: number): void {
  locked(at.wrong, me, () => store(at.value, load(at.value) + 1));
}

function wrongLock(others: number) {
  return wordScenario({
    name: `wronglock-${others}`, words: { right: 1, wrong: 1, value: 1 },
    threads: [careful, ...Array.from({ length: others }, () => careless)],
  });
}

export const wrongLock1 = wrongLock(1);
export const wrongLock3 = wrongLock(3);
export const wrongLock7 = wrongLock(7);
