// What became of the operations of a script, as events: read from their slots when nothing moves.
import { load } from '#src/atomics-sync/atomics.ts';
import { KeReadStateEvent } from '#src/ntos/ke/event.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { STATUS_PENDING } from '#src/ntos/status-codes.ts';
import { asStatus, statusName } from '#src/ntos/status.ts';
import { granularLevels, informations, legacyLevels, tellsLevels }
  from '#src/lab/oplock-vectors/told.ts';
import { RACE_SLOT, handleOf, slotAt } from './stage.ts';
import type { Step, VectorEvent } from '#src/lab/oplock-vectors/vector.ts';
import type { PRACE_SLOT, Scene } from './stage.ts';

const s = RACE_SLOT.bound;
const io = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof io.Status>[0];
type State = 'absent' | 'pending' | 'granted' | 'done';

const controls = ['request', 'requestRaw', 'ack'];

/** Reads the slots of one round. */
export class EventReader {
  readonly events: VectorEvent[] = [];
  private readonly scene: Scene;
  private readonly states: State[];

  constructor(scene: Scene) {
    this.scene = scene;
    this.states = scene.parts.map(() => 'absent');
  }

  /** Reads what is new since the last call and books it under step `n`. */
  read(n: number): void {
    const fresh: VectorEvent[] = [];
    const see = (ev: string, fields: object): void => {
      fresh.push({ n, ev, ...fields });
    };
    this.scene.parts.forEach((step, index) => this.readSlot(step, index, see));
    // Holders are told before those go on who waited for it; slots do not keep the order.
    const rank = (e: VectorEvent): number => (e.ev === 'completed' ? 1 : 0);
    this.events.push(...fresh.toSorted((a, b) => rank(a) - rank(b)));
  }

  /** Operations that have begun and have not ended. */
  left(): string[] {
    return this.scene.parts.filter((_, i) => !['absent', 'done'].includes(this.states[i]!))
      .map((step) => `operation ${step.n} (${step.op}) has not ended`);
  }

  private readSlot(
    step: Step, index: number, see: (ev: string, fields: object) => void,
  ): void {
    const slot = slotAt(index);
    const state = this.states[index]!;
    if (state === 'done' || load(s.at_Began(slot)) === 0) return;
    const returned = load(s.at_Returned(slot)) !== 0;
    const pends = !returned ||
      (s.Status(slot) === STATUS_PENDING && KeReadStateEvent(s.at_Event(slot)) === 0);
    const wasGranted = returned && s.Status(slot) === STATUS_PENDING && controls.includes(step.op);
    // Storage ends requests inline, so that only an oplock that was granted can pend.
    if (wasGranted && state === 'absent') {
      const level = step['via'] === 'ACKNOWLEDGE' ? 'L2' : (step['level'] ?? step['type']);
      see('granted', { req: step.n, level });
    } else if (pends && state === 'absent') {
      see('pended', { op: step.n });
    }
    this.states[index] = pends ? (wasGranted ? 'granted' : 'pending') : 'done';
    if (!pends) see(...this.end(step, slot, wasGranted));
  }

  private end(step: Step, slot: PRACE_SLOT, wasGranted: boolean): [string, object] {
    const iosb = s.at_Iosb(slot) as PIOSB;
    const late = s.Status(slot) === STATUS_PENDING;
    const status = statusName(asStatus(late ? io.Status(iosb) : s.Status(slot)));
    // A service that fails leaves the status block alone; one that warns does not.
    const failed = !late && s.Status(slot) >>> 30 === 3;
    const information = failed ? 0 : io.Information(iosb);
    const told = controls.includes(step.op) && tellsLevels(information);
    if (wasGranted && status === 'STATUS_CANCELLED') return ['completed', { op: step.n, status }];
    if (wasGranted || told) {
      const levels = told ? granularLevels(s.at_Output(slot))
        : legacyLevels(step, information, handleOf(this.scene, step.h!) !== 0);
      return ['break', { req: step.n, status, ...levels }];
    }
    const info = step.op === 'ack' ? informations[information] : undefined;
    return ['completed', { op: step.n, status, ...(info === undefined ? {} : { info }) }];
  }
}

/**
 * Leaves out what cannot be seen from outside: that an operation of a race waited which has ended
 * by the time that nothing moves, and whether a legacy owner that has closed had still to answer.
 */
export function comparable(events: readonly VectorEvent[]): VectorEvent[] {
  const ended = (e: VectorEvent): boolean =>
    events.some((end) => end.ev === 'completed' && end.n === e.n && end['op'] === e['op']);
  return events.filter((e) => e.ev !== 'pended' || !ended(e)).map((e) => {
    if (e.ev !== 'break' || e['info'] === undefined) return e;
    const { ackRequired: _, ...rest } = e;
    return rest as VectorEvent;
  });
}
