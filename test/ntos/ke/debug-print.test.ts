// DbgPrint and the debug log: what drivers print, the host reads, in order and whole.
// @alone: its machine is a checked one.
import '../ex/verifier-on.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { here } from '#src/atomics-sync/atomics.ts';
import { DebugLogReader } from '#src/machine/debug-log-reader.ts';
import { bootMachine, shutdownMachine } from '#src/machine/boot.ts';
import { USER } from '#src/mem/memory-map.ts';
import { views } from '#src/mem/memory.ts';
import { ASSERT, NT_ASSERTMSG, PAGED_CODE, RtlAssert } from '#src/ntos/ke/assert.ts';
import { DEBUG_LOG_BYTES } from '#src/ntos/ke/debug-log.ts';
import { DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, DPFLTR_SYSTEM_ID, DbgBreakPoint, DbgPrint,
  DbgPrintEx, DbgQueryDebugFilterState, DbgSetDebugFilterState, initializeDebugPrint }
  from '#src/ntos/ke/debug-print.ts';
import { APC_LEVEL, DISPATCH_LEVEL, KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { setUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { bugCheckOf } from '../ex/support.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';

let reader: DebugLogReader;

beforeEach(() => {
  bootMachine();
  reader = new DebugLogReader(views, here);
  return shutdownMachine;
});

function texts(): string[] {
  return reader.read().lines.map((line) => line.text);
}

describe('the debug log', () => {
  test('holds what was printed, with its processor, component and level, until it is read', () => {
    writeUtf16(USER.start + 64, '\\Device\\Name');
    setUnicode(USER.start, USER.start + 64, 24, 24);
    expect(DbgPrint('%s: %wZ is at %p\n', 'driver', USER.start, 0x1234)).toBe(0);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, 'second\n');
    const { lines, missed } = reader.read();
    expect(lines.map((l) => [l.component, l.level, l.processor, l.text])).toEqual([
      [101, 3, 0, 'driver: \\Device\\Name is at 00001234\n'], [77, 3, 0, 'second\n'],
    ]);
    expect(missed).toBe(0);
    expect(texts()).toEqual([]);
  });

  test('a text is cut at 512 bytes, and non-ASCII text survives', () => {
    DbgPrint('%s', 'y'.repeat(600));
    DbgPrint('%s', 'gr\u00fc\u00df \u20ac');
    expect(texts()).toEqual(['y'.repeat(512), 'gr\u00fc\u00df \u20ac']);
  });

  test('the oldest lines give way, and the reader tells how many it missed', () => {
    const count = Math.ceil(DEBUG_LOG_BYTES / 112) * 3;
    for (let n = 0; n < count; n++) DbgPrint('%s', String(n).padEnd(100));
    const { lines, missed } = reader.read();
    expect(lines.length).toBeGreaterThan(count / 4);
    expect(lines.length + missed).toBe(count);
    expect(lines.map((l) => Number(l.text)))
      .toEqual(Array.from({ length: lines.length }, (_, i) => missed + i));
    DbgPrint('next');
    expect(reader.read()).toMatchObject({ missed: 0, lines: [{ text: 'next' }] });
  });

  test('a machine that boots again begins a new log', () => {
    for (let n = 0; n < 5; n++) DbgPrint('before');
    reader.read();
    initializeDebugPrint();
    DbgPrint('after');
    expect(texts()).toEqual(['after']);
  });
});

describe('the filter of DbgPrintEx', () => {
  test('errors of every component pass; other levels only where the mask lets them', () => {
    DbgPrintEx(DPFLTR_SYSTEM_ID, 0, 'error');
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL, 'info');
    expect(texts()).toEqual(['error']);
    expect(DbgQueryDebugFilterState(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL)).toBe(0);
    expect(DbgSetDebugFilterState(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL, true)).toBe(0);
    expect(DbgQueryDebugFilterState(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL)).toBe(1);
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL, 'info');
    DbgPrintEx(DPFLTR_SYSTEM_ID, 0x0800_0000, 'a bit of its own');
    expect(texts()).toEqual(['info']);
  });
});

describe('levels', () => {
  test('printing is legal at any IRQL, UTF-16 formats at PASSIVE_LEVEL only', () => {
    const old = KfRaiseIrql(DISPATCH_LEVEL);
    DbgPrint('at %d\n', DISPATCH_LEVEL);
    expect(bugCheckOf(() => DbgPrint('%wZ', 0))).toEqual([0xc4, 0xe5]);
    KeLowerIrql(old);
    expect(texts()).toEqual(['at 2\n']);
  });

  test('PAGED_CODE ends a checked machine above APC_LEVEL', () => {
    const old = KfRaiseIrql(APC_LEVEL);
    PAGED_CODE();
    KfRaiseIrql(DISPATCH_LEVEL);
    expect(bugCheckOf(PAGED_CODE)).toEqual([0x1e, 0xc0000420 | 0]);
    KeLowerIrql(old);
  });
});

describe('assertions', () => {
  test('one that fails is printed and ends the machine with STATUS_ASSERTION_FAILURE', () => {
    ASSERT(true);
    expect(bugCheckOf(() => NT_ASSERTMSG('must hold', false))).toEqual([0x1e, 0xc0000420 | 0]);
    expect(texts()).toEqual(['*** Assertion failed: must hold\n']);
    expect(bugCheckOf(() => RtlAssert('x > 0', 'driver.c', 12, 0))[0]).toBe(0x1e);
    expect(texts()).toEqual(['*** Assertion failed: x > 0 (driver.c, line 12)\n']);
  });

  test('a breakpoint without a debugger is an exception that nobody handles', () => {
    expect(bugCheckOf(DbgBreakPoint)).toEqual([0x1e, 0x80000003 | 0]);
  });
});

test('lines of several threads come whole and in each thread\'s order', async () => {
  const module = '#test/ntos/ke/print-threads.ts';
  await spawnThreads({ module, routine: 'printLines', threads: 3, args: { lines: 150 } });
  const next = [0, 0, 0];
  for (const { text } of reader.read().lines) {
    const [, thread = '', line = '', tail] = /^thread (\d) line (\d+) (x*)\n$/.exec(text) ?? [];
    expect(Number(line)).toBe(next[Number(thread)]);
    next[Number(thread)] = Number(line) + 1;
    expect(tail).toHaveLength(Number(line) % 40);
  }
  expect(next).toEqual([150, 150, 150]);
});
