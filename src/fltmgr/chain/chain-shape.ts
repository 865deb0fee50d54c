// What a compiled chain is made for, as its steps need it (chain-steps.ts), and what it needs of
// the interpreter.
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_VOLUME } from '../types.ts';

/** What a chain needs of the dispatch routine's room, which imports this one. */
export interface DispatchTools {
  callBegins(ctrl: PIRP_CTRL): number;
  callEnded(ctrl: PIRP_CTRL, outer: number): boolean;
  continueDown(ctrl: PIRP_CTRL, walk: number): NTSTATUS;
  goUp(ctrl: PIRP_CTRL, index: number): NTSTATUS;
  afterHandOver(ctrl: PIRP_CTRL): NTSTATUS;
  interpret(device: PDEVICE_OBJECT, irp: PIRP, location: PIO_STACK_LOCATION): NTSTATUS;
  skipFlags(irp: PIRP, location: PIO_STACK_LOCATION): number;
  readonly passThroughCompletion: RoutineId;
}

/** What tells one chain's steps from another's. */
export interface ChainShape {
  /** Another number for each chain of the machine. */
  readonly id: number;
  readonly volume: PFLT_VOLUME;
  /** The device below, and the word where its driver's dispatch routines begin. */
  readonly lower: PDEVICE_OBJECT;
  readonly majorsWord: number;
  /** The major function; and the word where this processor keeps a sheet for it. */
  readonly slot: number;
  readonly keptWord: number;
  /** The generation of the volume's list, where it stands, and what the gate says of the volume. */
  readonly sequence: number;
  readonly sequenceWord: number;
  readonly mark: number;
  /** The list's nodes as a sheet has them when an operation begins. */
  readonly fresh: number;
  readonly count: number;
  /** 1 where the parameters are not the same words in every request of the major. */
  readonly isOther: number;
  /** Words of the parameters in which buffer and MDL lie; -1 where there are none. */
  readonly bufferWord: number;
  readonly mdlWord: number;
}
