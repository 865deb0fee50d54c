// The end of a connection (PORT-4). It is over when its last user handle is closed or when its
// filter is unregistered; whoever comes first tells the filter, once, in its own thread, after
// every MessageNotify callback has returned. Everything that waits at the port has ended with
// STATUS_PORT_DISCONNECTED by then.
//
// A port stays in its filter's list until the filter knows of the end and has closed its handle.
import { i32 } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { ExWaitForRundownProtectionRelease } from '../../ntos/ex/lock/rundown.ts';
import { Executive, waitForObject } from '../../ntos/ke/dispatcher.ts';
import { KeSetEvent } from '../../ntos/ke/event.ts';
import { ObpCloseHandle } from '../../ntos/ob/handle.ts';
import { ObDereferenceObject, ObReferenceObject } from '../../ntos/ob/object.ts';
import { RemoveEntryList } from '../../ntos/rtl/list-entry.ts';
import { STATUS_PORT_DISCONNECTED } from '../../ntos/status-codes.ts';
import { FLT_FILTER } from '../attach/object.ts';
import { entriesOf, lockFilterManager, unlockFilterManager } from '../attach/root.ts';
import { violation } from '../violation.ts';
import { callNotify } from './notify.ts';
import { drainQueues } from './queues.ts';
import { CLIENT_CONNECTED, CLIENT_DISCONNECTED, FLT_CLIENT_PORT, FLT_PORT_BASE, FLT_SERVER_PORT,
  PORT_CLIENT, lockClient, unlockClient } from './types.ts';
import type { PFLT_FILTER } from '../types.ts';
import type { PFLT_CLIENT_PORT } from './types.ts';

const s = FLT_SERVER_PORT.bound;
const c = FLT_CLIENT_PORT.bound;
const { Kind } = FLT_PORT_BASE.bound;
const { at_PortList } = FLT_FILTER.bound;
const linkAt = FLT_PORT_BASE.offsets['FilterLink'] ?? 4;
/** Violation 23: leaks of counted objects. */
const RULE_LEAK = 23;
type PBASE = Parameters<typeof Kind>[0];

/** Takes a port off its filter's list. The Filter Manager's lock is held. */
export function unlinkPort(port: number): void {
  const link = port + linkAt;
  if (i32[link >> 2] === 0) return;
  RemoveEntryList(link);
  i32[link >> 2] = 0;
}

/** The connection's place is free for another one; nobody calls the filter about it any more. */
export function leaveServer(port: PFLT_CLIENT_PORT): void {
  const server = c.Server(port);
  lockFilterManager();
  s.set_Connections(server, s.Connections(server) - 1);
  c.set_Told(port, 1);
  if (c.Handle(port) === 0) unlinkPort(port);
  unlockFilterManager();
  KeSetEvent(c.at_Gone(port));
}

/** The filter has closed its handle: nothing can be sent or fetched any more. */
export function clientHandleClosed(port: PFLT_CLIENT_PORT): void {
  lockClient(port);
  c.set_Closed(port, 1);
  drainQueues(port, STATUS_PORT_DISCONNECTED);
  unlockClient(port);
  lockFilterManager();
  c.set_Handle(port, 0);
  if (c.Told(port) !== 0) unlinkPort(port);
  unlockFilterManager();
}

/** Ends a connection unless somebody does so already. PASSIVE_LEVEL. */
export function disconnect(port: PFLT_CLIENT_PORT): void {
  lockClient(port);
  const mine = c.State(port) === CLIENT_CONNECTED;
  if (mine) {
    c.set_State(port, CLIENT_DISCONNECTED);
    drainQueues(port, STATUS_PORT_DISCONNECTED);
  }
  unlockClient(port);
  if (!mine) return;
  ExWaitForRundownProtectionRelease(c.at_MessageRundown(port));
  const server = c.Server(port);
  callNotify(server, s.DisconnectNotify(server), 'DisconnectNotify', c.Cookie(port));
  leaveServer(port);
}

/** A client port of the filter with a reference; NULL when there is none. */
function anyClient(filter: PFLT_FILTER): PFLT_CLIENT_PORT {
  lockFilterManager();
  const ports = entriesOf(at_PortList(filter)).map((link) => link - linkAt);
  const port = ports.find((at) => Kind(at as PBASE) === PORT_CLIENT) ?? 0;
  if (port !== 0) ObReferenceObject(port);
  unlockFilterManager();
  return port as PFLT_CLIENT_PORT;
}

/** Closes the filter's handle if the filter did not; a leak under the verifier. */
function closeLeakedHandle(filter: PFLT_FILTER, port: PFLT_CLIENT_PORT): void {
  const handle = c.Handle(port);
  if (handle === 0) return;
  if (boot.verifier) {
    violation(RULE_LEAK, filter, 'the filter is unregistered and has not closed a client port: ' +
      'FltCloseClientPort belongs into DisconnectNotify (PORT-4)', port);
  }
  ObpCloseHandle(handle);
}

/**
 * Ends every connection of a filter that is being unregistered; returns when DisconnectNotify has
 * returned for each of them. PASSIVE_LEVEL; no connection begins any more.
 */
export function disconnectAll(filter: PFLT_FILTER): void {
  for (;;) {
    const port = anyClient(filter);
    if (port === 0) return;
    waitForObject(c.at_Settled(port), Executive);
    disconnect(port);
    waitForObject(c.at_Gone(port), Executive);
    closeLeakedHandle(filter, port);
    ObDereferenceObject(port);
  }
}
