// What both clients of communication ports say and hear: messages, and failures with the HRESULT
// that an application on Windows would see. Plain data; the host uses it as well.
import { statusName } from '../ntos/status.ts';
import { FILTER_MESSAGE_HEADER, FILTER_REPLY_HEADER } from '../fltmgr/types.ts';
import { hresultOfStatus } from './hresult.ts';
import type { Views } from '../mem/memory.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PFILTER_MESSAGE_HEADER, PFILTER_REPLY_HEADER } from '../fltmgr/types.ts';

/** A message of a filter. */
export interface PortMessage {
  /** FILTER_MESSAGE_HEADER.MessageId: name it in the reply. */
  readonly id: number;
  /** Bytes of the reply that the filter has room for; undefined when it waits for none. */
  readonly replyRoom: number | undefined;
  readonly data: Uint8Array;
}

/** What a port's routine failed with. */
export class PortError extends Error {
  readonly status: NTSTATUS;
  readonly hresult: number;
  constructor(routine: string, status: NTSTATUS) {
    const hresult = hresultOfStatus(status);
    super(`${routine}: ${statusName(status)} (HRESULT 0x${(hresult >>> 0).toString(16)})`);
    this.name = 'PortError';
    this.status = status;
    this.hresult = hresult;
  }
}

/** Bytes in front of every message and of every reply. */
export const MESSAGE_HEADER_BYTES = FILTER_MESSAGE_HEADER.size;
export const REPLY_HEADER_BYTES = FILTER_REPLY_HEADER.size;

/** Reads a message that lies in a buffer; its data is copied. */
export function readMessage(views: Views, at: number, length: number): PortMessage {
  const header = FILTER_MESSAGE_HEADER.over(views, at as PFILTER_MESSAGE_HEADER);
  const room = header.ReplyLength;
  return {
    id: header.MessageId,
    replyRoom: room === 0 ? undefined : room - REPLY_HEADER_BYTES,
    data: views.u8.slice(at + MESSAGE_HEADER_BYTES, at + length),
  };
}

/** Writes a reply into a buffer of REPLY_HEADER_BYTES and the data. */
export function writeReply(
  views: Views, at: number, id: number, data: Uint8Array, status: number,
): void {
  const header = FILTER_REPLY_HEADER.over(views, at as PFILTER_REPLY_HEADER);
  header.Status = status as NTSTATUS;
  header.MessageId = id;
  views.u8.set(data, at + REPLY_HEADER_BYTES);
}
