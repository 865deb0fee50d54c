// Heads and forms of lines.
import { describe, expect, it } from 'vitest';
import { LineHeads, LONE_PID, lineBody } from '#src/lab/trace/strace/line.ts';
import type { LineHead } from '#src/lab/trace/strace/line.ts';

function heads(...lines: string[]): LineHead[] {
  const reader = new LineHeads();
  return lines.map((line) => reader.read(line));
}

describe('the head of a line', () => {
  it('gives pid and time as -f -ttt -o writes them', () => {
    expect(heads('12  1700000000.000001 a()', '13 1700000001.5 b()')).toEqual([
      { pid: 12, time: 0, rest: 'a()' }, { pid: 13, time: 14_999_990, rest: 'b()' },
    ]);
  });

  it('is read with a bracketed pid, and without any pid', () => {
    expect(heads('[pid   12] 1700000000.0 a()')[0]?.pid).toBe(12);
    expect(heads('1700000000.0 a()')[0]).toEqual({ pid: LONE_PID, time: 0, rest: 'a()' });
    expect(heads('1700000000 a()')[0]?.pid).toBe(LONE_PID);
    expect(heads('7 a()')[0]).toEqual({ pid: 7, time: 0, rest: 'a()' });
    expect(heads('a()')[0]).toEqual({ pid: LONE_PID, time: 0, rest: 'a()' });
  });

  it('adds up the distances of -r', () => {
    const times = heads('7  0.000000 a()', '7  0.000010 b()', '7  0.000005 c()');
    expect(times.map((head) => head.time)).toEqual([0, 100, 150]);
    expect(times[2]?.rest).toBe('c()');
  });

  it('passes over the distance that -r adds to another time', () => {
    expect(heads('7 1700000000.000000 (+     0.000010) a()')[0]?.rest).toBe('a()');
  });

  it('goes on after midnight with the time of day', () => {
    const [first, second] = heads('23:59:59.500000 a()', '00:00:00.500000 b()');
    expect([first?.time, second?.time]).toEqual([0, 10_000_000]);
    expect(heads('12:00:00 a()', '12:00:02 b()')[1]?.time).toBe(20_000_000);
  });

  it('keeps microseconds of an epoch time exactly', () => {
    const [, second] = heads('1 1767225599.999999 a()', '1 1767225600.000000 b()');
    expect(second?.time).toBe(10);
  });
});

describe('the form of a line', () => {
  it('is a call with result, descriptor and duration', () => {
    expect(lineBody('openat(AT_FDCWD</w>, "a", O_RDONLY) = 3</w/a> <0.000021>')).toEqual({
      kind: 'call', name: 'openat', items: ['AT_FDCWD</w>', '"a"', 'O_RDONLY'], duration: 210,
      result: { value: 3, error: undefined, descriptor: '3</w/a> <0.000021>' },
    });
  });

  it('is a call that failed, or did not return', () => {
    expect(lineBody('access("/x", F_OK)    = -1 ENOENT (No such file)')).toMatchObject({
      result: { value: -1, error: 'ENOENT' }, duration: undefined,
    });
    expect(lineBody('read(3, ) = ? ERESTARTSYS (To be restarted)')).toMatchObject({
      result: { value: undefined, error: 'ERESTARTSYS' },
    });
    expect(lineBody('exit_group(0) = ?')).toMatchObject({ result: { value: undefined } });
  });

  it('is a half of a call', () => {
    expect(lineBody('read(3</a>,  <unfinished ...>')).toEqual({
      kind: 'unfinished', name: 'read', text: 'read(3</a>, ',
    });
    expect(lineBody('<... read resumed>"", 1) = 0')).toEqual({
      kind: 'resumed', name: 'read', text: '"", 1) = 0',
    });
    expect(lineBody('<... read resumed> ) = 0')).toMatchObject({ kind: 'resumed', text: ') = 0' });
  });

  it('is an exit, a signal, or a word of strace itself', () => {
    expect(lineBody('+++ exited with 0 +++')).toEqual({ kind: 'exit' });
    expect(lineBody('+++ killed by SIGKILL +++')).toEqual({ kind: 'exit' });
    expect(lineBody('+++ superseded by execve in pid 9 +++'))
      .toEqual({ kind: 'superseded', by: 9 });
    expect(lineBody('--- SIGCHLD {si_signo=SIGCHLD} ---')).toEqual({ kind: 'signal' });
    expect(lineBody('strace: Process 9 attached')).toEqual({ kind: 'message' });
  });

  it('is broken when it is none of these', () => {
    expect(() => lineBody('hello world')).toThrow('is no call');
    expect(() => lineBody('read(3, 4)')).toThrow('no "= result"');
    expect(() => lineBody('read(3, 4) = maybe')).toThrow('not a result');
  });
});
