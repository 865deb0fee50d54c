// A connection to a filter's communication port from the Node.js process that owns the machine: the
// shape of FilterConnectCommunicationPort, FilterSendMessage, FilterGetMessage, FilterReplyMessage
// and CloseHandle, as promises. The routines of the filter run on a port thread of the machine; the
// host's thread never blocks. Failures are PortErrors with the HRESULT of Windows.
import { NT_SUCCESS } from '../ntos/status.ts';
import { STATUS_CANCELLED, STATUS_PENDING, STATUS_SUCCESS } from '../ntos/status-codes.ts';
import { FLT_GET_MESSAGE, GET_PENDING } from '../fltmgr/port/types.ts';
import { AS_ADMINISTRATOR, AS_USER, CALL_CANCEL_GET, CALL_CLOSE, CALL_CONNECT, CALL_GET, CALL_REPLY,
  CALL_SEND, FLT_HOST_CALL } from '../fltuser/call.ts';
import { MESSAGE_HEADER_BYTES, PortError, REPLY_HEADER_BYTES, readMessage, writeReply }
  from '../fltuser/port-message.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PFLT_HOST_CALL } from '../fltuser/call.ts';
import type { PortMessage } from '../fltuser/port-message.ts';
import type { HostAnswer, HostCall, HostCalls } from './host-calls.ts';

/** How to connect. */
export interface ConnectOptions {
  /** What ConnectNotify gets a copy of. */
  readonly context?: Uint8Array;
  /** Connects as an ordinary user, whom the default descriptor refuses. */
  readonly asUser?: boolean;
}

/** How to get a message. */
export interface GetOptions {
  /** Milliseconds of the host's clock; without it there is no limit. */
  readonly timeoutMs?: number;
  /** Bytes for the message's data; 4096 if left out. */
  readonly room?: number;
}

const NOTHING = new Uint8Array(0);
const ROOM = 4096;
const getAt = FLT_HOST_CALL.offsets['Get'] ?? 0;
const getStateAt = getAt + (FLT_GET_MESSAGE.offsets['State'] ?? 0);

function check(routine: string, status: NTSTATUS): void {
  if (!NT_SUCCESS(status)) throw new PortError(routine, status);
}

/** The host's end of a connection. */
export class HostPort {
  readonly #calls: HostCalls;
  readonly #handle: number;

  private constructor(calls: HostCalls, handle: number) {
    this.#calls = calls;
    this.#handle = handle;
  }

  /** Connects; ConnectNotify runs on a port thread. @param name for example \MyPort. */
  static async connect(
    calls: HostCalls, name: string, options: ConnectOptions = {},
  ): Promise<HostPort> {
    const context = options.context ?? NOTHING;
    const input = calls.arena.take(context.length);
    const output = calls.arena.take(name.length * 2);
    calls.views.u8.set(context, input);
    for (let i = 0; i < name.length; i++) calls.views.u16[output / 2 + i] = name.charCodeAt(i);
    try {
      const { status, result } = await calls.once({
        operation: CALL_CONNECT,
        identity: options.asUser === true ? AS_USER : AS_ADMINISTRATOR,
        input: context.length === 0 ? 0 : input,
        inputLength: context.length,
        output,
        outputLength: name.length * 2,
      });
      check('FilterConnectCommunicationPort', status);
      return new HostPort(calls, result);
    } finally {
      calls.arena.give(input);
      calls.arena.give(output);
    }
  }

  async #ask(what: HostCall): Promise<HostAnswer> {
    return this.#calls.once({ handle: this.#handle, ...what });
  }

  /** Sends to MessageNotify; resolves with its answer. @param room bytes for the answer. */
  async send(data: Uint8Array, room = 0): Promise<Uint8Array> {
    const { arena, views } = this.#calls;
    const input = arena.take(data.length);
    const output = arena.take(room);
    views.u8.set(data, input);
    try {
      const { status, result } = await this.#ask({
        operation: CALL_SEND, input, inputLength: data.length, output, outputLength: room,
      });
      check('FilterSendMessage', status);
      return views.u8.slice(output, output + Math.min(room, result));
    } finally {
      arena.give(input);
      arena.give(output);
    }
  }

  /** Resolves with the next message; with undefined when the time is over. */
  async getMessage(options: GetOptions = {}): Promise<PortMessage | undefined> {
    const length = MESSAGE_HEADER_BYTES + (options.room ?? ROOM);
    const output = this.#calls.arena.take(length);
    const call = this.#calls.take();
    try {
      return await this.#fetch(call, output, length, options.timeoutMs);
    } finally {
      this.#calls.give(call);
      this.#calls.arena.give(output);
    }
  }

  async #fetch(
    call: PFLT_HOST_CALL, output: number, length: number, timeoutMs: number | undefined,
  ): Promise<PortMessage | undefined> {
    const calls = this.#calls;
    const { status } = await calls.ask(call, {
      operation: CALL_GET, handle: this.#handle, output, outputLength: length,
    });
    if (status !== STATUS_PENDING) throw new PortError('FilterGetMessage', status);
    let cancelled: Promise<unknown> = Promise.resolve();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
      // What became of the request is told by the request itself, also when the machine is gone.
      cancelled = this.#ask({ operation: CALL_CANCEL_GET, target: call }).catch(() => undefined);
    }, timeoutMs);
    try {
      while (calls.load(call + getStateAt) === GET_PENDING) {
        await calls.until(call + getStateAt, GET_PENDING);
      }
    } finally {
      clearTimeout(timer);
      // Nobody may look at the call any more when it serves another request.
      await cancelled;
    }
    const got = FLT_GET_MESSAGE.over(calls.views, (call + getAt) as never);
    if (got.Status === STATUS_CANCELLED) return undefined;
    check('FilterGetMessage', got.Status);
    return readMessage(calls.views, output, got.Information);
  }

  /** Answers a message. @param status what FltSendMessage returns. */
  async reply(
    message: PortMessage, data: Uint8Array = NOTHING, status: number = STATUS_SUCCESS,
  ): Promise<void> {
    const { arena, views } = this.#calls;
    const length = REPLY_HEADER_BYTES + data.length;
    const input = arena.take(length);
    writeReply(views, input, message.id, data, status);
    try {
      const answer = await this.#ask({ operation: CALL_REPLY, input, inputLength: length });
      check('FilterReplyMessage', answer.status);
    } finally {
      arena.give(input);
    }
  }

  /** Ends the connection; DisconnectNotify runs on a port thread. */
  async close(): Promise<void> {
    const { status } = await this.#ask({ operation: CALL_CLOSE });
    check('CloseHandle', status);
  }
}
