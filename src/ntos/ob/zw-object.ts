// Objects by handle as drivers make and open them: events, processes, waiting. PASSIVE_LEVEL.
import { i32 as words } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { waitForObject, UserRequest } from '../ke/dispatcher.ts';
import { KeInitializeEvent, KeResetEvent, KeSetEvent, NotificationEvent, SynchronizationEvent }
  from '../ke/event.ts';
import { KEVENT } from '../ke/types.ts';
import { readInt64 } from '../rtl/large-integer.ts';
import { checkIrql } from '../rtl/services.ts';
import { CLIENT_ID, OBJECT_ATTRIBUTES } from '../rtl/types.ts';
import { readUnicode } from '../rtl/unicode-string.ts';
import { NT_SUCCESS } from '../status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_CID, STATUS_INVALID_PARAMETER,
  STATUS_INVALID_PARAMETER_MIX, STATUS_NOT_IMPLEMENTED, STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS } from '../status-codes.ts';
import { PsLookupProcessByProcessId } from './process.ts';
import { OB_TYPE_EVENT, OB_TYPE_FILE, OB_TYPE_THREAD, ObCreateObject, ObDereferenceObject,
  ObpRegisterType, objectType } from './object.ts';
import { ObpCreateHandle } from './handle.ts';
import { withObject } from './with-object.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { PCLIENT_ID, POBJECT_ATTRIBUTES } from '../rtl/types.ts';

const i32 = words;
const { ObjectName, Attributes } = OBJECT_ATTRIBUTES.bound;
const { UniqueProcess, UniqueThread } = CLIENT_ID.bound;
const PASSIVE_LEVEL = 0;
/** Where a file object's event lies: FILE_OBJECT.Event, of which this room knows only the place. */
let fileEventOffset = -1;

/** Tells where a file object has the event that a wait on its handle waits for; io does at load. */
export function setFileEventOffset(offset: number): void {
  fileEventOffset = offset;
}

function isNamed(attributes: POBJECT_ATTRIBUTES): boolean {
  return attributes !== 0 && readUnicode(ObjectName(attributes)) !== '';
}

/**
 * Makes an event with a handle. PASSIVE_LEVEL. Only events without a name are there.
 *
 * @param EventHandle where the handle goes. @param EventType NotificationEvent,
 *   SynchronizationEvent.
 * @returns STATUS_INVALID_PARAMETER for another type, STATUS_INSUFFICIENT_RESOURCES,
 *   STATUS_NOT_IMPLEMENTED for a name.
 */
export function ZwCreateEvent(
  EventHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
  EventType: number, InitialState: boolean,
): NTSTATUS {
  checkIrql('ZwCreateEvent', PASSIVE_LEVEL);
  i32[EventHandle >> 2] = 0;
  if (EventType !== NotificationEvent && EventType !== SynchronizationEvent) {
    return STATUS_INVALID_PARAMETER;
  }
  if (isNamed(ObjectAttributes)) return STATUS_NOT_IMPLEMENTED;
  const event = ObCreateObject(OB_TYPE_EVENT, KEVENT.size);
  if (event === 0) return STATUS_INSUFFICIENT_RESOURCES;
  KeInitializeEvent(event, EventType, InitialState);
  const attributes = ObjectAttributes === 0 ? 0 : Attributes(ObjectAttributes);
  const handle = ObpCreateHandle(event, DesiredAccess, attributes);
  ObDereferenceObject(event);
  if (handle === 0) return STATUS_INSUFFICIENT_RESOURCES;
  i32[EventHandle >> 2] = handle;
  return STATUS_SUCCESS;
}

/** Signals an event. PASSIVE_LEVEL. @param PreviousState NULL, or where the state before goes. */
export function ZwSetEvent(EventHandle: number, PreviousState: OutPtr): NTSTATUS {
  checkIrql('ZwSetEvent', PASSIVE_LEVEL);
  return withObject(EventHandle, OB_TYPE_EVENT, (event) => {
    const before = KeSetEvent(event);
    if (PreviousState !== 0) i32[PreviousState >> 2] = before;
    return STATUS_SUCCESS;
  });
}

/** Resets an event. PASSIVE_LEVEL. */
export function ZwClearEvent(EventHandle: number): NTSTATUS {
  checkIrql('ZwClearEvent', PASSIVE_LEVEL);
  return withObject(EventHandle, OB_TYPE_EVENT, (event) => {
    KeResetEvent(event);
    return STATUS_SUCCESS;
  });
}

/** What a wait on an object waits for; 0 when it cannot be waited for. */
function dispatcherOf(object: number): number {
  const type = objectType(object);
  if (type === OB_TYPE_EVENT || type === OB_TYPE_THREAD) return object;
  return type === OB_TYPE_FILE && fileEventOffset >= 0 ? object + fileEventOffset : 0;
}

/**
 * Waits for the object of a handle: an event, a thread, a file. PASSIVE_LEVEL.
 * @param Timeout NULL for ever, or address of a LARGE_INTEGER in 100 ns (negative: relative).
 * @returns STATUS_SUCCESS, STATUS_TIMEOUT, STATUS_OBJECT_TYPE_MISMATCH.
 */
export function ZwWaitForSingleObject(
  Handle: number, _Alertable: boolean, Timeout: number,
): NTSTATUS {
  checkIrql('ZwWaitForSingleObject', PASSIVE_LEVEL);
  return withObject(Handle, 0, (object) => {
    const dispatcher = dispatcherOf(object);
    if (dispatcher === 0) return STATUS_OBJECT_TYPE_MISMATCH;
    return waitForObject(dispatcher, UserRequest, Timeout === 0 ? undefined : readInt64(Timeout));
  });
}

/**
 * Opens a process by its identity. PASSIVE_LEVEL.
 *
 * @param ObjectAttributes without a name. @param ClientId a CLIENT_ID with UniqueProcess; a
 *   UniqueThread must be one of the process's, or 0.
 * @returns STATUS_INVALID_CID when there is none, STATUS_INVALID_PARAMETER_MIX for a name,
 *   STATUS_INSUFFICIENT_RESOURCES.
 */
export function ZwOpenProcess(
  ProcessHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
  ClientId: PCLIENT_ID,
): NTSTATUS {
  checkIrql('ZwOpenProcess', PASSIVE_LEVEL);
  i32[ProcessHandle >> 2] = 0;
  if (isNamed(ObjectAttributes) || ClientId === 0) return STATUS_INVALID_PARAMETER_MIX;
  if (UniqueThread(ClientId) !== 0) return STATUS_INVALID_CID;
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = PsLookupProcessByProcessId(UniqueProcess(ClientId), out);
  const process = i32[out >> 2]!;
  popFrame(frame);
  if (!NT_SUCCESS(status)) return STATUS_INVALID_CID;
  const attributes = ObjectAttributes === 0 ? 0 : Attributes(ObjectAttributes);
  const handle = ObpCreateHandle(process, DesiredAccess, attributes);
  ObDereferenceObject(process);
  if (handle === 0) return STATUS_INSUFFICIENT_RESOURCES;
  i32[ProcessHandle >> 2] = handle;
  return STATUS_SUCCESS;
}

ObpRegisterType(OB_TYPE_EVENT, {});
