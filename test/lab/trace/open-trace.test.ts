// Promises of opening a log: its kind by content, gzip and encodings undone, damage reported.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrace, readTrace } from '#src/lab/trace/open-trace.ts';
import { linesOf, textOfBytes } from '#src/lab/trace/text-input.ts';
import { TraceError, TraceTally } from '#src/lab/trace/tally.ts';
import { ALL_COLUMNS, chunks, closed, csv, opened, row } from './procmon-rows.ts';

const rows = [opened('C:\\a\\f.txt'), row('ReadFile', 'C:\\a\\f.txt', 'SUCCESS',
  'Offset: 0, Length: 10'), closed('C:\\a\\f.txt')];
const STRACE = '7123 1760000000.000123 openat(AT_FDCWD</w>, "p", O_RDONLY) = 3</w/p> <0.000021>\n';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fltlab-trace-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('the kind of a log', () => {
  it.each([
    ['procmon-csv', csv(rows)], ['strace', STRACE],
    ['fio-iolog', 'fio version 2 iolog\n/v/a.dat add\n'],
  ])('is told by content: %s, whatever the name and with or without gzip', async (kind, text) => {
    expect((await openTrace(await file('log.bin', text))).format).toBe(kind);
    expect((await openTrace(await file('log.txt', gzipSync(text)))).format).toBe(kind);
  });

  it.each([['nothing', ''], ['prose', 'Dear diary,\ntoday I traced nothing.\n']])(
    'is no kind for %s, and the error says which there are', async (name, text) => {
      await expect(openTrace(await file(name, text))).rejects
        .toThrow(/Process Monitor.*strace.*fio/);
    });

  it('needs a file', async () => {
    await expect(openTrace(join(folder, 'absent.csv'))).rejects
      .toThrow(/absent\.csv.*cannot be read/);
  });
});

const bytes = (text: string, encoding: 'utf8' | 'utf16le'): Uint8Array =>
  Buffer.from(text, encoding);

describe('encodings', () => {
  it.each([
    ['UTF-8', bytes(csv(rows), 'utf8')],
    ['UTF-8 with a byte-order mark', bytes(`\ufeff${csv(rows)}`, 'utf8')],
    ['UTF-16 with a byte-order mark', bytes(`\ufeff${csv(rows)}`, 'utf16le')],
    ['UTF-16 without one', bytes(csv(rows), 'utf16le')],
    ['big-endian UTF-16', Buffer.from(bytes(`\ufeff${csv(rows)}`, 'utf16le')).swap16()],
  ])('%s reads alike', async (name, content) => {
    const { events } = await readTrace(await file(name, content));
    expect(events.map((event) => event.volumePath)).toEqual(Array(3).fill('\\a\\f.txt'));
  });
});

describe('a truncated gzip', () => {
  const many = Array.from({ length: 3000 }, (_, index) => closed(`C:\\a\\${index * 7919}.txt`));
  const whole = gzipSync(csv(many));

  it('is an error that says so', async () => {
    const path = await file('cut.gz', whole.subarray(0, whole.length / 2));
    const error = await readTrace(path).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TraceError);
    expect((error as TraceError).message).toMatch(/breaks off.*--lenient/);
  });

  it('is read up to the break when lenient', async () => {
    const path = await file('cut.gz', whole.subarray(0, whole.length / 2));
    const { events, summary } = await readTrace(path, { lenient: true });
    expect(events.length).toBeGreaterThan(500);
    expect(events.length).toBeLessThan(many.length);
    expect(summary.problems.map((problem) => problem.column)).toContain('gzip');
  });

  it('that lost only its trailer loses no row', async () => {
    const path = await file('cut.gz', whole.subarray(0, -4));
    const { events } = await readTrace(path, { lenient: true });
    expect(events).toHaveLength(many.length);
  });
});

describe('the order of a log', () => {
  it('is that of time, though the export was sorted by another column', async () => {
    const timed = rows.map((each, index) => ({ ...each, at: index }));
    const path = await file('sorted.csv', csv(timed.toReversed(), ALL_COLUMNS));
    const { events, summary } = await readTrace(path);
    expect(events.map((event) => event.operation)).toEqual(['create', 'read', 'cleanup']);
    expect(events.map((event) => event.sequence)).toEqual([0, 1, 2]);
    expect(summary.reordered).toBe(2);
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {}

describe('lines', () => {
  it('are the same in chunks of any size, with either line end', async () => {
    for (const size of [1, 2, 3, 100]) {
      const lines: string[] = [];
      for await (const line of linesOf(chunks('a\r\nbb\n\nlast', size))) lines.push(line);
      expect(lines).toEqual(['a', 'bb', '', 'last']);
    }
  });

  it('of nothing are none', async () => {
    const tally = new TraceTally('nothing');
    for await (const text of textOfBytes(nothing(), tally)) expect(text).toBe('never');
  });
});
