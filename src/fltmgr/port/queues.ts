// The queues of a client port: messages that nobody has fetched, messages that were fetched and
// whose sender wants an answer, and applications that wait for a message. Everything here is called
// with the port's lock held. A message meets a waiting application at once; both queues are first
// come, first served.
//
// Whoever ends a message or a request touches it for the last time by setting its event: its memory
// lies on a stack that may be left then. The waiter takes the port's lock once more before it goes.
import { copyBytes, fillBytes } from '../../mem/memory.ts';
import { EVERYBODY, notify, store } from '../../atomics-sync/atomics.ts';
import { KeSetEvent } from '../../ntos/ke/event.ts';
import { InsertHeadList, InsertTailList, IsListEmpty, RemoveEntryList, RemoveHeadList, flink }
  from '../../ntos/rtl/list-entry.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_FLT_NO_WAITER_FOR_REPLY,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FILTER_MESSAGE_HEADER, FILTER_REPLY_HEADER } from '../types.ts';
import { FLT_CLIENT_PORT, FLT_GET_MESSAGE, FLT_MESSAGE, GET_DONE, MESSAGE_DONE, MESSAGE_FETCHED,
  MESSAGE_QUEUED } from './types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILTER_MESSAGE_HEADER, PFILTER_REPLY_HEADER } from '../types.ts';
import type { PFLT_CLIENT_PORT, PFLT_GET_MESSAGE, PFLT_MESSAGE } from './types.ts';

const { at_Messages, at_Replies, at_Gets } = FLT_CLIENT_PORT.bound;
const m = FLT_MESSAGE.bound;
const g = FLT_GET_MESSAGE.bound;
const h = FILTER_MESSAGE_HEADER.bound;
const r = FILTER_REPLY_HEADER.bound;
const HEADER = FILTER_MESSAGE_HEADER.size;

/** Ends a request for a message. */
function endGet(get: PFLT_GET_MESSAGE, status: NTSTATUS, information: number): void {
  const event = g.Event(get);
  g.set_Status(get, status);
  g.set_Information(get, information);
  // Pairs with whoever asked and looks at State: status and message are visible with it.
  store(g.at_State(get), GET_DONE);
  if (event !== 0) KeSetEvent(event);
  else notify(g.at_State(get), EVERYBODY);
}

function endMessage(message: PFLT_MESSAGE, status: NTSTATUS): void {
  m.set_State(message, MESSAGE_DONE);
  m.set_Status(message, status);
  KeSetEvent(m.at_Done(message));
}

/** Hands a message to an application that asked; false when its buffer is too small. */
function hand(port: PFLT_CLIENT_PORT, message: PFLT_MESSAGE, get: PFLT_GET_MESSAGE): boolean {
  const length = HEADER + m.Length(message);
  if (g.Length(get) < length) {
    endGet(get, STATUS_BUFFER_TOO_SMALL, length);
    return false;
  }
  const wantsReply = m.ReplyBuffer(message) !== 0;
  const buffer = g.Buffer(get) as PFILTER_MESSAGE_HEADER;
  fillBytes(buffer, 0, HEADER);
  h.set_ReplyLength(buffer, wantsReply ? FILTER_REPLY_HEADER.size + m.ReplyLength(message) : 0);
  h.set_MessageId(buffer, m.MessageId(message));
  copyBytes(buffer + HEADER, m.Buffer(message), m.Length(message));
  if (wantsReply) {
    m.set_State(message, MESSAGE_FETCHED);
    InsertTailList(at_Replies(port), message);
  } else {
    endMessage(message, STATUS_SUCCESS);
  }
  endGet(get, STATUS_SUCCESS, length);
  return true;
}

/**
 * Sends a message: an application that waits gets it, else it is queued. An application whose
 * buffer is too small is told so, and the message goes to the next one.
 */
export function putMessage(port: PFLT_CLIENT_PORT, message: PFLT_MESSAGE): void {
  while (!IsListEmpty(at_Gets(port))) {
    if (hand(port, message, RemoveHeadList(at_Gets(port)) as PFLT_GET_MESSAGE)) return;
  }
  m.set_State(message, MESSAGE_QUEUED);
  InsertTailList(at_Messages(port), message);
}

/** Asks for a message: the oldest that is queued, else the request waits. */
export function putGet(port: PFLT_CLIENT_PORT, get: PFLT_GET_MESSAGE): void {
  const oldest = flink(at_Messages(port));
  if (oldest === at_Messages(port)) {
    InsertTailList(at_Gets(port), get);
    return;
  }
  RemoveEntryList(oldest);
  // A buffer that is too small leaves the message where it was, at the front.
  if (!hand(port, oldest as PFLT_MESSAGE, get)) InsertHeadList(at_Messages(port), oldest);
}

/** Takes a request back that still waits; the caller knows that it does. */
export function withdrawGet(get: PFLT_GET_MESSAGE, status: NTSTATUS): void {
  RemoveEntryList(get);
  endGet(get, status, 0);
}

/** Takes a message back whose sender gives up. */
export function withdrawMessage(message: PFLT_MESSAGE, status: NTSTATUS): void {
  RemoveEntryList(message);
  endMessage(message, status);
}

/** The fetched message with this number, or NULL. */
function awaiting(port: PFLT_CLIENT_PORT, id: number): PFLT_MESSAGE {
  const head = at_Replies(port);
  for (let at = flink(head); at !== head; at = flink(at)) {
    if (m.MessageId(at as PFLT_MESSAGE) === id) return at as PFLT_MESSAGE;
  }
  return 0 as PFLT_MESSAGE;
}

/**
 * Answers a message. The sender gets the status of the reply's header, or
 * STATUS_BUFFER_OVERFLOW and what fits when the reply is longer than the sender's buffer.
 *
 * @returns STATUS_FLT_NO_WAITER_FOR_REPLY when nobody waits for this answer (any more).
 */
export function putReply(
  port: PFLT_CLIENT_PORT,
  reply: PFILTER_REPLY_HEADER,
  length: number,
): NTSTATUS {
  const message = awaiting(port, r.MessageId(reply));
  if (message === 0) return STATUS_FLT_NO_WAITER_FOR_REPLY;
  const bytes = length - FILTER_REPLY_HEADER.size;
  const room = m.ReplyLength(message);
  const taken = Math.min(bytes, room);
  copyBytes(m.ReplyBuffer(message), reply + FILTER_REPLY_HEADER.size, taken);
  m.set_ReplyLength(message, taken);
  RemoveEntryList(message);
  endMessage(message, bytes > room ? STATUS_BUFFER_OVERFLOW : r.Status(reply));
  return STATUS_SUCCESS;
}

/** Ends everything that waits at a port that is closed. */
export function drainQueues(port: PFLT_CLIENT_PORT, status: NTSTATUS): void {
  for (const head of [at_Messages(port), at_Replies(port)]) {
    while (!IsListEmpty(head)) endMessage(RemoveHeadList(head) as PFLT_MESSAGE, status);
  }
  while (!IsListEmpty(at_Gets(port))) {
    endGet(RemoveHeadList(at_Gets(port)) as PFLT_GET_MESSAGE, status, 0);
  }
}
