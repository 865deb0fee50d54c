// What strace prints, taken apart without meaning.
import { describe, expect, it } from 'vitest';
import {
  BadLine, decodeEscapes, descriptorText, fieldText, flagWords, numberText, quoted, splitArguments,
} from '#src/lab/trace/strace/text.ts';

const items = (text: string): readonly string[] => splitArguments(text, text.indexOf('(')).items;

describe('escapes of strace', () => {
  it('come back as the characters they stand for', () => {
    expect(decodeEscapes(String.raw`a\tb\\c\"d\n`)).toBe('a\tb\\c"d\n');
    expect(decodeEscapes(String.raw`\303\244\xc3\xb6`)).toBe('äö');
    expect(decodeEscapes(String.raw`\360\237\230\200`)).toBe('😀');
    expect(decodeEscapes('ä plain')).toBe('ä plain');
  });

  it('keep bytes that are no UTF-8 apart, one character each', () => {
    expect(decodeEscapes(String.raw`\377`)).toBe('\uf0ff');
    expect(decodeEscapes(String.raw`\303x`)).toBe('\uf0c3x');
    expect(decodeEscapes(String.raw`\355\240\200`)).toBe('\uf0ed\uf0a0\uf080');
    expect(decodeEscapes(String.raw`\300\200`)).not.toBe(decodeEscapes(String.raw`\0`));
  });

  it('never let a recorded private character pass for one of ours', () => {
    const recorded = decodeEscapes(String.raw`\357\202\272`);
    expect(recorded).toBe('\uf0ef\uf082\uf0ba');
    expect(recorded).not.toBe('\uf0ba');
  });
});

describe('arguments', () => {
  it('are split at their own commas only', () => {
    expect(items('f("a,b", {x=1, y=[2, 3]}, 4</p,q>, 5 /* a, b */)'))
      .toEqual(['"a,b"', '{x=1, y=[2, 3]}', '4</p,q>', '5 /* a, b */']);
    expect(items('f()')).toEqual([]);
    expect(items(String.raw`f("a\")\"", 1<<3)`)).toEqual([String.raw`"a\")\""`, '1<<3']);
  });

  it('that do not end are a broken line', () => {
    expect(() => items('read(3</a, "x')).toThrow(BadLine);
    expect(() => items('read(3, "x')).toThrow('does not end');
    expect(() => items('read(3, 4')).toThrow('does not end');
  });

  it('know where the list ended though a socket has an arrow', () => {
    const text = 'read(3<TCP:[10.0.0.1:1->10.0.0.2:2]>, 4) = 0';
    expect(text.slice(splitArguments(text, 4).next)).toBe(' = 0');
  });
});

describe('descriptors', () => {
  it('carry the path of -y, also in its older spelling for deleted files', () => {
    expect(descriptorText('3</a b>')).toEqual({ number: 3, target: '/a b', deleted: false });
    expect(descriptorText('3</a>(deleted)')).toEqual({ number: 3, target: '/a', deleted: true });
    expect(descriptorText('3</a (deleted)>')).toEqual({ number: 3, target: '/a', deleted: true });
    expect(descriptorText(String.raw`3</a\76b>`)?.target).toBe('/a>b');
  });

  it('of the current folder have no number', () => {
    expect(descriptorText('AT_FDCWD</w>')).toEqual({
      number: undefined, target: '/w', deleted: false,
    });
    expect(descriptorText('AT_FDCWD')?.number).toBeUndefined();
  });

  it('of devices lose what -yy adds', () => {
    expect(descriptorText('0</dev/tty<char 5:0>>')?.target).toBe('/dev/tty');
    expect(descriptorText('5<socket:[77]>')?.target).toBe('socket:[77]');
    expect(descriptorText('NULL')).toBeUndefined();
  });
});

describe('small values', () => {
  it('are read as strace writes them', () => {
    expect(quoted('"/a b"')).toBe('/a b');
    expect(quoted('0x7ffe')).toBeUndefined();
    expect(() => quoted('"/a"...')).toThrow('cut short');
    expect([numberText('12'), numberText('0x10'), numberText('8*1024'), numberText('x')])
      .toEqual([12, 16, 8192, undefined]);
    expect([...flagWords('O_RDWR|O_CREAT /* 0x42 */')]).toEqual(['O_RDWR', 'O_CREAT']);
    expect(fieldText('{st_mode=S_IFREG|0644, st_size=12, ...}', 'st_size')).toBe('12');
    expect(fieldText('{st_blksize=1}', 'size')).toBeUndefined();
  });
});
