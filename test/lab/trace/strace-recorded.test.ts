// The trace that the project recorded itself (examples/traces): it parses without a problem, says
// nothing about the machine that recorded it, and agrees with itself.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TraceEvent } from '#src/lab/trace/event.ts';
import { parseStrace } from '#src/lab/trace/strace.ts';
import { TraceTally } from '#src/lab/trace/tally.ts';

const FILE = new URL('../../../examples/traces/developer-day.strace.gz', import.meta.url);
const BYTES_MAX = 1024 * 1024;

const lines: string[] = [];
const events: TraceEvent[] = [];
const tally = new TraceTally('developer-day.strace.gz');
let bytes = 0;

async function* eachLine(): AsyncGenerator<string> {
  yield* lines;
}

beforeAll(async () => {
  const file = createReadStream(FILE);
  for await (const line of createInterface({ input: file.pipe(createGunzip()) })) lines.push(line);
  bytes = file.bytesRead;
  for await (const event of parseStrace(eachLine(), { tally })) events.push(event);
});

describe('the recorded trace', () => {
  it('is small enough to live in the repository', () => {
    expect(bytes).toBeLessThan(BYTES_MAX);
  });

  it('is known line by line: events, or a reason', () => {
    const { rows, skipped, problemCount, unknownOperations, unknownResults } = tally.summary;
    const left = Object.values(skipped).reduce((sum, count) => sum + count, 0);
    expect(rows).toBe(lines.length);
    expect(new Set(events.map((event) => event.line)).size + left).toBe(rows);
    expect({ problemCount, unknownOperations, unknownResults })
      .toEqual({ problemCount: 0, unknownOperations: {}, unknownResults: {} });
  });

  it('holds enough of every kind, from many processes and threads at once', () => {
    const kinds = new Map<string, number>();
    for (const { operation } of events) kinds.set(operation, (kinds.get(operation) ?? 0) + 1);
    expect(events.length).toBeGreaterThan(20_000);
    for (const kind of ['create', 'cleanup', 'close', 'read', 'write', 'query-information',
      'set-information', 'query-directory', 'lock', 'unlock-single', 'flush-buffers',
      'acquire-for-section', 'file-system-control', 'set-security', 'query-volume-information']) {
      expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(0);
    }
    expect(new Set(events.map((event) => event.processId)).size).toBeGreaterThan(50);
    const names = new Set(events.map((event) => event.processName));
    expect(['git', 'sqlite3', 'node', 'sort', 'cp'].filter((name) => !names.has(name))).toEqual([]);
    const turns = events.filter((event, index) =>
      event.processId !== events[index - 1]?.processId).length;
    expect(turns).toBeGreaterThan(5000);
  });

  it('opens every handle once, uses it while it is open, and closes it', () => {
    const open = new Set<string>();
    const strays: TraceEvent[] = [];
    for (const event of events) {
      const { handle, operation } = event;
      if (handle === undefined) continue;
      if (operation === 'create') open.add(handle);
      else if (!open.has(handle)) strays.push(event);
      if (operation === 'close') open.delete(handle);
    }
    expect({ strays, left: open.size }).toEqual({ strays: [], left: 0 });
  });

  it('numbers its events without a gap and never goes back in time', () => {
    expect(events.every((event, index) => event.sequence === index
      && event.time >= (events[index - 1]?.time ?? 0))).toBe(true);
  });

  it('names only folders that every machine has', () => {
    const tops = new Set<string>();
    for (const line of lines) {
      for (const [, path] of line.matchAll(/["<](\/[^/"<>]*)/g)) tops.add(path as string);
    }
    const allowed = ['/', '/home', '/usr', '/etc', '/lib', '/lib64', '/bin', '/sbin', '/dev',
      '/proc', '/sys', '/var', '/run', '/package.json', '/node_modules', '/selinux'];
    expect([...tops].filter((top) => !allowed.includes(top))).toEqual([]);
    const homes = new Set(lines.flatMap((line) => [...line.matchAll(/"\/home\/([^/"]+)/g)])
      .map((match) => match[1]));
    expect([...homes].filter((name) => name !== 'user' && name !== 'package.json')).toEqual([]);
  });

  it('holds nothing of what was read or written', () => {
    const content = lines.filter((line) =>
      /\b(?:read|pread64|write|pwrite64)(?:\(| resumed>).*"[^"]+"/.test(line));
    expect(content).toEqual([]);
  });
});
