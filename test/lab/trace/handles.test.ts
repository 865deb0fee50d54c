// Promises of handle matching: which open each request went to, and which opens are made up.
import { describe, expect, it } from 'vitest';
import type { Inference } from '#src/lab/trace/infer.ts';
import { BEFORE_LOG } from '#src/lab/trace/inference/open-file.ts';
import {
  closed, createDetail, inferred, opened, READ, refused, row, type Row, WRITE,
} from './procmon-rows.ts';

const F = 'C:\\d\\f.txt';
const ATTRIBUTES = 'Read Attributes';

/** The open of each event, -1 for none. */
async function matched(rows: readonly Row[]): Promise<number[]> {
  return [...(await inferred(rows)).handles.openOf];
}

const read = (extra = {}): Row => row('ReadFile', F, 'SUCCESS', 'Offset: 0, Length: 1', extra);
const basic = (extra = {}): Row => row('QueryBasicInformationFile', F, 'SUCCESS', '', extra);
const section = (result: string, extra = {}): Row => row('CreateFileMapping', F, result,
  'SyncType: SyncTypeCreateSection, PageProtection: PAGE_EXECUTE', extra);

describe('a request', () => {
  it('goes to the open of its process and path', async () => {
    expect(await matched([opened(F), opened(F, {}, { pid: 7 }), read(), read({ pid: 7 }),
      closed(F), closed(F, { pid: 7 })])).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it('goes to the open that allows it, then to its thread\'s, then to the youngest', async () => {
    expect(await matched([opened(F, { access: READ }), opened(F, { access: ATTRIBUTES }), read(),
      basic()])).toEqual([0, 1, 0, 1]);
    expect(await matched([opened(F, {}, { tid: 1 }), opened(F, {}, { tid: 2 }),
      read({ tid: 1 }), read({ tid: 2 }), read({ tid: 3 })])).toEqual([0, 1, 0, 1, 1]);
  });

  it('by path or after a failed create goes to none', async () => {
    expect(await matched([refused(F, 'SHARING VIOLATION'),
      row('QueryOpen', F, 'FAST IO DISALLOWED')])).toEqual([-1, -1]);
  });

  it('of the memory manager goes to the file object of a mapper that closed its handle',
    async () => {
      const rows = [opened(F), section('FILE LOCKED WITH ONLY READERS'), closed(F),
        row('ReadFile', F, 'SUCCESS', 'Offset: 0, Length: 4,096, I/O Flags: Non-cached, '
          + 'Paging I/O', { pid: 7 })];
      expect(await matched(rows)).toEqual([0, 0, 0, 0]);
      expect((await inferred(rows)).handles.opens[0]?.neededUntil).toBe(3);
    });

  it('of the file system itself on its metadata goes to none', async () => {
    expect(await matched([row('ReadFile', 'C:\\$Mft', 'SUCCESS',
      'Offset: 0, Length: 4,096, I/O Flags: Non-cached, Paging I/O')])).toEqual([-1]);
  });

  it('follows its handle through a rename', async () => {
    expect(await matched([opened(F, { access: 'Delete' }),
      row('SetRenameInformationFile', F, 'SUCCESS', 'ReplaceIfExists: False, FileName: g.txt'),
      closed('C:\\d\\g.txt')])).toEqual([0, 0, 0]);
  });
});

describe('a close', () => {
  it('spares the open that a later request needs', async () => {
    expect(await matched([opened(F, { access: READ }), opened(F, { access: ATTRIBUTES }),
      closed(F), read(), closed(F)])).toEqual([0, 1, 1, 0, 0]);
    expect(await matched([opened(F, { access: ATTRIBUTES }), opened(F, { access: READ }),
      closed(F), read(), closed(F)])).toEqual([0, 1, 0, 1, 1]);
  });

  it('without an open had one before the log', async () => {
    const { state } = await inferred([closed(F)]);
    expect(state.opens).toMatchObject([{ origin: 'used', openedAt: BEFORE_LOG, closedAt: 0 }]);
  });

  it('with a row of its own releases the oldest cleaned-up open', async () => {
    const { handles } = await inferred([opened(F), opened(F), closed(F), closed(F),
      row('IRP_MJ_CLOSE', F), row('IRP_MJ_CLOSE', F)]);
    expect(handles.hasCloseRows).toBe(true);
    expect(handles.opens.map((open) => open.releasedAt).toSorted()).toEqual([4, 5]);
  });
});

const opensOf = ({ state }: Inference): unknown[] =>
  state.opens.map(({ processId, DesiredAccess }) => [processId, DesiredAccess & 0xffff]);

describe('an open that the log does not show', () => {
  it('has the access that its requests need', async () => {
    const rows = [read(), row('WriteFile', F, 'SUCCESS', 'Offset: 0, Length: 1'), read()];
    expect(opensOf(await inferred(rows))).toEqual([[100, 0x83]]);
  });

  it('belongs to the process that used it', async () => {
    expect(opensOf(await inferred([opened(F, {}, { pid: 7 }), read({ pid: 8 })])))
      .toEqual([[8, 0x81]]);
  });

  it('is not needed for what a driver asks on another\'s file object', async () => {
    const query = row('QuerySecurityFile', F, 'SUCCESS', 'Information: Owner');
    expect(opensOf(await inferred([opened(F, { access: ATTRIBUTES }), query]))).toEqual([]);
    const lock = row('LockFile', F, 'SUCCESS', 'Exclusive: True, Offset: 0, Length: 1');
    expect(opensOf(await inferred([opened(F, { access: ATTRIBUTES }), lock])))
      .toEqual([[100, 0x81]]);
  });

  it('held the locks that are released without having been taken', async () => {
    const unlock = row('UnlockFileSingle', F, 'SUCCESS', 'Offset: 124, Length: 1');
    const { state } = await inferred([unlock]);
    expect(state.opens[0]?.locks)
      .toEqual([{ ByteOffset: 124, Length: 1, ExclusiveLock: false }]);
  });

  it('had its notification outstanding', async () => {
    const { state } = await inferred([row('NotifyChangeDirectory', 'C:\\d', 'SUCCESS',
      'Filter: FILE_NOTIFY_CHANGE_FILE_NAME')]);
    expect(state.opens[0]?.pendingNotify).toEqual({ CompletionFilter: 1, WatchTree: false });
  });

  it('ends with its oplock when the log has no closes', async () => {
    const oplock = row('FileSystemControl', F, 'OPLOCK HANDLE CLOSED',
      'Control: FSCTL_REQUEST_OPLOCK', { at: 1, duration: '0.1000000' });
    const { handles } = await inferred([oplock, basic({ at: 2 })]);
    expect(handles.opens).toMatchObject([{ closedAfter: 0 }, { openedAt: 0 }]);
  });

  it('of a directory is a new one for each pattern', async () => {
    const query = row('QueryDirectory', 'C:\\d\\x.bin', 'NO SUCH FILE', 'Filter: x.bin');
    expect(await matched([query, query])).toEqual([0, 1]);
  });

  it('makes the file that did not exist before', async () => {
    const { handles } = await inferred([refused(F, 'NAME NOT FOUND'), read(), closed(F)]);
    expect(handles.opens).toMatchObject([{ createsFile: true, openedAt: 0 }]);
  });

  it('is over before the log deletes its file', async () => {
    const { handles } = await inferred([read({ pid: 9 }), opened(F, { access: 'Delete' }),
      row('SetDispositionInformationFile', F, 'SUCCESS', 'Delete: True'), closed(F),
      refused(F, 'NAME NOT FOUND')]);
    expect(handles.opens[0]).toMatchObject({ origin: 'used', closedAfter: 0 });
  });
});

const made = async (rows: readonly Row[]): Promise<unknown[]> =>
  (await inferred(rows)).handles.opens.filter((open) => open.origin !== 'recorded');

describe('who had a file open', () => {
  it('somebody who does not share, after a sharing violation', async () => {
    expect(await made([refused(F, 'SHARING VIOLATION', { access: WRITE })]))
      .toMatchObject([{ origin: 'sharing-violation', openedAt: BEFORE_LOG, ShareAccess: 5 }]);
  });

  it('nobody new when the log itself shows the one in the way', async () => {
    expect(await made([opened(F, { share: 'Read' }, { pid: 7 }),
      refused(F, 'SHARING VIOLATION', { access: WRITE })])).toEqual([]);
  });

  it('only from when others could still open it', async () => {
    const rows = [opened(F, { access: WRITE }), closed(F),
      refused(F, 'SHARING VIOLATION', { access: WRITE })];
    expect(await made(rows)).toMatchObject([{ openedAt: 1 }]);
    const later = [...rows, opened(F, { access: WRITE })];
    expect(await made(later)).toMatchObject([{ openedAt: 1, closedAfter: 2 }]);
  });

  it('a writer, when a section met one that the log does not show', async () => {
    expect(await made([opened(F), section('FILE LOCKED WITH WRITERS')]))
      .toMatchObject([{ origin: 'section-writer', openedAt: BEFORE_LOG }]);
    expect(await made([opened(F, { access: WRITE }), section('FILE LOCKED WITH WRITERS')]))
      .toEqual([]);
  });

  it('a made-up open that is known already becomes the writer', async () => {
    expect(await made([basic({ pid: 9 }), opened(F), section('FILE LOCKED WITH WRITERS')]))
      .toMatchObject([{ origin: 'used', processId: 9 }]);
  });

  it('no writer, when a section found only readers', async () => {
    const write = row('WriteFile', F, 'SUCCESS', 'Offset: 0, Length: 1', { pid: 9 });
    const rows = [write, opened(F), section('FILE LOCKED WITH ONLY READERS')];
    expect(await made(rows)).toMatchObject([{ processId: 9, closedAfter: 0 }]);
    const goesOn = (await inferred([...rows, write])).handles.opens[0];
    expect((goesOn?.DesiredAccess ?? 0) & 0x6).toBe(0);
  });

  it('somebody who deletes it, after a pending deletion', async () => {
    expect(await made([refused(F, 'DELETE PENDING')]))
      .toMatchObject([{ origin: 'delete-pending', deletePending: true }]);
  });

  it('somebody with a lock, after a lock that was not granted', async () => {
    const lock = row('LockFile', F, 'NOT GRANTED', 'Exclusive: True, Offset: 5, Length: 2');
    expect(await made([opened(F), lock])).toMatchObject([{ origin: 'lock-holder',
      locks: [{ ByteOffset: 5, Length: 2, ExclusiveLock: true }] }]);
  });

  it('is told by the account of a create no more than by its process', async () => {
    const detail = `${createDetail()}, Impersonating: X\\y`;
    expect(await made([row('CreateFile', F, 'SUCCESS', detail), closed(F)])).toEqual([]);
  });
});
