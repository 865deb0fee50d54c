// PortClient's methods over the routines of fltUser.h: what port-work.ts uses for its second
// connection, so that both are shown between real threads.
import { FilterClosePort, FilterConnectCommunicationPort, FilterGetMessage, FilterReplyMessage,
  MESSAGE_HEADER_BYTES, REPLY_HEADER_BYTES, S_OK } from '#src/fltUser.ts';
import { i32, views } from '#src/mem/memory.ts';
import { writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { readMessage, writeReply } from '#src/fltuser/port-message.ts';
import type { Arena, PortMessage } from '#src/fltUser.ts';

const ROOM = 256;
const TICKS_PER_MS = 10_000;

function check(hresult: number): void {
  if (hresult !== S_OK) throw new Error(`HRESULT 0x${(hresult >>> 0).toString(16)}`);
}

export class HeaderClient {
  readonly #handle: number;
  readonly #buffer: number;
  readonly #timeout: number;

  constructor(arena: Arena, name: string) {
    const out = arena.take(4);
    this.#buffer = arena.take(MESSAGE_HEADER_BYTES + ROOM);
    this.#timeout = arena.take(8);
    check(FilterConnectCommunicationPort(name, 0, 0, 0, out));
    this.#handle = i32[out >> 2]!;
    arena.give(out);
  }

  /** The message; its data is what the filter sent with zeroes behind it. */
  getMessage(milliseconds: number): PortMessage {
    views.u8.fill(0, this.#buffer, this.#buffer + MESSAGE_HEADER_BYTES + ROOM);
    writeInt64(this.#timeout, -milliseconds * TICKS_PER_MS);
    const length = MESSAGE_HEADER_BYTES + ROOM;
    check(FilterGetMessage(this.#handle, this.#buffer, length, this.#timeout));
    const message = readMessage(views, this.#buffer, length);
    const end = message.data.indexOf(0);
    return { ...message, data: message.data.slice(0, end < 0 ? ROOM : end) };
  }

  reply(message: PortMessage, data: Uint8Array = new Uint8Array(0), status = 0): void {
    writeReply(views, this.#buffer, message.id, data, status);
    check(FilterReplyMessage(this.#handle, this.#buffer, REPLY_HEADER_BYTES + data.length));
  }

  close(): void {
    check(FilterClosePort(this.#handle));
  }
}
