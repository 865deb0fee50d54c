// How the host asks for what only a thread of the machine can do: calls in the machine's memory.
// The host fills a free call in and rings; a port thread (agent.ts) takes it, runs it as an
// application would, and notifies State. One host fills calls in; any number of threads take them.
//
//   FREE -> (host) ASKED -> (thread, by compare-exchange) TAKEN -> (thread) ANSWERED -> (host) FREE
import { LONGLONG, POINTER, ULONG, array, atomic } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';
import { systemRoot } from '../mem/system-roots.ts';
import { FLT_GET_MESSAGE } from '../fltmgr/port/types.ts';
import { NTSTATUS_FIELD } from '../ntos/status.ts';
import type { Ptr } from '../mem/pointer.ts';

export const CALL_FREE = 0;
export const CALL_ASKED = 1;
export const CALL_TAKEN = 2;
export const CALL_ANSWERED = 3;

/** FLT_HOST_CALL.Operation. */
export const CALL_CONNECT = 1;
export const CALL_SEND = 2;
/** Posts Get, which goes on after the call has been answered with STATUS_PENDING. */
export const CALL_GET = 3;
export const CALL_CANCEL_GET = 4;
export const CALL_REPLY = 5;
export const CALL_CLOSE = 6;

/** FLT_HOST_CALL.Identity: on whose behalf a connection is made. */
export const AS_ADMINISTRATOR = 0;
export const AS_USER = 1;

/** Calls under way at one time; a host that needs more waits for one to end. */
export const MAX_HOST_CALLS = 64;

export const FLT_HOST_CALL = struct('FLT_HOST_CALL', {
  State: atomic(),
  Operation: ULONG,
  Handle: POINTER,
  Identity: ULONG,
  Input: POINTER,
  InputLength: ULONG,
  /** The answer of MessageNotify; the port's name, in UTF-16, for a connect. */
  Output: POINTER,
  OutputLength: ULONG,
  Status: NTSTATUS_FIELD,
  /** The new handle, or the length of an answer. */
  Result: ULONG,
  /** The call whose Get is cancelled. */
  Target: POINTER,
  Spare: ULONG,
  Get: FLT_GET_MESSAGE,
  Reserved: LONGLONG,
});
export type PFLT_HOST_CALL = Ptr<'FLT_HOST_CALL'>;

const FLT_HOST_ROOT = struct('FLT_HOST_ROOT', {
  /** Counts calls that were asked; port threads sleep on it. */
  Bell: atomic(),
  Spare: ULONG,
  Calls: array(FLT_HOST_CALL, MAX_HOST_CALLS),
});

const root = systemRoot('fltuser', FLT_HOST_ROOT.size) as Ptr<'FLT_HOST_ROOT'>;
const r = FLT_HOST_ROOT.bound;

/** Where port threads sleep. */
export const hostBell = r.at_Bell(root);

/** One of the calls. */
export function hostCall(index: number): PFLT_HOST_CALL {
  return (r.at_Calls(root) + index * FLT_HOST_CALL.size) as PFLT_HOST_CALL;
}
