// Crash dumps: what a run leaves when something was found, and how it reads.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { fixture, fltlab } from '#test/cli/run-cli.ts';
import { readDump, writeDump } from '#src/lab/dump/file.ts';
import { waitLines } from '#src/lab/dump/text.ts';
import type { CrashDump, DumpThread } from '#src/lab/dump/crash-dump.ts';

const folder = mkdtempSync(join(tmpdir(), 'fltlab-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a failing stress run leaves a dump with threads, locks, queues, operations, last events',
  async () => {
    const { code, out } = await fltlab(['stress', fixture('leaks'), '--duration', '1',
      '--requestors', '2', '--system-workers', '1', '--dump-dir', folder]);
    expect(code).toBe(1);
    expect(out).toContain('leak.pool');
    const [name = ''] = readdirSync(folder).filter((file) => file.endsWith('.dump'));
    expect(out).toContain(name);
    const file = join(folder, name);
    const dump = readDump(file);
    expect(dump.filters).toEqual(['leaks']);
    expect(dump.findings.some(({ details }) => details?.rule === 'leak.pool')).toBe(true);
    const control = dump.threads.find(({ role }) => role === 'control')!;
    expect(control.events.some((line) => line.includes('FltUnregisterFilter'))).toBe(true);
    expect(control.events.at(-1)).toContain('unloaded');
    expect(dump.queues.map((queue) => queue.name)).toContain('CriticalWorkQueue');
    expect(dump.storage.completed).toBeGreaterThan(0);
    const read = await fltlab(['dump', file]);
    expect(read.code).toBe(0);
    expect(read.out).toMatch(/Why\n {2}leak\.pool: leaks was unloaded/);
    expect(read.out).toMatch(/Threads\n {2}control 0: .*\n {4}last events:\n/);
    expect(read.out).toMatch(/\nWork queues\n/);
  });

test('a disk that fills while a dump is written: said, with the report, exit code 3, no half dump',
  async () => {
    const full = mkdtempSync(join(tmpdir(), 'fltlab-'));
    // No file may become longer than two blocks: the system refuses the write as a full disk does.
    // What Node writes of the lines it ran would be cut off too, so it is not asked for.
    const { code, out } = await fltlab(['stress', fixture('leaks'), '--duration', '1', '--acts',
      'stress', '--requestors', '1', '--system-workers', '1', '--dump-dir', full],
    undefined, [], 'unset NODE_V8_COVERAGE; ulimit -f 2');
    expect(out).toMatch(/internal: the crash dump could not be written to .*: EFBIG/);
    expect(out).toContain('leak.pool');
    expect(out).toMatch(/issued, as many completed/);
    expect(code).toBe(3);
    expect(readdirSync(full)).toEqual([]);
    rmSync(full, { recursive: true });
  });

function thread(processor: number, more: Partial<DumpThread>): DumpThread {
  return { processor, role: 'requestor', state: 'waiting', irql: 0, where: '', issued: 0,
    completed: 0, stack: [], blockedBy: [], locks: [], events: [], ...more };
}

test('who waits for whom is told by name', () => {
  expect(waitLines({ threads: [thread(4, { waitsFor: 'push lock 0x10', blockedBy: [5] }),
    thread(5, { waitsFor: 'ERESOURCE 0x20', blockedBy: [4] }),
    thread(6, { waitsFor: 'a notification event 0x30' }), thread(7, {})] })).toEqual([
    'requestor 4 waits for push lock 0x10; kept waiting by requestor 5',
    'requestor 5 waits for ERESOURCE 0x20; kept waiting by requestor 4',
    'requestor 6 waits for a notification event 0x30']);
});

test('a file that is no dump, or of another version, is refused with a reason', async () => {
  const other = join(folder, 'other.dump');
  writeFileSync(other, gzipSync(JSON.stringify({ format: 'fltlab dump 0' })));
  expect(() => readDump(other)).toThrow(/is of the form "fltlab dump 0".*reads "fltlab dump 1"/);
  writeFileSync(other, 'text');
  expect(() => readDump(other)).toThrow(/cannot be read as a dump/);
  writeFileSync(other, gzipSync('text'));
  expect(() => readDump(other)).toThrow(/not JSON/);
  const { code, err } = await fltlab(['dump', join(folder, 'none')]);
  expect([code, err]).toEqual([2, expect.stringContaining('cannot be read as a dump')]);
});

test('a folder that cannot be written leaves no half dump', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const dump = { settings: { seed: 1 } } as CrashDump;
  expect(() => writeDump(join(file, 'below'), dump)).toThrow(/ENOTDIR/);
});
