// Promises of inference, each with a small made-up log: what existed, how large, who had it open.
import { describe, expect, it } from 'vitest';
import type { InitialFile } from '#src/lab/trace/inference/initial-state.ts';
import {
  closed, inferred, opened, READ, refused, row, type Row, WRITE,
} from './procmon-rows.ts';

const F = 'C:\\d\\f.txt';

async function stateOf(rows: readonly Row[]): Promise<Map<string, InitialFile>> {
  const { state } = await inferred(rows);
  return new Map(state.files.map((file) => [file.volume + file.path, file]));
}

async function sizeOf(rows: readonly Row[]): Promise<number | undefined> {
  return (await stateOf(rows)).get(F)?.EndOfFile;
}

const read = (offset: number, length: number, result = 'SUCCESS', flags = ''): Row =>
  row('ReadFile', F, result, `Offset: ${offset}, Length: ${length}${flags}`);
const write = (offset: number, length: number): Row =>
  row('WriteFile', F, 'SUCCESS', `Offset: ${offset}, Length: ${length}`);
const setEnd = (size: number): Row =>
  row('SetEndOfFileInformationFile', F, 'SUCCESS', `EndOfFile: ${size}`);
const standard = (size: number): Row => row('QueryStandardInformationFile', F, 'SUCCESS',
  `AllocationSize: ${size}, EndOfFile: ${size}, NumberOfLinks: 1, DeletePending: False, `
  + 'Directory: False');

describe('what existed', () => {
  it('is what was opened, with every directory on the way', async () => {
    const files = await stateOf([opened('C:\\a\\b\\c.txt'), closed('C:\\a\\b\\c.txt')]);
    expect([...files.keys()]).toEqual(['C:\\', 'C:\\a', 'C:\\a\\b', 'C:\\a\\b\\c.txt']);
    expect(files.get('C:\\a\\b')?.kind).toBe('directory');
    expect(files.get('C:\\a\\b\\c.txt')?.kind).toBe('file');
  });

  it('is not what was not found, but its directory is', async () => {
    const files = await stateOf([refused('C:\\a\\x.txt', 'NAME NOT FOUND')]);
    expect([...files.keys()]).toEqual(['C:\\', 'C:\\a']);
  });

  it('is nothing on a path that was not found', async () => {
    const files = await stateOf([opened('C:\\a', { options: 'Directory' }),
      refused('C:\\a\\b\\x.txt', 'PATH NOT FOUND')]);
    expect([...files.keys()]).toEqual(['C:\\', 'C:\\a']);
  });

  it('may be a file where a path through it was not found', async () => {
    const files = await stateOf([refused('C:\\a\\x.dll\\5', 'PATH NOT FOUND'),
      opened('C:\\a\\x.dll')]);
    expect(files.get('C:\\a\\x.dll')?.kind).toBe('file');
  });

  it('is what a create collided with', async () => {
    const files = await stateOf([refused('C:\\a', 'NAME COLLISION',
      { disposition: 'Create', options: 'Directory' })]);
    expect(files.get('C:\\a')?.kind).toBe('directory');
  });

  it.each([['IS DIRECTORY', 'directory'], ['NOT A DIRECTORY', 'file'],
    ['SHARING VIOLATION', 'file'], ['DELETE PENDING', 'file']])(
    '%s: a %s', async (result, kind) => {
      expect((await stateOf([refused('C:\\a', result)])).get('C:\\a')?.kind).toBe(kind);
    });

  it('is not what the log created', async () => {
    const files = await stateOf([
      opened(F, { disposition: 'OpenIf', opened: 'Created', access: WRITE }), write(0, 10),
      closed(F), opened(F), closed(F)]);
    expect(files.has(F)).toBe(false);
    expect(files.has('C:\\d')).toBe(true);
  });

  it('does not lack what the log deleted first and missed later', async () => {
    const { state, contradictions } = await inferred([opened(F, { access: 'Delete' }),
      row('SetDispositionInformationFile', F, 'SUCCESS', 'Delete: True'), closed(F),
      refused(F, 'NAME NOT FOUND'), opened(F, { disposition: 'Create', opened: 'Created' })]);
    expect(state.files.some((file) => file.path === '\\d\\f.txt')).toBe(true);
    expect(contradictions).toEqual([]);
  });

  it('follows a rename back to its old name', async () => {
    const { state, contradictions } = await inferred([
      opened('C:\\d\\old', { access: 'Delete', options: 'Directory' }),
      row('SetRenameInformationFile', 'C:\\d\\old', 'SUCCESS',
        'ReplaceIfExists: False, FileName: C:\\d\\new'), closed('C:\\d\\new'),
      opened('C:\\d\\new\\g.txt'), closed('C:\\d\\new\\g.txt'),
      refused('C:\\d\\old', 'NAME NOT FOUND')]);
    expect(state.files.map((file) => file.path))
      .toEqual(['\\', '\\d', '\\d\\old', '\\d\\old\\g.txt']);
    expect(contradictions).toEqual([]);
  });

  it('are the names that a listing returned', async () => {
    const files = await stateOf([opened('C:\\d', { options: 'Directory' }),
      row('QueryDirectory', 'C:\\d\\*', 'SUCCESS', 'Filter: *, 1: ., 2: .., 3: a.txt'),
      row('QueryDirectory', 'C:\\d', 'NO MORE FILES'),
      row('QueryDirectory', 'C:\\d\\b.txt', 'NO SUCH FILE', 'Filter: b.txt')]);
    expect(files.has('C:\\d\\a.txt')).toBe(true);
    expect(files.has('C:\\d\\b.txt')).toBe(false);
  });

  it('are streams of the files that they belong to', async () => {
    const files = await stateOf([opened('C:\\d\\f.txt:meta:$DATA'),
      row('ReadFile', 'C:\\d\\f.txt:meta:$DATA', 'SUCCESS', 'Offset: 0, Length: 26'),
      refused('C:\\d\\g.txt:Zone.Identifier', 'NAME NOT FOUND')]);
    expect(files.get(F)?.streams).toEqual([{ name: 'meta', EndOfFile: 26 }]);
    expect(files.has('C:\\d\\g.txt')).toBe(false);
  });

  it('is not told by an attempt that a filter refused', async () => {
    const files = await stateOf([row('QueryOpen', F, 'FAST IO DISALLOWED'),
      row('QueryOpen', 'C:\\d\\g.txt', 'SUCCESS', 'FileAttributes: A')]);
    expect([...files.keys()]).toEqual(['C:\\', 'C:\\d', 'C:\\d\\g.txt']);
  });

  it('is one name in any spelling', async () => {
    const files = await stateOf([opened('C:\\Dir\\F.TXT'), opened('C:\\dir\\f.txt')]);
    expect([...files.keys()]).toEqual(['C:\\', 'C:\\Dir', 'C:\\Dir\\F.TXT']);
  });
});

describe('how large it was', () => {
  it('is what a query printed before the log changed it', async () => {
    expect(await sizeOf([opened(F), standard(500), write(900, 100), standard(1000)])).toBe(500);
  });

  it('is at least what reads returned', async () => {
    expect(await sizeOf([opened(F), read(0, 100), read(50, 200)])).toBe(250);
  });

  it('is where a read met the end', async () => {
    expect(await sizeOf([opened(F), read(0, 100), read(100, 4096, 'END OF FILE')])).toBe(100);
  });

  it('is not told by paging reads beyond their first byte', async () => {
    expect(await sizeOf([opened(F), read(4096, 65_536, 'SUCCESS',
      ', I/O Flags: Non-cached, Paging I/O')])).toBe(4097);
  });

  it('is not told by what the log wrote itself', async () => {
    expect(await sizeOf([opened(F, { access: WRITE }), write(0, 1000), read(0, 1000)])).toBe(0);
    expect(await sizeOf([opened(F), setEnd(700), read(0, 700), standard(700)])).toBe(0);
  });

  it('is still told by reads beyond what the log wrote', async () => {
    expect(await sizeOf([opened(F), write(0, 100), read(0, 300)])).toBe(300);
  });

  it('is nothing after an overwrite', async () => {
    expect(await sizeOf([opened(F, { disposition: 'OverwriteIf', opened: 'Overwritten' }),
      standard(0), write(0, 70), standard(70)])).toBe(0);
  });
});

describe('what it was like', () => {
  it('is the first observation of attributes, times, links and EAs', async () => {
    const file = (await stateOf([opened(F), row('QueryAllInformationFile', F, 'BUFFER OVERFLOW',
      'CreationTime: 1/1/1601 12:00:01 AM, FileAttributes: HA, AllocationSize: 8, EndOfFile: 5, '
      + 'NumberOfLinks: 2, DeletePending: False, Directory: False, IndexNumber: 0x10000000056dd, '
      + 'EaSize: 239')])).get(F);
    expect(file).toMatchObject({ FileAttributes: 0x22, CreationTime: 10_000_000, EndOfFile: 5,
      NumberOfLinks: 2, IndexNumber: '0x10000000056dd', EaSize: 239 });
  });

  it('is not what the log set', async () => {
    const basic = (operation: string): Row => row(operation, F, 'SUCCESS', 'FileAttributes: H');
    const file = (await stateOf([opened(F), basic('SetBasicInformationFile'),
      basic('QueryBasicInformationFile')])).get(F);
    expect(file?.FileAttributes).toBe(0x20);
  });

  it('has EAs when a query found too little room for them', async () => {
    const file = (await stateOf([opened(F), row('QueryEAFile', F, 'BUFFER OVERFLOW')])).get(F);
    expect(file?.EaSize).toBeGreaterThan(0);
  });

  it('is a reparse point when a query read one', async () => {
    const file = (await stateOf([opened(F), row('FileSystemControl', F, 'SUCCESS',
      'Control: FSCTL_GET_REPARSE_POINT')])).get(F);
    expect(file).toMatchObject({ ReparseTag: 0xa000_000c, FileAttributes: 0x420 });
  });

  it('is read-only when writing was denied and never granted', async () => {
    const denied = refused(F, 'ACCESS DENIED', { access: WRITE });
    expect((await stateOf([denied])).get(F)?.FileAttributes).toBe(0x21);
    expect((await stateOf([denied, opened(F, { access: WRITE })])).get(F)?.FileAttributes)
      .toBe(0x20);
  });

  it('is one file under two names that share a file reference number', async () => {
    const info = 'NumberOfLinks: 2, IndexNumber: 0x1000000000007';
    const files = await stateOf([opened('C:\\a'), row('QueryAllInformationFile', 'C:\\a',
      'BUFFER OVERFLOW', info), opened('C:\\b'),
    row('QueryAllInformationFile', 'C:\\b', 'BUFFER OVERFLOW', info)]);
    expect(files.get('C:\\b')?.linkOf).toBe('\\a');
  });

  it('of a volume is what its queries printed', async () => {
    const { state } = await inferred([opened('C:\\', { options: 'Directory' }),
      row('QueryAttributeInformationVolume', 'C:\\', 'SUCCESS', 'FileSystemAttributes: '
        + 'Case Preserved, Unicode, 0x200, MaximumComponentNameLength: 255, '
        + 'FileSystemName: NTFS')]);
    expect(state.volumes).toEqual([{ name: 'C:', isOutside: false, fields: {
      FileSystemAttributes: 0x206, MaximumComponentNameLength: 255, FileSystemName: 'NTFS' } }]);
  });
});

describe('a log that its own history does not explain', () => {
  it.each([
    ['found after it was missing', [refused(F, 'NAME NOT FOUND'), opened(F)]],
    ['missing after it was found', [opened(F), closed(F), refused(F, 'NAME NOT FOUND')]],
  ])('is a contradiction with its row: %s', async (name, rows) => {
    const { contradictions } = await inferred(rows);
    expect(contradictions).toHaveLength(1);
    expect(contradictions[0]).toMatchObject({ line: rows.length + 1, path: F });
  });
});

const lengthOf = async (rows: readonly Row[]): Promise<unknown> =>
  (await inferred(rows)).annotations.at(-1);
const listing = (names: string): Row => row('QueryDirectory', 'C:\\d', 'SUCCESS', names);

describe('parameters that the log leaves out', () => {
  it('come from the own result where only that tells, and say so', async () => {
    expect(await lengthOf([opened(F), row('QueryAllInformationFile', F, 'BUFFER OVERFLOW')]))
      .toEqual({ fromOwnResult: true,
        inferred: [{ name: 'Length', value: 104, source: 'own-result' }] });
    expect(await lengthOf([opened(F), row('QueryAllInformationFile', F, 'SUCCESS')]))
      .toMatchObject({ fromOwnResult: false });
  });

  it('are a trailing backslash for a legal name that was invalid', async () => {
    expect(await lengthOf([refused(F, 'NAME INVALID')])).toMatchObject({ fromOwnResult: true,
      inferred: [{ name: 'TrailingBackslash', value: true }] });
    expect(await lengthOf([refused('C:\\a*b', 'NAME INVALID')])).toMatchObject({ inferred: [] });
  });

  it('are a buffer for exactly the listed names when the listing goes on', async () => {
    const { annotations } = await inferred([opened('C:\\d', { options: 'Directory' }),
      row('QueryDirectory', 'C:\\d\\*', 'SUCCESS',
        'Filter: *, 1: ., FileInformationClass: FileBothDirectoryInformation'),
      listing('0: .., 1: job.xml'), row('QueryDirectory', 'C:\\d', 'NO MORE FILES')]);
    expect(annotations.map(({ fromOwnResult }) => fromOwnResult))
      .toEqual([false, true, false, false]);
    expect(annotations[1]?.inferred).toContainEqual(
      { name: 'Length', value: 96, source: 'own-result' });
    expect(annotations[2]?.inferred).toContainEqual(
      { name: 'FileInformationClass', value: 3, source: 'other-events' });
  });

  it('are an empty buffer for a notification that could not list its changes', async () => {
    expect(await lengthOf([row('NotifyChangeDirectory', 'C:\\d', 'NOTIFY ENUM DIR',
      'Filter: FILE_NOTIFY_CHANGE_FILE_NAME')])).toMatchObject({ fromOwnResult: true });
  });
});

describe('events of a log', () => {
  it('take effect in order of start, a cleanup at its completion', async () => {
    const { events } = await inferred([opened(F, { access: WRITE }),
      closed(F, { at: 1, duration: '0.5000000' }),
      row('CreateFileMapping', F, 'FILE LOCKED WITH WRITERS', 'SyncType: SyncTypeCreateSection, '
        + 'PageProtection: PAGE_EXECUTE', { pid: 7, at: 1.2 })]);
    expect(events.map((event) => event.operation))
      .toEqual(['create', 'acquire-for-section', 'cleanup']);
    expect(events.map((event) => event.sequence)).toEqual([0, 1, 2]);
  });

  it('without any are an empty state', async () => {
    const { state, events } = await inferred([]);
    expect(state).toEqual({ volumes: [], files: [], opens: [] });
    expect(events).toEqual([]);
  });

  it('read through handles only say no more than their handle', async () => {
    const { state } = await inferred([row('QueryNameInformationFile', 'C:\\x\\y.exe', 'SUCCESS',
      'Name: \\x\\y.exe', { pid: 9 }), opened(F, { access: READ })]);
    expect(state.opens).toMatchObject([{ processId: 9, volumePath: '\\x\\y.exe' }]);
  });
});
