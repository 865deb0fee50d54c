// A filter with a communication port for tests in the test's own thread: what its notify routines
// are called with is recorded, what they answer is the test's.
import { local, localBytes, out } from '#src/image/out.ts';
import { PFLT_CONNECT_NOTIFY, PFLT_DISCONNECT_NOTIFY, PFLT_MESSAGE_NOTIFY }
  from '#src/image/role.ts';
import { copyBytes, i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '#src/ntos/ex/types.ts';
import { writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { OBJECT_ATTRIBUTES, OBJ_CASE_INSENSITIVE, OBJ_KERNEL_HANDLE, UNICODE_STRING }
  from '#src/ntos/rtl/types.ts';
import { setUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { FLT_PORT_ALL_ACCESS } from '#src/fltmgr/constants.ts';
import { FltBuildDefaultSecurityDescriptor, FltFreeSecurityDescriptor }
  from '#src/fltmgr/port/security.ts';
import { FltCloseClientPort, FltSendMessage } from '#src/fltmgr/port/send.ts';
import { FltCloseCommunicationPort, FltCreateCommunicationPort } from '#src/fltmgr/port/server.ts';
import type { RoutineId } from '#src/mem/routine.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';
import type { PFLT_FILTER, PFLT_PORT } from '#src/fltmgr/types.ts';

export interface Call {
  readonly routine: 'connect' | 'disconnect' | 'message';
  readonly cookie: number;
  readonly data: string;
}

export interface PortSketch {
  readonly name?: string;
  readonly cookie?: number;
  readonly maxConnections?: number;
  readonly attributes?: number;
  /** What becomes of the default descriptor; 0 for none at all. */
  readonly descriptor?: (built: number) => number;
  readonly connect?: (client: PFLT_PORT, context: string) => NTSTATUS;
  readonly disconnect?: (cookie: number) => void;
  readonly message?: (input: string, output: number, room: number) => [NTSTATUS, number];
  readonly noMessage?: boolean;
  /** The filter keeps its client port open in DisconnectNotify. */
  readonly keepsClient?: boolean;
}

export interface MadePort {
  readonly status: NTSTATUS;
  readonly server: PFLT_PORT;
  readonly calls: Call[];
  /** Addresses of the variables that hold the client ports, by connection. */
  readonly clients: number[];
  close(): void;
  /** Sends from the filter to connection `index`; `room` undefined wants no reply. */
  send(text: string, more?: SendMore): { status: NTSTATUS; reply: string; length: number };
}

export interface SendMore {
  readonly index?: number;
  readonly room?: number;
  readonly timeoutMs?: number;
}

const TAG = poolTag('Tprt');
const SUCCESS = 0 as NTSTATUS;
let made = 0;

export function textAt(address: number, length: number): string {
  return Buffer.from(u8.slice(address, address + length)).toString('latin1');
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

interface Notify {
  readonly connect: RoutineId;
  readonly disconnect: RoutineId;
  readonly message: RoutineId;
}

function routines(filter: PFLT_FILTER, sketch: PortSketch, calls: Call[], clients: number[]): Notify {
  const id = `Port${made++}`;
  const connect = PFLT_CONNECT_NOTIFY(`${id}Connect`, (client, cookie, context, size, saved) => {
    const data = textAt(context, size);
    calls.push({ routine: 'connect', cookie, data });
    const status = sketch.connect?.(client, data) ?? SUCCESS;
    if (status < 0) return status;
    const variable = ExAllocatePoolWithTag(NonPagedPool, 8, TAG);
    i32[variable >> 2] = client;
    saved.value = 100 + clients.length;
    clients.push(variable);
    return status;
  });
  const disconnect = PFLT_DISCONNECT_NOTIFY(`${id}Disconnect`, (cookie) => {
    calls.push({ routine: 'disconnect', cookie, data: '' });
    sketch.disconnect?.(cookie);
    if (!sketch.keepsClient) FltCloseClientPort(filter, clients[cookie - 100]!);
  });
  const message = PFLT_MESSAGE_NOTIFY(`${id}Message`, (cookie, input, length, output, room, back) => {
    const data = textAt(input, length);
    calls.push({ routine: 'message', cookie, data });
    const [status, written] = sketch.message?.(data, output, room) ?? [SUCCESS, 0];
    back.value = written;
    return status;
  });
  return { connect, disconnect, message: sketch.noMessage ? (0 as RoutineId) : message };
}

/** Fills OBJECT_ATTRIBUTES on the stack. */
function attributesOf(sketch: PortSketch, descriptor: number): number {
  const name = sketch.name ?? '\\TestPort';
  const string = local(UNICODE_STRING);
  const text = localBytes(name.length * 2 + 2);
  const length = writeUtf16(text, name);
  setUnicode(string.address, text, length, length);
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = string.address as never;
  attributes.Attributes = sketch.attributes ?? OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE;
  attributes.SecurityDescriptor = descriptor;
  return attributes.address;
}

/** Makes a server port of a filter. */
export function makePort(filter: PFLT_FILTER, sketch: PortSketch = {}): MadePort {
  const calls: Call[] = [];
  const clients: number[] = [];
  const { connect, disconnect, message } = routines(filter, sketch, calls, clients);
  const frame = pushFrame();
  const server = out();
  const descriptor = out();
  FltBuildDefaultSecurityDescriptor(descriptor.address, FLT_PORT_ALL_ACCESS);
  const used = sketch.descriptor?.(descriptor.value) ?? descriptor.value;
  const status = FltCreateCommunicationPort(filter, server.address,
    attributesOf(sketch, used) as never, sketch.cookie ?? 7, connect, disconnect, message,
    sketch.maxConnections ?? 1);
  if (descriptor.value !== 0) FltFreeSecurityDescriptor(descriptor.value as never);
  const port = server.value as PFLT_PORT;
  popFrame(frame);
  return {
    status, server: port, calls, clients,
    close() {
      FltCloseCommunicationPort(port);
      for (const variable of clients.splice(0)) ExFreePoolWithTag(variable, TAG);
    },
    send: (text, more = {}) => send(filter, clients[more.index ?? 0]!, text, more),
  };
}

function send(
  filter: PFLT_FILTER, variable: number, text: string, more: SendMore,
): { status: NTSTATUS; reply: string; length: number } {
  const frame = pushFrame();
  const data = bytes(text);
  const buffer = localBytes(Math.max(data.length, 4));
  u8.set(data, buffer);
  const reply = more.room === undefined ? 0 : localBytes(Math.max(more.room, 8));
  const length = out();
  length.value = more.room ?? 0;
  const timeout = more.timeoutMs === undefined ? 0 : localBytes(8);
  if (timeout !== 0) writeInt64(timeout, -10_000 * (more.timeoutMs ?? 0));
  const status = FltSendMessage(filter, variable, buffer, data.length, reply, length.address,
    timeout);
  const result =
    { status, reply: textAt(reply, reply === 0 ? 0 : length.value), length: length.value };
  popFrame(frame);
  return result;
}

/** Copies text to an address, as a MessageNotify answers; how many bytes it was. */
export function answer(output: number, text: string): number {
  const data = bytes(text);
  const frame = pushFrame();
  const at = localBytes(data.length);
  u8.set(data, at);
  copyBytes(output, at, data.length);
  popFrame(frame);
  return data.length;
}
