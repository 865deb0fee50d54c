// Processes, threads, split lines.
import { describe, expect, it } from 'vitest';
import { asked, parseCalls, parseLines, told } from './support.ts';

const THREAD = 'clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD)';

describe('a fork', () => {
  it('copies the descriptors: the file is cleaned up when both are gone', async () => {
    expect(await asked('open("/f", O_RDONLY) = 3</f>', 'fork() = 8', 'close(3</f>) = 0',
      '8 close(3</f>) = 0')).toEqual(['create \\f', 'cleanup \\f', 'close \\f']);
  });

  it('makes a process of its own name and number', async () => {
    const { events } = await parseCalls('execve("/bin/sh", ["sh"], 0x7f) = 0', 'vfork() = 8',
      '8 access("/a", F_OK) = 0', '8 execve("/bin/cat", ["cat"], 0x7f) = 0',
      '8 access("/b", F_OK) = 0', 'access("/c", F_OK) = 0');
    const who = (path: string): unknown => {
      const event = events.find(({ volumePath }) => volumePath === path);
      return [event?.processId, event?.threadId, event?.processName];
    };
    expect([who('\\a'), who('\\b'), who('\\c')])
      .toEqual([[8, 8, 'sh'], [8, 8, 'cat'], [7, 7, 'sh']]);
  });

  it('is known to its child before strace writes that it returned', async () => {
    expect(await asked('open("/f", O_RDONLY) = 3</f>',
      'clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>',
      '8 dup2(3</f>, 0) = 0</f>', '<... clone resumed>, child_tidptr=0x7f) = 8',
      'close(3</f>) = 0', '8 close(3</f>) = 0', '8 close(0</f>) = 0',
    )).toEqual(['create \\f', 'cleanup \\f', 'close \\f']);
  });

  it('that is one of several under way is waited for', async () => {
    const { events, summary } = await parseCalls('fork() = 8', 'open("/f", O_RDONLY) = 3</f>',
      'fork( <unfinished ...>', '8 fork( <unfinished ...>', '9 close(3</f>) = 0',
      '<... fork resumed>) = 9', '8 <... fork resumed>) = 10', '10 access("/g", F_OK) = 0',
      'close(3</f>) = 0');
    expect(told(events)).toEqual(['create \\f', 'create \\g', 'cleanup \\g', 'close \\g',
      'cleanup \\f', 'close \\f']);
    expect(summary.rows).toBe(9);
  });
});

describe('a thread', () => {
  it('shares descriptors and current folder, and counts to its process', async () => {
    const { events } = await parseCalls(`${THREAD} = 8`, '8 open("/f", O_RDONLY) = 3</f>',
      'chdir("/d") = 0', 'close(3</f>) = 0', '8 unlink("x") = 0');
    expect(told(events)).toEqual(expect.arrayContaining(['close \\f', 'create \\d\\x']));
    expect(new Set(events.map((event) => event.processId))).toEqual(new Set([7]));
    expect(events[0]?.threadId).toBe(8);
  });

  it('leaves the descriptors to the others when it ends', async () => {
    expect(await asked(`${THREAD} = 8`, '8 open("/f", O_RDONLY) = 3</f>', '8 +++ exited with 0 +++',
      'close(3</f>) = 0')).toEqual(['create \\f', 'cleanup \\f', 'close \\f']);
  });

  it('that runs a program ends the others and goes on as the process', async () => {
    expect(await asked(`${THREAD} = 8`, 'open("/f", O_RDONLY) = 3</f>',
      '8 execve("/bin/cat", ["cat"], 0x7f <unfinished ...>',
      '+++ superseded by execve in pid 8 +++', '<... execve resumed>) = 0', 'close(3</f>) = 0'))
      .toEqual(['create \\f', 'create \\bin\\cat', 'acquire-for-section \\bin\\cat',
        'release-for-section \\bin\\cat', 'cleanup \\bin\\cat', 'close \\bin\\cat', 'cleanup \\f',
        'close \\f']);
  });
});

describe('an exec', () => {
  it('closes what was marked, by open, fcntl or ioctl', async () => {
    const opened = ['a', 'b', 'c', 'd'].map((name, index) =>
      `open("/${name}", O_RDONLY${name === 'a' ? '|O_CLOEXEC' : ''}) = ${index + 3}</${name}>`);
    const parsed = await parseCalls(...opened, 'fcntl(4</b>, F_SETFD, FD_CLOEXEC) = 0',
      'ioctl(5</c>, FIOCLEX) = 0', 'execve("/bin/x", [...], 0x7f) = 0');
    expect(told(parsed.events).filter((text) => text.startsWith('cleanup')))
      .toEqual(['cleanup \\a', 'cleanup \\b', 'cleanup \\c', 'cleanup \\bin\\x']);
  });

  it('reads the first page of an image whose size is known', async () => {
    expect(await asked('stat("/bin/x", {st_mode=S_IFREG|0755, st_size=9000, ...}) = 0',
      'execve("/bin/x", [...], 0x7f) = 0')).toContain('read \\bin\\x');
  });

  it('that fails is a failed open', async () => {
    expect(await asked('execve("/bin/x", [...], 0x7f) = -1 ENOENT (No such file or directory)'))
      .toEqual(['create \\bin\\x OBJECT_NAME_NOT_FOUND']);
  });
});

describe('a split call', () => {
  it('takes effect where it ended, with the number of the line where it began', async () => {
    const { events } = await parseCalls('openat(AT_FDCWD</w>, "f", O_RDONLY <unfinished ...>',
      '8 access("/g", F_OK) = 0', '<... openat resumed>) = 3</w/f> <0.002000>');
    expect(told(events).at(-1)).toBe('create \\w\\f');
    expect(events.at(-1)).toMatchObject({ line: 1, time: 20_000, duration: 20_000 });
  });

  it('that closes is over when another thread gets its number', async () => {
    expect(await asked(`${THREAD} = 8`, 'open("/f", O_RDONLY) = 3</f>',
      'close(3</f> <unfinished ...>', '8 open("/g", O_RDONLY) = 3</g>', '<... close resumed>) = 0',
      'read(3</g>, ""..., 1) = 1'))
      .toEqual(['create \\f', 'cleanup \\f', 'close \\f', 'create \\g', 'read \\g']);
  });

  const wanted = '{l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=1}';
  const given = '{l_type=F_UNLCK, l_whence=SEEK_SET, l_start=0, l_len=1}';
  const held = ['open("/f", O_RDWR) = 3</f>', '8 open("/f", O_RDWR) = 3</f>',
    `fcntl(3</f>, F_SETLK, ${wanted}) = 0`];

  it('that unlocks is over when another process gets the lock', async () => {
    expect((await asked(...held, `fcntl(3</f>, F_SETLK, ${given} <unfinished ...>`,
      `8 fcntl(3</f>, F_SETLK, ${wanted}) = 0`, '<... fcntl resumed>) = 0')).slice(2))
      .toEqual(['lock \\f', 'unlock-single \\f', 'lock \\f']);
  });

  it('that was refused a lock comes before the unlock that ended while it ran', async () => {
    expect((await asked(...held, `8 fcntl(3</f>, F_SETLK, ${wanted} <unfinished ...>`,
      `fcntl(3</f>, F_SETLK, ${given}) = 0`,
      '8 <... fcntl resumed>) = -1 EAGAIN (Resource temporarily unavailable)')).slice(2))
      .toEqual(['lock \\f', 'lock \\f LOCK_NOT_GRANTED', 'unlock-single \\f']);
  });

  it('never makes time go backwards', async () => {
    const { events } = await parseCalls('openat(AT_FDCWD</w>, "f", O_RDONLY <unfinished ...>',
      '8 access("/g", F_OK) = 0', '<... openat resumed>) = 3</w/f> <0.002000>',
      '9 access("/h", F_OK) = 0');
    const times = events.map((event) => event.time);
    expect(times).toEqual(times.toSorted((first, second) => first - second));
    expect(events.map((event) => event.sequence)).toEqual(times.map((_, index) => index));
  });
});

describe('a log without -f, -y or times', () => {
  it('is followed by the numbers of its descriptors', async () => {
    const { events } = await parseLines(['open("/f", O_RDONLY) = 3', 'read(3, ""..., 4) = 4',
      'close(3) = 0', 'unlink("g") = 0']);
    expect(told(events)).toEqual(['create \\f', 'read \\f', 'cleanup \\f', 'close \\f']);
    expect(events[1]).toMatchObject({ processId: 1, threadId: 1, time: 0 });
  });
});
