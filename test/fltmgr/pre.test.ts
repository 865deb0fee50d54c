// Pre-operation callbacks: what each answer does, which answers are illegal where, and what holds
// while one runs (section 3). Answers and their effects on one operation are walked in
// walk.test.ts.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open } from '#test/support/open-file.ts';
import { FltReissueSynchronousIo } from '#src/fltmgr/walk/reissue.ts';
import { FltGetRequestorProcess } from '#src/fltmgr/data.ts';
import { FltGetStreamContext } from '#src/fltmgr/context/context-files.ts';
import { FltReadFile } from '#src/fltmgr/initiated/initiated-read-write.ts';
import { FltAllocateDeferredIoWorkItem, FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { callWithFilters } from '#src/fltmgr/fast/fast-walk.ts';
import { PFLT_DEFERRED_IO_WORKITEM_ROUTINE } from '#src/image/role.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { IopShutdownDevice } from '#src/ntos/io/shutdown.ts';
import { IoPageRead } from '#src/ntos/io/service/paging-io.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { FILE_OBJECT, IRP_NOCACHE, IRP_PAGING_IO, IRP_SYNCHRONOUS_PAGING_IO }
  from '#src/ntos/io/types.ts';
import { FsRtlAcquireToCreateMappedSection } from '#src/ntos/io/service/section-sync.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { PsGetCurrentProcess } from '#src/ntos/ob/process.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW, STATUS_FLT_DISALLOW_FAST_IO,
  STATUS_PENDING, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { statusName } from '#src/ntos/status.ts';
import { BUFFER, COMPLETE, FINISHED, NO_CALLBACK, PENDING, ProbeMachine, READ,
  STATUS_IS_PENDING, SYNCHRONIZE, WITH_CALLBACK } from './probe-machine.ts';
import { FastProbe } from './fast-probe.ts';
import { atIrql, bugCheckOf } from '../ntos/ex/support.ts';
import type { Post, Pre } from '#test/support/make-filter.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const DISALLOW_FASTIO = 3;
const DISALLOW_FSFILTER = 6;
const IOSB = 0x2_8000;
const SECTION = 0xff;
let m: ProbeMachine;
let fast: FastProbe;
beforeEach(() => {
  fast = new FastProbe();
  m = new ProbeMachine({ fast: fast.table });
});
afterEach(() => {
  if (machineState() !== MACHINE_CRASHED) m.end();
});

function again(): void {
  m = new ProbeMachine({ fast: fast.table });
}

/** Opens a synchronous file that is cached: reads of it are tried by fast I/O. */
function openCached(): { handle: number; file: PFILE_OBJECT } {
  const { handle } = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT });
  m.handles.push(handle);
  const file = m.fs.files.at(-1)!;
  FILE_OBJECT.bound.set_PrivateCacheMap(file, 1);
  return { handle, file };
}

type Kind = 'irp' | 'fast' | 'fsfilter';
/** Sends one operation of a kind through what filters there are. */
function send(kind: Kind): void {
  if (kind === 'irp') m.read();
  const { handle, file } = kind === 'irp' ? { handle: 0, file: 0 as PFILE_OBJECT } : openCached();
  if (kind === 'fast') NtReadFile(handle, 0, IOSB, BUFFER, 8, 0);
  if (kind === 'fsfilter') FsRtlAcquireToCreateMappedSection(file, 4);
}

function both(name: string, altitude: string, pre?: Pre, post?: Post): void {
  m.add({ name, altitude, operations: [READ, SECTION].map((major) =>
    ({ major, ...(pre && { pre }), ...(post && { post }) })) });
}

describe('3.1: which answers are legal for which kind', () => {
  /** What an answer to an operation of a kind leads to: the callbacks, or the violation. */
  function outcome(kind: Kind, answer: number): string {
    const log: string[] = [];
    const note = (what: string) => (): number => (log.push(what), FINISHED);
    both('top', '300', () => WITH_CALLBACK, note('top'));
    both('mid', '200', () => answer, note('mid'));
    both('low', '100', () => (log.push('low'), NO_CALLBACK));
    let code: number[] | undefined;
    try {
      code = bugCheckOf(() => send(kind));
    } catch {
      code = undefined;
    }
    if (code !== undefined) {
      again();
      return `violation ${(code[1] ?? 0) - 0xf500}`;
    }
    m.end();
    again();
    return log.join(' ');
  }
  const passes = 'low mid top';
  const table: [string, number, Record<Kind, string>][] = [
    ['SUCCESS_WITH_CALLBACK', 0, { irp: passes, fast: passes, fsfilter: passes }],
    ['SUCCESS_NO_CALLBACK', 1, { irp: 'low top', fast: 'low top', fsfilter: 'low top' }],
    ['DISALLOW_FASTIO', 3, { irp: 'violation 11', fast: 'top violation', fsfilter: 'violation 11' }],
    ['COMPLETE', 4, { irp: 'top', fast: 'top', fsfilter: 'top' }],
    ['SYNCHRONIZE', 5, { irp: passes, fast: passes, fsfilter: passes }],
    ['DISALLOW_FSFILTER_IO', 6,
      { irp: 'violation 13', fast: 'violation 13', fsfilter: 'violation 13' }],
  ];

  test.each(table)('3.1: %s', (_name, answer, expected) => {
    expect(outcome('irp', answer)).toBe(expected.irp);
    // The retry as an IRP is answered the same way, which is a violation there.
    expect(outcome('fast', answer)).toBe(answer === DISALLOW_FASTIO ? 'violation 11' : expected.fast);
    expect(outcome('fsfilter', answer)).toBe(expected.fsfilter);
  });

  test('3.1: PENDING is for IRPs: violation 3 for the others', () => {
    expect(outcome('fast', PENDING)).toBe('violation 3');
    expect(outcome('fsfilter', PENDING)).toBe('violation 3');
  });

  test('PRE-19: an answer that is none of them is violation 1', () => {
    for (const answer of [7, 8, 100, -1, STATUS_IS_PENDING]) {
      expect(outcome('irp', answer)).toBe('violation 1');
    }
  });

  test('3.1: DISALLOW_FASTIO for shutdown, mount and dismount is violation 12', () => {
    for (const major of [0x10, 0xed, 0xec]) {
      m.filter('a', '100', () => DISALLOW_FASTIO, undefined, major);
      const code = bugCheckOf(() => callWithFilters({ volume: m.fs.mounted.volume, kind: 2, major,
        minor: 0, file: 0, fill: () => undefined, lower: () => true, finish: () => undefined,
        pass: () => true }));
      expect(code).toEqual([0xc4, 0xf50c]);
      again();
    }
  });

  test('2.1, F-48: filters hear of shutdown and dismount', () => {
    const seen: number[] = [];
    m.add({ name: 'a', altitude: '100', operations: [0x10, 0xec].map((major) =>
      ({ major, pre: (data) => (seen.push(data.Iopb.MajorFunction), NO_CALLBACK) })) });
    expect(IopShutdownDevice(m.fs.mounted.fsDevice)).toBe(STATUS_SUCCESS);
    m.fs.unmount();
    expect(seen).toEqual([0x10, 0xec]);
    for (const made of m.filters.splice(0)) made.unregister();
    again();
  });
});

describe('rules of every pre-op', () => {
  test('PRE-1: until it answers, or completes what it pended, the operation is the filter\'s', () => {
    let held = 0 as PFLT_CALLBACK_DATA;
    m.filter('top', '300', () => WITH_CALLBACK, () => (m.log.push('top'), FINISHED));
    m.filter('mid', '200', (data) => {
      held = data.address;
      m.log.push(`in pre ${m.fs.lengths.length}`);
      return PENDING;
    });
    m.filter('low', '100', () => (m.log.push('low'), NO_CALLBACK));
    expect(m.read()).toBe(STATUS_IS_PENDING);
    expect([m.log, m.outcome.status]).toEqual([['in pre 0'], STATUS_IS_PENDING]);
    FltCompletePendedPreOperation(held, NO_CALLBACK, 0);
    expect(m.log).toEqual(['in pre 0', 'low', 'top']);
  });

  test('PRE-2: PASSIVE_LEVEL, or the APC_LEVEL of the one who asked; never higher', () => {
    const seen: number[] = [];
    m.filter('a', '100', () => (seen.push(KeGetCurrentIrql()), NO_CALLBACK));
    m.read();
    const file = m.fs.files[0]!;
    atIrql(1, () => IoPageRead(file, BUFFER, 512, 0, IOSB));
    expect(seen).toEqual([0, 1]);
    // A filter may not send it on at DISPATCH_LEVEL either.
    let held = 0 as PFLT_CALLBACK_DATA;
    m.filter('pends', '200', (data) => ((held = data.address), PENDING));
    m.read();
    expect(bugCheckOf(() => atIrql(2, () => FltCompletePendedPreOperation(held, NO_CALLBACK, 0))))
      .toEqual([0xc4, 0xf506]);
    again();
  });

  test('PRE-3: below a filter that pended, the thread is another; the requestor is not', () => {
    const seen: unknown[] = [];
    const work = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('PreWork', (item, data) => {
      FltFreeDeferredIoWorkItem(item);
      FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
    });
    m.filter('top', '200', (data) => {
      const item = FltAllocateDeferredIoWorkItem();
      FltQueueDeferredIoWorkItem(item, data.address, work, DelayedWorkQueue, 0);
      return PENDING;
    });
    m.filter('low', '100', (data) => {
      seen.push(FltGetRequestorProcess(data.address) === PsGetCurrentProcess());
      return NO_CALLBACK;
    });
    m.read();
    expect(seen).toEqual([]);
    m.work();
    expect(seen).toEqual([true]);
  });

  test.each([STATUS_PENDING, STATUS_FLT_DISALLOW_FAST_IO])(
    'PRE-4: completing with a status that is not final is violation 14 (%i)', (status) => {
      m.filter('a', '100', (data) => {
        data.IoStatus.Status = status;
        return COMPLETE;
      });
      expect(bugCheckOf(() => m.read())).toEqual([0xc4, 0xf50e]);
      again();
    });

  test('PRE-4, DIS-25: cleanup and close: success and informational pass, warnings fail', () => {
    const completed = (major: number, status: number): number => {
      m.filter('a', '100', (data) => {
        data.IoStatus.Status = status as never;
        return COMPLETE;
      }, undefined, major);
      const { handle } = open('P:\\f');
      let code = -1;
      try {
        [, code = -1] = bugCheckOf(() => NtClose(handle));
      } catch {
        m.end();
      }
      again();
      return code;
    };
    for (const major of [0x12, 2]) {
      expect(completed(major, 0)).toBe(-1);
      expect(completed(major, 0x4000_0001)).toBe(-1);
      expect(completed(major, STATUS_BUFFER_OVERFLOW)).toBe(0xf50f);
      expect(completed(major, STATUS_ACCESS_DENIED)).toBe(0xf50f);
    }
  });

  test.each([['WITH_CALLBACK', WITH_CALLBACK], ['SYNCHRONIZE', SYNCHRONIZE]])(
    'PRE-6: %s without a post-op for that major is bug check 0xF5/0x66', (_name, answer) => {
      m.add({ name: 'a', altitude: '100', operations: [{ major: READ, pre: () => answer },
        { major: 4, pre: () => NO_CALLBACK, post: () => FINISHED }] });
      expect(bugCheckOf(() => m.read())).toEqual([0xf5, 0x66]);
      again();
    });

  test.each([['NO_CALLBACK', NO_CALLBACK], ['COMPLETE', COMPLETE], ['PENDING', PENDING],
    ['DISALLOW_FASTIO', DISALLOW_FASTIO], ['DISALLOW_FSFILTER_IO', DISALLOW_FSFILTER]])(
    'PRE-7, VER-7: a completion context with %s is lost: violation 10', (_name, answer) => {
      both('a', '100', (_data, _objects, context) => {
        context.value = 0x1000;
        return answer;
      }, () => FINISHED);
      const kind = answer === DISALLOW_FASTIO ? 'fast' : 'irp';
      expect(bugCheckOf(() => send(kind))).toEqual([0xc4, 0xf50a]);
      again();
    });

  test('PRE-7: with WITH_CALLBACK and SYNCHRONIZE it arrives unchanged, whatever it is', () => {
    const contexts = [0, 1, 0x7fff_ffff, 0x8000_0000 | 0, -1];
    for (const answer of [WITH_CALLBACK, SYNCHRONIZE]) {
      const got: number[] = [];
      let next = 0;
      const made = m.filter('a', '100', (_data, _objects, context) => {
        context.value = contexts[next++]!;
        return answer;
      }, (_data, _objects, context) => (got.push(context | 0), FINISHED));
      contexts.forEach(() => m.read());
      expect(got).toEqual(contexts);
      m.remove(made);
    }
  });

  test('PRE-8: the context is NULL before each call, whatever the last operation left', () => {
    const found: number[] = [];
    m.filter('a', '100', (_data, _objects, context) => {
      found.push(context.value);
      context.value = 0x1234;
      return WITH_CALLBACK;
    }, () => FINISHED);
    for (let i = 0; i < 5; i++) m.read();
    expect(found).toEqual([0, 0, 0, 0, 0]);
  });

  test('PRE-9: a filter with only a post-op takes part in every kind, with a NULL context', () => {
    both('a', '100', undefined, (_data, _objects, context) => {
      m.log.push(`${context}`);
      return FINISHED;
    });
    for (const kind of ['irp', 'fast', 'fsfilter'] as const) send(kind);
    expect(m.log).toEqual(['0', '0', '0']);
  });

  test('PRE-16: in pre-create there is no stream yet, and no context of one', () => {
    const seen: string[] = [];
    m.filter('a', '100', (_data, objects) => {
      const frame = pushFrame();
      const out = stackAlloc(4);
      seen.push(statusName(FltGetStreamContext(objects.Instance as PFLT_INSTANCE,
        objects.FileObject as never, out)));
      popFrame(frame);
      return NO_CALLBACK;
    }, undefined, 0);
    m.open();
    expect(seen).toEqual(['STATUS_NOT_SUPPORTED']);
  });

  test('PRE-18: what a filter sends or reissues reaches those below only; a fast retry everybody',
    () => {
      const note = (name: string): Pre => (data) => {
        m.log.push(`${name} ${data.Iopb.Parameters.Read.Length}`);
        return WITH_CALLBACK;
      };
      const { handle, file } = openCached();
      fast.possible = false;
      const done: Post = () => FINISHED;
      m.filter('top', '300', note('top'), done);
      let first = true;
      m.filter('mid', '200', (data, objects) => {
        note('mid')(data, objects, 0 as never);
        if (data.Flags & 2) return WITH_CALLBACK;
        FltReadFile(objects.Instance as PFLT_INSTANCE, file, 0x2_f000, 7, BUFFER, 4, 0, 0 as never,
          0);
        return SYNCHRONIZE;
      }, (data, objects) => {
        if ((data.Flags & 1) !== 0 && first) {
          first = false;
          FltReissueSynchronousIo(objects.Instance as PFLT_INSTANCE, data.address);
        }
        return FINISHED;
      });
      m.filter('low', '100', note('low'), done);
      NtReadFile(handle, 0, IOSB, BUFFER, 40, 0);
      expect(m.log).toEqual([
        'top 40', 'mid 40', 'low 40',
        'top 40', 'mid 40', 'low 7', 'low 40', 'low 40']);
    });
});

describe('skip flags (1.2)', () => {
  type Row = readonly [string, number, readonly string[]];
  const rows: readonly Row[] = [
    ['nothing', 0, ['cached', 'fast', 'uncached', 'paging', 'volume', 'query']],
    ['SKIP_PAGING_IO', 1, ['cached', 'fast', 'uncached', 'volume', 'query']],
    ['SKIP_CACHED_IO', 2, ['uncached', 'paging', 'query']],
    ['SKIP_NON_DASD_IO', 4, ['volume']],
    ['SKIP_NON_CACHED_NON_PAGING_IO', 8, ['cached', 'fast', 'paging', 'volume', 'query']],
    ['all of them', 15, []],
  ];

  test.each(rows)('1.2, LC-7: %s; other filters are unaffected', (_name, flags, expected) => {
    const seen: string[] = [];
    let what = '';
    const note = (list: string[]): { pre: Pre; post: Post } => ({
      pre: () => (list.push(what), WITH_CALLBACK), post: () => (list.push(what), FINISHED) });
    const others: string[] = [];
    m.add({ name: 'skips', altitude: '200', operations: [
      { major: READ, flags, ...note(seen) }, { major: 5, flags, ...note(seen) }] });
    m.add({ name: 'sees', altitude: '100', operations: [
      { major: READ, ...note(others) }, { major: 5, ...note(others) }] });
    const { handle } = openCached();
    const plain = m.open();
    const dasd = open('P:').handle;
    m.handles.push(dasd);
    const steps: Record<string, () => unknown> = {
      cached: () => NtReadFile(plain, 0, IOSB, BUFFER, 512, 0),
      fast: () => NtReadFile(handle, 0, IOSB, BUFFER, 512, 0),
      uncached: () => NtReadFile(plain, 0, IOSB, BUFFER, 512, 0, 0, IRP_NOCACHE),
      paging: () => NtReadFile(plain, 0, IOSB, BUFFER, 512, 0, 0,
        IRP_NOCACHE | IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO),
      volume: () => NtReadFile(dasd, 0, IOSB, BUFFER, 512, 0),
    };
    for (const [name, act] of Object.entries(steps)) {
      what = name;
      act();
    }
    const once = expected.filter((name) => name !== 'query');
    expect(seen).toEqual(once.flatMap((name) => [name, name]));
    expect(others.length).toBe(10);
  });

  test('1.2: the read and write flags are ignored for other operations', () => {
    const seen: number[] = [];
    m.add({ name: 'a', altitude: '100', operations: [
      { major: 0, flags: 11, pre: (data) => (seen.push(data.Iopb.MajorFunction), NO_CALLBACK) }] });
    m.open();
    expect(seen).toEqual([0]);
  });
});
