// Promises of the fio iolog parser, with made-up logs.
import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '#src/lab/trace/event.ts';
import { infer } from '#src/lab/trace/infer.ts';
import { parseFioIolog } from '#src/lab/trace/fio-iolog.ts';
import { TraceTally } from '#src/lab/trace/tally.ts';

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split('\n');
}

async function read(text: string, tally = new TraceTally('made-up.log')): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  for await (const event of parseFioIolog(linesOf(text), { tally })) events.push(event);
  return events;
}

const V2 = `fio version 2 iolog
/v/a.dat add
/v/a.dat open
/v/a.dat write 0 4096
/v/a.dat wait 150 0
/v/a.dat read 4096 8192
/v/a.dat sync 0 0
/v/a.dat trim 0 4096
/v/a.dat close
`;

describe('version 2', () => {
  it('becomes opens, reads, writes, flushes, trims and closes', async () => {
    const tally = new TraceTally('made-up.log');
    const events = await read(V2, tally);
    expect(events.map((event) => event.operation)).toEqual(['create', 'write', 'read',
      'flush-buffers', 'file-system-control', 'cleanup']);
    expect(events[2]).toMatchObject({ time: 1500, line: 6, volumePath: '\\v\\a.dat',
      parameters: { ByteOffset: 4096, Length: 8192 } });
    expect(tally.summary.skipped).toEqual({ 'fio add': 1, 'fio wait': 1 });
  });

  it('has no results: they are assumed, and say so', async () => {
    const events = await read(V2);
    expect(events.every((event) => event.statusAssumed === true && event.status === 0)).toBe(true);
  });

  it('tells the size that its reads need', async () => {
    const { state } = infer(await read(V2));
    expect(state.files.find((file) => file.path === '\\v\\a.dat')?.EndOfFile).toBe(12_288);
  });

  it('takes Windows paths and names with spaces', async () => {
    const [open] = await read('fio version 2 iolog\nC:\\data\\a b.dat open\n');
    expect(open).toMatchObject({ volume: 'C:', volumePath: '\\data\\a b.dat' });
  });
});

describe('version 3', () => {
  it('starts each line with milliseconds', async () => {
    const events = await read('fio version 3 iolog\n10 /a open\n25 /a read 0 512\n');
    expect(events.map((event) => event.time)).toEqual([100_000, 250_000]);
  });
});

describe('a broken log', () => {
  it('names the line and the forms that are known', async () => {
    const text = 'fio version 2 iolog\n/a open\n/a reed 0 512\n/a close\n';
    await expect(read(text)).rejects.toThrow(/line 3.*reed.*read\|write/);
    expect(await read(text, new TraceTally('x', true))).toHaveLength(2);
  });

  it('of another version is refused', async () => {
    await expect(read('fio version 1 iolog\n')).rejects.toThrow('version 2 or 3');
  });
});
