// Promises of replay programs: every event is one step or omitted with a reason, in plain data.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '#src/lab/trace/infer.ts';
import { statusName } from '#src/lab/trace/nt-status.ts';
import { buildProgram, type ReplayProgram } from '#src/lab/trace/program.ts';
import { unscoredSentences } from '#src/lab/trace/program/score.ts';
import type { Step } from '#src/lab/trace/program/steps.ts';
import { runOnModel } from './model-file-system.ts';
import {
  closed, eventsOf, opened, READ, refused, row, type Row, WRITE,
} from './procmon-rows.ts';

const F = 'C:\\d\\f.txt';

async function programOf(rows: readonly Row[]): Promise<ReplayProgram> {
  return buildProgram(infer(await eventsOf(rows)));
}

const stepsOf = (program: ReplayProgram): Step[] =>
  program.threads.flatMap((thread) => thread.steps).toSorted((a, b) => a.order - b.order);

async function reasonOf(rows: readonly Row[]): Promise<string | undefined> {
  const program = await programOf(rows);
  const line = rows.length + 1;
  return program.omitted.find((event) => event.line === line)?.reason
    ?? stepsOf(program).find((step) => step.line === line)?.reason;
}

const read = row('ReadFile', F, 'SUCCESS', 'Offset: 0, Length: 512');

describe('a program', () => {
  it('repeats each event in the terms of its system call', async () => {
    const steps = stepsOf(await programOf([
      opened(F, { access: WRITE, share: 'Read' }), row('WriteFile', F, 'SUCCESS',
        'Offset: 8, Length: 4'),
      row('SetEndOfFileInformationFile', F, 'SUCCESS', 'EndOfFile: 100'), closed(F)]));
    expect(steps).toMatchObject([
      { call: 'NtCreateFile', handle: 0, volume: 'C:', volumePath: '\\d\\f.txt', ShareAccess: 1,
        CreateDisposition: 1, expectedStatus: 0, scored: true, group: 'open-and-create' },
      { call: 'NtWriteFile', handle: 0, ByteOffset: 8, Length: 4 },
      { call: 'NtSetInformationFile', FileInformationClass: 20, fields: { EndOfFile: 100 } },
      { call: 'NtClose', handle: 0 }]);
  });

  it('keeps the order of each thread and of the whole', async () => {
    const program = await programOf([opened(F, {}, { tid: 1 }), opened(F, {}, { tid: 2 }),
      closed(F, { tid: 1 }), closed(F, { tid: 2 })]);
    expect(program.threads.map((thread) => thread.steps.map((step) => step.order)))
      .toEqual([[0, 2], [1, 3]]);
  });

  it('survives a structured clone', async () => {
    const program = await programOf([opened(F), read, closed(F)]);
    expect(structuredClone(program)).toEqual(program);
  });

  it('opens beforehand what was open before the log', async () => {
    const program = await programOf([read]);
    expect(program.preparation).toMatchObject([{ call: 'NtCreateFile', handle: 0,
      scored: false, reason: 'not-recorded', line: 0 }]);
    expect(program.handles).toMatchObject([{ isRecorded: false, processId: 100 }]);
  });

  it('keeps the file object of a closed handle for the paging I/O after it', async () => {
    const paging = row('ReadFile', F, 'SUCCESS',
      'Offset: 0, Length: 4,096, I/O Flags: Non-cached, Paging I/O');
    const program = await programOf([opened(F), closed(F), paging]);
    expect(stepsOf(program).map((step) => step.call))
      .toEqual(['NtCreateFile', 'NtClose', 'IoPageRead', 'ObDereferenceObject']);
    expect(program.handles[0]?.keepsFileObject).toBe(true);
  });

  it('takes CLOSE from the log when the log has it', async () => {
    const program = await programOf([opened(F), closed(F), row('IRP_MJ_CLOSE', F)]);
    expect(stepsOf(program).at(-1)).toMatchObject({ call: 'ObDereferenceObject', scored: true });
  });

  it('issues for the kernel what the handle was not opened for, whatever the result', async () => {
    for (const result of ['SUCCESS', 'BUFFER OVERFLOW']) {
      const steps = stepsOf(await programOf([opened(F, { access: 'Read Attributes' }),
        row('QuerySecurityFile', F, result, 'Information: Owner')]));
      expect(steps.map((step) => step.requestorMode)).toEqual(['user', 'kernel']);
    }
  });

  it('does not wait for what stayed pending, and knows when it ended', async () => {
    const notify = row('NotifyChangeDirectory', 'C:\\d', 'CANCELLED',
      'Filter: FILE_NOTIFY_CHANGE_FILE_NAME', { at: 1, duration: '2.5000000' });
    const steps = stepsOf(await programOf([
      opened('C:\\d', { options: 'Directory, Synchronous IO Non-Alert' }, { at: 0 }), notify,
      refused(F, 'NAME NOT FOUND', {}, { at: 2 }), refused(F, 'NAME NOT FOUND', {}, { at: 3 }),
      refused(F, 'NAME NOT FOUND', {}, { at: 4 })]));
    expect(steps[1]).toMatchObject({ mayPend: true, Cancel: true, completedAfter: 3,
      fromOwnResult: true });
    expect(steps[0]).toMatchObject({ CreateOptions: 1 });
  });
});

describe('an event is not scored', () => {
  it.each([
    ['unknown-operation', [row('FrobFile', F)]],
    ['never-completed', [row('NotifyChangeDirectory', 'C:\\d', '', 'Filter: ',
      { duration: '' })]],
    ['unknown-result', [opened(F), row('ReadFile', F, 'ODD', 'Offset: 0, Length: 1')]],
    ['fast-io-attempt', [row('QueryOpen', F, 'FAST IO DISALLOWED')]],
    ['reparsed', [refused(F, 'REPARSE')]],
    ['access-control', [opened(F, { access: WRITE }), refused(F, 'ACCESS DENIED')]],
    ['privilege', [refused(F, 'PRIVILEGE NOT HELD')]],
    ['other-driver', [row('DeviceIoControl', 'C:', 'SUCCESS',
      'Control: IOCTL_STORAGE_QUERY_PROPERTY')]],
    ['other-driver', [opened(F), row('FileSystemControl', F, 'SUCCESS', 'Control: 0x902eb')]],
    ['file-system-metadata', [row('ReadFile', 'C:\\$Mft', 'SUCCESS',
      'Offset: 0, Length: 512, I/O Flags: Paging I/O')]],
    ['outside-volume', [opened('\\\\server\\share\\x')]],
    ['not-a-file-request', [row('Shutdown', 'C:\\')]],
  ])('%s', async (reason, rows) => {
    expect(await reasonOf(rows)).toBe(reason);
    expect(Object.keys(unscoredSentences)).toContain(reason);
  });

  it.each([
    ['an unknown control that the file system refused', [opened(F),
      row('FileSystemControl', F, 'INVALID DEVICE REQUEST', 'Control: 0x902eb')]],
    ['a device control that a file is not for', [opened(F), row('DeviceIoControl', F,
      'INVALID PARAMETER', 'Control: IOCTL_MOUNTDEV_QUERY_DEVICE_NAME')]],
    ['a denial that the read-only attribute explains',
      [refused(F, 'ACCESS DENIED', { access: WRITE })]],
    ['a sharing violation', [refused(F, 'SHARING VIOLATION', { access: READ })]],
  ])('but %s is', async (name, rows) => {
    expect(await reasonOf(rows)).toBeUndefined();
  });
});

describe('the totals', () => {
  it('count every event once', async () => {
    const kinds = [opened(F), read, closed(F), row('FrobFile', F), refused(F, 'NAME NOT FOUND'),
      row('QueryOpen', F, 'FAST IO DISALLOWED'), opened('\\\\s\\t\\x'),
      row('QueryAllInformationFile', F, 'BUFFER OVERFLOW'), row('NotifyChangeDirectory', 'C:\\d',
        '', 'Filter: ', { duration: '' }), row('IRP_MJ_CLOSE', F)];
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...kinds), { maxLength: 30 }),
      async (rows) => {
        const program = await programOf(rows);
        const { totals } = program;
        const unscored = Object.values(totals.unscored).reduce((sum, count) => sum + count, 0);
        expect(totals.scored + unscored).toBe(rows.length);
        const recorded = stepsOf(program).filter((step) => step.sequence >= 0);
        expect(recorded.length + program.omitted.length).toBe(rows.length);
        expect(stepsOf(program).map((step) => step.order))
          .toEqual(stepsOf(program).map((_, index) => index));
      }), { numRuns: 60 });
  });
});

describe('on a file system that keeps NT\'s rules', () => {
  it('a story of several processes returns what was recorded', async () => {
    const program = await programOf([
      refused(F, 'NAME NOT FOUND'),
      opened(F, { access: 'Generic Read/Write', disposition: 'Create', opened: 'Created',
        share: 'Read' }, { pid: 7 }),
      refused(F, 'SHARING VIOLATION', { access: WRITE }),
      opened(F, { access: READ }),
      row('ReadFile', F, 'END OF FILE', 'Offset: 0, Length: 512'),
      row('WriteFile', F, 'SUCCESS', 'Offset: 0, Length: 300', { pid: 7 }), read,
      row('CreateFileMapping', F, 'FILE LOCKED WITH WRITERS', 'SyncType: SyncTypeCreateSection'),
      closed(F, { pid: 7 }), refused('C:\\d', 'IS DIRECTORY', { options: 'Non-Directory File' }),
      opened(F, { access: 'Delete' }, { pid: 8 }),
      row('SetDispositionInformationFile', F, 'SUCCESS', 'Delete: True', { pid: 8 }),
      closed(F, { pid: 8 }), refused(F, 'DELETE PENDING', {}, { pid: 9 }), closed(F),
      refused(F, 'NAME NOT FOUND', {}, { pid: 9 }),
      refused('C:\\d\\f.txt\\g', 'PATH NOT FOUND'),
    ]);
    expect(program.contradictions).toEqual([]);
    const answers = runOnModel(program);
    const wrong = stepsOf(program).filter((step) => step.scored
      && answers.get(step) !== step.expectedStatus);
    expect(wrong.map((step) => [step.line, statusName(answers.get(step) ?? 0x103)])).toEqual([]);
  });
});
