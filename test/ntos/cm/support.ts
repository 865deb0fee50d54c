// Registry calls in few words, for tests.
import { i32, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { ObpCloseHandle } from '#src/ntos/ob/handle.ts';
import { KEY_ALL_ACCESS } from '#src/ntos/cm/constants.ts';
import { stackAttributes, stackString } from '#src/ntos/cm/rtl-registry.ts';
import { ZwCreateKey, ZwEnumerateKey, ZwEnumerateValueKey, ZwOpenKeyEx, ZwQueryKey,
  ZwQueryValueKey, ZwSetValueKey } from '#src/ntos/cm/zw-registry.ts';
import { readUtf16, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { statusName } from '#src/ntos/status.ts';
import type { POBJECT_ATTRIBUTES } from '#src/ntos/rtl/types.ts';

/** Where answers and data lie. */
export const buffer = USER.start + 64 * 1024;

export interface Opened {
  readonly status: string;
  readonly handle: number;
  readonly disposition: number;
}

/** Runs with a stack frame of its own. */
export function framed<T>(work: () => T): T {
  const frame = pushFrame();
  try {
    return work();
  } finally {
    popFrame(frame);
  }
}

export function openKey(path: string, root = 0, options = 0): Opened {
  return framed(() => {
    const out = stackAlloc(4);
    const attributes = stackAttributes(path, root) as POBJECT_ATTRIBUTES;
    const status = ZwOpenKeyEx(out, KEY_ALL_ACCESS, attributes, options);
    return { status: statusName(status), handle: i32[out >> 2]!, disposition: 0 };
  });
}

export function createKey(path: string, root = 0, options = 0, className = ''): Opened {
  return framed(() => {
    const out = stackAlloc(8);
    const attributes = stackAttributes(path, root) as POBJECT_ATTRIBUTES;
    const cls = className === '' ? 0 : stackString(className);
    const status = ZwCreateKey(out, KEY_ALL_ACCESS, attributes, 0, cls, options, out + 4);
    return { status: statusName(status), handle: i32[out >> 2]!, disposition: i32[(out + 4) >> 2]! };
  });
}

export function close(...handles: number[]): void {
  for (const handle of handles) ObpCloseHandle(handle);
}

/** Sets a value to bytes; text goes with its terminator. */
export function setTo(handle: number, name: string, type: number, data: Uint8Array | string): string {
  return framed(() => {
    const size = typeof data === 'string' ? writeUtf16(buffer, `${data}\0`) : data.length;
    if (typeof data !== 'string') u8.set(data, buffer);
    return statusName(ZwSetValueKey(handle, stackString(name), 0, type, buffer, size));
  });
}

export interface Answered {
  readonly status: string;
  readonly needed: number;
}

type Call = (length: number, needed: number) => number;

function ask(length: number, call: Call): Answered {
  return framed(() => {
    const needed = stackAlloc(4);
    u8.fill(0xcc, buffer, buffer + 1024);
    const status = statusName(call(length, needed));
    return { status, needed: i32[needed >> 2]! };
  });
}

export function queryValue(handle: number, name: string, cls: number, length = 1024): Answered {
  return ask(length, (room, needed) =>
    ZwQueryValueKey(handle, stackString(name), cls, buffer, room, needed));
}

export function enumerateValue(handle: number, i: number, cls: number, length = 1024): Answered {
  return ask(length, (room, needed) =>
    ZwEnumerateValueKey(handle, i, cls, buffer, room, needed));
}

export function enumerateKey(handle: number, i: number, cls: number, length = 1024): Answered {
  return ask(length, (room, needed) => ZwEnumerateKey(handle, i, cls, buffer, room, needed));
}

export function queryKey(handle: number, cls: number, length = 1024): Answered {
  return ask(length, (room, needed) => ZwQueryKey(handle, cls, buffer, room, needed));
}

/** A word of the last answer. */
export function word(offset: number): number {
  return i32[(buffer + offset) >> 2]!;
}

/** Text of the last answer. */
export function text(offset: number, bytes: number): string {
  return readUtf16(buffer + offset, bytes);
}
