// Holding oplocks in tests in the words of the system services: an asynchronous handle, a request
// that pends, what its end told, and the answer. One request and one transfer at a time per thread.
import { INPUT, nameOf } from '#test/fs/support/files.ts';
import { i32 } from '#src/mem/memory.ts';
import { deliverApcsIfPossible } from '#src/ntos/ke/apc.ts';
import { UserRequest, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { KeInitializeEvent, KeReadStateEvent, NotificationEvent } from '#src/ntos/ke/event.ts';
import { FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_REQUEST_OPLOCK }
  from '#src/ntos/io/control-codes.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER, REQUEST_OPLOCK_OUTPUT_BUFFER }
  from '#src/ntos/io/control-types.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { NtFsControlFile } from '#src/ntos/io/service/nt-control.ts';
import { asStatus } from '#src/ntos/status.ts';

const io = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof io.Status>[0];
const REQUEST = INPUT + 2048;
const ANSWER = INPUT + 3072;
const TRANSFER = INPUT + 4096;

export const R = 1;
export const RH = 3;
export const RW = 5;
export const RWH = 7;

/** What an asynchronous call uses: its event and its status block lie at the address. */
export interface Slot {
  readonly event: number;
  readonly iosb: number;
}
const slot = (at: number): Slot => ({ event: at, iosb: at + 64 });
export const request = slot(REQUEST);
export const transfer = slot(TRANSFER);
export const answer = slot(ANSWER);

/** Makes a slot ready for the next call. */
export function fresh(of: Slot): Slot {
  KeInitializeEvent(of.event, NotificationEvent, false);
  i32[of.iosb >> 2] = -1;
  return of;
}

/** What a call ended with; 'nothing yet' while it pends. */
export function ended(of: Slot): string {
  deliverApcsIfPossible();
  if (KeReadStateEvent(of.event) === 0) return 'nothing yet';
  return nameOf(asStatus(io.Status(of.iosb as PIOSB)));
}

/** Sleeps until a call ends, at most so many milliseconds. */
export function awaitEnd(of: Slot, milliseconds?: number): string {
  const timeout = milliseconds === undefined ? undefined : milliseconds * -10_000;
  waitForObject(of.event, UserRequest, timeout);
  return ended(of);
}

function granular(handle: number, of: Slot, flags: number, level: number): string {
  const input = of.iosb + 64;
  const view = REQUEST_OPLOCK_INPUT_BUFFER.at(input);
  view.StructureVersion = 1;
  view.StructureLength = REQUEST_OPLOCK_INPUT_BUFFER.size;
  view.RequestedOplockLevel = level;
  view.Flags = flags;
  fresh(of);
  return nameOf(NtFsControlFile(handle, of.event, of.iosb, FSCTL_REQUEST_OPLOCK, input,
    REQUEST_OPLOCK_INPUT_BUFFER.size, input + 32, REQUEST_OPLOCK_OUTPUT_BUFFER.size));
}

/** Asks for a granular oplock: PENDING when it is granted. */
export function ask(handle: number, level: number): string {
  return granular(handle, request, 1, level);
}

/** Answers a break of a granular oplock. */
export function acknowledge(handle: number, level: number): string {
  return granular(handle, answer, 2, level);
}

/** Asks for a legacy oplock by its control code, or answers a break of one. */
export function legacy(handle: number, code: number): string {
  const of = fresh(code === FSCTL_OPLOCK_BREAK_ACKNOWLEDGE ? answer : request);
  return nameOf(NtFsControlFile(handle, of.event, of.iosb, code, 0, 0, 0, 0));
}

/** The levels that the end of a granular oplock told: "7>3 ack". */
export function levels(): string {
  const view = REQUEST_OPLOCK_OUTPUT_BUFFER.at(request.iosb + 96);
  return `${view.OriginalOplockLevel}>${view.NewOplockLevel}${view.Flags & 1 ? ' ack' : ''}`;
}
