// The routines of fltUser.h in one thread: HRESULTs and what they leave in the application's memory.
// That they wait, and let senders go on, is shown in fltmgr/port/port-threads.test.ts.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { answer, bytes, makePort, textAt } from '#test/support/port-filter.ts';
import { Arena, FLT_PORT_FLAG_SYNC_HANDLE, FilterClosePort, FilterConnectCommunicationPort,
  FilterGetMessage, FilterReplyMessage, FilterSendMessage, MESSAGE_HEADER_BYTES,
  REPLY_HEADER_BYTES, S_OK } from '#src/fltUser.ts';
import { USER } from '#src/mem/memory-map.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import * as st from '#src/ntos/status-codes.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { MadePort, PortSketch } from '#test/support/port-filter.ts';

const ERROR_FILE_NOT_FOUND = 0x8007_0002 | 0;
const ERROR_INVALID_HANDLE = 0x8007_0006 | 0;
const ERROR_INVALID_PARAMETER = 0x8007_0057 | 0;
const ERROR_INSUFFICIENT_BUFFER = 0x8007_007a | 0;
const ERROR_CONNECTION_COUNT_LIMIT = 0x8007_04d6 | 0;
const ERROR_TIMEOUT = 0x8007_05b4 | 0;
const ERROR_FLT_NO_WAITER_FOR_REPLY = 0x801f_0020 | 0;

const arena = new Arena(USER.start + 4096, USER.start + 4096 * 257);
let shutdown: () => void;
let filter: MadeFilter;
let made: MadePort | undefined;
/** The word that gets a handle, the word that gets a length, a buffer. */
const [hPort, returned, buffer] = [arena.take(4), arena.take(4), arena.take(256)] as const;

beforeEach(() => {
  shutdown = bootInline();
  filter = makeFilter({ name: 'porter', altitude: '370000', operations: [] });
  i32[hPort >> 2] = 0;
});
afterEach(() => {
  made?.close();
  filter.unregister();
  expect(openHandles()).toBe(0);
  shutdown();
});

function port(sketch: PortSketch = {}): MadePort {
  return (made = makePort(filter.filter, sketch));
}

function put(text: string): number {
  u8.set(bytes(text), buffer);
  return text.length;
}

const connect = (name = '\\TestPort', options = 0, context = 0, size = 0): number =>
  FilterConnectCommunicationPort(name, options, context, size, hPort);

test('PORT-3: connecting: the handle, a copy of the context, and who is refused', () => {
  const { calls } = port();
  expect(connect('\\Nobody')).toBe(ERROR_FILE_NOT_FOUND);
  expect(connect('\\TestPort', 2)).toBe(ERROR_INVALID_PARAMETER);
  expect(connect('\\TestPort', 0, buffer, 0)).toBe(ERROR_INVALID_PARAMETER);
  expect(connect('\\TestPort', 0, 0, 4)).toBe(ERROR_INVALID_PARAMETER);
  expect(connect('\\TestPort', 0, buffer, 0x1_0000)).toBe(ERROR_INVALID_PARAMETER);
  expect(calls).toEqual([]);
  expect(connect('\\TestPort', FLT_PORT_FLAG_SYNC_HANDLE, buffer, put('hello'))).toBe(S_OK);
  expect(calls).toMatchObject([{ routine: 'connect', cookie: 7, data: 'hello' }]);
  const handle = i32[hPort >> 2]!;
  expect(handle).not.toBe(0);
  expect(connect()).toBe(ERROR_CONNECTION_COUNT_LIMIT);
  expect(FilterClosePort(handle)).toBe(S_OK);
  expect(FilterClosePort(handle)).toBe(ERROR_INVALID_HANDLE);
});

test('PORT-5: sending: MessageNotify\'s answer, its length and its status', () => {
  const { calls } = port({ message: (input, output) =>
    (input === 'ask' ? [0 as never, answer(output, 'told')] : [st.STATUS_INVALID_PARAMETER, 0]) });
  expect(connect()).toBe(S_OK);
  const handle = i32[hPort >> 2]!;
  const out = buffer + 128;
  expect(FilterSendMessage(handle, buffer, put('ask'), out, 16, returned)).toBe(S_OK);
  expect(textAt(out, i32[returned >> 2]!)).toBe('told');
  expect(FilterSendMessage(handle, buffer, put('no'), 0, 0, returned))
    .toBe(ERROR_INVALID_PARAMETER);
  expect(calls.map(({ data }) => data)).toEqual(['', 'ask', 'no']);
  FilterClosePort(handle);
  expect(FilterSendMessage(handle, buffer, put('ask'), out, 16, returned))
    .toBe(ERROR_INVALID_HANDLE);
});

test('PORT-7: getting: a time limit, a buffer that is too small; replying to nobody', () => {
  port();
  expect(connect()).toBe(S_OK);
  const handle = i32[hPort >> 2]!;
  const timeout = arena.take(8);
  writeInt64(timeout, -50_000);
  expect(FilterGetMessage(handle, buffer, MESSAGE_HEADER_BYTES + 16, timeout)).toBe(ERROR_TIMEOUT);
  expect(FilterGetMessage(handle, buffer, MESSAGE_HEADER_BYTES - 1, timeout))
    .toBe(ERROR_INSUFFICIENT_BUFFER);
  u8.fill(0, buffer, buffer + 64);
  expect(FilterReplyMessage(handle, buffer, REPLY_HEADER_BYTES))
    .toBe(ERROR_FLT_NO_WAITER_FOR_REPLY);
  arena.give(timeout);
  FilterClosePort(handle);
  expect(FilterGetMessage(handle, buffer, MESSAGE_HEADER_BYTES + 16)).toBe(ERROR_INVALID_HANDLE);
});
