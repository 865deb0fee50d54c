// Looking at names and open files.
import { describe, expect, it } from 'vitest';
import * as wdk from '#src/lab/trace/wdk.ts';
import { asked, parametersOf, parseCalls } from './support.ts';

const FILE = '{st_mode=S_IFREG|0644, st_size=12, ...}';
const FOLDER = '{st_mode=S_IFDIR|0755, st_size=4096, ...}';
const LINK = '{st_mode=S_IFLNK|0777, st_size=3, ...}';

describe('a stat of a name', () => {
  it('is an open for attributes, a query, and a close', async () => {
    const parsed = await parseCalls(`stat("/f", ${FILE}) = 0`);
    expect(await asked(`stat("/f", ${FILE}) = 0`))
      .toEqual(['create \\f', 'query-information \\f', 'cleanup \\f', 'close \\f']);
    expect(parametersOf(parsed, 'create')).toMatchObject({
      DesiredAccess: wdk.FILE_READ_ATTRIBUTES | wdk.SYNCHRONIZE,
      CreateOptions: wdk.FILE_SYNCHRONOUS_IO_NONALERT,
    });
    expect(parametersOf(parsed, 'query-information')).toMatchObject({
      FileInformationClass: 34, Length: 56, fields: { EndOfFile: 12, Directory: false },
    });
  });

  it('tells a folder, without the size that Linux gives it', async () => {
    const fields = { Directory: true, FileAttributes: wdk.FILE_ATTRIBUTE_DIRECTORY };
    expect(parametersOf(await parseCalls(`stat("/d", ${FOLDER}) = 0`), 'query-information'))
      .toEqual({ type: 'information', FileInformationClass: 34, Length: 56, fields });
  });

  it('of a link itself opens the reparse point', async () => {
    const parsed = await parseCalls(
      `newfstatat(AT_FDCWD</w>, "l", ${LINK}, AT_SYMLINK_NOFOLLOW) = 0`);
    expect(parametersOf(parsed, 'create')).toMatchObject({
      CreateOptions: wdk.FILE_OPEN_REPARSE_POINT | wdk.FILE_SYNCHRONOUS_IO_NONALERT,
    });
    expect(parametersOf(parsed, 'query-information'))
      .toMatchObject({ fields: { FileAttributes: wdk.FILE_ATTRIBUTE_REPARSE_POINT } });
  });

  it('through a link of unknown target is a look at another file', async () => {
    const { events } = await parseCalls(`lstat("/l", ${LINK}) = 0`, `stat("/l", ${FILE}) = 0`);
    expect(events[4]?.volumePath).not.toBe(events[0]?.volumePath);
  });

  it('has the spelling statx', async () => {
    const parsed = await parseCalls('statx(AT_FDCWD</w>, "f", AT_STATX_SYNC_AS_STAT, STATX_ALL, '
      + '{stx_mask=STATX_ALL, stx_mode=S_IFREG|0644, stx_size=7, ...}) = 0');
    expect(parametersOf(parsed, 'query-information')).toMatchObject({ fields: { EndOfFile: 7 } });
  });

  it('keeps the time that strace -v prints', async () => {
    const parsed = await parseCalls(
      'stat("/f", {st_mode=S_IFREG|0644, st_size=1, st_mtime=1700000000, st_mtime_nsec=5}) = 0');
    expect(parametersOf(parsed, 'query-information'))
      .toMatchObject({ fields: { LastWriteTime: 133_444_736_000_000_000 } });
  });

  it('that fails is a failed open', async () => {
    expect(await asked(
      'stat("/f", 0x7f) = -1 ENOENT (No such file or directory)',
      'lstat("/f/x", 0x7f) = -1 ENOTDIR (Not a directory)',
      'statx(AT_FDCWD</w>, "a", 0, STATX_ALL, 0x7f) = -1 EACCES (Permission denied)',
    )).toEqual(['create \\f OBJECT_NAME_NOT_FOUND', 'create \\f\\x OBJECT_PATH_NOT_FOUND',
      'create \\w\\a ACCESS_DENIED']);
  });

  it('of a device, pipe or socket file is counted', async () => {
    const { events, summary } = await parseCalls(
      'stat("/run/s", {st_mode=S_IFSOCK|0777, st_size=0, ...}) = 0');
    expect([events.length, summary.skipped]).toEqual([0, { 'a special file': 1 }]);
  });
});

describe('a stat of a descriptor', () => {
  it('is the query alone', async () => {
    expect(await asked('open("/f", O_RDONLY) = 3</f>', `fstat(3</f>, ${FILE}) = 0`,
      `newfstatat(3</f>, "", ${FILE}, AT_EMPTY_PATH) = 0`,
      'statx(3</f>, "", AT_EMPTY_PATH, STATX_ALL, {stx_mode=S_IFREG|0644, stx_size=1, ...}) = 0',
    )).toEqual(['create \\f', ...Array(3).fill('query-information \\f')]);
  });
});

describe('other looks', () => {
  it('access asks for what it wants to know', async () => {
    expect(await asked('access("/f", F_OK) = 0'))
      .toEqual(['create \\f', 'cleanup \\f', 'close \\f']);
    const parsed = await parseCalls('faccessat2(AT_FDCWD</w>, "f", R_OK|X_OK, 0) = 0');
    expect(parametersOf(parsed, 'create')).toMatchObject({ DesiredAccess: wdk.FILE_READ_ATTRIBUTES
      | wdk.FILE_READ_DATA | wdk.FILE_EXECUTE | wdk.SYNCHRONIZE });
  });

  it('readlink asks for the reparse point, and is told when there is none', async () => {
    expect(await asked('readlink("/l", "target", 100) = 6'))
      .toEqual(['create \\l', 'file-system-control \\l', 'cleanup \\l', 'close \\l']);
    expect(await asked('readlink("/f", 0x7f, 100) = -1 EINVAL (Invalid argument)'))
      .toContain('file-system-control \\f NOT_A_REPARSE_POINT');
    expect(await asked('readlinkat(AT_FDCWD</w>, "l", 0x7f, 9) = -1 ENOENT (No such file)'))
      .toEqual(['create \\w\\l OBJECT_NAME_NOT_FOUND']);
  });

  it('readlink teaches where the link leads', async () => {
    expect((await asked('readlink("/l", "real", 100) = 4', 'access("/l/x", F_OK) = 0')).at(-1))
      .toBe('close \\real\\x');
  });

  it('statfs asks for the size of the volume', async () => {
    expect(await asked('statfs("/w", {f_type=EXT2_SUPER_MAGIC}) = 0')).toEqual(
      ['create \\w', 'query-volume-information \\w', 'cleanup \\w', 'close \\w']);
  });

  it('getdents is a directory query, from the start once and again after a rewind', async () => {
    const { events } = await parseCalls('open("/d", O_RDONLY|O_DIRECTORY) = 3</d>',
      'getdents64(3</d>, 0x55 /* 3 entries */, 32768) = 72',
      'getdents64(3</d>, 0x55 /* 0 entries */, 32768) = 0',
      'lseek(3</d>, 0, SEEK_SET) = 0',
      'getdents64(3</d>, [{d_ino=1, d_name="a\\"b"}, {d_ino=2, d_name=".."}], 32768) = 72');
    const queries = events.filter((event) => event.operation === 'query-directory');
    expect(queries.map((event) => [event.status, event.parameters])).toMatchObject([
      [0, { FileName: '*', RestartScan: true, Length: 65536, FileInformationClass: 12 }],
      [-2147483642, { RestartScan: false }],
      [0, { RestartScan: true, names: ['a"b', '..'] }],
    ]);
  });
});
