// @hot  The gate of an instance: a thread that is in one of its callbacks says so in a word of its
// own processor, and looks whether the instance is still the one it knew. A teardown closes the
// gate (the state changes) and then waits until nobody is inside. Store and load are both
// sequentially consistent: one of the two sides always sees the other (Dekker).
//
// There are two ways in. The interpreter counts: a word per instance and processor, so callbacks
// may nest. A compiled chain says in a word of its processor that it is in some instance of a
// generation of a volume's list, and then looks whether that generation is still the present one.
// It does not take the word back when it is done: the next operation finds it said, so that in the
// common case it stores nothing that others have to see at once. Whether it is in one it notes
// plainly, for itself:
//
//   chain                                     teardown of an instance of that volume
//     Inside = the volume, once                 the state changes, the list is rewritten: a new
//     Busy = 1                                  generation
//     the generation is the present one?        waits until no chain of an older one is Inside; or
//     callback of A, callback of B ...          is, but is not Busy, some milliseconds after the
//     Busy = 0                                  list was rewritten
//
// A thread that saw the old generation said Busy before it looked. Nothing orders that plain store
// before the look, but it has long arrived when milliseconds have gone by. A thread that comes
// later sees the new generation. (It need not come at all: it may compute, or wait for something
// that this house does not see, so a teardown cannot wait for its next word.)
//
// So that nobody waits for long: a thread that goes to sleep inside a chain first says exactly
// where it is (Inside = the instance, or nowhere), and the chain sees afterwards that it is no
// longer Inside as it was and goes on with the interpreter, which looks at each instance. The words
// hold one chain only, so what happens inside a chain goes through the interpreter.
import { i32 as words } from '../../mem/memory.ts';
import { load as doorLoad, store as doorStore, add as doorAdd, notify as doorNotify, onSleep }
  from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { schedule } from '../../atomics-sync/schedule/hook.ts';
import { LONG, atomic } from '../../mem/field.ts';
import { CACHE_LINE, MAX_PROCESSORS } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { FLT_INSTANCE, FLT_INSTANCE_ACTIVE, INSTANCE_DETACHING, INSTANCE_STATE_MASK }
  from '../attach/object.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { SEEN_SLEEP, turn as ourTurn } from './chain-turn.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const i32 = words;
const turn = ourTurn;
/** Where rules are checked or schedules controlled, the interpreter walks alone. */
export const haveChains = !boot.verifier && schedule === null;
const load = doorLoad;
const store = doorStore;
const add = doorAdd;
const notify = doorNotify;
const { at_State, at_Active, at_Bell } = FLT_INSTANCE.bound;
const { Related_Instance } = IRP_CTRL.bound;
const LINE = FLT_INSTANCE_ACTIVE.size;
const mine = boot.processor * LINE;
/** One processor's word for chains, on a line of its own. */
const FLT_GATE = struct('FLT_GATE',
  { Inside: atomic(), Sequence: LONG, Busy: LONG, Never: atomic() },
  { align: CACHE_LINE });
const gates = systemRoot('fltGate', FLT_GATE.size * MAX_PROCESSORS);

/**
 * The word in which this processor's chains say that they are inside: 0 not at all, negative
 * somewhere on a volume (chainMark), else in exactly one instance.
 */
export const chainGate = gates + boot.processor * FLT_GATE.size;

/** The volume's sequence for which it is inside; written before Inside. */
export const chainSequence = chainGate + 4;

/** Whether this thread is in a chain, for itself and for who has waited long enough. */
export const chainBusy = chainGate + 8;
/** chainBusy: in a chain, but in the driver below; in a chain, in a callback. */
export const BUSY_BELOW = 1;
export const BUSY_CALLBACK = 2;

/** A word to rest on: nobody changes it. */
export const neverRung: number = chainGate + 12;

/** What a chain says while it is inside somewhere on a volume. */
export function chainMark(volume: number): number {
  return -volume;
}

/** Says exactly which instance this thread is in, where a chain has said it roughly. */
export function settleChain(): void {
  if (i32[chainGate >> 2]! >= 0) return;
  const isInCallback = i32[chainBusy >> 2] === BUSY_CALLBACK;
  if (isInCallback && turn.node >= 0) turn.aim();
  turn.seen |= SEEN_SLEEP;
  store(chainGate, isInCallback ? Related_Instance(turn.sheet) : 0);
}
onSleep(settleChain);

/**
 * Whether a chain of an older generation of the volume's list than this one is inside.
 * @param rested whether that list was rewritten so long ago that plain stores have arrived.
 */
export function isChainInside(
  volume: number, sequence: number, processors: number, rested: boolean,
): boolean {
  const mark = chainMark(volume);
  for (let i = 0; i < processors; i++) {
    const gate = gates + i * FLT_GATE.size;
    // Read in this order: a later sequence than the one that goes with the mark means that the
    // chain of the mark has ended.
    if (load(gate) !== mark || ((load(gate + 4) - sequence) | 0) >= 0) continue;
    if (!rested || load(gate + 8) !== 0) return true;
  }
  return false;
}

/** Enters an instance unless it is no longer what the caller knew: then false, and not entered. */
export function enterInstance(instance: PFLT_INSTANCE, expected: number): boolean {
  const word = at_Active(instance) + mine;
  // Pairs with the teardown's load of this word after its store of the state.
  store(word, i32[word >> 2]! + 1);
  if (load(at_State(instance)) === expected) return true;
  leaveInstance(instance);
  return false;
}

/**
 * Enters an instance that may be detaching, to deliver what it is owed. Claiming the completion
 * node afterwards decides whether the completion or the teardown delivers it.
 */
export function enterForCompletion(instance: PFLT_INSTANCE): void {
  const word = at_Active(instance) + mine;
  // Pairs with the teardown's load: entered before claimed, so it sees one or the other.
  store(word, i32[word >> 2]! + 1);
}

/** Leaves it; rings the bell of a teardown that waits. */
export function leaveInstance(instance: PFLT_INSTANCE): void {
  const word = at_Active(instance) + mine;
  store(word, i32[word >> 2]! - 1);
  if ((i32[at_State(instance) >> 2]! & INSTANCE_STATE_MASK) === INSTANCE_DETACHING) {
    add(at_Bell(instance), 1);
    notify(at_Bell(instance), 1);
  }
}

/** How many callbacks of the instance are running, over all processors. */
export function insideInstance(instance: PFLT_INSTANCE, processors: number): number {
  const first = at_Active(instance);
  let inside = 0;
  for (let i = 0; i < processors; i++) {
    inside += load(first + i * LINE);
    if (load(gates + i * FLT_GATE.size) === instance) inside++;
  }
  return inside;
}

/** How many callbacks of the instance this processor is in: a teardown from there never ends. */
export function insideHere(instance: PFLT_INSTANCE): number {
  const chained = load(chainGate) === instance ? 1 : 0;
  return load(at_Active(instance) + mine) + chained;
}

/** A chain that gives up inside an instance stays inside it, as the interpreter counts. */
export function stayAsInterpreter(instance: PFLT_INSTANCE): void {
  enterForCompletion(instance);
  store(chainGate, 0);
  i32[chainBusy >> 2] = 0;
}
