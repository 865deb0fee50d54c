// A player: a requestor that sleeps in the kernel until the conductor has something for it, so that
// what it has issued can be completed in it meanwhile. In a race it waits at the line until all
// stand there, and starts a little early or late, as the round's seed says.
import { add, load, notify, store } from '#src/atomics-sync/atomics.ts';
import { parkWhile } from '#src/atomics-sync/park.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { UserRequest, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { KeInitializeEvent, SynchronizationEvent } from '#src/ntos/ke/event.ts';
import { perform } from './acts.ts';
import { CURTAIN, RACE_PLAYER, RACE_STAGE, playerAt, stage } from './stage.ts';
import type { Scene } from './stage.ts';

const p = RACE_PLAYER.bound;
const st = RACE_STAGE.bound;
/** 2 to this power is the longest head start, in turns of an empty loop. */
const LONGEST_START = 13;
const SLICE_MS = 5;

/** Waits as long as the seed says; nobody starts exactly with the others. */
export function pauseAtStart(index: number): void {
  let x = Math.imul(st.Seed(stage) + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  x ^= x >>> 15;
  x = Math.imul(x, 0x2c1b3c6d) >>> 0;
  const longest = 1 << (x % LONGEST_START);
  // Each turn reads a word that others may write, so that no compiler leaves the loop out.
  for (let turns = (x >>> 8) % longest; turns > 0; turns--) load(st.at_Go(stage));
}

/** Waits until everybody stands at the line. */
function standAtTheLine(race: number, index: number): void {
  add(st.at_AtTheLine(stage), 1);
  notify(st.at_AtTheLine(stage), 1);
  for (;;) {
    const seen = load(st.at_Go(stage));
    if (seen === race) break;
    parkWhile(st.at_Go(stage), seen, SLICE_MS);
  }
  pauseAtStart(index);
}

/** Plays until the curtain falls. */
export function playParts(scenes: readonly Scene[], index: number): void {
  const me = playerAt(index);
  KeInitializeEvent(p.at_Wake(me), SynchronizationEvent, false);
  store(p.at_Busy(me), 0);
  // Whoever finds the thread here may give orders.
  p.set_Thread(me, currentThread);
  for (;;) {
    waitForObject(p.at_Wake(me), UserRequest);
    const step = p.Step(me) | 0;
    if (step === CURTAIN) return;
    const scene = scenes[st.Script(stage)]!;
    const race = p.Race(me);
    if (race !== 0) standAtTheLine(race, index);
    for (const part of scene.steps[step]![p.Branch(me)]!) perform(scene, part);
    store(p.at_Busy(me), 0);
  }
}
