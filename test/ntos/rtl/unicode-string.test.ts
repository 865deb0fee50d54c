// Counted strings: what a driver relies on when it copies, compares, appends and converts them.
// @alone: it gives the run-time routines a pool of its own.
import { describe, expect, test } from 'vitest';
import { i32, u16, u32 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { onIrqlCheck, onStringPool } from '#src/ntos/rtl/services.ts';
import { RtlDowncaseUnicodeChar, RtlUpcaseUnicodeChar, upcaseText } from '#src/ntos/rtl/upcase.ts';
import { HASH_STRING_ALGORITHM_DEFAULT, RtlHashUnicodeString } from '#src/ntos/rtl/unicode-hash.ts';
import { RtlAppendUnicodeStringToString, RtlAppendUnicodeToString,
  RtlCompareUnicodeString, RtlCopyUnicodeString, RtlDowncaseUnicodeString, RtlEqualUnicodeString,
  RtlFreeUnicodeString, RtlInitEmptyUnicodeString, RtlInitUnicodeString,
  RtlPrefixUnicodeString, RtlUpcaseUnicodeString, bufferOf, lengthOf, readUnicode, setUnicode,
  writeUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { RtlInt64ToUnicodeString, RtlIntegerToUnicodeString, RtlUnicodeStringToInteger }
  from '#src/ntos/rtl/unicode-number.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER,
  STATUS_NO_MEMORY, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';

let next = USER.start;
function room(bytes: number): number {
  const at = next;
  next += Math.ceil(bytes / 8) * 8;
  return at;
}

function text(value: string, maximum = value.length * 2): number {
  const p = room(8);
  const buffer = room(maximum + 8);
  setUnicode(p, buffer, 0, maximum);
  writeUnicode(p, value);
  return p;
}

function zeroTerminated(value: string): number {
  const at = room(value.length * 2 + 2);
  writeUtf16(at, `${value}\0`);
  return at;
}

describe('a counted string', () => {
  test('takes its length from the terminator and refers to the text it was made of', () => {
    const p = room(8);
    const source = zeroTerminated('\\Device\\HarddiskVolume1');
    RtlInitUnicodeString(p, source);
    expect(readUnicode(p)).toBe('\\Device\\HarddiskVolume1');
    expect(bufferOf(p)).toBe(source);
    expect(u16[(p >> 1) + 1]).toBe(lengthOf(p) + 2);
    RtlInitUnicodeString(p, 0);
    expect([lengthOf(p), bufferOf(p)]).toEqual([0, 0]);
  });

  test('is cut to the destination by a copy, and terminated only where there is room', () => {
    const short = text('', 6);
    RtlCopyUnicodeString(short, text('abcdef'));
    expect(readUnicode(short)).toBe('abc');
    const long = text('xxxxxxxx', 16);
    RtlCopyUnicodeString(long, text('ab'));
    expect(readUnicode(long)).toBe('ab');
    expect(u16[(bufferOf(long) >> 1) + 2]).toBe(0);
    RtlCopyUnicodeString(long, 0);
    expect(lengthOf(long)).toBe(0);
  });

  test('is left as it is by an append that does not fit', () => {
    const p = text('ab', 8);
    expect(RtlAppendUnicodeStringToString(p, text('cd'))).toBe(STATUS_SUCCESS);
    expect(readUnicode(p)).toBe('abcd');
    expect(RtlAppendUnicodeToString(p, zeroTerminated('e'))).toBe(STATUS_BUFFER_TOO_SMALL);
    expect(readUnicode(p)).toBe('abcd');
    expect(RtlAppendUnicodeToString(p, 0)).toBe(STATUS_SUCCESS);
    const empty = room(8);
    RtlInitEmptyUnicodeString(empty, room(8), 8);
    expect(RtlAppendUnicodeToString(empty, zeroTerminated('wxyz'))).toBe(STATUS_SUCCESS);
    expect(readUnicode(empty)).toBe('wxyz');
  });

  test('F-216: orders by unit, with and without case, and a prefix comes first', () => {
    const order = (a: string, b: string, ignore: boolean): number =>
      Math.sign(RtlCompareUnicodeString(text(a), text(b), ignore));
    expect(order('abc', 'ABC', true)).toBe(0);
    expect(order('abc', 'ABC', false)).toBe(1);
    expect(order('ab', 'abc', true)).toBe(-1);
    expect(order('a_', 'aA', true)).toBe(1);
    expect(RtlEqualUnicodeString(text('Äpfel'), text('äPFEL'), true)).toBe(true);
    expect(RtlEqualUnicodeString(text('Äpfel'), text('äPFEL'), false)).toBe(false);
    expect(RtlPrefixUnicodeString(text('\\DIR'), text('\\dir\\file'), true)).toBe(true);
    expect(RtlPrefixUnicodeString(text('\\dir\\file'), text('\\dir'), true)).toBe(false);
  });

  test('hashes alike when only the case differs', () => {
    const at = room(8);
    const hash = (s: string, ignore: boolean): number => {
      expect(RtlHashUnicodeString(text(s), ignore, HASH_STRING_ALGORITHM_DEFAULT, at)).toBe(
        STATUS_SUCCESS);
      return u32[at >> 2]!;
    };
    expect(hash('ReadMe.txt', true)).toBe(hash('README.TXT', true));
    expect(hash('ReadMe.txt', false)).not.toBe(hash('README.TXT', false));
    expect(hash('AB', true)).toBe(0x41 * 65599 + 0x42);
    expect(RtlHashUnicodeString(text('a'), true, 7, at)).toBe(STATUS_INVALID_PARAMETER);
  });
});

describe('case', () => {
  test('folds one unit to one unit and never a foreign letter onto ASCII', () => {
    expect(RtlUpcaseUnicodeChar(0x00ff)).toBe(0x0178);
    expect(RtlUpcaseUnicodeChar(0x00df)).toBe(0x00df);
    expect(RtlUpcaseUnicodeChar(0x0131)).toBe(0x0131);
    expect(RtlUpcaseUnicodeChar(0x017f)).toBe(0x017f);
    expect(RtlUpcaseUnicodeChar(0x00b5)).toBe(0x00b5);
    expect(RtlUpcaseUnicodeChar(0x03c2)).toBe(0x03a3);
    expect(RtlDowncaseUnicodeChar(0x03a3)).toBe(0x03c3);
    expect(RtlUpcaseUnicodeChar(0xd800)).toBe(0xd800);
    expect(upcaseText('grün_ß.тхт')).toBe('GRÜN_ß.ТХТ');
  });

  test('changes in place, into a buffer, or into memory that the caller frees', () => {
    const p = text('aBc');
    expect(RtlUpcaseUnicodeString(p, p, false)).toBe(STATUS_SUCCESS);
    expect(readUnicode(p)).toBe('ABC');
    expect(RtlDowncaseUnicodeString(text('', 4), p, false)).toBe(STATUS_BUFFER_OVERFLOW);
    const freed: number[] = [];
    let given = room(64);
    onStringPool({ allocate: () => given, free: (at) => freed.push(at) });
    const result = room(8);
    expect(RtlDowncaseUnicodeString(result, p, true)).toBe(STATUS_SUCCESS);
    expect(readUnicode(result)).toBe('abc');
    RtlFreeUnicodeString(result);
    expect(freed).toEqual([given]);
    expect(bufferOf(result)).toBe(0);
    given = 0;
    expect(RtlUpcaseUnicodeString(result, p, true)).toBe(STATUS_NO_MEMORY);
  });
});

describe('numbers as text', () => {
  const at = room(8);
  const parse = (s: string, base: number): number => {
    expect(RtlUnicodeStringToInteger(text(s), base, at)).toBe(STATUS_SUCCESS);
    return i32[at >> 2]!;
  };

  test('are read up to the first unit that is no digit of the base', () => {
    expect(parse('123', 10)).toBe(123);
    expect(parse('  -345', 10)).toBe(-345);
    expect(parse('xyz', 10)).toBe(0);
    expect(parse('+678abc', 10)).toBe(678);
    expect(parse('+678abc', 16)).toBe(0x678abc);
    expect(parse('0x1F', 0)).toBe(31);
    expect(parse('0o17', 0)).toBe(15);
    expect(parse('0b102', 0)).toBe(2);
    expect(parse('12', 0)).toBe(12);
    expect(RtlUnicodeStringToInteger(text(''), 10, at)).toBe(STATUS_INVALID_PARAMETER);
    expect(RtlUnicodeStringToInteger(text('1'), 3, at)).toBe(STATUS_INVALID_PARAMETER);
  });

  test('are written unsigned in the base, or not at all', () => {
    const p = text('', 40);
    expect(RtlIntegerToUnicodeString(-1, 10, p)).toBe(STATUS_SUCCESS);
    expect(readUnicode(p)).toBe('4294967295');
    expect(RtlIntegerToUnicodeString(0xbeef, 16, p)).toBe(STATUS_SUCCESS);
    expect(readUnicode(p)).toBe('BEEF');
    expect(RtlInt64ToUnicodeString(2 ** 52, 0, p)).toBe(STATUS_SUCCESS);
    expect(readUnicode(p)).toBe('4503599627370496');
    expect(RtlIntegerToUnicodeString(12345, 10, text('', 8))).toBe(STATUS_BUFFER_OVERFLOW);
    expect(RtlIntegerToUnicodeString(1, 7, p)).toBe(STATUS_INVALID_PARAMETER);
  });
});

test('nothing checks the IRQL of a compare outside of the checked configuration', () => {
  onIrqlCheck(() => {
    throw new Error('checked');
  });
  expect(RtlCompareUnicodeString(text('a'), text('a'), true)).toBe(0);
});
