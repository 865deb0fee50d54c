// What communication ports are made of (9.2). A filter's server port has a name; each connection to
// it is a client port, of which the filter holds a kernel handle and the application, by a
// connection object, a handle of its own. Messages that wait hang on the client port and lie on
// their senders' stacks; requests for messages lie with whoever asks.
//
//   FLT_FILTER.PortList --- FLT_SERVER_PORT  <-name-  \MyPort
//                      \--- FLT_CLIENT_PORT  <------  FLT_CONNECTION  <- the application's handle
//                             Messages: not fetched yet     Replies: fetched, answer expected
//                             Gets: applications that wait for a message
import { LONGLONG, POINTER, ROUTINE, ULONG, array, atomic, pointer } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { struct } from '../../mem/struct.ts';
import { acquireMutex, releaseMutex } from '../../atomics-sync/mutex.ts';
import { EX_RUNDOWN_REF } from '../../ntos/ex/types.ts';
import { KEVENT } from '../../ntos/ke/types.ts';
import { ACCESS_MASKS } from '../../ntos/ob/access-check.ts';
import { LIST_ENTRY, UNICODE_STRING } from '../../ntos/rtl/types.ts';
import { NTSTATUS_FIELD } from '../../ntos/status.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** FLT_PORT_BASE.Kind: all three are objects of type OB_TYPE_PORT. */
export const PORT_SERVER = 0x464c_5011;
export const PORT_CLIENT = 0x464c_5012;
export const PORT_CONNECTION = 0x464c_5013;

export const FLT_PORT_BASE = struct('FLT_PORT_BASE', {
  Kind: ULONG,
  /** In the filter's PortList; the first link is 0 outside of it. */
  FilterLink: LIST_ENTRY,
});

export const FLT_SERVER_PORT = struct('FLT_SERVER_PORT', {
  Base: FLT_PORT_BASE,
  Filter: pointer('FLT_FILTER'),
  Cookie: POINTER,
  ConnectNotify: ROUTINE,
  DisconnectNotify: ROUTINE,
  MessageNotify: ROUTINE,
  MaxConnections: ULONG,
  Name: UNICODE_STRING,
  /** The rights of each kind of process; see ob/access-check.ts. */
  Granted: array(ULONG, ACCESS_MASKS),
  // Guarded by the Filter Manager's lock, as is Base.FilterLink.
  Connections: ULONG,
  Closed: ULONG,
});
export type PFLT_SERVER_PORT = Ptr<'FLT_SERVER_PORT'>;

/** FLT_CLIENT_PORT.State. */
export const CLIENT_CONNECTING = 1;
export const CLIENT_CONNECTED = 2;
/** Nothing is sent or fetched any more; the filter is being told, or has been. */
export const CLIENT_DISCONNECTED = 3;

export const FLT_CLIENT_PORT = struct('FLT_CLIENT_PORT', {
  Base: FLT_PORT_BASE,
  /** Referenced. */
  Server: pointer('FLT_SERVER_PORT'),
  /** What ConnectNotify gave: named in DisconnectNotify and MessageNotify. */
  Cookie: POINTER,
  // Guarded by the Filter Manager's lock, as is Base.FilterLink.
  /** The kernel handle of the filter; 0 when the filter has closed it. */
  Handle: POINTER,
  /** The filter knows that the connection is over. */
  Told: ULONG,
  // Guarded by Lock.
  Lock: atomic(),
  State: ULONG,
  /** The filter has closed its handle. */
  Closed: ULONG,
  Messages: LIST_ENTRY,
  Replies: LIST_ENTRY,
  Gets: LIST_ENTRY,
  /** Held by every MessageNotify callback; DisconnectNotify comes after all of them. */
  MessageRundown: EX_RUNDOWN_REF,
  /** Signaled when ConnectNotify has returned. */
  Settled: KEVENT,
  /** Signaled when the filter has been told that the connection is over. */
  Gone: KEVENT,
});
export type PFLT_CLIENT_PORT = Ptr<'FLT_CLIENT_PORT'>;

/** What an application's handle names. */
export const FLT_CONNECTION = struct('FLT_CONNECTION', {
  Base: FLT_PORT_BASE,
  /** Referenced. */
  Port: pointer('FLT_CLIENT_PORT'),
  /** The thread that connected: its connections end with it. */
  Owner: pointer('KTHREAD'),
});
export type PFLT_CONNECTION = Ptr<'FLT_CONNECTION'>;

/** FLT_MESSAGE.State. */
export const MESSAGE_QUEUED = 1;
/** Fetched; the sender wants an answer. */
export const MESSAGE_FETCHED = 2;
export const MESSAGE_DONE = 3;

/** One FltSendMessage; on its sender's stack, guarded by the port's lock. */
export const FLT_MESSAGE = struct('FLT_MESSAGE', {
  Link: LIST_ENTRY,
  State: ULONG,
  Status: NTSTATUS_FIELD,
  MessageId: LONGLONG,
  Buffer: POINTER,
  Length: ULONG,
  ReplyBuffer: POINTER,
  /** The room in ReplyBuffer, then how much of it was filled. */
  ReplyLength: ULONG,
  Done: KEVENT,
});
export type PFLT_MESSAGE = Ptr<'FLT_MESSAGE'>;

/** FLT_GET_MESSAGE.State. */
export const GET_PENDING = 1;
export const GET_DONE = 2;

/** A request for a message; it belongs to the port while State is GET_PENDING. */
export const FLT_GET_MESSAGE = struct('FLT_GET_MESSAGE', {
  Link: LIST_ENTRY,
  /** Notified when it becomes GET_DONE. */
  State: atomic(),
  Status: NTSTATUS_FIELD,
  /** Bytes of the message, its header included. */
  Information: ULONG,
  /** A user address. */
  Buffer: POINTER,
  Length: ULONG,
  /** Set when it becomes GET_DONE, instead of State's notification; or NULL. */
  Event: pointer('KEVENT'),
});
export type PFLT_GET_MESSAGE = Ptr<'FLT_GET_MESSAGE'>;

const { at_Lock } = FLT_CLIENT_PORT.bound;
const owner = boot.processor + 1;

/** Takes the lock of a client port. IRQL <= APC_LEVEL. */
export function lockClient(port: PFLT_CLIENT_PORT): void {
  acquireMutex(at_Lock(port), owner);
}

export function unlockClient(port: PFLT_CLIENT_PORT): void {
  releaseMutex(at_Lock(port), owner);
}
