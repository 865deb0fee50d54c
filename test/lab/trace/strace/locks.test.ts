// POSIX locks as NT byte-range locks.
import { describe, expect, it } from 'vitest';
import { ADVISORY_BASE } from '#src/lab/trace/strace/locks.ts';
import { asked, parametersOf, parseCalls } from './support.ts';

function lock(type: string, start: number, length: number, command = 'F_SETLK'): string {
  return `fcntl(3</f>, ${command}, {l_type=${type}, l_whence=SEEK_SET, l_start=${start}, `
    + `l_len=${length}})`;
}

/** Kind, range as recorded, and status of the lock requests that follow an open. */
async function locksOf(...calls: string[]): Promise<unknown[]> {
  const { events } = await parseCalls('open("/f", O_RDWR) = 3</f>', ...calls);
  return events.filter((event) => event.parameters.type === 'lock').map((event) => {
    const { parameters, operation, status } = event;
    if (parameters.type !== 'lock') return undefined;
    const { ByteOffset, Length, ExclusiveLock } = parameters;
    const asks = ExclusiveLock ? 'exclusive' : 'shared';
    return [operation === 'lock' ? asks : 'unlock', ByteOffset - ADVISORY_BASE, Length, status];
  });
}

describe('locks', () => {
  it('are taken and given back with the same range', async () => {
    expect(await locksOf(`${lock('F_RDLCK', 10, 5)} = 0`, `${lock('F_UNLCK', 10, 5)} = 0`))
      .toEqual([['shared', 10, 5, 0], ['unlock', 10, 5, 0]]);
  });

  it('are cut by an unlock in their middle', async () => {
    expect(await locksOf(`${lock('F_WRLCK', 0, 10)} = 0`, `${lock('F_UNLCK', 3, 4)} = 0`))
      .toEqual([['exclusive', 0, 10, 0], ['unlock', 0, 10, 0], ['exclusive', 0, 3, 0],
        ['exclusive', 7, 3, 0]]);
  });

  it('replace what they overlap', async () => {
    expect(await locksOf(`${lock('F_RDLCK', 0, 4)} = 0`, `${lock('F_WRLCK', 0, 4)} = 0`,
      `${lock('F_WRLCK', 0, 4)} = 0`))
      .toEqual([['shared', 0, 4, 0], ['unlock', 0, 4, 0], ['exclusive', 0, 4, 0]]);
  });

  it('that another holds are refused', async () => {
    expect(await locksOf(`${lock('F_WRLCK', 0, 1)} = -1 EAGAIN (Resource unavailable)`))
      .toEqual([['exclusive', 0, 1, -1073741739]]);
  });

  it('that wait say so', async () => {
    const parsed = await parseCalls('open("/f", O_RDWR) = 3</f>',
      `${lock('F_WRLCK', 0, 0, 'F_SETLKW')} = 0`);
    expect(parametersOf(parsed, 'lock')).toMatchObject({
      FailImmediately: false, ByteOffset: ADVISORY_BASE, Length: ADVISORY_BASE - 1 });
  });

  it('of a process go when it closes any descriptor of the file', async () => {
    expect(await asked('open("/f", O_RDWR) = 3</f>', 'open("/f", O_RDONLY) = 4</f>',
      `${lock('F_WRLCK', 0, 1)} = 0`, 'close(4</f>) = 0', 'close(3</f>) = 0'))
      .toEqual(['create \\f', 'create \\f', 'lock \\f', 'unlock-single \\f', 'cleanup \\f',
        'close \\f', 'cleanup \\f', 'close \\f']);
  });

  it('of flock belong to the description and do not meet those of fcntl', async () => {
    expect(await locksOf('flock(3</f>, LOCK_EX|LOCK_NB) = 0', `${lock('F_WRLCK', 0, 0)} = 0`,
      'flock(3</f>, LOCK_UN) = 0'))
      .toEqual([['exclusive', ADVISORY_BASE - 1, 1, 0], ['exclusive', 0, ADVISORY_BASE - 1, 0],
        ['unlock', ADVISORY_BASE - 1, 1, 0]]);
  });

  it('without a range are a broken line', async () => {
    await expect(parseCalls('open("/f", O_RDWR) = 3</f>', 'fcntl(3</f>, F_SETLK, 0x7f) = 0'))
      .rejects.toThrow('line 2, arguments');
  });
});
