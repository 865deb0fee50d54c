// Connecting to a server port (PORT-3): the application is let in by name, by right and by number,
// then the filter's ConnectNotify decides, in the application's thread. No callback is called under
// the Filter Manager's lock.
import { copyBytes, i32 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { ExInitializeRundownProtection } from '../../ntos/ex/lock/rundown.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { KeInitializeEvent, KeSetEvent, NotificationEvent } from '../../ntos/ke/event.ts';
import { PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { tokenCombination } from '../../ntos/ob/access-check.ts';
import { ObpCloseHandle, ObpCreateHandle } from '../../ntos/ob/handle.ts';
import { ObReferenceObjectByName } from '../../ntos/ob/namespace.ts';
import { OB_TYPE_PORT, ObCreateObject, ObDereferenceObject, ObReferenceObject }
  from '../../ntos/ob/object.ts';
import { PsGetCurrentProcess } from '../../ntos/ob/process.ts';
import { InitializeListHead, InsertTailList } from '../../ntos/rtl/list-entry.ts';
import { OBJ_KERNEL_HANDLE } from '../../ntos/rtl/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_ACCESS_DENIED, STATUS_CONNECTION_COUNT_LIMIT, STATUS_FLT_DELETING_OBJECT,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLT_PORT_ALL_ACCESS, FLT_PORT_CONNECT } from '../constants.ts';
import { FILTER_UNLOADING, FLT_FILTER } from '../attach/object.ts';
import { lockFilterManager, unlockFilterManager } from '../attach/root.ts';
import { checkIrql } from '../violation.ts';
import { disconnect, leaveServer } from './disconnect.ts';
import { callNotify } from './notify.ts';
import { CLIENT_CONNECTED, CLIENT_CONNECTING, CLIENT_DISCONNECTED, FLT_CLIENT_PORT, FLT_CONNECTION,
  FLT_SERVER_PORT, PORT_CLIENT, PORT_CONNECTION, PORT_SERVER, lockClient, unlockClient }
  from './types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_CLIENT_PORT, PFLT_CONNECTION, PFLT_SERVER_PORT } from './types.ts';

const s = FLT_SERVER_PORT.bound;
const c = FLT_CLIENT_PORT.bound;
const n = FLT_CONNECTION.bound;
const { at_PortList, at_State: at_FilterState } = FLT_FILTER.bound;
const TAG = poolTag('FMcx');

/** A fresh client port with one reference, the caller's; NULL without memory. */
function createClient(server: PFLT_SERVER_PORT): PFLT_CLIENT_PORT {
  const port = ObCreateObject(OB_TYPE_PORT, FLT_CLIENT_PORT.size) as PFLT_CLIENT_PORT;
  if (port === 0) return port;
  c.set_Base_Kind(port, PORT_CLIENT);
  ObReferenceObject(server);
  c.set_Server(port, server);
  c.set_State(port, CLIENT_CONNECTING);
  InitializeListHead(c.at_Messages(port));
  InitializeListHead(c.at_Replies(port));
  InitializeListHead(c.at_Gets(port));
  ExInitializeRundownProtection(c.at_MessageRundown(port));
  KeInitializeEvent(c.at_Settled(port), NotificationEvent, false);
  KeInitializeEvent(c.at_Gone(port), NotificationEvent, false);
  return port;
}

/** Gives the connection a place among the filter's; the status when there is none. */
function admit(server: PFLT_SERVER_PORT, port: PFLT_CLIENT_PORT): NTSTATUS {
  lockFilterManager();
  let status: NTSTATUS = STATUS_SUCCESS;
  if (s.Closed(server) !== 0) {
    status = STATUS_OBJECT_NAME_NOT_FOUND;
  } else if (load(at_FilterState(s.Filter(server))) === FILTER_UNLOADING) {
    status = STATUS_FLT_DELETING_OBJECT;
  } else if (s.Connections(server) >= s.MaxConnections(server)) {
    status = STATUS_CONNECTION_COUNT_LIMIT;
  } else {
    s.set_Connections(server, s.Connections(server) + 1);
    InsertTailList(at_PortList(s.Filter(server)), c.at_Base_FilterLink(port));
  }
  unlockFilterManager();
  return status;
}


/** What the application holds of a client port; NULL without memory. */
function createConnection(port: PFLT_CLIENT_PORT): PFLT_CONNECTION {
  const connection = ObCreateObject(OB_TYPE_PORT, FLT_CONNECTION.size) as PFLT_CONNECTION;
  if (connection === 0) return connection;
  n.set_Base_Kind(connection, PORT_CONNECTION);
  ObReferenceObject(port);
  n.set_Port(connection, port);
  n.set_Owner(connection, currentThread);
  return connection;
}

/** Calls ConnectNotify with a copy of the application's context in kernel memory. */
function callConnect(port: PFLT_CLIENT_PORT, context: number, size: number): NTSTATUS {
  const server = c.Server(port);
  const copy = size === 0 ? 0 : ExAllocatePoolWithTag(PagedPool, size, TAG);
  if (size !== 0 && copy === 0) return STATUS_INSUFFICIENT_RESOURCES;
  copyBytes(copy, context, size);
  const frame = pushFrame();
  const cookie = stackAlloc(4);
  const status = callNotify(server, s.ConnectNotify(server), 'ConnectNotify',
    c.Handle(port), s.Cookie(server), copy, size, cookie) as NTSTATUS;
  c.set_Cookie(port, i32[cookie >> 2]!);
  popFrame(frame);
  if (copy !== 0) ExFreePoolWithTag(copy, TAG);
  return status;
}

/** Lets the filter decide; a connection that it refuses leaves nothing behind. */
function settle(port: PFLT_CLIENT_PORT, context: number, size: number): NTSTATUS {
  const handle = ObpCreateHandle(port, FLT_PORT_ALL_ACCESS, OBJ_KERNEL_HANDLE);
  c.set_Handle(port, handle);
  const status = handle === 0 ? STATUS_INSUFFICIENT_RESOURCES : callConnect(port, context, size);
  lockClient(port);
  c.set_State(port, NT_SUCCESS(status) ? CLIENT_CONNECTED : CLIENT_DISCONNECTED);
  unlockClient(port);
  if (!NT_SUCCESS(status)) {
    leaveServer(port);
    // Unless the filter has closed it itself.
    if (c.Handle(port) !== 0) ObpCloseHandle(handle);
  }
  KeSetEvent(c.at_Settled(port));
  return status;
}

/** Admits, asks the filter, and gives the application its handle. */
function establish(
  server: PFLT_SERVER_PORT,
  port: PFLT_CLIENT_PORT,
  context: number,
  size: number,
  out: number,
): NTSTATUS {
  const connection = createConnection(port);
  if (connection === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const admitted = admit(server, port);
  const status = NT_SUCCESS(admitted) ? settle(port, context, size) : admitted;
  const handle = NT_SUCCESS(status) ? ObpCreateHandle(connection, FLT_PORT_ALL_ACCESS) : 0;
  ObDereferenceObject(connection);
  if (NT_SUCCESS(status) && handle === 0) {
    disconnect(port);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  i32[out >> 2] = handle;
  return status;
}

/**
 * Connects the current process to a server port: what FilterConnectCommunicationPort asks of the
 * kernel. PASSIVE_LEVEL; ConnectNotify is called in this thread, with a copy of the context.
 *
 * @param path the port's name, for example \\MyPort. @param size bytes at `context`, up to 65535.
 * @param out address of the word that gets the user handle.
 * @returns STATUS_OBJECT_NAME_NOT_FOUND, STATUS_ACCESS_DENIED, STATUS_CONNECTION_COUNT_LIMIT,
 *   STATUS_FLT_DELETING_OBJECT, STATUS_INSUFFICIENT_RESOURCES, or what ConnectNotify returned.
 * @see PORT-3
 */
export function FltpConnectPort(
  path: string,
  context: number,
  size: number,
  out: number,
): NTSTATUS {
  checkIrql('FilterConnectCommunicationPort', PASSIVE_LEVEL);
  i32[out >> 2] = 0;
  const found = ObReferenceObjectByName(path, OB_TYPE_PORT, out);
  if (!NT_SUCCESS(found)) return found;
  const server = i32[out >> 2] as PFLT_SERVER_PORT;
  i32[out >> 2] = 0;
  let status: NTSTATUS = STATUS_INSUFFICIENT_RESOURCES;
  const granted = s.at_Granted(server) + 4 * tokenCombination(PsGetCurrentProcess());
  if (s.Base_Kind(server) !== PORT_SERVER) {
    status = STATUS_OBJECT_TYPE_MISMATCH;
  } else if ((i32[granted >> 2]! & FLT_PORT_CONNECT) === 0) {
    status = STATUS_ACCESS_DENIED;
  } else {
    const port = createClient(server);
    if (port !== 0) {
      status = establish(server, port, context, size, out);
      ObDereferenceObject(port);
    }
  }
  ObDereferenceObject(server);
  return status;
}
