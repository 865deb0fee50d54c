// fltUser.h for the application threads of the machine: connect to a filter's port, send, get,
// reply, close. Everything is in the application's own memory and by address, as in C; each routine
// answers an HRESULT. PASSIVE_LEVEL, requestor threads.
//
// Ours beside the header: a time limit for FilterGetMessage, whose Windows form waits for ever or
// is given an OVERLAPPED. port-client.ts has the same in the words of TypeScript.
import { readInt64 } from '../ntos/rtl/large-integer.ts';
import { FltpConnectPort } from '../fltmgr/port/connection.ts';
import { FltpClosePort, FltpGetMessage, FltpReplyMessage, FltpSendToFilter }
  from '../fltmgr/port/services.ts';
import { STATUS_INVALID_PARAMETER } from '../ntos/status-codes.ts';
import { hresultOfStatus } from './hresult.ts';

/** FilterConnectCommunicationPort: the handle is for synchronous use; it always is here. */
export const FLT_PORT_FLAG_SYNC_HANDLE = 0x0000_0001;
const MAX_CONTEXT = 0xffff;

/**
 * Connects to a filter's server port.
 *
 * @param lpPortName the full name, for example \MyPort.
 * @param dwOptions 0 or FLT_PORT_FLAG_SYNC_HANDLE.
 * @param lpContext what ConnectNotify gets a copy of; NULL with a size of 0.
 * @param wSizeOfContext bytes, at most 65535.
 * @param hPort address of the word that gets the handle.
 * @see PORT-3
 */
export function FilterConnectCommunicationPort(
  lpPortName: string,
  dwOptions: number,
  lpContext: number,
  wSizeOfContext: number,
  hPort: number,
): number {
  const bad = (dwOptions & ~FLT_PORT_FLAG_SYNC_HANDLE) !== 0 || wSizeOfContext > MAX_CONTEXT ||
    (lpContext === 0) !== (wSizeOfContext === 0);
  if (bad) return hresultOfStatus(STATUS_INVALID_PARAMETER);
  return hresultOfStatus(FltpConnectPort(lpPortName, lpContext, wSizeOfContext, hPort));
}

/**
 * Sends a message to the filter: MessageNotify runs in this thread.
 * @param lpBytesReturned address of the word that gets the length of the answer.
 * @see PORT-5, PORT-7
 */
export function FilterSendMessage(
  hPort: number,
  lpInBuffer: number,
  dwInBufferSize: number,
  lpOutBuffer: number,
  dwOutBufferSize: number,
  lpBytesReturned: number,
): number {
  return hresultOfStatus(FltpSendToFilter(hPort, {
    input: lpInBuffer,
    inputLength: dwInBufferSize,
    output: lpOutBuffer,
    outputLength: dwOutBufferSize,
    returned: lpBytesReturned,
  }));
}

/**
 * Gets a message of the filter, waiting for it.
 *
 * @param lpMessageBuffer gets a FILTER_MESSAGE_HEADER and the message behind it.
 * @param timeout ours: address of a LARGE_INTEGER in 100 ns (negative: relative); NULL for ever.
 *   ERROR_TIMEOUT when it is over.
 * @returns ERROR_INSUFFICIENT_BUFFER for a buffer that is too small; the message stays queued.
 * @see PORT-7
 */
export function FilterGetMessage(
  hPort: number,
  lpMessageBuffer: number,
  dwMessageBufferSize: number,
  timeout = 0,
): number {
  return hresultOfStatus(FltpGetMessage(hPort, lpMessageBuffer, dwMessageBufferSize,
    timeout === 0 ? undefined : readInt64(timeout)));
}

/**
 * Answers a message.
 * @param lpReplyBuffer a FILTER_REPLY_HEADER and the answer behind it. Its size is to be counted as
 *   header plus answer: padding at the end would not fit the filter's buffer (PORT-6).
 * @returns ERROR_FLT_NO_WAITER_FOR_REPLY when the filter no longer waits.
 * @see PORT-7
 */
export function FilterReplyMessage(
  hPort: number,
  lpReplyBuffer: number,
  dwReplyBufferSize: number,
): number {
  return hresultOfStatus(FltpReplyMessage(hPort, lpReplyBuffer, dwReplyBufferSize));
}

/** CloseHandle for a port: the connection ends (PORT-4). */
export function FilterClosePort(hPort: number): number {
  return hresultOfStatus(FltpClosePort(hPort));
}
