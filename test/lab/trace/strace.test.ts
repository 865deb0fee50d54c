// The strace parser as a whole: what becomes of every line, and what happens with broken ones.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TraceError } from '#src/lab/trace/tally.ts';
import { parseCalls, parseLines, told } from './strace/support.ts';
import type { Parsed } from './strace/support.ts';

const GOOD = [
  '7 1700000000.000000 execve("/bin/cp", ["cp"], 0x7ffe /* 9 vars */) = 0 <0.0001>',
  '7 1700000000.000100 openat(AT_FDCWD</w>, "a b", O_RDONLY|O_CLOEXEC) = 3</w/a b> <0.0001>',
  '7 1700000000.000200 read(3</w/a b>, ""..., 4096) = 17 <0.0001>',
  '7 1700000000.000300 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>',
  '8 1700000000.000350 newfstatat(AT_FDCWD</w>, "x", {st_mode=S_IFREG|0644, st_size=1}, 0) = 0',
  '7 1700000000.000400 <... clone resumed>) = 8 <0.0002>',
  '8 1700000000.000450 fcntl(3</w/a b>, F_SETLK, {l_type=F_WRLCK, l_start=0, l_len=1}) = 0',
  '8 1700000000.000480 write(1<pipe:[4]>, "x", 1) = 1 <0.0001>',
  '8 1700000000.000500 close(3</w/a b> <unfinished ...>',
  '7 1700000000.000510 rename("/w/a b", "/w/c") = 0 <0.0001>',
  '8 1700000000.000520 <... close resumed>) = 0 <0.0001>',
  '8 1700000000.000600 +++ exited with 0 +++',
  '7 1700000000.000700 --- SIGCHLD {si_signo=SIGCHLD, si_pid=8} ---',
];

/** Lines that the summary and the events account for: each exactly once. */
function accounted({ events, summary }: Parsed): number {
  const left = Object.values(summary.skipped).reduce((sum, count) => sum + count, 0);
  return new Set(events.map((event) => event.line)).size + left + summary.problemCount;
}

describe('every line of a log', () => {
  it('makes events or is counted with its reason', async () => {
    const parsed = await parseLines([...GOOD, '', '   ']);
    expect(parsed.summary).toMatchObject({ format: 'strace', rows: GOOD.length, problemCount: 0,
      startedAt: '1700000000.000000' });
    expect(accounted(parsed)).toBe(GOOD.length);
    expect(parsed.summary.skipped).toEqual({
      'a new thread or process': 1, 'the first half of a call': 1, 'pipe': 1, 'a signal': 1,
      'the second half of a call': 1, 'the end of a thread or process': 1,
    });
  });

  it('is in the counts per call and per event', async () => {
    const { summary, events } = await parseLines(GOOD);
    expect(summary.events).toBe(events.length);
    expect(Object.values(summary.operations).reduce((sum, count) => sum + count, 0))
      .toBe(events.length);
    expect(summary.operations['newfstatat']).toBe(4);
  });

  it('may belong to a call that the parser does not know, which is named', async () => {
    const { summary } = await parseCalls('setxattr("/w/f", "user.a", "b", 1, 0) = 0',
      'quotactl_fd(3</w/f>, 0, 0, 0) = 0', 'sched_yield() = 0');
    expect(summary.unknownOperations).toEqual({ setxattr: 1, quotactl_fd: 1 });
    expect(summary.skipped).toEqual({
      'a call that is not translated': 2, 'a call that is not about a file': 1 });
  });

  it('may be a call that never came back', async () => {
    const parsed = await parseCalls('open("/f", O_RDONLY) = 3</f>',
      'read(3</f>,  <unfinished ...>', '8 read(3</f>, ""..., 1) = ? ERESTARTSYS (To be restarted)',
      'exit_group(0) = ?', '+++ killed by SIGKILL +++', '9 read(3</f>, <unfinished ...>');
    expect(accounted(parsed)).toBe(6);
    expect(told(parsed.events)).toEqual(['create \\f', 'cleanup \\f', 'close \\f']);
    expect(parsed.summary.skipped).toEqual({
      'a call that did not return': 3, 'a call that a signal broke off': 1 });
  });

  it('may end in CR, as a log does that was edited elsewhere', async () => {
    const parsed = await parseLines(GOOD.map((line) => `${line}\r`));
    expect(parsed.summary.problemCount).toBe(0);
  });
});

describe('a broken line', () => {
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['no call at all', 'Time of Day,Process Name,PID', /line 2, line: .*no call.*strace -f/],
    ['cut off in its arguments', '7 1.0 read(3</w/f>, "x', /line 2, arguments: .*not end.*cut/],
    ['cut off before its result', '7 1.0 close(3</w/f>)', /line 2, result: .*no "= result"/],
    ['with a strange result', '7 1.0 close(3) = later', /line 2, result: "later" is not a result/],
    ['an end without a beginning', '7 1.0 <... read resumed>"", 1) = 0', /line 2, call: .*middle/],
    ['with a shortened name', '7 1.0 unlink("/w/lon"...) = 0', /line 2, arguments: .*cut short/],
    ['with raw flags', '7 1.0 open("/w", 577, 0666) = 3', /line 2, arguments: .*numbers.*-X raw/],
    ['with an unfinished descriptor', '7 1.0 close(3</w/f) = 0', /line 2, arguments: /],
  ];

  it.each(broken)('stops a strict parse: %s', async (_name, line, message) => {
    const parsed = parseLines([GOOD[0] as string, line, ...GOOD.slice(1)]);
    await expect(parsed).rejects.toThrow(message);
    await expect(parseLines([GOOD[0] as string, line])).rejects.toBeInstanceOf(TraceError);
  });

  it.each(broken)('is passed over by a lenient one: %s', async (_name, line) => {
    const parsed = await parseLines([GOOD[0] as string, line, ...GOOD.slice(1)], true);
    const { summary, events } = parsed;
    expect(summary.problems).toMatchObject([{ line: 2 }]);
    expect(events.map((event) => event.recordedName)).toContain('rename');
    expect(accounted(parsed)).toBe(GOOD.length + 1);
  });

  it('of any kind never stops a lenient parse, and none gets lost', async () => {
    const where = fc.tuple(fc.nat(GOOD.length - 1), fc.nat(90), fc.nat(90),
      fc.constantFrom('', '"', '<', ')', '}', ' = ', '\\', ' <unfinished ...>', '[pid 9] ', '€'));
    await fc.assert(fc.asyncProperty(fc.array(where, { maxLength: 6 }), async (damages) => {
      const lines = [...GOOD];
      for (const [index, from, length, text] of damages) {
        const line = lines[index] as string;
        lines[index] = line.slice(0, from) + text + line.slice(from + length);
      }
      const parsed = await parseLines(lines, true);
      expect(accounted(parsed)).toBe(parsed.summary.rows);
    }), { numRuns: 300 });
  });
});
