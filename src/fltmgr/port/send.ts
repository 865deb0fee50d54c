// A filter sends to an application, and closes its end (PORT-4, PORT-6). FltSendMessage takes the
// address of the filter's variable, and FltCloseClientPort clears that variable under the lock
// under which FltSendMessage reads it: a sender gets the port and holds it, or gets nothing.
import { i32 } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { acquireMutex, releaseMutex } from '../../atomics-sync/mutex.ts';
import { Executive, waitForObject } from '../../ntos/ke/dispatcher.ts';
import { KeInitializeEvent, NotificationEvent } from '../../ntos/ke/event.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { WAIT_CANCELLABLE } from '../../ntos/ke/wait-interruption.ts';
import { nextId } from '../../ntos/ke/thread.ts';
import { ObDereferenceObject } from '../../ntos/ob/object.ts';
import { readInt64 } from '../../ntos/rtl/large-integer.ts';
import { STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER, STATUS_PORT_DISCONNECTED, STATUS_TIMEOUT }
  from '../../ntos/status-codes.ts';
import { FLT_FILTER } from '../attach/object.ts';
import { checkIrql } from '../violation.ts';
import { KernelMode, closePortHandle, referencePort } from './port-handle.ts';
import { putMessage, withdrawMessage } from './queues.ts';
import { CLIENT_DISCONNECTED, FLT_CLIENT_PORT, FLT_MESSAGE, MESSAGE_DONE, PORT_CLIENT, lockClient,
  unlockClient } from './types.ts';
import { MEANS_REPLY, WAIT_MEANS } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_PORT } from '../types.ts';
import type { PFLT_CLIENT_PORT, PFLT_MESSAGE } from './types.ts';

const { at_PortLock } = FLT_FILTER.bound;
const c = FLT_CLIENT_PORT.bound;
const m = FLT_MESSAGE.bound;
const owner = boot.processor + 1;

/** The port that the filter's variable names, with a reference; or why there is none. */
function clientOf(filter: PFLT_FILTER, variable: number): PFLT_CLIENT_PORT | NTSTATUS {
  acquireMutex(at_PortLock(filter), owner);
  const handle = i32[variable >> 2]!;
  const port = handle === 0 ? 0 : referencePort(handle, PORT_CLIENT, KernelMode);
  releaseMutex(at_PortLock(filter), owner);
  if (port !== 0) return port as PFLT_CLIENT_PORT;
  return handle === 0 ? STATUS_PORT_DISCONNECTED : STATUS_INVALID_HANDLE;
}

/** Sends and waits; the message lies on this thread's stack. */
function exchange(port: PFLT_CLIENT_PORT, message: PFLT_MESSAGE, timeout?: number): NTSTATUS {
  lockClient(port);
  if (c.State(port) === CLIENT_DISCONNECTED || c.Closed(port) !== 0) {
    unlockClient(port);
    return STATUS_PORT_DISCONNECTED;
  }
  putMessage(port, message);
  unlockClient(port);
  if (tracer !== null) tracer.event(WAIT_MEANS, MEANS_REPLY, port, 0, 0);
  const waited = waitForObject(m.at_Done(message), Executive, timeout, WAIT_CANCELLABLE);
  // Whoever ended it has let go of it when the lock is ours; if nobody has, nobody will.
  lockClient(port);
  if (m.State(message) !== MESSAGE_DONE) withdrawMessage(message, waited);
  unlockClient(port);
  return m.Status(message);
}

/**
 * Sends a message to an application. IRQL <= APC_LEVEL; waits until it is fetched, and with a
 * ReplyBuffer until it is answered.
 *
 * @param ClientPort address of the variable that holds the port, which FltCloseClientPort clears.
 * @param SenderBuffer kernel memory, read when the application fetches the message.
 * @param ReplyBuffer gets the data behind the FILTER_REPLY_HEADER; NULL wants no answer.
 * @param ReplyLength address of the length of ReplyBuffer in bytes; gets the length of the data.
 * @param Timeout address of a LARGE_INTEGER in 100 ns (negative: relative) for fetching and
 *   answering together; NULL waits for ever, a time of 0 not at all (DIS-20).
 * @returns the Status of the reply's header; STATUS_TIMEOUT, which NT_SUCCESS takes for success;
 *   STATUS_PORT_DISCONNECTED, also for a connection that ends meanwhile; STATUS_BUFFER_OVERFLOW
 *   when the reply is longer than ReplyBuffer, which holds its beginning;
 *   STATUS_THREAD_IS_TERMINATING, STATUS_INVALID_PARAMETER.
 * @see PORT-6
 */
export function FltSendMessage(
  Filter: PFLT_FILTER,
  ClientPort: OutPtr,
  SenderBuffer: number,
  SenderBufferLength: number,
  ReplyBuffer: number,
  ReplyLength: OutPtr,
  Timeout: number,
): NTSTATUS {
  checkIrql('FltSendMessage', APC_LEVEL);
  if (SenderBuffer === 0 || (ReplyBuffer !== 0 && ReplyLength === 0)) {
    return STATUS_INVALID_PARAMETER;
  }
  const port = clientOf(Filter, ClientPort);
  if (port < 0) return port as NTSTATUS;
  const frame = pushFrame();
  const message = stackAlloc(FLT_MESSAGE.size) as PFLT_MESSAGE;
  KeInitializeEvent(m.at_Done(message), NotificationEvent, false);
  m.set_MessageId(message, nextId());
  m.set_Buffer(message, SenderBuffer);
  m.set_Length(message, SenderBufferLength);
  m.set_ReplyBuffer(message, ReplyBuffer);
  if (ReplyBuffer !== 0) m.set_ReplyLength(message, i32[ReplyLength >> 2]!);
  const timeout = Timeout === 0 ? undefined : readInt64(Timeout);
  const status = exchange(port as PFLT_CLIENT_PORT, message, timeout);
  if (ReplyBuffer !== 0 && status !== STATUS_TIMEOUT) {
    i32[ReplyLength >> 2] = m.ReplyLength(message);
  }
  popFrame(frame);
  ObDereferenceObject(port);
  return status;
}

/**
 * Closes the filter's end of a connection and clears its variable. PASSIVE_LEVEL, in
 * DisconnectNotify. Messages that wait end with STATUS_PORT_DISCONNECTED. NULL is left alone.
 * @param ClientPort address of the variable that holds the port.
 * @see PORT-4
 */
export function FltCloseClientPort(Filter: PFLT_FILTER, ClientPort: OutPtr): void {
  checkIrql('FltCloseClientPort', PASSIVE_LEVEL);
  acquireMutex(at_PortLock(Filter), owner);
  const handle = i32[ClientPort >> 2] as PFLT_PORT;
  i32[ClientPort >> 2] = 0;
  releaseMutex(at_PortLock(Filter), owner);
  if (handle !== 0) closePortHandle('FltCloseClientPort', handle, PORT_CLIENT);
}
