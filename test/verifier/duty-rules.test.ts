// What filters owe to what lies around them: own I/O, failed creates, oplocks, names and user
// buffers. Each fault with a filter that commits it and one that only looks as if it did.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FLT_FILE_NAME_INFORMATION, FLT_FILE_NAME_OPENED, FLT_FILE_NAME_QUERY_DEFAULT,
  FltCancelFileOpen, FltCheckOplockEx, FltGetFileNameInformation, FltOplockFsctrl, FltReadFile,
  FltReleaseFileNameInformation, MmGetSystemAddressForMdlSafe, OPLOCK_FLAG_COMPLETE_IF_OPLOCKED,
  RtlEqualUnicodeString, out, u32 } from '#src/fltKernel.ts';
import { filterName } from '#src/fltmgr/attach/filter.ts';
import { FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { USER } from '#src/mem/memory-map.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_2 }
  from '#src/ntos/io/control-codes.ts';
import { IoAllocateMdl, IoFreeMdl, MmProbeAndLockPages, MmUnlockPages }
  from '#src/ntos/io/irp/mdl.ts';
import { FileBasicInformation } from '#src/ntos/io/information/information-classes.ts';
import { KPRCB, prcbOf } from '#src/ntos/ke/prcb.ts';
import { ROLE_SYSTEM_WORKER } from '#src/ntos/ke/thread.ts';
import { STATUS_ACCESS_DENIED, STATUS_OPLOCK_BREAK_IN_PROGRESS } from '#src/ntos/status-codes.ts';
import { loggedFindings } from '#src/verifier/finding/finding-log.ts';
import { nameImage } from '#src/verifier/images.ts';
import { forgetLocks } from '#src/verifier/lock/held-locks.ts';
import { bytes, openShared, putFile } from '#test/support/ramfs-volume.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import { close, rename, set } from '#test/fs/support/files.ts';
import { legacy } from '#test/fs/support/oplocks.ts';
import { FilteredVolume } from '../fltmgr/filtered-volume.ts';
import { ASYNC, OPLOCK, OplockMachine } from '../fltmgr/oplock-machine.ts';
import { asDriver } from './as-driver.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';

const [CREATE, CLEANUP, WITH_CALLBACK, NO_CALLBACK, FINISHED] = [0, 0x12, 0, 1, 0];
const { Filter } = FLT_INSTANCE.bound;
const OTHER_IMAGE = 7;
const HOW = FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT;
const rules = (): string[] => loggedFindings().map(({ rule }) => rule);
const causes = (): string => loggedFindings().map(({ cause }) => cause).join('\n');
beforeEach(() => forgetLocks());

describe('on a volume', () => {
  let v: FilteredVolume;
  let isBroken: boolean;
  beforeEach(() => {
    isBroken = false;
    v = new FilteredVolume();
    putFile('C:\\f', bytes('content'));
  });
  afterEach(() => {
    if (!isBroken) v.end();
  });
  const broken = (act: () => unknown): [number, number] => {
    isBroken = true;
    return bugCheckOf(act);
  };
  const openAndClose = (): void => close(openShared('C:\\f').handle);

  describe('IO-1: contract.foreign-instance', () => {
    /** A filter that reads from the instance at 200, which is its own or not. */
    const reader = (): void => {
      v.filter('act', '150', CLEANUP, (_data, { FileObject }: FltRelatedObjects) => {
        FltReadFile(v.instance, FileObject as never, 0, 4, USER.start + 0x800, 0, 0, 0, 0);
        return NO_CALLBACK;
      });
    };
    const nameOfMid = (): string => filterName(Filter(v.instance));

    test('a read from the instance of another driver', () => {
      nameImage(OTHER_IMAGE, nameOfMid());
      reader();
      const { handle } = openShared('C:\\f');
      expect(broken(() => close(handle))[0]).toBe(0xc4);
      expect(rules()).toEqual(['contract.foreign-instance']);
    });

    test('what only looks like it: the other instance is the same driver\'s', () => {
      nameImage(OTHER_IMAGE, 'somebody else');
      reader();
      openAndClose();
      expect(rules()).toEqual([]);
    });
  });

  describe('POST-18: contract.create-not-cancelled', () => {
    const denier = (before: (objects: FltRelatedObjects) => void): void => {
      v.filter('deny', '150', CREATE, () => WITH_CALLBACK, (data, objects: FltRelatedObjects) => {
        before(objects);
        data.IoStatus.Status = STATUS_ACCESS_DENIED;
        data.IoStatus.Information = 0;
        return FINISHED;
      });
    };

    test('a create that succeeded is failed, and the file stays open', () => {
      denier(() => undefined);
      expect(broken(() => openShared('C:\\f'))[0]).toBe(0xc4);
      expect(rules()).toEqual(['contract.create-not-cancelled']);
    });

    test('what only looks like it: the open is taken back before', () => {
      denier(({ Instance, FileObject }) =>
        FltCancelFileOpen(Instance as never, FileObject as never));
      expect(openShared('C:\\f').status).toBe('STATUS_ACCESS_DENIED');
      expect(rules()).toEqual([]);
    });

    test('what only looks like it: the create has failed already', () => {
      v.filter('deny', '150', CREATE, () => WITH_CALLBACK, (data) => {
        if (data.IoStatus.Status < 0) data.IoStatus.Status = STATUS_ACCESS_DENIED;
        return FINISHED;
      });
      expect(openShared('C:\\not there').status).toBe('STATUS_ACCESS_DENIED');
      expect(rules()).toEqual([]);
    });
  });

  describe('toctou.name', () => {
    let compares: boolean;
    beforeEach(() => {
      compares = true;
    });
    const ask = (data: FltCallbackData): void => {
      const name = out();
      if (FltGetFileNameInformation(data, HOW, name) < 0) return;
      const { Name } = FLT_FILE_NAME_INFORMATION.at(name.value as never);
      if (compares) RtlEqualUnicodeString(Name, Name, true);
      FltReleaseFileNameInformation(name.value as never);
    };
    let between: () => void;
    /** A filter that asks before each create, and perhaps again after it. */
    const doorkeeper = (asksAgain: boolean): void => {
      v.filter('door', '150', CREATE, (data) => {
        const act = between;
        between = () => undefined;
        ask(data);
        act();
        return WITH_CALLBACK;
      }, (data) => {
        if (asksAgain && data.IoStatus.Status >= 0) ask(data);
        return FINISHED;
      });
    };
    const moveInBetween = (asksAgain: boolean): void => {
      between = () => undefined;
      doorkeeper(asksAgain);
      putFile('C:\\other', bytes('secret'));
      const { handle } = openShared('C:\\other');
      between = () => void rename(handle, '\\path');
      const opened = openShared('C:\\path');
      expect(opened.status).toBe('STATUS_SUCCESS');
      close(opened.handle);
      close(handle);
    };

    test('the file gets the name between the question and the open', () => {
      moveInBetween(false);
      expect(rules()).toEqual(['toctou.name']);
    });

    test('what only looks like it: the filter asks again in post-create', () => {
      moveInBetween(true);
      expect(rules()).toEqual([]);
    });

    test('what only looks like it: the filter takes the name down and decides nothing', () => {
      compares = false;
      moveInBetween(false);
      expect(rules()).toEqual([]);
    });

    test('what only looks like it: another file is renamed meanwhile', () => {
      between = () => undefined;
      doorkeeper(false);
      putFile('C:\\other', bytes('secret'));
      const { handle } = openShared('C:\\other');
      between = () => void rename(handle, '\\elsewhere');
      openAndClose();
      close(handle);
      expect(rules()).toEqual([]);
    });
  });
});

describe('with an oplock of the filter', () => {
  let m: OplockMachine;
  beforeEach(() => {
    m = new OplockMachine();
    m.control = (data) => FltOplockFsctrl(OPLOCK, data.address, 1);
    m.check = (data) => FltCheckOplockEx(OPLOCK, data.address, 0, 0, 0, 0);
  });
  afterEach(() => m.end());

  /** A granted level 2 oplock, an operation that breaks it, and what was found by then. */
  const setInformation = (isAsked: boolean, isHeld = true): string[] => {
    if (!isAsked) m.asks.delete(6);
    const holder = m.open();
    m.control = (data) => FltOplockFsctrl(OPLOCK, data.address, 0);
    if (isHeld) expect(legacy(holder, FSCTL_REQUEST_OPLOCK_LEVEL_2)).toBe('PENDING');
    const other = m.open({ options: 0x20 });
    set(other, FileBasicInformation, 40);
    const found = [...rules()];
    expect(causes()).not.toMatch(/IRP_MJ_CREATE/);
    close(other);
    close(holder);
    return found;
  };

  test('OPL-4: oplock-state.unchecked: an operation goes by the oplock', () => {
    expect(setInformation(false)).toEqual(['oplock-state.unchecked']);
    expect(causes()).toMatch(/IRP_MJ_SET_INFORMATION goes down/);
  });

  test('what only looks like it: the oplock is checked', () => {
    expect(setInformation(true)).toEqual([]);
  });

  test('what only looks like it: nobody holds an oplock', () => {
    expect(setInformation(false, false)).toEqual([]);
  });

  /** An open that skips the wait for a batch oplock; `then` is what the filter does next. */
  const skipWait = (then: (data: FltCallbackData) => void): string[] => {
    const holder = m.open(ASYNC);
    expect(legacy(holder, FSCTL_REQUEST_BATCH_OPLOCK)).toBe('PENDING');
    m.asks.add(CREATE);
    m.check = (data) => {
      const flags = OPLOCK_FLAG_COMPLETE_IF_OPLOCKED;
      const answer = FltCheckOplockEx(OPLOCK, data.address, flags, 0, 0, 0);
      then(data);
      return answer;
    };
    const other = m.open(ASYNC);
    const found = [...rules()];
    m.asks.delete(CREATE);
    close(holder);
    close(other);
    return found;
  };
  const cachedSize = (): number => u32[(OPLOCK + 64) >> 2]!;

  test('OPL-11: contract.oplock-break-unread: own state is used without a look', () => {
    expect(skipWait(() => void cachedSize())).toEqual(['contract.oplock-break-unread']);
  });

  test('what only looks like it: the status is read first', () => {
    expect(skipWait((data) => {
      if (data.IoStatus.Status !== STATUS_OPLOCK_BREAK_IN_PROGRESS) cachedSize();
    })).toEqual([]);
  });
});

describe('BUF-2: buffer.foreign-context', () => {
  const { Role, set_Role } = KPRCB.bound;
  const USER_BYTES = USER.start + 0x4000;
  let before: number;
  beforeEach(() => {
    bootInline();
    before = Role(prcbOf(0));
    set_Role(prcbOf(0), ROLE_SYSTEM_WORKER);
  });
  afterEach(() => set_Role(prcbOf(0), before));

  test('a system worker reads a user address', () => {
    expect(bugCheckOf(() => asDriver(() => u32[USER_BYTES >> 2]))[0]).toBe(0x50);
    expect(rules()).toEqual(['buffer.foreign-context']);
  });

  test('what only looks like it: through the mapping of a locked MDL', () => {
    const mdl = IoAllocateMdl(USER_BYTES, 64, false, false, 0 as never);
    MmProbeAndLockPages(mdl, 0, 0);
    asDriver(() => u32[MmGetSystemAddressForMdlSafe(mdl, 16) >> 2]);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    expect(rules()).toEqual([]);
  });

  test('what only looks like it: in a thread of the application', () => {
    set_Role(prcbOf(0), before);
    asDriver(() => u32[USER_BYTES >> 2]);
    expect(rules()).toEqual([]);
  });
});
