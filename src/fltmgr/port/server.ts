// Server ports: a name under which applications find a filter (PORT-1, PORT-8). The filter holds a
// kernel handle; the port holds a rundown reference of the filter, so that a filter which forgets
// to close its port hangs in FltUnregisterFilter, as on Windows.
import { i32, u8 } from '../../mem/memory.ts';
import { PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { accessByToken } from '../../ntos/ob/access-check.ts';
import { ObpCreateHandle } from '../../ntos/ob/handle.ts';
import { ObpInsertName, ObpRemoveName } from '../../ntos/ob/namespace.ts';
import { OB_TYPE_PORT, ObCreateObject, ObDereferenceObject } from '../../ntos/ob/object.ts';
import { InsertTailList } from '../../ntos/rtl/list-entry.ts';
import { SECURITY_DESCRIPTOR_REVISION } from '../../ntos/rtl/security-descriptor.ts';
import { OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE } from '../../ntos/rtl/types.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
  STATUS_INVALID_SECURITY_DESCR, STATUS_OBJECT_NAME_INVALID, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLT_PORT_ALL_ACCESS } from '../constants.ts';
import { FLT_FILTER, FLT_OBJECT } from '../attach/object.ts';
import { FltpObjectDereference, FltpObjectReference } from '../attach/object-reference.ts';
import { entriesOf, filterList, lockFilterManager, unlockFilterManager } from '../attach/root.ts';
import { assignString, dropString, textOf } from '../strings.ts';
import { checkIrql } from '../violation.ts';
import { unlinkPort } from './disconnect.ts';
import { closePortHandle } from './port-handle.ts';
import { FLT_PORT_BASE, FLT_SERVER_PORT, PORT_SERVER } from './types.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { POBJECT_ATTRIBUTES } from '../../ntos/rtl/types.ts';
import type { PSECURITY_DESCRIPTOR } from '../../ntos/rtl/security-descriptor.ts';
import type { PFLT_FILTER, PFLT_PORT } from '../types.ts';
import type { PFLT_SERVER_PORT } from './types.ts';

const s = FLT_SERVER_PORT.bound;
const o = OBJECT_ATTRIBUTES.bound;
const { at_PortList } = FLT_FILTER.bound;
const filterLinkAt = FLT_OBJECT.offsets['PrimaryLink'] ?? 8;
const portLinkAt = FLT_PORT_BASE.offsets['FilterLink'] ?? 4;

/** The names of all ports that applications can connect to, for whoever looks around. PASSIVE. */
export function serverPortNames(): string[] {
  lockFilterManager();
  const filters = entriesOf(filterList()).map((link) => (link - filterLinkAt) as PFLT_FILTER);
  const ports = filters.flatMap((filter) => entriesOf(at_PortList(filter)))
    .map((link) => (link - portLinkAt) as PFLT_SERVER_PORT);
  const names = ports.filter((port) => s.Base_Kind(port) === PORT_SERVER && s.Closed(port) === 0)
    .map((port) => textOf(s.at_Name(port)));
  unlockFilterManager();
  return names;
}

/** Without a descriptor the name is the system's and the administrators' alone. */
const grantedByDefault = [0, FLT_PORT_ALL_ACCESS, FLT_PORT_ALL_ACCESS, FLT_PORT_ALL_ACCESS];

interface Routines {
  readonly connect: RoutineId;
  readonly disconnect: RoutineId;
  readonly message: RoutineId;
}

/** A server port with one reference, nameless yet; NULL without memory. */
function create(
  filter: PFLT_FILTER,
  cookie: number,
  routines: Routines,
  descriptor: PSECURITY_DESCRIPTOR,
): PFLT_SERVER_PORT {
  const port = ObCreateObject(OB_TYPE_PORT, FLT_SERVER_PORT.size) as PFLT_SERVER_PORT;
  if (port === 0) return port;
  s.set_Base_Kind(port, PORT_SERVER);
  s.set_Filter(port, filter);
  s.set_Cookie(port, cookie);
  s.set_ConnectNotify(port, routines.connect);
  s.set_DisconnectNotify(port, routines.disconnect);
  s.set_MessageNotify(port, routines.message);
  const masks = descriptor === 0 ? grantedByDefault : accessByToken(descriptor);
  masks.forEach((mask, i) => (i32[(s.at_Granted(port) >> 2) + i] = mask));
  return port;
}

/** Names the port, makes the filter's handle and puts it into the filter's list. */
function publish(port: PFLT_SERVER_PORT, path: string, out: number): NTSTATUS {
  if (!assignString(s.at_Name(port), path)) return STATUS_INSUFFICIENT_RESOURCES;
  const filter = s.Filter(port);
  const referenced = FltpObjectReference(filter);
  if (!NT_SUCCESS(referenced)) return referenced;
  const named = ObpInsertName(path, port);
  const handle = NT_SUCCESS(named)
    ? ObpCreateHandle(port, FLT_PORT_ALL_ACCESS, OBJ_KERNEL_HANDLE) : 0;
  if (handle === 0) {
    if (NT_SUCCESS(named)) ObpRemoveName(path);
    FltpObjectDereference(filter);
    return NT_SUCCESS(named) ? STATUS_INSUFFICIENT_RESOURCES : named;
  }
  lockFilterManager();
  InsertTailList(at_PortList(filter), s.at_Base_FilterLink(port));
  unlockFilterManager();
  i32[out >> 2] = handle;
  return STATUS_SUCCESS;
}

function checkAttributes(attributes: POBJECT_ATTRIBUTES): NTSTATUS {
  if (attributes === 0 || (o.Attributes(attributes) & OBJ_KERNEL_HANDLE) === 0) {
    return STATUS_INVALID_PARAMETER;
  }
  if (o.ObjectName(attributes) === 0 || o.RootDirectory(attributes) !== 0) {
    return STATUS_OBJECT_NAME_INVALID;
  }
  const descriptor = o.SecurityDescriptor(attributes);
  return descriptor !== 0 && u8[descriptor] !== SECURITY_DESCRIPTOR_REVISION
    ? STATUS_INVALID_SECURITY_DESCR : STATUS_SUCCESS;
}

/**
 * Makes a communication server port; applications can connect from now on. PASSIVE_LEVEL, usually
 * in DriverEntry between FltRegisterFilter and FltStartFiltering.
 *
 * @param ServerPort address of the word that gets the port; close it with
 *   FltCloseCommunicationPort before FltUnregisterFilter (PORT-8).
 * @param ObjectAttributes its name, its security descriptor (NULL: system and administrators) and
 *   OBJ_KERNEL_HANDLE. Names are compared without regard to case.
 * @param ServerPortCookie handed to ConnectNotify. @param MessageNotifyCallback may be NULL.
 * @param MaxConnections how many applications at a time, more than 0.
 * @returns STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID,
 *   STATUS_INVALID_SECURITY_DESCR, STATUS_FLT_DELETING_OBJECT, STATUS_INSUFFICIENT_RESOURCES.
 * @see PORT-1
 */
export function FltCreateCommunicationPort(
  Filter: PFLT_FILTER,
  ServerPort: OutPtr,
  ObjectAttributes: POBJECT_ATTRIBUTES,
  ServerPortCookie: number,
  ConnectNotifyCallback: RoutineId,
  DisconnectNotifyCallback: RoutineId,
  MessageNotifyCallback: RoutineId,
  MaxConnections: number,
): NTSTATUS {
  checkIrql('FltCreateCommunicationPort', PASSIVE_LEVEL);
  i32[ServerPort >> 2] = 0;
  const valid = checkAttributes(ObjectAttributes);
  if (!NT_SUCCESS(valid)) return valid;
  if (MaxConnections <= 0 || ConnectNotifyCallback === 0 || DisconnectNotifyCallback === 0) {
    return STATUS_INVALID_PARAMETER;
  }
  const descriptor = o.SecurityDescriptor(ObjectAttributes) as PSECURITY_DESCRIPTOR;
  const routines = {
    connect: ConnectNotifyCallback,
    disconnect: DisconnectNotifyCallback,
    message: MessageNotifyCallback,
  };
  const port = create(Filter, ServerPortCookie, routines, descriptor);
  if (port === 0) return STATUS_INSUFFICIENT_RESOURCES;
  s.set_MaxConnections(port, MaxConnections);
  const status = publish(port, readUnicode(o.ObjectName(ObjectAttributes)), ServerPort);
  // The handle holds a reference of its own; without one the port goes here.
  ObDereferenceObject(port);
  return status;
}

/** The filter's handle is closed: the name goes, nobody can connect, connections stay. */
export function serverHandleClosed(port: PFLT_SERVER_PORT): void {
  lockFilterManager();
  s.set_Closed(port, 1);
  unlinkPort(port);
  unlockFilterManager();
  ObpRemoveName(textOf(s.at_Name(port)));
  FltpObjectDereference(s.Filter(port));
}

/** The last reference is gone. */
export function deleteServer(port: PFLT_SERVER_PORT): void {
  dropString(s.at_Name(port));
}

/**
 * Closes a server port: no new connections; those that exist stay until their applications close
 * them or the filter is unregistered. PASSIVE_LEVEL, before FltUnregisterFilter (LC-17, PORT-8).
 * A port that is not open is bug check 0x93.
 */
export function FltCloseCommunicationPort(ServerPort: PFLT_PORT): void {
  checkIrql('FltCloseCommunicationPort', PASSIVE_LEVEL);
  closePortHandle('FltCloseCommunicationPort', ServerPort, PORT_SERVER);
}
