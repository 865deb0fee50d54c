// FltCheckOplockEx and its kin, statement by statement of the WDK's page: three returns, flags,
// callbacks, what must be checked and what must not be done. One thread; oplock-threads.test.ts has
// those in which a thread sleeps.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BUFFER, IOSB, create, makeFile, must, nameOf, set, write }
  from '#test/fs/support/files.ts';
import { R, RH, RW, RWH, acknowledge, ask, ended, legacy, levels, request, transfer }
  from '#test/fs/support/oplocks.ts';
import { bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import { fillBytes, i32, u32, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { FltCheckOplock, FltCheckOplockEx, FltOplockBreakH, FltOplockBreakToNone,
  FltOplockBreakToNoneEx } from '#src/fltmgr/lock/oplock.ts';
import { FltCurrentOplock, FltInitializeOplock, FltUninitializeOplock }
  from '#src/fltmgr/lock/oplock-control.ts';
import { FltAllocateGenericWorkItem, FltFreeGenericWorkItem, FltQueueGenericWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { IRP_CTRL, sheetOf } from '#src/fltmgr/walk/irp-ctrl.ts';
import { PFLT_GENERIC_WORKITEM_ROUTINE } from '#src/image/role.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool-block.ts';
import { DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { IoCancelIrp } from '#src/ntos/io/irp/cancel.ts';
import { FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_SET_ZERO_DATA } from '#src/ntos/io/control-codes.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { FileEndOfFileInformation } from '#src/ntos/io/information/information-classes.ts';
import { NtFsControlFile, NtLockFile } from '#src/ntos/io/service/nt-control.ts';
import { NtFlushBuffersFile, NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { FsRtlAcquireToCreateMappedSection, FsRtlReleaseFile }
  from '#src/ntos/io/service/section-sync.ts';
import * as majors from '#src/ntos/io/types.ts';
import { DISPATCH_LEVEL } from '#src/ntos/ke/irql.ts';
import { fresh } from '#test/fs/support/oplocks.ts';
import { ASYNC, CONTEXT, OPLOCK, OplockMachine, beginWrite, close, prePost, waitComplete }
  from './oplock-machine.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';

let m: OplockMachine;
beforeEach(() => {
  m = new OplockMachine();
});
afterEach(() => m.end());

/** Two handles: one asks for the oplock, the other is the intruder's. */
function ownerAndIntruder(level: number): [number, number] {
  const owner = m.open();
  expect(ask(owner, level)).toBe('PENDING');
  return [owner, m.open()];
}

function irpOf(data: FltCallbackData): PIRP {
  return IRP_CTRL.bound.Irp(sheetOf(data.address)) as PIRP;
}

describe('the three answers of FltCheckOplockEx', () => {
  test('PRE-15, OPL-11, S3.19: ' +
    'SUCCESS_WITH_CALLBACK when nothing is in the way, and no routine is called', () => {
    const handle = m.open();
    expect(beginWrite(handle)).toBe('SUCCESS');
    expect(m.take()).toEqual(['write WITH_CALLBACK STATUS_SUCCESS']);
    close(handle);
  });

  test('PRE-15, OPL-5, DIS-26, S3.1, S3.2, S3.4, S3.10, S3.11, S3.13, S3.15, S3.16, S3.18, ' +
    'S3.21, S3.22: ' +
    'PENDING after the pre-post routine; the acknowledgement calls wait-complete', () => {
    const [owner, other] = ownerAndIntruder(RWH);
    expect(beginWrite(other)).toBe('PENDING');
    expect(m.take()).toEqual(['pre-post true', 'write PENDING']);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>0 ack']);
    expect(ended(transfer)).toBe('nothing yet');
    // The oplock holds the operation: no work queue has it.
    expect(m.work()).toBe(0);
    expect(acknowledge(owner, 0)).toBe('SUCCESS');
    expect(m.take()).toEqual(['wait-complete STATUS_SUCCESS true']);
    expect(ended(transfer)).toBe('SUCCESS');
    close(owner);
    close(other);
  });

  test('PRE-15, OPL-11, S3.17: ' +
    'COMPLETE with STATUS_INSUFFICIENT_RESOURCES when the pool has no memory', () => {
    const [owner, other] = ownerAndIntruder(RW);
    m.check = (data) => {
      setAllocationGate(() => false);
      const answer = FltCheckOplockEx(OPLOCK, data.address, 0, CONTEXT, waitComplete, prePost);
      setAllocationGate(null);
      return answer;
    };
    expect(beginWrite(other)).toBe('INSUFFICIENT_RESOURCES');
    expect(m.take()).toEqual(['write COMPLETE STATUS_INSUFFICIENT_RESOURCES']);
    close(owner);
    close(other);
  });

  test('OPL-11: COMPLETE with STATUS_CANNOT_BREAK_OPLOCK for FILE_OPEN_REQUIRING_OPLOCK', () => {
    const owner = m.open();
    ask(owner, RWH);
    m.asks.add(majors.IRP_MJ_CREATE);
    const careful = { options: c.FILE_NON_DIRECTORY_FILE | c.FILE_OPEN_REQUIRING_OPLOCK };
    expect(create('\\f', careful).status).toBe('CANNOT_BREAK_OPLOCK');
    expect(m.take()).toEqual(['create COMPLETE STATUS_CANNOT_BREAK_OPLOCK']);
    expect(ended(request)).toBe('nothing yet');
    close(owner);
  });
});

describe('OPL-4, S3.23: an operation of another breaks the oplock:', () => {
  function sendControl(handle: number): string {
    fillBytes(BUFFER, 0, 16);
    u32[(BUFFER + 8) >> 2] = 4;
    const { event, iosb } = fresh(transfer);
    return nameOf(NtFsControlFile(handle, event, iosb, FSCTL_SET_ZERO_DATA, BUFFER, 16, 0, 0));
  }
  function readOf(handle: number): string {
    const { event, iosb } = fresh(transfer);
    return nameOf(NtReadFile(handle, event, iosb, BUFFER, 3, 0));
  }
  function setEndOfFile(handle: number): string {
    u32[BUFFER >> 2] = 3;
    i32[(BUFFER + 4) >> 2] = 0;
    return set(handle, FileEndOfFileInformation, 8);
  }

  /** Each is let pass by a skipped wait, so that one thread can do it. */
  test.each<[string, string, number, (handle: number) => string]>([
    ['S3.29', 'read', 7, readOf],
    ['S3.31', 'write', 7, beginWrite],
    ['S3.27', 'flush', 7, (handle) => nameOf(NtFlushBuffersFile(handle, IOSB))],
    ['S3.28', 'lock', 7, (handle) => nameOf(NtLockFile(handle, 0, IOSB, 0, 1, 0, true, true))],
    ['S3.30', 'set', 7, setEndOfFile],
    ['S3.26', 'fsctl', 7, sendControl],
  ])('%s: IRP_MJ_%s', (_statement, name, level, operate) => {
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 1, CONTEXT, waitComplete, prePost);
    const [owner, other] = ownerAndIntruder(level);
    expect(operate(other)).toMatch(/SUCCESS|PENDING/);
    expect(m.take()).toEqual([`${name} WITH_CALLBACK STATUS_OPLOCK_BREAK_IN_PROGRESS`]);
    expect(ended(request)).toBe('SUCCESS');
    expect(levels()).toMatch(/^7>[03] ack$/);
    close(owner);
    close(other);
  });

  test('S3.25: IRP_MJ_CREATE, which tells the opener that it did not wait', () => {
    const owner = m.open();
    ask(owner, RWH);
    m.asks.add(majors.IRP_MJ_CREATE);
    const opened = create('\\f', {
      options: c.FILE_NON_DIRECTORY_FILE | c.FILE_COMPLETE_IF_OPLOCKED });
    expect(m.take()).toEqual(['create WITH_CALLBACK STATUS_OPLOCK_BREAK_IN_PROGRESS']);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>3 ack']);
    close(opened.handle);
    close(owner);
  });

  test('S3.24, OPL-10: IRP_MJ_CLEANUP of the owner ends its oplock and lets go who waits', () => {
    const [owner, other] = ownerAndIntruder(RW);
    expect(beginWrite(other)).toBe('PENDING');
    m.take();
    close(owner);
    expect(m.take()).toEqual(['wait-complete STATUS_SUCCESS true',
      'cleanup WITH_CALLBACK STATUS_SUCCESS']);
    expect(ended(transfer)).toBe('SUCCESS');
    expect(FltCurrentOplock(OPLOCK)).toBe(false);
    close(other);
  });

  test('DIS-3, S3.32: ' +
    'section synchronisation: started for a writable section, never pended, never waited ' +
      'for', () => {
    const owner = m.open();
    ask(owner, RWH);
    const file = fileByHandle(owner, 0) as PFILE_OBJECT;
    const PAGE_READONLY = 2;
    const PAGE_READWRITE = 4;
    for (const [protection, answer] of [[PAGE_READONLY, 'nothing yet'], [PAGE_READWRITE, 'SUCCESS']]) {
      FsRtlAcquireToCreateMappedSection(file, Number(protection));
      FsRtlReleaseFile(file);
      expect(ended(request)).toBe(answer);
    }
    expect(levels()).toBe('7>0');
    expect(m.take()).toEqual(Array.from({ length: 2 }, () => 'section WITH_CALLBACK STATUS_SUCCESS'));
    releaseFile(file);
    close(owner);
  });
});

describe('flags', () => {
  test('DIS-24, S3.5, S3.20: ' +
    'COMPLETE_IF_OPLOCKED: the break goes on, the operation is neither blocked nor pended', () => {
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 1, CONTEXT, waitComplete, prePost);
    const [owner, other] = ownerAndIntruder(RW);
    expect(beginWrite(other)).toBe('SUCCESS');
    expect(m.take()).toEqual(['write WITH_CALLBACK STATUS_OPLOCK_BREAK_IN_PROGRESS']);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '5>0 ack']);
    // Where nothing has to be waited for, the status does not speak of a break.
    acknowledge(owner, 0);
    expect(beginWrite(other)).toBe('SUCCESS');
    expect(m.take()).toEqual(['write WITH_CALLBACK STATUS_SUCCESS']);
    close(owner);
    close(other);
  });

  test('F-151, DIS-24: ' +
    'FltCheckOplock has none: the create option plays the part of COMPLETE_IF_OPLOCKED', () => {
    m.check = (data) => FltCheckOplock(OPLOCK, data.address, CONTEXT, waitComplete, prePost);
    const owner = m.open();
    ask(owner, RW);
    m.asks.add(majors.IRP_MJ_CREATE);
    const options = c.FILE_NON_DIRECTORY_FILE | c.FILE_COMPLETE_IF_OPLOCKED;
    const other = m.open({ options });
    expect(m.take()).toEqual(['create WITH_CALLBACK STATUS_OPLOCK_BREAK_IN_PROGRESS']);
    expect(beginWrite(other)).toBe('PENDING');
    expect(m.take()).toEqual(['pre-post true', 'write PENDING']);
    close(owner);
    close(other);
  });

  test('S3.9: IGNORE_OPLOCK_KEYS: the owner\'s own operation breaks its oplock', () => {
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 9, CONTEXT, waitComplete, prePost);
    const owner = m.open();
    ask(owner, RW);
    expect(beginWrite(owner)).toBe('SUCCESS');
    expect([ended(request), levels()]).toEqual(['SUCCESS', '5>0 ack']);
    close(owner);
  });

  test('S3.6: OPLOCK_KEY_CHECK_ONLY: nothing breaks', () => {
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 2, CONTEXT, waitComplete, prePost);
    const [owner, other] = ownerAndIntruder(RWH);
    expect(beginWrite(other)).toBe('SUCCESS');
    expect(ended(request)).toBe('nothing yet');
    close(owner);
    close(other);
  });

  test('S3.7, S3.8: ' +
    'BACK_OUT_ATOMIC_OPLOCK in post-create lets others in when the create failed below', () => {
    let waits = 0;
    m.add({ name: 'fails', altitude: '50', operations: [{ major: majors.IRP_MJ_CREATE,
      pre: (data) => {
        data.IoStatus.Status = 0xc0000022 as never;
        return 4;
      } }] });
    m.add({ name: 'atomic', altitude: '70', operations: [{ major: majors.IRP_MJ_CREATE,
      pre: (data) => {
        expect(m.control(data)).toBe(4);
        waits = data.IoStatus.Status;
        return 0;
      },
      post: (data) => {
        expect(bugCheckOf(() => FltCheckOplockEx(OPLOCK, data.address, 0, 0, waitComplete, 0)))
          .toEqual([0xc4, 0xf500]);
        expect(FltCheckOplockEx(OPLOCK, data.address, 4, 0, 0, 0)).toBe(0);
        expect(data.IoStatus.Status).toBe(0xc0000022 | 0);
        return 0;
      } }] });
    const careful = { options: c.FILE_NON_DIRECTORY_FILE | c.FILE_OPEN_REQUIRING_OPLOCK };
    expect([create('\\f', careful).status, waits]).toEqual(['ACCESS_DENIED', 0]);
    // The promise is taken back: the next one may promise as well.
    expect([create('\\f', careful).status, waits]).toEqual(['ACCESS_DENIED', 0]);
  });

  test('bits that the routine does not know are named', () => {
    const handle = m.open();
    for (const act of [
      (d: FltCallbackData) => FltCheckOplockEx(OPLOCK, d.address, 0x100, 0, 0, 0),
      (d: FltCallbackData) => FltCheckOplockEx(OPLOCK, d.address, 0x40, 0, 0, 0),
      (d: FltCallbackData) => FltOplockBreakH(OPLOCK, d.address, 2, 0, 0, 0),
      (d: FltCallbackData) => FltOplockBreakToNoneEx(OPLOCK, d.address, 8, 0, 0, 0)]) {
      m.check = (data) => {
        expect(bugCheckOf(() => act(data))).toEqual([0xc4, 0xf500]);
        return 0;
      };
      beginWrite(handle);
    }
    close(handle);
  });
});

describe('waiting', () => {
  test('OPL-8, DIS-4, S3.14: ' +
    'OPL-10: cancelled, the wait-complete routine sees STATUS_CANCELLED and ends it', () => {
    const [owner, other] = ownerAndIntruder(RWH);
    let irp = 0 as PIRP;
    m.onPrePost = (data) => {
      irp = irpOf(data);
    };
    expect(beginWrite(other)).toBe('PENDING');
    expect(IoCancelIrp(irp)).toBe(true);
    expect(m.take()).toEqual(['pre-post true', 'write PENDING', 'wait-complete STATUS_CANCELLED true']);
    expect(ended(transfer)).toBe('CANCELLED');
    // The break is not undone by it: the owner still owes its answer, and it is accepted.
    expect(acknowledge(owner, 0)).toBe('SUCCESS');
    expect(m.take()).toEqual([]);
    close(owner);
    close(other);
  });

  test('OPL-7, S3.34: ' +
    'wait-complete may run before the check returns, which is PENDING all the same', () => {
    const [owner, other] = ownerAndIntruder(RWH);
    // The owner answers while the operation is about to be parked, as another thread might.
    m.onPrePost = () => {
      expect(acknowledge(owner, 0)).toBe('SUCCESS');
    };
    expect(beginWrite(other)).toBe('SUCCESS');
    expect(m.take()).toEqual(['pre-post true', 'wait-complete STATUS_SUCCESS true', 'write PENDING']);
    expect(ended(transfer)).toBe('SUCCESS');
    close(owner);
    close(other);
  });

  test('OPL-7, S3.34: ' +
    'a check from inside of the wait-complete routine is a bug check that names it', () => {
    const [owner, other] = ownerAndIntruder(RWH);
    const texts: string[] = [];
    m.onWaitComplete = (data) => {
      for (const act of [
        () => FltCheckOplockEx(OPLOCK, data.address, 0, 0, waitComplete, 0),
        () => FltCheckOplock(OPLOCK, data.address, 0, 0, 0),
        () => FltOplockBreakToNone(OPLOCK, data.address, 0, 0, 0)]) {
        try {
          bugCheckOf(() => {
            try {
              return act();
            } catch (error) {
              texts.push((error as Error).message);
              throw error;
            }
          });
        } catch (error) {
          texts.push(String(error));
        }
      }
      FltCompletePendedPreOperation(data.address, 1, 0);
    };
    beginWrite(other);
    acknowledge(owner, 0);
    expect(texts).toHaveLength(3);
    for (const [i, name] of ['FltCheckOplockEx', 'FltCheckOplock', 'FltOplockBreakToNone'].entries()) {
      expect(texts[i]).toMatch(new RegExp(`${name} from inside of the wait-complete routine ` +
        'OwnerWaitComplete.*OPL-7'));
    }
    close(owner);
    close(other);
  });

  test('a callback below, which runs inside of wait-complete, may check: it is not the ' +
    'routine', () => {
    const below = USER.start + 0x500;
    i32[below >> 2] = 0;
    FltInitializeOplock(below);
    m.add({ name: 'below', altitude: '50', operations: [{ major: majors.IRP_MJ_WRITE,
      pre: (data) => {
        m.log.push(`below ${FltCheckOplockEx(below, data.address, 0, 0, 0, 0)}`);
        return 1;
      } }] });
    const [owner, other] = ownerAndIntruder(RWH);
    beginWrite(other);
    m.take();
    acknowledge(owner, 0);
    expect(m.take()).toEqual(['wait-complete STATUS_SUCCESS true', 'below 0']);
    FltUninitializeOplock(below);
    close(owner);
    close(other);
  });

  test('4.4, PRE-15, OPL-10: ' +
    'resumed on a worker, the operation is checked again, and may break again', () => {
    const [owner, other] = ownerAndIntruder(RWH);
    const work = PFLT_GENERIC_WORKITEM_ROUTINE('RepeatTheCheck', (item, _object, data) => {
      FltFreeGenericWorkItem(item);
      const answer = FltCheckOplockEx(OPLOCK, data as never, 0, CONTEXT, waitComplete, prePost);
      m.log.push(`again ${answer}`);
      if (answer !== 2) FltCompletePendedPreOperation(data as never, answer === 0 ? 1 : answer, 0);
    });
    m.onWaitComplete = (data) => {
      const item = FltAllocateGenericWorkItem();
      const { Filter } = IRP_CTRL.at(sheetOf(data.address)).Related;
      FltQueueGenericWorkItem(item, Filter, work, DelayedWorkQueue, data.address);
    };
    expect(beginWrite(other)).toBe('PENDING');
    acknowledge(owner, 0);
    // Before the worker comes, the owner has an oplock again.
    expect(ask(owner, R)).toBe('OPLOCK_NOT_GRANTED');
    m.openCount = 0;
    expect(ask(owner, RH)).toBe('PENDING');
    m.take();
    expect(m.work()).toBe(1);
    expect(m.take()).toEqual(['again 0']);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '3>0 ack']);
    expect(ended(transfer)).toBe('SUCCESS');
    close(owner);
    close(other);
  });

  test('OPL-9: without a wait-complete routine the pre-post routine is never called', () => {
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 1, CONTEXT, 0, prePost);
    const [owner, other] = ownerAndIntruder(RW);
    expect(beginWrite(other)).toBe('SUCCESS');
    expect(m.take()).toEqual(['write WITH_CALLBACK STATUS_OPLOCK_BREAK_IN_PROGRESS']);
    close(owner);
    close(other);
  });

  test('the filters below get the operation as the filters above changed it', () => {
    makeFile('\\g', 'elsewhere');
    const [owner, other] = ownerAndIntruder(RWH);
    const g = must('\\g', ASYNC);
    const file = fileByHandle(g, 0) as PFILE_OBJECT;
    m.add({ name: 'redirects', altitude: '200', operations: [{ major: majors.IRP_MJ_WRITE,
      pre: (data) => {
        data.Iopb.TargetFileObject = file;
        data.Flags |= 0x80000000;
        return 1;
      } }] });
    m.check = (data) => {
      // Its target is another file object now: the owner's own write is a foreign one.
      expect(data.Iopb.TargetFileObject).toBe(file);
      return FltCheckOplockEx(OPLOCK, data.address, 0, CONTEXT, waitComplete, prePost);
    };
    expect(beginWrite(owner)).toBe('PENDING');
    expect(levels()).toBe('7>0 ack');
    acknowledge(owner, 0);
    releaseFile(file);
    for (const handle of [g, owner, other]) close(handle);
  });
});

describe('FltOplockBreakH and FltOplockBreakToNone', () => {
  test('OPL-14: BreakH takes the handle level only, and nothing where there is none', () => {
    m.check = (data) => FltOplockBreakH(OPLOCK, data.address, 1, CONTEXT, waitComplete, prePost);
    const [owner, other] = ownerAndIntruder(RWH);
    beginWrite(other);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>5 ack']);
    close(owner);
    close(other);
    const [second, third] = ownerAndIntruder(RW);
    m.take();
    beginWrite(third);
    expect(m.take()).toEqual(['write WITH_CALLBACK STATUS_SUCCESS']);
    expect(ended(request)).toBe('nothing yet');
    close(second);
    close(third);
  });

  test('OPL-14: BreakToNone takes everything, whatever the key', () => {
    m.check = (data) => FltOplockBreakToNone(OPLOCK, data.address, CONTEXT, waitComplete, prePost);
    const owner = m.open();
    ask(owner, RWH);
    expect(beginWrite(owner)).toBe('PENDING');
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>0 ack']);
    expect(m.take()).toEqual(['pre-post true', 'write PENDING']);
    acknowledge(owner, 0);
    expect(ended(transfer)).toBe('SUCCESS');
    close(owner);
  });

  test('OPL-14: the Ex form starts the break and goes on with COMPLETE_IF_OPLOCKED', () => {
    m.check = (data) => FltOplockBreakToNoneEx(OPLOCK, data.address, 1, 0, 0, 0);
    const owner = m.open();
    expect(legacy(owner, FSCTL_REQUEST_BATCH_OPLOCK)).toBe('PENDING');
    expect(beginWrite(owner)).toBe('SUCCESS');
    expect(m.take()).toEqual(['write WITH_CALLBACK STATUS_OPLOCK_BREAK_IN_PROGRESS']);
    expect(ended(request)).toBe('SUCCESS');
    expect(legacy(owner, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE)).toBe('SUCCESS');
    close(owner);
  });
});

describe('what may not be done', () => {
  test('OPL-3, S3.33: an operation without an IRP is refused by name', () => {
    const sync = must('\\f');
    write(sync, 0, 'x');
    let fast = 0;
    m.refusesFastIo = false;
    m.check = (data) => {
      if (data.Flags & 1) return FltCheckOplockEx(OPLOCK, data.address, 0, 0, 0, 0);
      fast++;
      expect(bugCheckOf(() => FltCheckOplockEx(OPLOCK, data.address, 0, 0, 0, 0)))
        .toEqual([0xc4, 0xf500]);
      return 3;
    };
    write(sync, 0, 'y');
    expect(fast).toBe(1);
    close(sync);
  });

  test('OPL-1, S3.35: none of the family above APC_LEVEL', () => {
    const handle = m.open();
    m.check = (data) => {
      const at = data.address;
      for (const act of [
        () => FltCheckOplockEx(OPLOCK, at, 0, 0, 0, 0), () => FltCheckOplock(OPLOCK, at, 0, 0, 0),
        () => FltOplockBreakH(OPLOCK, at, 0, 0, 0, 0),
        () => FltOplockBreakToNone(OPLOCK, at, 0, 0, 0),
        () => FltOplockBreakToNoneEx(OPLOCK, at, 0, 0, 0, 0)]) {
        expect(bugCheckAt(DISPATCH_LEVEL, act)).toEqual([0xc4, 0xf516]);
        expect(act()).toBe(0);
      }
      return 0;
    };
    beginWrite(handle);
    close(handle);
  });

  test('S3.15: a legacy owner is told in Information, and its answer is Level 2', () => {
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 0, CONTEXT, waitComplete, 0);
    const owner = m.open();
    legacy(owner, FSCTL_REQUEST_OPLOCK_LEVEL_1);
    const other = m.open();
    const { event, iosb } = fresh(transfer);
    expect(nameOf(NtReadFile(other, event, iosb, BUFFER, 3, 0))).toBe('PENDING');
    expect([ended(request), u32[(request.iosb + 4) >> 2]]).toEqual(['SUCCESS', 7]);
    expect(legacy(owner, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE)).toBe('PENDING');
    expect(ended(transfer)).toBe('SUCCESS');
    expect(u8[BUFFER]).toBe('o'.charCodeAt(0));
    close(owner);
    close(other);
  });
});
