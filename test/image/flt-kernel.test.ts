// fltKernel: what the WDK publishes and a room of the machine has, a driver can import; what is
// private it cannot.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as fltKernel from '#src/fltKernel.ts';
import { local, out } from '#src/image/out.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';

const sources = new URL('../../src/', import.meta.url);
const published = new Set(Object.keys(fltKernel));

/** The names that the modules of a folder export, by a pattern. */
function exported(folder: string, pattern: RegExp): string[] {
  const place = new URL(folder, sources);
  return readdirSync(place)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(new URL(name, place), 'utf8').matchAll(pattern)])
    .map((match) => match[1] ?? '');
}

function expectPublished(names: readonly string[]): void {
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !published.has(name))).toEqual([]);
}

describe('a driver can import', () => {
  test('every routine of the Filter Manager that exists', () => {
    expectPublished(exported('fltmgr/', /^export function (Flt[A-Z]\w*|FLT_[A-Z_]+)/gm));
  });

  test('every constant of the Filter Manager and every status', () => {
    const pattern = /^export const ([A-Z]\w*) = (?:0x|\d|status\()/gm;
    const constants = readFileSync(new URL('fltmgr/constants.ts', sources), 'utf8');
    expectPublished([...constants.matchAll(pattern)].map((match) => match[1] ?? ''));
    for (const file of ['ntos/status-codes.ts', 'ntos/status-codes-io.ts']) {
      const text = readFileSync(new URL(file, sources), 'utf8');
      expectPublished([...text.matchAll(pattern)].map((match) => match[1] ?? ''));
    }
  });

  test('nothing private: no Fltp, Iop, Ki, Exp or Obp routine, and no door to Atomics', () => {
    const secrets = [...published].filter((name) => /^(Fltp|Iop|Ki|Exp|Obp|Psp)[A-Z]/.test(name));
    expect(secrets).toEqual([]);
    expect(published.has('compareExchange')).toBe(false);
  });
});

describe('where a routine takes a pointer', () => {
  test('a driver may give a view, an out parameter or the address', () => {
    const frame = pushFrame();
    const event = local(fltKernel.KEVENT);
    fltKernel.KeInitializeEvent(event, fltKernel.NotificationEvent, false);
    expect(fltKernel.KeReadStateEvent(event.address)).toBe(0);
    fltKernel.KeSetEvent(event, 0, false);
    expect(fltKernel.KeReadStateEvent(event)).not.toBe(0);
    const count = out();
    expect(fltKernel.InterlockedIncrement(count)).toBe(1);
    expect(count.value).toBe(1);
    popFrame(frame);
  });

  test('times are given by address, as in the WDK', () => {
    const frame = pushFrame();
    const now = fltKernel.localBytes(8);
    fltKernel.KeQuerySystemTime(now);
    expect(fltKernel.u32[(now >> 2) + 1]).toBeGreaterThan(0x01d00000);
    popFrame(frame);
  });

  test('text goes both ways', () => {
    const frame = pushFrame();
    const string = local(fltKernel.UNICODE_STRING);
    fltKernel.RtlInitEmptyUnicodeString(string, fltKernel.localBytes(32), 32);
    fltKernel.writeUnicode(string, 'hello');
    expect(fltKernel.readUnicode(string)).toBe('hello');
    expect(fltKernel.readUnicode(string.address)).toBe('hello');
    popFrame(frame);
  });
});
