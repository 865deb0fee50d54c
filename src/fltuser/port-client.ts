// A connection to a filter's port for application threads of the machine, in the words of
// TypeScript: bytes in, bytes out, a PortError for a failure. Each call blocks its thread, as the
// routines of filter-port.ts do; the host's client (machine/host-port.ts) has the same methods and
// does not block.
import { i32, views } from '../mem/memory.ts';
import { FltpConnectPort } from '../fltmgr/port/connection.ts';
import { FltpClosePort, FltpGetMessage, FltpReplyMessage, FltpSendToFilter }
  from '../fltmgr/port/services.ts';
import { TICKS_PER_MS } from '../ntos/ke/time.ts';
import { NT_SUCCESS } from '../ntos/status.ts';
import { STATUS_SUCCESS, STATUS_TIMEOUT } from '../ntos/status-codes.ts';
import { MESSAGE_HEADER_BYTES, PortError, REPLY_HEADER_BYTES, readMessage, writeReply }
  from './port-message.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { Arena } from './arena.ts';
import type { PortMessage } from './port-message.ts';

const NOTHING = new Uint8Array(0);

function check(routine: string, status: NTSTATUS): void {
  if (!NT_SUCCESS(status)) throw new PortError(routine, status);
}

/** An application's end of a connection. */
export class PortClient {
  readonly handle: number;
  readonly #arena: Arena;

  private constructor(arena: Arena, handle: number) {
    this.#arena = arena;
    this.handle = handle;
  }

  /**
   * Connects the current process. PASSIVE_LEVEL.
   * @param arena the application's memory: buffers come from it.
   */
  static connect(arena: Arena, name: string, context: Uint8Array = NOTHING): PortClient {
    const out = arena.take(4);
    const buffer = arena.take(context.length);
    views.u8.set(context, buffer);
    const status = FltpConnectPort(name, context.length === 0 ? 0 : buffer, context.length, out);
    const handle = i32[out >> 2]!;
    arena.give(buffer);
    arena.give(out);
    check('FilterConnectCommunicationPort', status);
    return new PortClient(arena, handle);
  }

  /** Sends to MessageNotify; what it answers. @param room bytes for the answer. */
  send(data: Uint8Array, room = 0): Uint8Array {
    const input = this.#arena.take(data.length);
    const output = this.#arena.take(room);
    const returned = this.#arena.take(4);
    views.u8.set(data, input);
    const status = FltpSendToFilter(this.handle, {
      input, inputLength: data.length, output, outputLength: room, returned,
    });
    const answer = views.u8.slice(output, output + Math.min(room, i32[returned >> 2]!));
    for (const block of [input, output, returned]) this.#arena.give(block);
    check('FilterSendMessage', status);
    return answer;
  }

  /**
   * Waits for a message.
   * @param milliseconds how long; undefined without a limit. @param room bytes for its data.
   * @returns undefined when the time is over.
   */
  getMessage(milliseconds?: number, room = 4096): PortMessage | undefined {
    const length = MESSAGE_HEADER_BYTES + room;
    const buffer = this.#arena.take(length);
    const timeout = milliseconds === undefined ? undefined : -milliseconds * TICKS_PER_MS;
    const received = this.#arena.take(4);
    const status = FltpGetMessage(this.handle, buffer, length, timeout, received);
    const message = status === STATUS_SUCCESS
      ? readMessage(views, buffer, i32[received >> 2]!) : undefined;
    this.#arena.give(received);
    this.#arena.give(buffer);
    if (status !== STATUS_TIMEOUT) check('FilterGetMessage', status);
    return message;
  }

  /** Answers a message. @param status what FltSendMessage returns. */
  reply(message: PortMessage, data: Uint8Array = NOTHING, status: number = STATUS_SUCCESS): void {
    const length = REPLY_HEADER_BYTES + data.length;
    const buffer = this.#arena.take(length);
    writeReply(views, buffer, message.id, data, status);
    const answered = FltpReplyMessage(this.handle, buffer, length);
    this.#arena.give(buffer);
    check('FilterReplyMessage', answered);
  }

  /** Ends the connection. */
  close(): void {
    check('CloseHandle', FltpClosePort(this.handle));
  }
}
