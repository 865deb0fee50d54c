// What issuing a step needs of whoever executes the steps of a replay: the handles, the buffers,
// and somebody who is told what came of it.
import type { PendingRequest, User, UserFile } from '../user.ts';
import type { Step } from '../../trace/program/steps.ts';
import type { PlannedStep } from './plan-types.ts';
import type { Slots } from './slots.ts';

/** Reasons for which a step is not issued. */
export interface NotIssued {
  readonly notIssued: string;
}

export interface Issuer {
  readonly user: User;
  readonly slots: Slots;
  /** UsnJournalID by volume, as far as anybody asked. */
  readonly journals: Map<string, number>;
  /** Acquisitions whose release the log lists later: already given back. */
  readonly acquired: Set<string>;
  /** A step whose request goes on: it is scored when it ends. */
  goesOn(planned: PlannedStep, request: PendingRequest, file: UserFile): undefined;
  /** Told when such a request ends, at once or later. */
  ended(step: Step, status: number): void;
  /** Where a recorded path lies in this round. */
  place(volume: string, volumePath: string): string;
  /** Takes a buffer for a transfer; a length that no buffer has is cut. */
  buffer(length: number): { at: number; length: number };
  /** What a buffer holds before a read: bytes that the read leaves out are noticed by it. */
  poison(buffer: number, length: number): void;
  /** Fills a buffer with what a step writes. */
  fill(planned: PlannedStep, buffer: number, offset: number, length: number): void;
  /** Remembers a write that succeeded. */
  wrote(planned: PlannedStep, offset: number, length: number): void;
  /** Something may have shortened or replaced the file. */
  changed(content: number): void;
  /** A control went through: some of them change data. */
  changedByControl(planned: PlannedStep, code: number): void;
  /** Checks what a step read. */
  check(planned: PlannedStep, buffer: number, offset: number, length: number): void;
}
