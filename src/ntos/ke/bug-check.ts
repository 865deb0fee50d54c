// The end of the machine: a rule was broken. KeBugCheckEx records the code, its four parameters
// and the evidence in the crash block (the first one wins, as on Windows) and throws; every other
// thread stops at its next wait slice or kernel point. BugCheck is the only exception that crosses
// rooms.
import { array, atomic, LONG, UCHAR, ULONG } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { onWaitSlice } from '../../atomics-sync/park.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { u8 } from '../../mem/memory.ts';
import { onFastFail } from '../rtl/list-entry.ts';
import { KERNEL_SECURITY_CHECK_FAILURE, bugCheckName } from './bug-check-codes.ts';

export const MACHINE_OFF = 0;
export const MACHINE_BOOTING = 1;
export const MACHINE_RUNNING = 2;
/** Threads finish what they do and leave. */
export const MACHINE_STOPPING = 3;
export const MACHINE_CRASHED = 4;
/** The host gave up on it: threads leave at their next wait slice, whatever they wait for. */
export const MACHINE_ABANDONED = 5;

const EVIDENCE_BYTES = 4096;

/** The machine's own words: its state, and what ended it. The host reads it with its own views. */
export const KI_SYSTEM = struct('KI_SYSTEM', {
  State: atomic(),
  CrashClaimed: atomic(),
  BugCheckCode: ULONG,
  BugCheckParameters: array(ULONG, 4),
  CrashProcessor: LONG,
  EvidenceLength: ULONG,
  Evidence: array(UCHAR, EVIDENCE_BYTES),
  DispatcherLock: atomic(),
  CancelSpinLock: atomic(),
  /** Milliseconds since the machine booted: written by the clock, read by everyone. */
  TickCount: atomic(),
  BarrierCount: atomic(),
  BarrierPhase: atomic(),
  NextId: atomic(),
});

export const kiSystem = systemRoot('ke', KI_SYSTEM.size);
const { at_State, at_CrashClaimed, set_BugCheckCode, at_BugCheckParameters, set_CrashProcessor,
  set_EvidenceLength, at_Evidence } = KI_SYSTEM.bound;
const root = kiSystem as Parameters<typeof at_State>[0];
const stateWord = at_State(root);
const verifying = boot.verifier;

/** A rule of the kernel was broken: Windows' code, four parameters, and evidence in words. */
export class BugCheck extends Error {
  readonly code: number;
  readonly parameters: readonly number[];
  readonly evidence: string;
  constructor(code: number, parameters: readonly number[], evidence: string) {
    const list = parameters.map((p) => `0x${(p >>> 0).toString(16)}`).join(', ');
    const number = `0x${code.toString(16).padStart(8, '0')}`;
    super(`*** STOP: ${number} ${bugCheckName(code)} (${list})\n${evidence}`);
    this.name = 'BugCheck';
    this.code = code;
    this.parameters = parameters;
    this.evidence = evidence;
  }
}

/** The machine stopped under a thread that waits or works: not an error of that thread. */
export class MachineStopped extends Error {
  constructor(why: string) {
    super(`the machine stopped: ${why}`);
    this.name = 'MachineStopped';
  }
}

/** Told of each bug check before it is thrown. */
export type BugCheckListener =
  (code: number, parameters: readonly number[], evidence: string) => void;
let listener: BugCheckListener | null = null;

/** Sets who is told of this thread's bug checks; it must not raise one itself. */
export function onBugCheck(listen: BugCheckListener): void {
  listener = listen;
}

/**
 * Ends the machine (any IRQL). Never returns.
 *
 * @param evidence what happened in words: the routine, the rule and its source.
 * @throws BugCheck always; the code and parameters are Windows' own.
 */
export function KeBugCheckEx(
  code: number,
  p1 = 0,
  p2 = 0,
  p3 = 0,
  p4 = 0,
  evidence = '',
): never {
  const parameters = [p1, p2, p3, p4];
  if (listener !== null) listener(code, parameters, evidence);
  if (compareExchange(at_CrashClaimed(root), 0, 1) === 0) {
    set_BugCheckCode(root, code);
    const at = at_BugCheckParameters(root);
    const view = new DataView(u8.buffer);
    parameters.forEach((p, i) => view.setUint32(at + 4 * i, p >>> 0, true));
    set_CrashProcessor(root, boot.processor);
    const bytes = new TextEncoder().encode(evidence).subarray(0, EVIDENCE_BYTES);
    u8.set(bytes, at_Evidence(root));
    set_EvidenceLength(root, bytes.length);
    store(stateWord, MACHINE_CRASHED);
  }
  throw new BugCheck(code, parameters, evidence);
}

/** KeBugCheck: a bug check without parameters. */
export function KeBugCheck(code: number): never {
  return KeBugCheckEx(code);
}

/** The machine's state; see MACHINE_*. */
export function machineState(): number {
  return load(stateWord);
}

/** Moves the machine on, unless it crashed: a crash is the last state. */
export function setMachineState(state: number): void {
  for (;;) {
    const before = load(stateWord);
    if (before === MACHINE_CRASHED && state !== MACHINE_OFF && state !== MACHINE_BOOTING) return;
    if (compareExchange(stateWord, before, state) === before) return;
  }
}

/** Stops this thread when the machine has crashed or was given up. */
export function stopIfCrashed(): void {
  const state = load(stateWord);
  if (state === MACHINE_CRASHED) throw new MachineStopped('another thread raised a bug check');
  if (state === MACHINE_ABANDONED) throw new MachineStopped('the host gave up waiting for it');
}
onWaitSlice(stopIfCrashed);

/** In the checked configuration, a broken expectation of the kernel itself is a bug check too. */
export function expect(condition: boolean, evidence: string): void {
  if (verifying && !condition) KeBugCheckEx(0xe2, 0, 0, 0, 0, evidence);
}

onFastFail((code, entry) => KeBugCheckEx(KERNEL_SECURITY_CHECK_FAILURE, code, 0, 0, 0,
  `fast fail ${code}: list entry 0x${entry.toString(16)} is corrupt: its neighbours do not lead ` +
    'back to it; it was removed twice, or its memory was written over (KRN-52)'));
