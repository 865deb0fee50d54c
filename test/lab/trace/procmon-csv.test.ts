// Promises of the Process Monitor parser, with made-up rows.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TraceError, TraceTally } from '#src/lab/trace/tally.ts';
import {
  ALL_COLUMNS, closed, createDetail, csv, DEFAULT_COLUMNS, eventsOf, opened, readCsv, row,
} from './procmon-rows.ts';

const rows = [
  opened('C:\\work\\a.txt', { access: 'Generic Read/Write', disposition: 'OpenIf',
    options: 'Synchronous IO Non-Alert, Non-Directory File', share: 'Read, Write',
    opened: 'Created' }),
  row('WriteFile', 'C:\\work\\a.txt', 'SUCCESS', 'Offset: 0, Length: 4,096, Priority: Normal'),
  row('WriteFile', 'C:\\work\\a.txt', 'SUCCESS', 'Offset: 1,048,576, Length: 65,536, '
    + 'I/O Flags: Non-cached, Paging I/O, Synchronous Paging I/O, Priority: Normal',
  { pid: 4, tid: 88, duration: '0.0006200' }),
  row('NotifyChangeDirectory', 'C:\\work', '', 'Filter: FILE_NOTIFY_CHANGE_FILE_NAME, '
    + 'FILE_NOTIFY_CHANGE_LAST_WRITE', { duration: '' }),
  closed('C:\\work\\a.txt'),
];

describe('rows of the file-system class', () => {
  it('become events with numeric parameters in WDK terms', async () => {
    const [create, write, paging, notify, close] = await eventsOf(rows);
    expect(create).toMatchObject({ sequence: 0, line: 2, processId: 100, threadId: 101,
      operation: 'create', recordedName: 'CreateFile', volume: 'C:', volumePath: '\\work\\a.txt',
      status: 0, duration: 10, parameters: { type: 'create', DesiredAccess: 0x12019f,
        CreateDisposition: 3, CreateOptions: 0x60, ShareAccess: 3, FileAttributes: 0,
        AllocationSize: undefined, OpenResult: 2 } });
    expect(write?.parameters).toEqual({ type: 'read-write', ByteOffset: 0, Length: 4096,
      IrpFlags: 0, WriteThrough: false });
    expect(paging).toMatchObject({ processId: 4, threadId: 88, time: 20_000, duration: 6200,
      parameters: { ByteOffset: 1_048_576, Length: 65_536, IrpFlags: 0x43 } });
    expect(notify).toMatchObject({ status: undefined, duration: undefined,
      parameters: { type: 'notify', CompletionFilter: 0x11 } });
    expect(close).toMatchObject({ operation: 'cleanup', parameters: { type: 'none' } });
  });

  it('read alike in any order of the columns', async () => {
    const plain = await eventsOf(rows);
    await fc.assert(fc.asyncProperty(
      fc.shuffledSubarray([...ALL_COLUMNS], { minLength: ALL_COLUMNS.length }),
      async (columns) => {
        expect(await readCsv(csv(rows, columns))).toEqual(plain);
      }), { numRuns: 50 });
  });

  it('need no more than the default columns', async () => {
    const events = await readCsv(csv(rows, DEFAULT_COLUMNS));
    const full = await eventsOf(rows);
    expect(events.map((event) => event.parameters)).toEqual(full.map((event) => event.parameters));
    expect(events.map((event) => event.threadId)).toEqual([100, 100, 4, 100, 100]);
  });

  it('of other classes are skipped and counted, with or without the class column', async () => {
    const mixed = [...rows, row('RegOpenKey', 'HKLM\\x', 'SUCCESS', '', { eventClass: 'Registry' }),
      row('Thread Create', '', 'SUCCESS', '', { eventClass: 'Process' })];
    for (const columns of [ALL_COLUMNS, DEFAULT_COLUMNS]) {
      const tally = new TraceTally('made-up.csv');
      expect(await readCsv(csv(mixed, columns), tally)).toHaveLength(rows.length);
      expect(tally.summary.skipped).toEqual({ 'event class Registry': 1,
        'event class Process': 1 });
    }
  });

  it('keep a path with quotes, commas and any letters whole', async () => {
    const path = 'C:\\Users\\тест\\令和2年 "x", y.txt';
    const [event] = await eventsOf([closed(path)]);
    expect(event?.path).toBe(path);
    expect(event?.volumePath).toBe(path.slice(2));
  });

  it('take the pattern of a directory query off its path', async () => {
    const [windows, root] = await eventsOf([
      row('QueryDirectory', 'C:\\Windows\\*.exe', 'SUCCESS', 'Filter: *.exe, 1: a, b.exe, '
        + '2: explorer.exe, FileInformationClass: FileBothDirectoryInformation, 4: z.exe'),
      row('QueryDirectory', 'C:\\windows', 'SUCCESS', 'Filter: Windows, 1: Windows')]);
    expect(windows).toMatchObject({ volumePath: '\\Windows', parameters: { FileName: '*.exe',
      FileInformationClass: 3, names: ['a, b.exe', 'explorer.exe', 'z.exe'], omitted: 1 } });
    expect(root).toMatchObject({ volumePath: '\\', parameters: { FileName: 'Windows' } });
  });

  it('order times of day across midnight when the log has no relative time', async () => {
    const columns = ['Time of Day', 'PID', 'Operation', 'Path', 'Result', 'Detail'];
    const rest = '"7","CloseFile","C:\\a","SUCCESS",""';
    const text = [columns.map((name) => `"${name}"`).join(','),
      `"11:59:59.9999999 PM",${rest}`, `"12:00:00.0000001 AM",${rest}`].join('\n');
    const [first, second] = await readCsv(text);
    expect([first?.time, second?.time]).toEqual([0, 2]);
  });
});

describe('what the parser does not know', () => {
  it('is an unknown operation: counted, named, and still an event', async () => {
    const tally = new TraceTally('made-up.csv');
    const events = await readCsv(csv([...rows, row('FrobFile', 'C:\\a')]), tally);
    expect(tally.summary.unknownOperations).toEqual({ FrobFile: 1 });
    expect(events.at(-1)).toMatchObject({ operation: 'unknown', recordedName: 'FrobFile' });
  });

  it('is an unknown result: counted, and no status', async () => {
    const tally = new TraceTally('made-up.csv');
    const [event] = await readCsv(csv([closed('C:\\a'), row('CloseFile', 'C:\\b', 'ODD RESULT')]
      .toReversed()), tally);
    expect(tally.summary.unknownResults).toEqual({ 'ODD RESULT': 1 });
    expect(event).toMatchObject({ status: undefined, recordedResult: 'ODD RESULT' });
  });

  it('is an unknown word: counted, and the rest of the mask kept', async () => {
    const tally = new TraceTally('made-up.csv');
    const [event] = await readCsv(csv([opened('C:\\a', { options: 'Directory, Brand New' })]),
      tally);
    expect(tally.summary.unknownWords).toEqual({ 'Brand New': 1 });
    expect(event?.parameters).toMatchObject({ CreateOptions: 1 });
  });
});

/** The made-up export with one cell replaced. */
function broken(rowNumber: number, column: string, value: string): string {
  const lines = csv(rows).split('\r\n');
  const cells = (lines[rowNumber - 1] ?? '').split('","');
  cells[ALL_COLUMNS.indexOf(column)] = value;
  return lines.with(rowNumber - 1, cells.join('","')).join('\r\n');
}

describe('a broken log', () => {
  it.each([
    [3, 'PID', 'abc'], [4, 'Duration', 'soon'], [3, 'Detail', 'Offset: x1, Length: 4,096'],
    [2, 'Detail', 'Desired Access: %%, Disposition: Open'], [5, 'TID', '?"'],
  ])('names row %i and column %s', async (line, column, value) => {
    const error = await readCsv(broken(line, column, value)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TraceError);
    expect((error as TraceError).problem).toMatchObject({ line, column });
    expect((error as TraceError).message).toContain('--lenient');
  });

  it.each([[3, 'PID', 'abc'], [4, 'Duration', 'soon']])(
    'is read without row %i when lenient (%s)', async (line, column, value) => {
      const tally = new TraceTally('made-up.csv', true);
      const events = await readCsv(broken(line, column, value), tally);
      expect(events).toHaveLength(rows.length - 1);
      expect(events.map((event) => event.sequence)).toEqual([0, 1, 2, 3]);
      expect(tally.summary.problems).toMatchObject([{ line, column }]);
    });

  it('names a row with too few columns', async () => {
    const lines = csv(rows).split('\r\n');
    const text = lines.with(3, '"1:18:10 AM","app.exe"').join('\r\n');
    await expect(readCsv(text)).rejects.toThrow('line 4, row: has 2 of 11 columns');
    const tally = new TraceTally('made-up.csv', true);
    expect(await readCsv(text, tally)).toHaveLength(rows.length - 1);
  });

  it('names a quote that does not match, and goes on after it when lenient', async () => {
    const lines = csv(rows).split('\r\n');
    const text = lines.with(2, `${(lines[2] ?? '').slice(0, 30)}"x`).join('\r\n');
    await expect(readCsv(text)).rejects.toThrow(/line 3, Process Name: the quotes/);
    const tally = new TraceTally('made-up.csv', true);
    const events = await readCsv(text, tally);
    expect(tally.summary.problemCount).toBeGreaterThan(0);
    expect(events.at(-1)?.operation).toBe('cleanup');
  });

  it('that ends inside a row says that it was cut off', async () => {
    const text = csv(rows).slice(0, -40);
    await expect(readCsv(text)).rejects.toThrow('cut off');
    const tally = new TraceTally('made-up.csv', true);
    expect(await readCsv(text, tally)).toHaveLength(rows.length - 1);
    expect(tally.summary.problemCount).toBe(1);
  });

  it('without the columns that nothing works without says which', async () => {
    const text = csv(rows, ['PID', 'Path', 'Detail']);
    await expect(readCsv(text, new TraceTally('x', true))).rejects.toThrow('Operation, Result');
    await expect(readCsv('')).rejects.toThrow('Operation, Path, Result');
  });

  it('without Detail is read only when lenient, with plain parameters', async () => {
    const text = csv(rows, ALL_COLUMNS.filter((name) => name !== 'Detail'));
    await expect(readCsv(text)).rejects.toThrow('Detail');
    const events = await readCsv(text, new TraceTally('x', true));
    expect(events[0]?.parameters).toMatchObject({ type: 'create', CreateDisposition: 1 });
  });
});

const parametersOf = async (operation: string, detail: string): Promise<unknown> =>
  (await eventsOf([row(operation, 'C:\\a', 'SUCCESS', detail)]))[0]?.parameters;

describe('details of single operations', () => {
  it.each([
    ['LockFile', 'Exclusive: True, Offset: 2,147,483,538, Length: 1, Fail Immediately: True',
      { type: 'lock', ByteOffset: 2_147_483_538, Length: 1, ExclusiveLock: true,
        FailImmediately: true }],
    ['FileSystemControl', 'Control: FSCTL_GET_REPARSE_POINT', { IoControlCode: 0x900a8 }],
    ['FileSystemControl', 'Control: 0x902eb (Device:0x9 Function:186 Method: 3)',
      { IoControlCode: 0x902eb }],
    ['CreateFileMapping', 'SyncType: SyncTypeCreateSection, '
      + 'PageProtection: PAGE_EXECUTE_READ|PAGE_NOCACHE', { SyncType: 1, PageProtection: 0x220 }],
    ['QuerySecurityFile', 'Information: Owner, Group, DACL, SACL, Label, Attribute, '
      + 'Process Trust Label, 0x100', { SecurityInformation: 0x1bf }],
    ['SetDispositionInformationFile', 'Delete: True',
      { FileInformationClass: 13, fields: { DeleteFile: true } }],
    ['SetRenameInformationFile', 'ReplaceIfExists: False, FileName: C:\\b, c: d.txt',
      { FileInformationClass: 10, fields: { ReplaceIfExists: false,
        FileName: 'C:\\b, c: d.txt' } }],
    ['QueryStandardInformationFile', 'AllocationSize: 8,192, EndOfFile: 4.608, '
      + 'NumberOfLinks: 2, DeletePending: False, Directory: False',
    { fields: { AllocationSize: 8192, EndOfFile: 4608, NumberOfLinks: 2, DeletePending: false,
      Directory: false } }],
    ['QueryInformationVolume', 'VolumeCreationTime: 7/11/2020 9:07:57 PM, '
      + 'VolumeSerialNumber: A85A-5794, SupportsObjects: True, VolumeLabel: ',
    { FsInformationClass: 1, fields: { VolumeSerialNumber: 0xa85a5794, VolumeLabel: '' } }],
    ['QueryBasicInformationFile', 'CreationTime: 1/1/1601 12:00:01 AM, FileAttributes: HSNNCI',
      { fields: { CreationTime: 10_000_000, FileAttributes: 0x2086 } }],
  ])('%s %s', async (operation, detail, expected) => {
    expect(await parametersOf(operation, detail)).toMatchObject(expected);
  });

  it('a size that is printed as a date in 1601 is no size', async () => {
    expect(await parametersOf('QueryNetworkOpenInformationFile',
      'AllocationSize: 1/1/1601 12:00:00 AM, EndOfFile: 1/1/1601 12:00:00 AM, '
      + 'FileAttributes: A')).toEqual({ type: 'information', FileInformationClass: 34,
      Length: undefined, fields: { FileAttributes: 0x20 } });
  });

  it('an impersonated create keeps the account', async () => {
    const detail = `${createDetail()}, Impersonating: NT AUTHORITY\\SYSTEM`;
    expect(await parametersOf('CreateFile', detail.replace(', OpenResult: Opened', '')))
      .toMatchObject({ Impersonating: 'NT AUTHORITY\\SYSTEM' });
  });
});
