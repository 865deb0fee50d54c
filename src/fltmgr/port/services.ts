// What applications ask of the kernel about a connection: the services behind fltUser.h. All
// PASSIVE_LEVEL, in the application's thread; handles are checked as user handles, buffers as user
// memory when the thread comes from user mode.
//
// A request for a message may go on after its call, as overlapped I/O does; it is then ended by the
// sender, by FltpCancelGetMessage, or by the end of the connection, whichever comes first.
import { i32 } from '../../mem/memory.ts';
import { isUser } from '../../mem/memory-map.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { ExAcquireRundownProtection, ExReleaseRundownProtection }
  from '../../ntos/ex/lock/rundown.ts';
import { UserRequest, waitForObject } from '../../ntos/ke/dispatcher.ts';
import { KeInitializeEvent, NotificationEvent } from '../../ntos/ke/event.ts';
import { PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { KEVENT } from '../../ntos/ke/types.ts';
import { WAIT_CANCELLABLE } from '../../ntos/ke/wait-interruption.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { ObpCloseHandle, eachHandle } from '../../ntos/ob/handle.ts';
import { OB_TYPE_PORT, ObDereferenceObject, objectCount, objectType }
  from '../../ntos/ob/object.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_BUFFER_TOO_SMALL, STATUS_CANCELLED, STATUS_INVALID_HANDLE,
  STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_PENDING, STATUS_PORT_DISCONNECTED,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FILTER_MESSAGE_HEADER, FILTER_REPLY_HEADER } from '../types.ts';
import { checkIrql } from '../violation.ts';
import { callNotify } from './notify.ts';
import { UserMode, referencePort } from './port-handle.ts';
import { putGet, putReply, withdrawGet } from './queues.ts';
import { CLIENT_CONNECTED, FLT_CLIENT_PORT, FLT_CONNECTION, FLT_GET_MESSAGE, FLT_PORT_BASE,
  FLT_SERVER_PORT, GET_PENDING, PORT_CONNECTION, lockClient, unlockClient } from './types.ts';
import { MEANS_MESSAGE, WAIT_MEANS } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PKTHREAD } from '../../ntos/ke/prcb.ts';
import type { PFILTER_REPLY_HEADER } from '../types.ts';
import type { PFLT_CLIENT_PORT, PFLT_CONNECTION, PFLT_GET_MESSAGE } from './types.ts';

const s = FLT_SERVER_PORT.bound;
const c = FLT_CLIENT_PORT.bound;
const g = FLT_GET_MESSAGE.bound;
const { Port, Owner } = FLT_CONNECTION.bound;
const { Kind } = FLT_PORT_BASE.bound;
const { PreviousMode } = KTHREAD.bound;
type PBASE = Parameters<typeof Kind>[0];

/** Whether a buffer may be the application's: probed as ProbeForRead and ProbeForWrite do. */
function isBuffer(address: number, length: number): boolean {
  if (length === 0 || PreviousMode(currentThread) !== UserMode) return true;
  return isUser(address) && isUser(address + length - 1);
}

/** Runs `use` with the client port of a user handle. */
function withPort(handle: number, use: (port: PFLT_CLIENT_PORT) => NTSTATUS): NTSTATUS {
  const connection = referencePort(handle, PORT_CONNECTION, UserMode) as PFLT_CONNECTION;
  if (connection === 0) return STATUS_INVALID_HANDLE;
  const status = use(Port(connection));
  ObDereferenceObject(connection);
  return status;
}

/** Runs `use` with the port's lock held; STATUS_PORT_DISCONNECTED when the connection is over. */
function whileConnected(port: PFLT_CLIENT_PORT, use: () => NTSTATUS): NTSTATUS {
  lockClient(port);
  const isOver = c.State(port) !== CLIENT_CONNECTED || c.Closed(port) !== 0;
  const status = isOver ? STATUS_PORT_DISCONNECTED : use();
  unlockClient(port);
  return status;
}

/**
 * Asks for a message; the caller has filled in Buffer, Length and Event.
 *
 * @returns STATUS_PENDING when the request now belongs to the port, or has ended already: State
 *   says which. A failure leaves it with the caller.
 */
export function FltpPostGetMessage(handle: number, get: PFLT_GET_MESSAGE): NTSTATUS {
  checkIrql('FilterGetMessage', PASSIVE_LEVEL);
  if (g.Length(get) < FILTER_MESSAGE_HEADER.size) return STATUS_BUFFER_TOO_SMALL;
  if (!isBuffer(g.Buffer(get), g.Length(get))) return STATUS_ACCESS_VIOLATION;
  return withPort(handle, (port) => whileConnected(port, () => {
    store(g.at_State(get), GET_PENDING);
    putGet(port, get);
    return STATUS_PENDING;
  }));
}

/** Ends a request that still waits with `status`; one that has ended keeps what it has. */
export function FltpCancelGetMessage(
  handle: number,
  get: PFLT_GET_MESSAGE,
  status: NTSTATUS = STATUS_CANCELLED,
): NTSTATUS {
  return withPort(handle, (port) => {
    lockClient(port);
    if (load(g.at_State(get)) === GET_PENDING) withdrawGet(get, status);
    unlockClient(port);
    return STATUS_SUCCESS;
  });
}

/**
 * Gets a message, waiting for it in this thread.
 *
 * @param timeout 100 ns units, negative relative; undefined waits for ever.
 * @param received 0, or address of the word that gets the bytes received, the header included; for
 *   a buffer that is too small, the bytes that are needed.
 * @returns STATUS_TIMEOUT, STATUS_PORT_DISCONNECTED, STATUS_BUFFER_TOO_SMALL (the message stays),
 *   STATUS_THREAD_IS_TERMINATING, STATUS_INVALID_HANDLE, STATUS_ACCESS_VIOLATION.
 */
export function FltpGetMessage(
  handle: number,
  buffer: number,
  length: number,
  timeout?: number,
  received = 0,
): NTSTATUS {
  const frame = pushFrame();
  const get = stackAlloc(FLT_GET_MESSAGE.size) as PFLT_GET_MESSAGE;
  const event = stackAlloc(KEVENT.size);
  KeInitializeEvent(event, NotificationEvent, false);
  g.set_Buffer(get, buffer);
  g.set_Length(get, length);
  g.set_Event(get, event as never);
  let status = FltpPostGetMessage(handle, get);
  if (status === STATUS_PENDING) {
    if (tracer !== null) tracer.event(WAIT_MEANS, MEANS_MESSAGE, handle, 0, 0);
    const waited = waitForObject(event, UserRequest, timeout, WAIT_CANCELLABLE);
    if (waited !== STATUS_SUCCESS) FltpCancelGetMessage(handle, get, waited);
    // A message that came in the last moment is the answer all the same. Another thread may have
    // closed the handle just then: it ends the request, and this waits until it has.
    waitForObject(event, UserRequest);
    status = g.Status(get);
    if (received !== 0) i32[received >> 2] = g.Information(get);
  }
  popFrame(frame);
  return status;
}

/**
 * Answers a message. `reply` is a FILTER_REPLY_HEADER followed by the data.
 * @returns STATUS_FLT_NO_WAITER_FOR_REPLY, STATUS_PORT_DISCONNECTED, STATUS_INVALID_HANDLE,
 *   STATUS_INVALID_PARAMETER for less than a header, STATUS_ACCESS_VIOLATION.
 */
export function FltpReplyMessage(handle: number, reply: number, length: number): NTSTATUS {
  checkIrql('FilterReplyMessage', PASSIVE_LEVEL);
  if (length < FILTER_REPLY_HEADER.size) return STATUS_INVALID_PARAMETER;
  if (!isBuffer(reply, length)) return STATUS_ACCESS_VIOLATION;
  return withPort(handle, (port) => whileConnected(port, () =>
    putReply(port, reply as PFILTER_REPLY_HEADER, length)));
}

/** A message to the filter, as FilterSendMessage has it; addresses are the application's own. */
export interface ToFilter {
  readonly input: number;
  readonly inputLength: number;
  readonly output: number;
  readonly outputLength: number;
  /** Address of the word that gets the length of the answer. */
  readonly returned: number;
}

function callMessage(port: PFLT_CLIENT_PORT, message: ToFilter): NTSTATUS {
  const server = c.Server(port);
  const routine = s.MessageNotify(server);
  if (routine === 0) return STATUS_NOT_SUPPORTED;
  if (!ExAcquireRundownProtection(c.at_MessageRundown(port))) return STATUS_PORT_DISCONNECTED;
  const frame = pushFrame();
  const returned = stackAlloc(4);
  const status = callNotify(server, routine, 'MessageNotify', c.Cookie(port),
    message.input, message.inputLength, message.output, message.outputLength, returned) as NTSTATUS;
  ExReleaseRundownProtection(c.at_MessageRundown(port));
  i32[message.returned >> 2] = i32[returned >> 2]!;
  popFrame(frame);
  return status;
}

/**
 * Sends a message to the filter: MessageNotify runs in this thread and gets the application's own
 * addresses, which are probed here only as far as the I/O manager probes them (PORT-5).
 *
 * @returns what MessageNotify returns; STATUS_NOT_SUPPORTED when the filter has none;
 *   STATUS_PORT_DISCONNECTED, STATUS_INVALID_HANDLE, STATUS_ACCESS_VIOLATION.
 */
export function FltpSendToFilter(handle: number, message: ToFilter): NTSTATUS {
  checkIrql('FilterSendMessage', PASSIVE_LEVEL);
  if (!isBuffer(message.input, message.inputLength) ||
      !isBuffer(message.output, message.outputLength)) return STATUS_ACCESS_VIOLATION;
  i32[message.returned >> 2] = 0;
  return withPort(handle, (port) => {
    const connected = whileConnected(port, () => STATUS_SUCCESS);
    return NT_SUCCESS(connected) ? callMessage(port, message) : connected;
  });
}

/** Closes the application's end; the last handle of a connection disconnects it (PORT-4). */
export function FltpClosePort(handle: number): NTSTATUS {
  checkIrql('CloseHandle', PASSIVE_LEVEL);
  return withPort(handle, () => ObpCloseHandle(handle, UserMode));
}

/**
 * Closes every connection that a thread has left open: its application is gone. PASSIVE_LEVEL, at
 * the end of the thread, by itself or by whoever buries it. Returns how many there were.
 */
export function closeConnectionsOf(thread: PKTHREAD): number {
  if (objectCount(OB_TYPE_PORT) === 0) return 0;
  const left: number[] = [];
  eachHandle((handle, object) => {
    if (objectType(object) !== OB_TYPE_PORT || Kind(object as PBASE) !== PORT_CONNECTION) return;
    if (Owner(object as PFLT_CONNECTION) === thread) left.push(handle);
  });
  for (const handle of left) ObpCloseHandle(handle, UserMode);
  return left.length;
}
