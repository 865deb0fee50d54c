// Opening and closing: what NtCreateFile is asked for, and when a file object is cleaned up.
import { describe, expect, it } from 'vitest';
import type { CreateParameters } from '#src/lab/trace/event.ts';
import * as wdk from '#src/lab/trace/wdk.ts';
import { asked, parametersOf, parseCalls } from './support.ts';

async function openOf(flags: string, result = '3</w/f>'): Promise<CreateParameters> {
  const parsed = await parseCalls(`openat(AT_FDCWD</w>, "f", ${flags}) = ${result}`);
  return parametersOf(parsed, 'create') as CreateParameters;
}

async function dispositionOf(flags: string): Promise<number> {
  return (await openOf(flags)).CreateDisposition;
}

/** OpenResult of an open-if that follows these calls. */
async function openIfAfter(...before: string[]): Promise<unknown> {
  const calls = [...before, 'openat(AT_FDCWD</w>, "f", O_RDWR|O_CREAT, 0666) = 3</w/f>'];
  const parameters = (await parseCalls(...calls)).events.at(-1)?.parameters;
  return parameters?.type === 'create' ? parameters.OpenResult : 'no create';
}

async function failed(flags: string, error: string): Promise<string[]> {
  return asked(`openat(AT_FDCWD</w>, "/w/d/f", ${flags}) = -1 ${error} (text)`);
}

describe('an open', () => {
  it('to read shares everything and asks for no kind of file', async () => {
    expect(await openOf('O_RDONLY|O_CLOEXEC')).toEqual({
      type: 'create', DesiredAccess: wdk.FILE_GENERIC_READ,
      CreateDisposition: wdk.FILE_OPEN, CreateOptions: wdk.FILE_SYNCHRONOUS_IO_NONALERT,
      ShareAccess: wdk.FILE_SHARE_ALL, FileAttributes: 0, AllocationSize: undefined,
      OpenResult: wdk.FILE_OPENED,
    });
  });

  it('takes its disposition from O_CREAT, O_EXCL and O_TRUNC', async () => {
    expect(await dispositionOf('O_WRONLY|O_CREAT, 0666')).toBe(wdk.FILE_OPEN_IF);
    expect(await dispositionOf('O_RDWR|O_CREAT|O_EXCL, 0600')).toBe(wdk.FILE_CREATE);
    expect(await dispositionOf('O_WRONLY|O_CREAT|O_TRUNC, 0666')).toBe(wdk.FILE_OVERWRITE_IF);
    expect(await dispositionOf('O_WRONLY|O_TRUNC')).toBe(wdk.FILE_OVERWRITE);
    expect(await dispositionOf('O_WRONLY|O_APPEND')).toBe(wdk.FILE_OPEN);
  });

  it('takes its options from the other flags', async () => {
    const has = async (flags: string, option: number): Promise<boolean> =>
      ((await openOf(flags)).CreateOptions & option) !== 0;
    expect(await has('O_RDONLY|O_DIRECTORY', wdk.FILE_DIRECTORY_FILE)).toBe(true);
    expect(await has('O_RDWR', wdk.FILE_NON_DIRECTORY_FILE)).toBe(true);
    expect(await has('O_WRONLY|O_SYNC', wdk.FILE_WRITE_THROUGH)).toBe(true);
    expect(await has('O_RDONLY|O_DIRECT', wdk.FILE_NO_INTERMEDIATE_BUFFERING)).toBe(true);
    expect(await has('O_PATH|O_NOFOLLOW', wdk.FILE_OPEN_REPARSE_POINT)).toBe(true);
    expect((await openOf('O_PATH')).DesiredAccess & wdk.FILE_READ_DATA).toBe(0);
    expect((await openOf('O_WRONLY')).DesiredAccess & wdk.FILE_READ_DATA).toBe(0);
  });

  it('knows whether an open-if created, when earlier lines told', async () => {
    expect(await openIfAfter()).toBeUndefined();
    expect(await openIfAfter('access("/w/f", F_OK) = -1 ENOENT (No such file)'))
      .toBe(wdk.FILE_CREATED);
    expect(await openIfAfter('access("/w/f", F_OK) = 0')).toBe(wdk.FILE_OPENED);
    expect(await openIfAfter('unlink("/w/f") = 0')).toBe(wdk.FILE_CREATED);
  });

  it('has the older spellings open, creat and openat2', async () => {
    expect(await asked('open("/a", O_RDONLY) = 3')).toEqual(['create \\a']);
    expect(parametersOf(await parseCalls('creat("/a", 0666) = 3'), 'create'))
      .toMatchObject({ CreateDisposition: wdk.FILE_OVERWRITE_IF });
    expect(parametersOf(await parseCalls(
      'openat2(AT_FDCWD</w>, "a", {flags=O_RDWR|O_CREAT|O_EXCL, mode=0600}, 24) = 3</w/a>',
    ), 'create')).toMatchObject({ CreateDisposition: wdk.FILE_CREATE });
  });

  it('of a file without a name is one that goes when it is closed', async () => {
    const parsed = await parseCalls(
      'openat(AT_FDCWD</w>, "/w", O_RDWR|O_TMPFILE, 0600) = 3</w/#17>(deleted)');
    expect(parsed.events[0]?.volumePath).toBe('\\w\\#17');
    expect((parametersOf(parsed, 'create') as CreateParameters).CreateOptions)
      .toBe(wdk.FILE_DELETE_ON_CLOSE | wdk.FILE_NON_DIRECTORY_FILE
        | wdk.FILE_SYNCHRONOUS_IO_NONALERT);
  });

  it('starts at its folder, whether a descriptor or the current one', async () => {
    expect(await asked(
      'openat(AT_FDCWD</w>, "d", O_RDONLY|O_DIRECTORY) = 3</w/d>',
      'openat(3</w/d>, "../e/./f", O_RDONLY) = 4</w/e/f>',
      'chdir("/x") = 0', 'unlink("g") = 0',
    )).toEqual(expect.arrayContaining(['create \\w\\d', 'create \\w\\e\\f', 'create \\x\\g']));
  });
});

describe('a failed open', () => {
  it('answers as NT does', async () => {
    expect(await failed('O_RDONLY', 'ENOENT')).toEqual(['create \\w\\d\\f OBJECT_NAME_NOT_FOUND']);
    expect(await failed('O_RDWR|O_CREAT|O_EXCL, 0666', 'EEXIST'))
      .toEqual(['create \\w\\d\\f OBJECT_NAME_COLLISION']);
    expect(await failed('O_WRONLY', 'EISDIR')).toEqual(['create \\w\\d\\f FILE_IS_A_DIRECTORY']);
    expect(await failed('O_RDONLY|O_DIRECTORY', 'ENOTDIR'))
      .toEqual(['create \\w\\d\\f NOT_A_DIRECTORY']);
    expect(await failed('O_RDONLY', 'ENOTDIR')).toEqual(['create \\w\\d\\f OBJECT_PATH_NOT_FOUND']);
    expect(await failed('O_RDONLY', 'EACCES')).toEqual(['create \\w\\d\\f ACCESS_DENIED']);
    expect(await failed('O_WRONLY', 'EROFS')).toEqual(['create \\w\\d\\f MEDIA_WRITE_PROTECTED']);
    expect(await failed('O_WRONLY', 'ETXTBSY')).toEqual(['create \\w\\d\\f SHARING_VIOLATION']);
  });

  it('tells a missing folder when it would have created the file', async () => {
    expect(await failed('O_WRONLY|O_CREAT, 0666', 'ENOENT'))
      .toEqual(['create \\w\\d\\f OBJECT_PATH_NOT_FOUND']);
  });

  it('tells a missing folder when an earlier line did', async () => {
    expect(await asked(
      'access("/w/d", F_OK) = -1 ENOENT (No such file or directory)',
      'open("/w/d/f", O_RDONLY) = -1 ENOENT (No such file or directory)',
    )).toEqual(['create \\w\\d OBJECT_NAME_NOT_FOUND', 'create \\w\\d\\f OBJECT_PATH_NOT_FOUND']);
  });

  it('tells a missing folder when a later line shows that it was', async () => {
    const parsed = await parseCalls(
      'access("/w/d/f", F_OK) = -1 ENOENT (No such file or directory)',
      'mkdir("/w/d", 0777) = 0');
    expect(parsed.events[0]).toMatchObject({ status: -1073741766 });
    expect(parsed.notes.correctedStatuses).toBe(1);
  });

  it('is no request when the error is not about the file', async () => {
    const parsed = await parseCalls('openat(AT_FDCWD</w>, "f", O_RDONLY) = -1 EMFILE (Too many)');
    expect(parsed.events).toEqual([]);
    expect(parsed.summary.skipped).toEqual({ 'failed with EMFILE': 1 });
  });

  it('counts an error that has no rule', async () => {
    const { summary } = await parseCalls('open("/a", O_RDONLY) = -1 EWHAT (Never heard of)');
    expect(summary.unknownResults).toEqual({ EWHAT: 1 });
  });
});

describe('a file object', () => {
  it('is cleaned up with the last of its descriptors', async () => {
    expect(await asked(
      'open("/f", O_RDONLY) = 3</f>', 'dup(3</f>) = 4</f>', 'dup2(4</f>, 9) = 9</f>',
      'fcntl(3</f>, F_DUPFD_CLOEXEC, 10) = 10</f>',
      'close(3</f>) = 0', 'close(4</f>) = 0', 'close(10</f>) = 0', 'read(9</f>, ""..., 5) = 5',
      'close(9</f>) = 0',
    )).toEqual(['create \\f', 'read \\f', 'cleanup \\f', 'close \\f']);
  });

  it('goes when dup2 or dup3 takes its number', async () => {
    expect(await asked(
      'open("/f", O_RDONLY) = 3</f>', 'open("/g", O_RDONLY) = 4</g>',
      'dup3(4</g>, 3</f>, O_CLOEXEC) = 3</g>',
    )).toEqual(['create \\f', 'create \\g', 'cleanup \\f', 'close \\f']);
  });

  it('goes with a range of descriptors, and with the process', async () => {
    expect(await asked(
      'open("/f", O_RDONLY) = 3</f>', 'open("/g", O_RDONLY) = 4</g>', 'close_range(4, 9, 0) = 0',
      '+++ exited with 0 +++',
    )).toEqual(['create \\f', 'create \\g', 'cleanup \\g', 'close \\g', 'cleanup \\f',
      'close \\f']);
  });

  it('has one handle name from create to close, never used twice', async () => {
    const { events } = await parseCalls(
      'open("/f", O_RDONLY) = 3', 'close(3) = 0', 'open("/f", O_RDONLY) = 3', 'close(3) = 0');
    const handles = events.map((event) => event.handle);
    expect(new Set(handles).size).toBe(2);
    expect(handles[0]).toBe(handles[2]);
    expect(handles[3]).toBe(handles[5]);
  });

  it('that was open before the log is used without a create', async () => {
    expect(await asked('write(1</log>, ""..., 4) = 4', 'close(1</log>) = 0'))
      .toEqual(['write \\log', 'cleanup \\log', 'close \\log']);
  });
});

describe('what is no file of the volume', () => {
  it('makes no events and is counted by kind', async () => {
    const { events, summary } = await parseCalls(
      'openat(AT_FDCWD</w>, "/proc/self/maps", O_RDONLY) = 3</proc/7/maps>',
      'read(3</proc/7/maps>, ""..., 9) = 9', 'access("/dev/null", R_OK) = 0',
      'socket(AF_UNIX, SOCK_STREAM, 0) = 4<socket:[9]>', 'write(4<socket:[9]>, ""..., 1) = 1',
      'pipe2([5<pipe:[1]>, 6<pipe:[1]>], O_CLOEXEC) = 0', 'read(5<pipe:[1]>, "", 1) = 0',
      'eventfd2(0, 0) = 7<anon_inode:[eventfd]>', 'close(7<anon_inode:[eventfd]>) = 0',
      'futex(0x7f, FUTEX_WAKE, 1) = 0', 'memfd_create("x", 0) = 8</memfd:x>(deleted)');
    expect(events).toEqual([]);
    expect(summary.skipped).toEqual({
      'kernel file (/proc, /sys, /dev)': 3, 'socket': 2, 'pipe': 2, 'anonymous inode': 2,
      'a call that is not about a file': 1, 'memory file': 1,
    });
  });

  it('is known by its call where -y was not used', async () => {
    const { events } = await parseCalls(
      'pipe([5, 6]) = 0', 'write(6, ""..., 1) = 1',
      'socketpair(AF_UNIX, SOCK_STREAM, 0, [7, 8]) = 0', 'write(8, ""..., 1) = 1',
      'epoll_create1(EPOLL_CLOEXEC) = 9', 'close(9) = 0');
    expect(events).toEqual([]);
  });
});
