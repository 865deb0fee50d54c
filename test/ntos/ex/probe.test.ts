// Buffers that an application named: ProbeForRead and ProbeForWrite raise what Windows raises, and
// a driver catches it as a status.
import { expect, test } from 'vitest';
import * as k from '#src/fltKernel.ts';
import { USER } from '#src/mem/memory-map.ts';

/** The status that is raised; undefined for none. What is no status goes on. */
function raised(act: () => void): number | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    return k.GetExceptionCode(thrown);
  }
}

test('a buffer in user space is good for reading and writing', () => {
  for (const probe of [k.ProbeForRead, k.ProbeForWrite]) {
    expect(raised(() => probe(USER.start + 64, 4096, 4))).toBeUndefined();
    expect(raised(() => probe(USER.end - 8, 8, 8))).toBeUndefined();
  }
});

test('STATUS_ACCESS_VIOLATION: kernel memory, also at the end of a buffer, and a size that wraps', () => {
  for (const probe of [k.ProbeForRead, k.ProbeForWrite]) {
    for (const [at, length] of [[USER.end, 1], [USER.end - 4, 8], [USER.start, 0xffff_ffff]]) {
      expect(raised(() => probe(at!, length!, 1))).toBe(k.STATUS_ACCESS_VIOLATION);
    }
  }
});

test('STATUS_DATATYPE_MISALIGNMENT: an address that is no multiple of the alignment', () => {
  expect(raised(() => k.ProbeForRead(USER.start + 2, 4, 4)))
    .toBe(k.STATUS_DATATYPE_MISALIGNMENT);
  expect(raised(() => k.ProbeForRead(USER.start + 2, 4, 2))).toBeUndefined();
});

test('a length of 0 is never wrong; NULL passes a read probe and fails a write probe', () => {
  expect(raised(() => k.ProbeForWrite(USER.end + 1, 0, 8))).toBeUndefined();
  expect(raised(() => k.ProbeForRead(0, 16, 4))).toBeUndefined();
  expect(raised(() => k.ProbeForWrite(0, 16, 4))).toBe(k.STATUS_ACCESS_VIOLATION);
});

test('what a driver raises itself; a mistake of its own is no status', () => {
  expect(raised(() => k.ExRaiseStatus(k.STATUS_END_OF_FILE))).toBe(k.STATUS_END_OF_FILE);
  expect(raised(() => k.ExRaiseAccessViolation())).toBe(k.STATUS_ACCESS_VIOLATION);
  expect(raised(() => k.ExRaiseDatatypeMisalignment())).toBe(k.STATUS_DATATYPE_MISALIGNMENT);
  expect(() => raised(() => { throw new TypeError('undefined is not a function'); }))
    .toThrow(TypeError);
});
