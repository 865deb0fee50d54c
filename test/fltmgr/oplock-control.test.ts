// Requests, acknowledgements, questions and keys of oplocks that a filter owns: what their issuer
// sees, and what the filters above see. One thread.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFile, must, nameOf } from '#test/fs/support/files.ts';
import { R, RH, RW, RWH, acknowledge, ask, ended, fresh, legacy, levels, request, transfer }
  from '#test/fs/support/oplocks.ts';
import { bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import { i32, u32, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as ecp from '#src/fltmgr/initiated/ecp.ts';
import { FltCheckOplockEx } from '#src/fltmgr/lock/oplock.ts';
import { FltCurrentBatchOplock, FltCurrentOplock, FltCurrentOplockH, FltInitializeOplock,
  FltOplockFsctrl, FltOplockFsctrlEx, FltOplockIsFastIoPossible, FltOplockIsSharedRequest,
  FltOplockKeysEqual, FltUninitializeOplock } from '#src/fltmgr/lock/oplock-control.ts';
import { FltRequestOperationStatusCallback } from '#src/fltmgr/walk/status-callback.ts';
import { PFLT_GET_OPERATION_STATUS_CALLBACK } from '#src/image/role.ts';
import { NtCancelIoFile } from '#src/ntos/io/service/nt-cancel.ts';
import { DUAL_OPLOCK_KEY_ECP_CONTEXT, GUID_ECP_DUAL_OPLOCK_KEY, GUID_ECP_OPLOCK_KEY,
  OPLOCK_KEY_ECP_CONTEXT } from '#src/ntos/io/ecp-guids.ts';
import * as codes from '#src/ntos/io/control-codes.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { NtFsControlFile } from '#src/ntos/io/service/nt-control.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import * as majors from '#src/ntos/io/types.ts';
import { DISPATCH_LEVEL } from '#src/ntos/ke/irql.ts';
import { guidText, writeGuid } from '#src/ntos/rtl/guid.ts';
import { asStatus, statusName } from '#src/ntos/status.ts';
import { ASYNC, OPLOCK, OplockMachine, beginWrite, close } from './oplock-machine.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PECP_LIST } from '#src/ntos/io/ecp.ts';
import type { PFLT_FILTER } from '#src/fltmgr/types.ts';
import type { PGUID } from '#src/ntos/rtl/types.ts';

const NOBODY = 0 as PFLT_FILTER;
const FILTER = codes.FSCTL_REQUEST_FILTER_OPLOCK;
const LEVEL_1 = codes.FSCTL_REQUEST_OPLOCK_LEVEL_1;
const LEVEL_2 = codes.FSCTL_REQUEST_OPLOCK_LEVEL_2;
const BATCH = codes.FSCTL_REQUEST_BATCH_OPLOCK;
const ACKNOWLEDGE = codes.FSCTL_OPLOCK_BREAK_ACKNOWLEDGE;
const ACK_NO_2 = codes.FSCTL_OPLOCK_BREAK_ACK_NO_2;
const CLOSE_PENDING = codes.FSCTL_OPBATCH_ACK_CLOSE_PENDING;
const NOTIFY = codes.FSCTL_OPLOCK_BREAK_NOTIFY;

let m: OplockMachine;
beforeEach(() => {
  m = new OplockMachine();
});
afterEach(() => m.end());

function fileOf(handle: number): PFILE_OBJECT {
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  releaseFile(file);
  return file;
}

/** A legacy control with a slot of its own. */
function send(handle: number, code: number): string {
  const { event, iosb } = fresh(transfer);
  return nameOf(asStatus(NtFsControlFile(handle, event, iosb, code, 0, 0, 0, 0)));
}

describe('FltOplockFsctrl', () => {
  test('OPL-17, PRE-15: ' +
    'a granted request pends, one that is not is complete with its status', () => {
    const owner = m.open();
    expect(ask(owner, RWH)).toBe('PENDING');
    expect(ended(request)).toBe('nothing yet');
    const other = m.open();
    expect(send(other, LEVEL_1)).toBe('OPLOCK_NOT_GRANTED');
    expect(send(other, ACKNOWLEDGE)).toBe('INVALID_OPLOCK_PROTOCOL');
    close(owner);
    expect(ended(request)).toBe('OPLOCK_HANDLE_CLOSED');
    close(other);
  });

  test.each([
    ['FSCTL_REQUEST_OPLOCK_LEVEL_1', LEVEL_1, 1], ['FSCTL_REQUEST_BATCH_OPLOCK', BATCH, 1],
    ['FSCTL_REQUEST_FILTER_OPLOCK', FILTER, 1], ['FSCTL_REQUEST_OPLOCK_LEVEL_2', LEVEL_2, 0],
  ])('OPL-16: %s', (_name, code, openCount) => {
    m.openCount = openCount;
    const owner = m.open();
    expect(legacy(owner, code)).toBe('PENDING');
    expect(FltCurrentOplock(OPLOCK)).toBe(true);
    close(owner);
    expect([ended(request), u32[(request.iosb + 4) >> 2]]).toEqual(['SUCCESS', 8]);
  });

  test('OPL-16: FSCTL_OPLOCK_BREAK_NOTIFY is complete at once, or pends until the break is ' +
    'over', () => {
    const owner = m.open();
    const other = m.open();
    expect(send(other, NOTIFY)).toBe('SUCCESS');
    ask(owner, RW);
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 1, 0, 0, 0);
    beginWrite(other);
    expect(send(other, NOTIFY)).toBe('PENDING');
    expect(ended(transfer)).toBe('nothing yet');
    acknowledge(owner, 0);
    expect(ended(transfer)).toBe('SUCCESS');
    close(owner);
    close(other);
  });

  test('OPL-16: FSCTL_OPLOCK_BREAK_ACK_NO_2 and FSCTL_OPBATCH_ACK_CLOSE_PENDING', () => {
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 1, 0, 0, 0);
    for (const code of [ACK_NO_2, CLOSE_PENDING]) {
      const owner = m.open();
      legacy(owner, BATCH);
      const other = m.open();
      beginWrite(other);
      expect(send(owner, code)).toBe('SUCCESS');
      expect(FltCurrentOplock(OPLOCK)).toBe(code === CLOSE_PENDING);
      close(owner);
      expect(FltCurrentOplock(OPLOCK)).toBe(false);
      close(other);
    }
  });

  test('OPL-18: OpenCount is handles for exclusive types, range locks for shared ones', () => {
    const owner = m.open();
    for (const [count, type, answer] of [[2, RWH, 'OPLOCK_NOT_GRANTED'], [2, RW, 'OPLOCK_NOT_GRANTED'],
      [1, R, 'OPLOCK_NOT_GRANTED'], [1, RH, 'OPLOCK_NOT_GRANTED'], [0, RH, 'PENDING']] as const) {
      m.openCount = count;
      expect(ask(owner, type)).toBe(answer);
    }
    close(owner);
  });

  test('OPL-18: with OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH RW and RWH pass over the number', () => {
    m.control = (data) => FltOplockFsctrlEx(OPLOCK, data.address, 2, 1);
    const owner = m.open();
    expect(legacy(owner, BATCH)).toBe('OPLOCK_NOT_GRANTED');
    expect(ask(owner, RWH)).toBe('PENDING');
    m.control = (data) => {
      expect(bugCheckOf(() => FltOplockFsctrlEx(OPLOCK, data.address, 2, 2))).toEqual([0xc4, 0xf500]);
      return 1;
    };
    send(owner, NOTIFY);
    close(owner);
  });

  test('OPL-19: on a create it reserves a Filter oplock: sole open, attributes, full ' +
    'sharing', () => {
    const tried: string[] = [];
    m.add({ name: 'reserves', altitude: '70', operations: [{ major: majors.IRP_MJ_CREATE,
      pre: (data) => {
        expect(FltOplockFsctrl(OPLOCK, data.address, m.openCount)).toBe(4);
        tried.push(statusName(data.IoStatus.Status));
        FltCheckOplockEx(OPLOCK, data.address, 4, 0, 0, 0);
        data.IoStatus.Status = 0 as never;
        return 1;
      } }] });
    const attributes = { desiredAccess: c.FILE_READ_ATTRIBUTES };
    for (const [count, more] of [[1, attributes], [2, attributes], [1, {}],
      [1, { ...attributes, shareAccess: c.FILE_SHARE_READ }]] as const) {
      m.openCount = count;
      close(m.open(more));
    }
    const no = 'STATUS_OPLOCK_NOT_GRANTED';
    expect(tried).toEqual(['STATUS_SUCCESS', no, no, no]);
  });

  test('OPL-15: other operations are refused by name, and own callback data', () => {
    const owner = m.open();
    const seen: unknown[] = [];
    m.check = (data) => {
      seen.push(bugCheckOf(() => FltOplockFsctrl(OPLOCK, data.address, 1)));
      return 0;
    };
    beginWrite(owner);
    expect(seen).toEqual([[0xc4, 0xf500]]);
    close(owner);
  });

  test('OPL-20: who asks for the status of the driver below sees that a request was ' +
    'granted', () => {
    const seen: string[] = [];
    const told = PFLT_GET_OPERATION_STATUS_CALLBACK('OplockStatus', (_objects, _iopb, status) => {
      seen.push(statusName(asStatus(status)));
    });
    m.add({ name: 'observer', altitude: '60', operations: [{ major: 0x0d, pre: (data) => {
      FltRequestOperationStatusCallback(data.address, told, 0);
      return 1;
    } }] });
    // This filter lets the request pass: the file system below both owns the oplock.
    m.control = () => 1;
    const owner = m.open();
    expect(ask(owner, RWH)).toBe('PENDING');
    expect(ask(owner, RH)).toBe('OPLOCK_NOT_GRANTED');
    expect(seen).toEqual(['STATUS_PENDING', 'STATUS_OPLOCK_NOT_GRANTED']);
    close(owner);
  });

  test('filters above see a granted request end when it breaks, with what it tells', () => {
    const seen: string[] = [];
    m.add({ name: 'above', altitude: '300', operations: [{ major: 0x0d,
      pre: () => 0,
      post: (data) => {
        seen.push(`${statusName(data.IoStatus.Status)} ${data.IoStatus.Information}`);
        return 0;
      } }] });
    const owner = m.open();
    ask(owner, RWH);
    expect(seen).toEqual([]);
    const other = m.open();
    beginWrite(other);
    expect(seen).toEqual(['STATUS_SUCCESS 24']);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>0 ack']);
    close(owner);
    close(other);
  });

  test('a granted request can be cancelled, which gives the oplock up', () => {
    const owner = m.open();
    ask(owner, RWH);
    NtCancelIoFile(owner);
    expect(ended(request)).toBe('CANCELLED');
    expect(FltCurrentOplock(OPLOCK)).toBe(false);
    close(owner);
  });

  test('a request that is cancelled already is not granted', () => {
    m.control = (data) => {
      const answer = FltOplockFsctrl(OPLOCK, data.address, 1);
      expect(answer).toBe(2);
      return answer;
    };
    const owner = m.open();
    const pre = m.control;
    m.control = (data) => {
      NtCancelIoFile(owner);
      return pre(data);
    };
    expect(ask(owner, RWH)).toMatch(/PENDING|CANCELLED/);
    expect(FltCurrentOplock(OPLOCK)).toBe(false);
    close(owner);
  });
});

describe('the life of an oplock', () => {
  test('OPL-2, S3.3: initialised when NULL only; after its end it may be initialised again', () => {
    const owner = m.open();
    ask(owner, RWH);
    expect(bugCheckOf(() => FltInitializeOplock(OPLOCK))).toEqual([0xc4, 0xf500]);
    FltUninitializeOplock(OPLOCK);
    expect([ended(request), i32[OPLOCK >> 2]]).toEqual(['SUCCESS', 0]);
    FltInitializeOplock(OPLOCK);
    expect(ask(owner, RWH)).toBe('PENDING');
    close(owner);
  });

  test('OPL-2: its end lets go who waits', () => {
    const owner = m.open();
    ask(owner, RWH);
    const other = m.open();
    expect(beginWrite(other)).toBe('PENDING');
    FltUninitializeOplock(OPLOCK);
    expect(ended(transfer)).toBe('SUCCESS');
    close(owner);
    close(other);
  });
});

describe('questions', () => {
  test('7.4, F-157, F-159: ' +
    'FltOplockIsFastIoPossible, FltCurrentOplock, FltCurrentOplockH, FltCurrentBatchOplock',
    () => {
      const all = (): boolean[] => [FltOplockIsFastIoPossible(OPLOCK), FltCurrentOplock(OPLOCK),
        FltCurrentOplockH(OPLOCK), FltCurrentBatchOplock(OPLOCK)];
      expect(FltOplockIsFastIoPossible(0)).toBe(true);
      expect(all()).toEqual([true, false, false, false]);
      const owner = m.open();
      const granted: [() => string, number, boolean[]][] = [
        [() => ask(owner, R), 0, [false, true, false, false]],
        [() => ask(owner, RH), 0, [false, true, true, false]],
        [() => ask(owner, RWH), 1, [true, true, true, false]],
      ];
      for (const [grant, count, answers] of granted) {
        m.openCount = count;
        expect(grant()).toBe('PENDING');
        expect(all()).toEqual(answers);
      }
      NtCancelIoFile(owner);
      for (const code of [BATCH, FILTER]) {
        expect(legacy(owner, code)).toBe('PENDING');
        expect(all()).toEqual([true, true, false, true]);
        NtCancelIoFile(owner);
      }
      m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 1, 0, 0, 0);
      ask(owner, RWH);
      const other = m.open();
      beginWrite(other);
      expect(all()).toEqual([false, true, true, false]);
      close(owner);
      close(other);
    });

  test('7.4, F-158: FltOplockIsSharedRequest knows Level 2, R and RH', () => {
    const seen: boolean[] = [];
    m.control = (data) => {
      seen.push(FltOplockIsSharedRequest(data.address));
      data.IoStatus.Status = 0xc00000e2 as never;
      return 4;
    };
    const owner = m.open();
    for (const level of [R, RH, RW, RWH]) ask(owner, level);
    for (const code of [LEVEL_2, LEVEL_1, ACKNOWLEDGE]) send(owner, code);
    expect(seen).toEqual([true, true, false, false, true, false, false]);
    close(owner);
  });

  test('OPL-1: none above APC_LEVEL', () => {
    const none = 0 as PFILE_OBJECT;
    for (const act of [() => FltInitializeOplock(OPLOCK), () => FltUninitializeOplock(OPLOCK),
      () => FltOplockIsFastIoPossible(OPLOCK), () => FltCurrentOplock(OPLOCK),
      () => FltCurrentOplockH(OPLOCK), () => FltCurrentBatchOplock(OPLOCK),
      () => FltOplockKeysEqual(none, none)]) {
      expect(bugCheckAt(DISPATCH_LEVEL, act)).toEqual([0xc4, 0xf516]);
    }
  });
});

/** Makes a list with one parameter; the caller fills it and frees the list. */
function listWith(type: PGUID, size: number): { list: PECP_LIST; context: number } {
  const frame = pushFrame();
  const out = stackAlloc(8);
  expect(ecp.FltAllocateExtraCreateParameterList(NOBODY, 0, out)).toBe(0);
  expect(ecp.FltAllocateExtraCreateParameter(NOBODY, type, size, 0, 0, 0x706365, out + 4)).toBe(0);
  const list = i32[out >> 2]! as PECP_LIST;
  const context = i32[(out + 4) >> 2]!;
  expect(ecp.FltInsertExtraCreateParameter(NOBODY, list, context)).toBe(0);
  popFrame(frame);
  return { list, context };
}

/** Opens C:\f with an oplock key of one letter. */
function openWithKey(letter: string): number {
  const { list, context } = listWith(GUID_ECP_OPLOCK_KEY, OPLOCK_KEY_ECP_CONTEXT.size);
  u8[OPLOCK_KEY_ECP_CONTEXT.bound.at_OplockKey(context as never)] = letter.charCodeAt(0);
  const handle = m.open({ ecps: list });
  expect(ecp.FltIsEcpAcknowledged(NOBODY, context)).toBe(true);
  ecp.FltFreeExtraCreateParameterList(NOBODY, list);
  return handle;
}

describe('oplock keys', () => {
  beforeEach(() => m.asks.add(majors.IRP_MJ_CREATE));

  test('OPL-12: a create with the owner\'s key does not break, nor do its operations', () => {
    const owner = openWithKey('k');
    ask(owner, RWH);
    const same = openWithKey('k');
    expect(FltOplockKeysEqual(fileOf(owner), fileOf(same))).toBe(true);
    expect(beginWrite(same)).toBe('SUCCESS');
    expect(ended(request)).toBe('nothing yet');
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 1, 0, 0, 0);
    const other = openWithKey('x');
    expect(FltOplockKeysEqual(fileOf(owner), fileOf(other))).toBe(false);
    expect([ended(request), levels()]).toEqual(['SUCCESS', '7>3 ack']);
    for (const handle of [owner, same, other]) close(handle);
  });

  test('OPL-12, S3.6: OPLOCK_KEY_CHECK_ONLY adds the key of a create to its file object', () => {
    const owner = openWithKey('k');
    ask(owner, RWH);
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 2, 0, 0, 0);
    const [same, other] = [openWithKey('k'), openWithKey('x')];
    expect([same, other].map((handle) => FltOplockKeysEqual(fileOf(owner), fileOf(handle))))
      .toEqual([true, false]);
    expect(ended(request)).toBe('nothing yet');
    for (const handle of [owner, same, other]) close(handle);
  });

  test('7.4, F-158: keys are equal only when both have one; a file object equals itself', () => {
    const [a, b, none] = [openWithKey('k'), openWithKey('k'), m.open()];
    const equal = (x: number, y: number): boolean => FltOplockKeysEqual(fileOf(x), fileOf(y));
    expect([equal(a, b), equal(a, none), equal(none, none)]).toEqual([true, false, true]);
    expect(FltOplockKeysEqual(0 as PFILE_OBJECT, fileOf(a))).toBe(false);
    for (const handle of [a, b, none]) close(handle);
  });

  test('the dual parameter has a key for the file and one for its directory', () => {
    const { list, context } = listWith(GUID_ECP_DUAL_OPLOCK_KEY, DUAL_OPLOCK_KEY_ECP_CONTEXT.size);
    const view = DUAL_OPLOCK_KEY_ECP_CONTEXT.at(context);
    const { at_TargetOplockKey } = DUAL_OPLOCK_KEY_ECP_CONTEXT.bound;
    u8[at_TargetOplockKey(view.address)] = 'k'.charCodeAt(0);
    const without = m.open({ ecps: list });
    view.TargetOplockKeySet = 1;
    const set = m.open({ ecps: list });
    const plain = openWithKey('k');
    expect(FltOplockKeysEqual(fileOf(set), fileOf(plain))).toBe(true);
    expect(FltOplockKeysEqual(fileOf(without), fileOf(plain))).toBe(false);
    ecp.FltFreeExtraCreateParameterList(NOBODY, list);
    for (const handle of [without, set, plain]) close(handle);
  });
});

describe('extra create parameters', () => {
  const type = (USER.start + 0x600) as PGUID;
  beforeEach(() => {
    writeGuid(type, '{11111111-2222-3333-4444-555555555555}');
  });

  test('F-191: are found by type, visited in order, taken out, and at most one of a type', () => {
    const { list, context } = listWith(type, 8);
    const out = USER.start + 0x640;
    expect(ecp.FltAllocateExtraCreateParameter(NOBODY, type, 4, 2, 0, 0x706365, out)).toBe(0);
    const twin = i32[out >> 2]!;
    const insert = statusName(ecp.FltInsertExtraCreateParameter(NOBODY, list, twin));
    expect(insert).toBe('STATUS_INVALID_PARAMETER');
    ecp.FltFreeExtraCreateParameter(NOBODY, twin);
    expect(ecp.FltFindExtraCreateParameter(NOBODY, list, type, out, out + 4)).toBe(0);
    expect([i32[out >> 2], i32[(out + 4) >> 2]]).toEqual([context, 8]);
    const absent = ecp.FltFindExtraCreateParameter(NOBODY, list, GUID_ECP_OPLOCK_KEY, 0, 0);
    expect(statusName(absent)).toBe('STATUS_NOT_FOUND');
    const next = (from: number): string => statusName(ecp.FltGetNextExtraCreateParameter(NOBODY,
      list, from, (out + 16) as PGUID, out, out + 4));
    expect([next(0), i32[out >> 2]]).toEqual(['STATUS_SUCCESS', context]);
    expect(guidText((out + 16) as PGUID)).toBe(guidText(type));
    expect(next(context)).toBe('STATUS_NOT_FOUND');
    expect(ecp.FltIsEcpFromUserMode(NOBODY, context)).toBe(false);
    ecp.FltAcknowledgeEcp(NOBODY, context);
    expect(ecp.FltIsEcpAcknowledged(NOBODY, context)).toBe(true);
    ecp.FltPrepareToReuseEcp(NOBODY, context);
    expect(ecp.FltIsEcpAcknowledged(NOBODY, context)).toBe(false);
    expect(ecp.FltRemoveExtraCreateParameter(NOBODY, list, type, out, 0)).toBe(0);
    expect(next(0)).toBe('STATUS_NOT_FOUND');
    ecp.FltFreeExtraCreateParameter(NOBODY, i32[out >> 2]!);
    ecp.FltFreeExtraCreateParameterList(NOBODY, list);
  });

  test('IO-19: a caller\'s list stays the caller\'s; one that a filter sets goes with the create',
    () => {
      const seen: string[] = [];
      const out = USER.start + 0x640;
      m.add({ name: 'adds', altitude: '60', operations: [{ major: majors.IRP_MJ_CREATE,
        pre: (data) => {
          const get = ecp.FltGetEcpListFromCallbackData(NOBODY, data.address, out);
          const had = i32[out >> 2]! as PECP_LIST;
          const own = listWith(type, 8).list;
          const set = ecp.FltSetEcpListIntoCallbackData(NOBODY, data.address, own);
          if (set !== 0) ecp.FltFreeExtraCreateParameterList(NOBODY, own);
          seen.push(`${statusName(get)} ${had === 0 ? 'none' : 'list'} ${statusName(set)}`);
          return 1;
        } }] });
      const { list } = listWith(type, 8);
      close(m.open({ ecps: list }));
      close(m.open());
      ecp.FltFreeExtraCreateParameterList(NOBODY, list);
      expect(seen).toEqual(['STATUS_SUCCESS list STATUS_INVALID_PARAMETER_3',
        'STATUS_SUCCESS none STATUS_SUCCESS']);
    });

  test('9.5: belong to creates: other operations have none', () => {
    const handle = m.open();
    const seen: string[] = [];
    m.check = (data) => {
      const out = USER.start + 0x640;
      seen.push(statusName(ecp.FltGetEcpListFromCallbackData(NOBODY, data.address, out)),
        statusName(ecp.FltSetEcpListIntoCallbackData(NOBODY, data.address, out as PECP_LIST)));
      return 0;
    };
    beginWrite(handle);
    expect(seen).toEqual(['STATUS_INVALID_PARAMETER', 'STATUS_INVALID_PARAMETER_2']);
    close(handle);
  });
});

test('two streams have an oplock each', () => {
  makeFile('\\g');
  const second = USER.start + 0x680;
  i32[second >> 2] = 0;
  FltInitializeOplock(second);
  const g = must('\\g', ASYNC);
  const ofG = fileOf(g);
  m.control = (data) => FltOplockFsctrl(data.Iopb.TargetFileObject === ofG ? second : OPLOCK,
    data.address, 1);
  const owner = m.open();
  expect([ask(owner, RWH), send(g, LEVEL_1)]).toEqual(['PENDING', 'PENDING']);
  expect([FltCurrentOplock(OPLOCK), FltCurrentOplock(second)]).toEqual([true, true]);
  FltUninitializeOplock(second);
  expect([FltCurrentOplock(OPLOCK), FltCurrentOplock(second)]).toEqual([true, false]);
  close(g);
  close(owner);
});
