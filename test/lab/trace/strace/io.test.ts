// Data through descriptors: offsets, ends of files, mappings, flushes, sizes.
import { describe, expect, it } from 'vitest';
import type { ReadWriteParameters, TraceEvent } from '#src/lab/trace/event.ts';
import { asked, parametersOf, parseCalls, told } from './support.ts';

const OPEN = 'open("/f", O_RDWR) = 3</f>';
const APPEND = 'open("/f", O_WRONLY|O_APPEND) = 3</f>';
const SIZE_100 = 'fstat(3</f>, {st_mode=S_IFREG|0644, st_size=100, ...}) = 0';

/** Offset, length and bytes moved of each read and write. */
function transfers(events: readonly TraceEvent[]): unknown[] {
  return events.filter((event) => event.parameters.type === 'read-write').map((event) => {
    const { ByteOffset, Length, Transferred } = event.parameters as ReadWriteParameters;
    return [event.operation, ByteOffset, Length, Transferred];
  });
}

function map(
  length: number, offset: string, protection = 'PROT_READ', sharing = 'MAP_PRIVATE',
): string {
  return `mmap(NULL, ${length}, ${protection}, ${sharing}, 3</f>, ${offset}) = 0x7f0000000000`;
}

async function protectionOf(...how: [string, string]): Promise<unknown> {
  return parametersOf(await parseCalls(OPEN, map(1, '0', ...how)), 'acquire-for-section');
}

/** The fields of every SET_INFORMATION that follows an open. */
async function sizes(...calls: string[]): Promise<unknown[]> {
  return (await parseCalls(OPEN, ...calls)).events
    .filter((event) => event.operation === 'set-information')
    .map((event) => (event.parameters as { fields: unknown }).fields);
}

describe('reads and writes', () => {
  it('move the offset of their description', async () => {
    const { events } = await parseCalls(OPEN, 'read(3</f>, ""..., 10) = 10',
      'write(3</f>, ""..., 5) = 5', 'lseek(3</f>, 2, SEEK_SET) = 2', 'read(3</f>, ""..., 9) = 4');
    expect(transfers(events)).toEqual([
      ['read', 0, 10, 10], ['write', 10, 5, 5], ['read', 2, 9, 4],
    ]);
  });

  it('share the offset through dup and fork, but not through a second open', async () => {
    const { events } = await parseCalls(OPEN, 'dup(3</f>) = 4</f>', 'fork() = 8',
      'read(4</f>, ""..., 10) = 10', '8 read(3</f>, ""..., 10) = 10',
      'open("/f", O_RDONLY) = 5</f>', 'read(5</f>, ""..., 10) = 10');
    expect(transfers(events)).toEqual([
      ['read', 0, 10, 10], ['read', 10, 10, 10], ['read', 0, 10, 10],
    ]);
  });

  it('with an offset of their own leave the description alone', async () => {
    const { events } = await parseCalls(OPEN, 'pread64(3</f>, ""..., 8, 64) = 8',
      'pwrite64(3</f>, ""..., 8, 4096) = 8', 'read(3</f>, ""..., 1) = 1');
    expect(transfers(events)).toEqual([
      ['read', 64, 8, 8], ['write', 4096, 8, 8], ['read', 0, 1, 1],
    ]);
  });

  it('of vectors add their lengths up; a shortened vector has none', async () => {
    const { events } = await parseCalls(OPEN,
      'writev(3</f>, [{iov_base="a", iov_len=3}, {iov_base="b", iov_len=4}], 2) = 7',
      'readv(3</f>, [...], 2) = 7',
      'preadv(3</f>, [{iov_base="a", iov_len=3}], 1, 20) = 3');
    expect(transfers(events)).toEqual([
      ['write', 0, 7, 7], ['read', 7, undefined, 7], ['read', 20, 3, 3],
    ]);
  });

  it('to the end of the file keep their meaning', async () => {
    const { events } = await parseCalls(APPEND, 'write(3</f>, ""..., 5) = 5',
      'fcntl(3</f>, F_SETFL, O_WRONLY) = 0', 'pwrite64(3</f>, ""..., 5, 9) = 5');
    expect(transfers(events)).toEqual([['write', -1, 5, 5], ['write', 9, 5, 5]]);
  });

  it('at the end of the file return nothing, which NT calls an error', async () => {
    expect(await asked(OPEN, 'read(3</f>, "", 10) = 0', 'read(3</f>, "", 0) = 0'))
      .toEqual(['create \\f', 'read \\f END_OF_FILE', 'read \\f']);
  });

  it('that fail answer as NT does', async () => {
    expect(await asked('open("/f", O_RDONLY) = 3</f>',
      'read(3</f>, 0x7f, 10) = -1 EISDIR (Is a directory)',
      'write(3</f>, "a", 1) = -1 EBADF (Bad file descriptor)',
      'write(3</f>, "a", 1) = -1 ENOSPC (No space left on device)',
      'read(3</f>, 0x7f, 10) = -1 EINTR (Interrupted)',
    )).toEqual(['create \\f', 'read \\f INVALID_DEVICE_REQUEST', 'write \\f ACCESS_DENIED',
      'write \\f DISK_FULL']);
  });

  it('between two files are a read and a write', async () => {
    const { events } = await parseCalls(OPEN, 'open("/g", O_WRONLY) = 4</g>',
      'copy_file_range(3</f>, NULL, 4</g>, NULL, 9223372035781033984, 0) = 30',
      'copy_file_range(3</f>, NULL, 4</g>, NULL, 9223372035781033984, 0) = 0',
      'sendfile(4</g>, 3</f>, [7] => [9], 100) = 2');
    expect(transfers(events)).toEqual([['read', 0, 30, 30], ['write', 0, 30, 30],
      ['read', 30, 4096, 0], ['read', 7, 2, 2], ['write', 30, 2, 2]]);
  });
});

describe('a mapping', () => {
  it('takes the section locks and reads the first cluster that has data', async () => {
    const parsed = await parseCalls(OPEN, SIZE_100, map(8192, '0'));
    expect(told(parsed.events).slice(2))
      .toEqual(['acquire-for-section \\f', 'release-for-section \\f', 'read \\f']);
    expect(parametersOf(parsed, 'read')).toEqual({
      type: 'read-write', ByteOffset: 0, Length: 8192, Transferred: 100, IrpFlags: 0x43,
      WriteThrough: false,
    });
    expect(parametersOf(parsed, 'acquire-for-section'))
      .toEqual({ type: 'section', SyncType: 1, PageProtection: 2 });
  });

  it('beyond the end, or of a file of unknown size, reads nothing', async () => {
    expect(await asked(OPEN, map(100, '0'))).not.toContain('read \\f');
    expect(await asked(OPEN, SIZE_100, map(4096, '0x1000'))).not.toContain('read \\f');
  });

  it('protects its pages as asked', async () => {
    expect(await protectionOf('PROT_READ|PROT_WRITE', 'MAP_SHARED'))
      .toMatchObject({ PageProtection: 4 });
    expect(await protectionOf('PROT_READ|PROT_WRITE', 'MAP_PRIVATE'))
      .toMatchObject({ PageProtection: 8 });
    expect(await protectionOf('PROT_READ|PROT_EXEC', 'MAP_PRIVATE'))
      .toMatchObject({ PageProtection: 0x20 });
  });

  it('of memory alone is counted', async () => {
    const { events, summary } = await parseCalls(
      'mmap(NULL, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f00');
    expect([events.length, summary.skipped]).toEqual([0, { 'memory without a file': 1 }]);
  });
});

describe('a flush', () => {
  it('goes through the handle that may write', async () => {
    expect(await asked(OPEN, 'fsync(3</f>) = 0', 'fdatasync(3</f>) = 0'))
      .toEqual(['create \\f', 'flush-buffers \\f', 'flush-buffers \\f']);
  });

  it('through a handle that may only read opens one that may write, as NT wants it', async () => {
    expect(await asked('open("/d", O_RDONLY|O_DIRECTORY) = 3</d>', 'fsync(3</d>) = 0'))
      .toEqual(['create \\d', 'create \\d', 'flush-buffers \\d', 'cleanup \\d', 'close \\d']);
  });
});

describe('a size', () => {
  it('is set by ftruncate and truncate', async () => {
    expect(await sizes('ftruncate(3</f>, 7) = 0', 'truncate("/f", 9) = 0'))
      .toEqual([{ EndOfFile: 7 }, { EndOfFile: 9 }]);
  });

  it('grows by fallocate, and never shrinks by it', async () => {
    expect(await sizes(SIZE_100, 'fallocate(3</f>, 0, 50, 100) = 0')).toEqual([{ EndOfFile: 150 }]);
    expect(await sizes(SIZE_100, 'fallocate(3</f>, FALLOC_FL_KEEP_SIZE, 0, 4096) = 0'))
      .toEqual([{ AllocationSize: 4096 }]);
    expect(await sizes(SIZE_100, 'fallocate(3</f>, 0, 0, 10) = 0')).toEqual([]);
    expect(await sizes('fallocate(3</f>, 0, 0, 10) = 0')).toEqual([]);
  });

  it('stays when a hole is punched, which is FSCTL_SET_ZERO_DATA', async () => {
    const parsed = await parseCalls(OPEN,
      'fallocate(3</f>, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 10, 20) = 0');
    expect(parametersOf(parsed, 'file-system-control'))
      .toMatchObject({ IoControlCode: 0x980c8, FileOffset: 10, Length: 20 });
  });
});
