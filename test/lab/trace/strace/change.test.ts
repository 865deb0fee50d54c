// Changing names and attributes.
import { describe, expect, it } from 'vitest';
import * as wdk from '#src/lab/trace/wdk.ts';
import { asked, parametersOf, parseCalls } from './support.ts';

const around = (path: string, inside: string): string[] =>
  [`create ${path}`, inside, `cleanup ${path}`, `close ${path}`];

describe('making', () => {
  it('a folder is a create that must not find one', async () => {
    expect(await asked('mkdir("/d", 0777) = 0'))
      .toEqual(['create \\d', 'cleanup \\d', 'close \\d']);
    expect(parametersOf(await parseCalls('mkdirat(AT_FDCWD</w>, "d", 0777) = 0'), 'create'))
      .toMatchObject({ CreateDisposition: wdk.FILE_CREATE, OpenResult: wdk.FILE_CREATED,
        CreateOptions: wdk.FILE_DIRECTORY_FILE | wdk.FILE_SYNCHRONOUS_IO_NONALERT });
    expect(await asked('mkdir("/d", 0777) = -1 EEXIST (File exists)',
      'mkdir("/a/b", 0777) = -1 ENOENT (No such file or directory)'))
      .toEqual(['create \\d OBJECT_NAME_COLLISION', 'create \\a\\b OBJECT_PATH_NOT_FOUND']);
  });

  it('a link is a file with a reparse point', async () => {
    const calls = 'symlinkat("../t", AT_FDCWD</w>, "l") = 0';
    expect(await asked(calls)).toEqual(around('\\w\\l', 'file-system-control \\w\\l'));
    expect(parametersOf(await parseCalls(calls), 'file-system-control'))
      .toMatchObject({ IoControlCode: 0x900a4 });
    expect((await asked(calls, 'access("/w/l", F_OK) = 0')).at(-1)).toBe('close \\t');
  });

  it('a second name is FILE_LINK_INFORMATION', async () => {
    expect(parametersOf(await parseCalls('link("/a", "/b") = 0'), 'set-information'))
      .toMatchObject({ FileInformationClass: 11,
        fields: { FileName: 'C:\\b', ReplaceIfExists: false } });
    expect(await asked('link("/a", "/b") = -1 EEXIST (File exists)'))
      .toEqual(around('\\a', 'set-information \\a OBJECT_NAME_COLLISION'));
  });

  it('a second name shares the size', async () => {
    const parsed = await parseCalls('open("/a", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</a>',
      'link("/a", "/b") = 0', 'write(3</a>, ""..., 5) = 5', 'open("/b", O_RDONLY) = 4</b>',
      'mmap(NULL, 5, PROT_READ, MAP_PRIVATE, 4</b>, 0) = 0x7f00');
    expect(parsed.events.at(-1)?.parameters).toMatchObject({ Transferred: 5 });
  });

  it('a plain file by mknod is a create, anything else is counted', async () => {
    expect(await asked('mknod("/f", S_IFREG|0644) = 0')).toEqual(
      ['create \\f', 'cleanup \\f', 'close \\f']);
    const { events } = await parseCalls('mknod("/p", S_IFIFO|0644) = 0');
    expect(events).toEqual([]);
  });
});

describe('removing', () => {
  it('a name asks for POSIX semantics, so that it goes at once', async () => {
    const parsed = await parseCalls('unlink("/f") = 0');
    expect(await asked('unlink("/f") = 0')).toEqual(around('\\f', 'set-information \\f'));
    expect(parametersOf(parsed, 'set-information')).toMatchObject({
      FileInformationClass: 64, fields: { DeleteFile: true, Flags: 0x13 } });
    expect(parametersOf(parsed, 'create')).toMatchObject({
      DesiredAccess: wdk.DELETE | wdk.SYNCHRONIZE });
  });

  it('an open file leaves its handle usable under its old path', async () => {
    expect(await asked('open("/f", O_RDWR) = 3</f>', 'unlink("/f") = 0',
      'write(3</f>(deleted), ""..., 1) = 1', 'close(3</f>(deleted)) = 0',
      'stat("/f", 0x7f) = -1 ENOENT (No such file)'))
      .toEqual(['create \\f', ...around('\\f', 'set-information \\f'), 'write \\f', 'cleanup \\f',
        'close \\f', 'create \\f OBJECT_NAME_NOT_FOUND']);
  });

  it('a folder that is not empty fails where NT sees it', async () => {
    expect(await asked('rmdir("/d") = -1 ENOTEMPTY (Directory not empty)'))
      .toEqual(around('\\d', 'set-information \\d DIRECTORY_NOT_EMPTY'));
  });

  it('the wrong kind fails at the open', async () => {
    expect(await asked('unlink("/d") = -1 EISDIR (Is a directory)',
      'unlinkat(AT_FDCWD</w>, "f", AT_REMOVEDIR) = -1 ENOTDIR (Not a directory)',
      'unlinkat(AT_FDCWD</w>, "g", 0) = -1 ENOENT (No such file or directory)',
    )).toEqual(['create \\d FILE_IS_A_DIRECTORY', 'create \\w\\f NOT_A_DIRECTORY',
      'create \\w\\g OBJECT_NAME_NOT_FOUND']);
  });
});

describe('renaming', () => {
  it('replaces whatever has the name, open or not', async () => {
    const parsed = await parseCalls('rename("/a", "/d/b") = 0');
    expect(parametersOf(parsed, 'set-information')).toMatchObject({ FileInformationClass: 65,
      fields: { FileName: 'C:\\d\\b', ReplaceIfExists: true, Flags: 0x43 } });
    expect(parametersOf(await parseCalls(
      'renameat2(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", RENAME_NOREPLACE) = 0'), 'set-information'))
      .toMatchObject({ fields: { ReplaceIfExists: false, Flags: 0x42 } });
  });

  it('over an empty folder removes it first, as NT replaces files only', async () => {
    expect(await asked('mkdir("/b", 0777) = 0', 'rename("/a", "/b") = 0'))
      .toEqual(['create \\b', 'cleanup \\b', 'close \\b', ...around('\\b', 'set-information \\b'),
        'create \\a', 'set-information \\a', 'cleanup \\b', 'close \\b']);
  });

  it('fails at the source or at the target, as NT does', async () => {
    expect(await asked('rename("/a", "/b") = -1 ENOENT (No such file or directory)'))
      .toEqual(['create \\a OBJECT_NAME_NOT_FOUND']);
    expect(await asked('access("/a", F_OK) = 0',
      'rename("/a", "/x/b") = -1 ENOENT (No such file or directory)'))
      .toContain('set-information \\a OBJECT_PATH_NOT_FOUND');
    expect(await asked('renameat2(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", RENAME_NOREPLACE) = '
      + '-1 EEXIST (File exists)')).toContain('set-information \\w\\a OBJECT_NAME_COLLISION');
    expect(await asked('rename("/a", "/b") = -1 ENOTEMPTY (Directory not empty)'))
      .toContain('set-information \\a ACCESS_DENIED');
  });

  it('that NT cannot do, or that does nothing, is counted', async () => {
    const { events, summary } = await parseCalls(
      'renameat2(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", RENAME_EXCHANGE) = 0',
      'rename("/a", "/a") = 0', 'rename("/a", "/m/a") = -1 EXDEV (Invalid cross-device link)');
    expect(events).toEqual([]);
    expect(Object.keys(summary.skipped)).toHaveLength(3);
  });
});

describe('attributes', () => {
  it('chmod and chown are SET_SECURITY through a handle that may', async () => {
    const parsed = await parseCalls('chmod("/f", 0644) = 0');
    expect(await asked('chmod("/f", 0644) = 0')).toEqual(around('\\f', 'set-security \\f'));
    expect(parametersOf(parsed, 'create'))
      .toMatchObject({ DesiredAccess: wdk.WRITE_DAC | wdk.SYNCHRONIZE });
    const owner = await parseCalls('fchownat(AT_FDCWD</w>, "f", 0, 0, 0) = 0');
    expect(parametersOf(owner, 'set-security')).toMatchObject({ SecurityInformation: 3 });
    expect(await asked('open("/f", O_RDWR) = 3</f>', 'fchmod(3</f>, 0600) = 0'))
      .toEqual(['create \\f', ...around('\\f', 'set-security \\f')]);
  });

  it('times are FILE_BASIC_INFORMATION; those left alone are not named', async () => {
    const parsed = await parseCalls('utimensat(AT_FDCWD</w>, "f", [UTIME_OMIT, '
      + '{tv_sec=1700000000, tv_nsec=500} /* 2023-11-14T22:13:20 */], 0) = 0',
    'open("/g", O_WRONLY) = 3</g>', 'utimensat(3</g>, NULL, NULL, 0) = 0');
    expect(parametersOf(parsed, 'set-information')).toMatchObject({ FileInformationClass: 4 });
    expect(parsed.events.at(-1)).toMatchObject({
      operation: 'set-information', parameters: { fields: {} } });
  });

  it('a name that is not there fails the open', async () => {
    expect(await asked('truncate("/f", 0) = -1 ENOENT (No such file)',
      'chmod("/f", 0) = -1 EPERM (Operation not permitted)'))
      .toEqual(['create \\f OBJECT_NAME_NOT_FOUND', 'create \\f ACCESS_DENIED']);
  });
});
