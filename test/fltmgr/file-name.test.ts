// Names of files, asked for in callbacks and elsewhere: where they come from, when the file system
// may be asked, what the cache has
// and how they are given back (NAM-1 to NAM-9).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFilter } from '#test/support/make-filter.ts';
import { open } from '#test/support/open-file.ts';
import { u16 } from '#src/mem/memory.ts';
import { load } from '#src/atomics-sync/atomics.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as k from '#src/fltmgr/constants.ts';
import * as st from '#src/ntos/status-codes.ts';
import { FltGetFileNameInformation, FltGetFileNameInformationUnsafe,
  FltPurgeFileNameInformationCache, FltReferenceFileNameInformation, FltReleaseFileNameInformation }
  from '#src/fltmgr/name/file-name.ts';
import { FltpNamesChanged, cachedNames } from '#src/fltmgr/name/file-name-cache.ts';
import { FltpFileObjectClosed } from '#src/fltmgr/context/context-teardown.ts';
import { FLT_FILTER } from '#src/fltmgr/attach/object.ts';
import { FILE_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_BY_FILE_ID,
  FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { FILE_OBJECT, FO_CLEANUP_COMPLETE, IO_STATUS_BLOCK, IRP_PAGING_IO }
  from '#src/ntos/io/types.ts';
import { FileInternalInformation } from '#src/ntos/io/information/information-classes.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtQueryInformationFile } from '#src/ntos/io/service/nt-information.ts';
import { IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { KeEnterGuardedRegion, KeLeaveGuardedRegion } from '#src/ntos/ke/apc.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import { NORMALIZED, OPENED, VOLUME, ask, make, nameMachine, nameOf, text }
  from './name-machine.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';
import type { NameMachine } from './name-machine.ts';

const CACHED = k.FLT_FILE_NAME_OPENED | k.FLT_FILE_NAME_QUERY_CACHE_ONLY;
const FROM_DISK = k.FLT_FILE_NAME_OPENED | k.FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY;
const CACHE_FIRST = k.FLT_FILE_NAME_OPENED | k.FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP;
const CREATE = 0x00;
const CLOSE = 0x02;
const READ = 0x03;
const CLEANUP = 0x12;

let machine: NameMachine;

beforeEach(() => {
  machine = nameMachine();
});

afterEach(() => machine.end());

function inCallback(data: FltCallbackData, options: number): string | number {
  return nameOf((at) => FltGetFileNameInformation(data.address, options, at));
}

interface Seen {
  readonly pre: (string | number)[];
  readonly post: (string | number)[];
}

/** A filter that asks for names before and after operations of one major. */
function asker(major: number, preOptions: number, postOptions: number): Seen {
  const seen: Seen = { pre: [], post: [] };
  machine.filters.push(makeFilter({
    name: `asker${machine.filters.length}`,
    altitude: `${100 + machine.filters.length}`,
    operations: [{
      major,
      pre: (data) => (seen.pre.push(inCallback(data, preOptions)), 0),
      post: (data) => (seen.post.push(inCallback(data, postOptions)), 0),
    }],
  }));
  return seen;
}

/** A filter without a callback, for names asked outside of operations. */
function idle(): PFLT_INSTANCE {
  let instance = 0 as PFLT_INSTANCE;
  machine.filters.push(makeFilter({
    name: `idle${machine.filters.length}`,
    altitude: `${300 + machine.filters.length}`,
    operations: [],
    setup: (objects: FltRelatedObjects) => {
      if (objects.Volume !== machine.volumes[0]?.volume) return 0;
      instance = objects.Instance as PFLT_INSTANCE;
      return 0;
    },
  }));
  return instance;
}

function makeTree(): void {
  NtClose(make('C:\\Dir', FILE_DIRECTORY_FILE));
  NtClose(make('C:\\Dir\\Sub', FILE_DIRECTORY_FILE));
  NtClose(make('C:\\Dir\\Sub\\File.txt'));
}

/** Runs with a file object that is open; the handle is closed afterwards. */
function withFile<T>(path: string, act: (file: PFILE_OBJECT) => T): T {
  const handle = make(path);
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const result = act(file);
  releaseFile(file);
  FltpFileObjectClosed(file);
  NtClose(handle);
  return result;
}

const unsafe = (file: PFILE_OBJECT, instance: PFLT_INSTANCE, options: number): string | number =>
  nameOf((at) => FltGetFileNameInformationUnsafe(file, instance, options, at));

describe('in a create', () => {
  test('NAM-4: the name is what the caller gave before, and the file system\'s after', () => {
    makeTree();
    const opened = asker(CREATE, OPENED, OPENED);
    const normalized = asker(CREATE, NORMALIZED, NORMALIZED);
    NtClose(make('C:\\DIR\\sub\\FILE.txt'));
    expect(opened).toEqual({
      pre: [`${VOLUME}\\DIR\\sub\\FILE.txt`], post: [`${VOLUME}\\Dir\\Sub\\File.txt`],
    });
    expect(normalized).toEqual(opened);
  });

  test('relative to a directory the name is whole', () => {
    makeTree();
    const root = make('C:\\Dir\\Sub', FILE_DIRECTORY_FILE);
    const seen = asker(CREATE, NORMALIZED, NORMALIZED);
    const file = fileByHandle(root, 0) as PFILE_OBJECT;
    NtClose(open('file.TXT', { root: file }).handle);
    releaseFile(file);
    NtClose(root);
    expect(seen).toEqual({
      pre: [`${VOLUME}\\Dir\\Sub\\file.TXT`], post: [`${VOLUME}\\Dir\\Sub\\File.txt`],
    });
  });

  test('NAM-4: that fails the name stays what the caller gave', () => {
    const seen = asker(CREATE, OPENED, OPENED);
    expect(open('C:\\missing\\x').status).toBeLessThan(0);
    expect(seen).toEqual({ pre: [`${VOLUME}\\missing\\x`], post: [`${VOLUME}\\missing\\x`] });
  });

  test('of the volume itself the name is the volume\'s', () => {
    const seen = asker(CREATE, OPENED, OPENED);
    NtClose(open('C:').handle);
    expect(seen).toEqual({ pre: [VOLUME], post: [VOLUME] });
  });

  test('by id the name is the file\'s', () => {
    makeTree();
    const handle = make('C:\\Dir\\Sub\\File.txt');
    const frame = pushFrame();
    const id = stackAlloc(8);
    const iosb = stackAlloc(IO_STATUS_BLOCK.size);
    NtQueryInformationFile(handle, iosb, id, 8, FileInternalInformation);
    const path = String.fromCharCode(...Array.from(u16.subarray(id >> 1, (id >> 1) + 4)));
    popFrame(frame);
    NtClose(handle);
    const root = make('C:\\Dir', FILE_DIRECTORY_FILE);
    const seen = asker(CREATE, NORMALIZED, NORMALIZED);
    const file = fileByHandle(root, 0) as PFILE_OBJECT;
    const options = FILE_OPEN_BY_FILE_ID | FILE_SYNCHRONOUS_IO_NONALERT;
    const opened = open(path, { root: file, options, disposition: FILE_OPEN, shareAccess: 7 });
    expect(opened.status).toBe(0);
    NtClose(opened.handle);
    releaseFile(file);
    NtClose(root);
    const whole = `${VOLUME}\\Dir\\Sub\\File.txt`;
    expect(seen).toEqual({ pre: [whole], post: [whole] });
  });

  test('NAM-3: there is no short name before, nor on a volume without such names', () => {
    const options = k.FLT_FILE_NAME_SHORT | k.FLT_FILE_NAME_QUERY_DEFAULT;
    const seen = asker(CREATE, options, options);
    NtClose(make('C:\\long name.text'));
    expect(seen).toEqual({
      pre: [st.STATUS_FLT_INVALID_NAME_REQUEST], post: [st.STATUS_OBJECT_NAME_NOT_FOUND],
    });
  });

  test('a named stream belongs to the name', () => {
    const seen = asker(CREATE, OPENED, OPENED);
    NtClose(make('C:\\f.txt:side'));
    expect(seen.pre).toEqual([`${VOLUME}\\f.txt:side`]);
    expect(seen.post[0]).toMatch(/\\f\.txt:side(:\$DATA)?$/);
  });
});

/** Asks in the pre-operation callback of a cleanup, under circumstances. */
function under(
  before: (data: FltCallbackData) => void,
  after: () => void,
  options: number,
): unknown {
  const seen: unknown[] = [];
  machine.filters.push(makeFilter({
    name: 'under', altitude: '100',
    operations: [{
      major: CLEANUP,
      pre: (data) => {
        before(data);
        seen.push(inCallback(data, options));
        after();
        return 1;
      },
    }],
  }));
  NtClose(make('C:\\f'));
  return seen[0];
}

const nothing = (): void => undefined;

describe('NAM-3: the file system is not asked', () => {
  test('NAM-3: after cleanup and after close', () => {
    const cleanup = asker(CLEANUP, FROM_DISK, FROM_DISK);
    const close = asker(CLOSE, FROM_DISK, FROM_DISK);
    NtClose(make('C:\\f'));
    expect(cleanup.pre).toEqual([`${VOLUME}\\f`]);
    expect(close.pre).toEqual([st.STATUS_FLT_INVALID_NAME_REQUEST]);
    expect(close.post).toEqual([st.STATUS_FLT_INVALID_NAME_REQUEST]);
  });

  const circumstances = {
    'for paging I/O': [(data: FltCallbackData) => (data.Iopb.IrpFlags |= IRP_PAGING_IO), nothing],
    'while TopLevelIrp is set': [() => IoSetTopLevelIrp(1), () => IoSetTopLevelIrp(0)],
    'while all APCs are disabled': [KeEnterGuardedRegion, KeLeaveGuardedRegion],
    'while the file system holds its locks': [
      (data: FltCallbackData) => (data.Iopb.MajorFunction = 0xfb), nothing],
  } as const;

  test.each(Object.entries(circumstances))('NAM-3: %s', (_name, [before, after]) => {
    expect(under(before, after, OPENED)).toBe(st.STATUS_FLT_INVALID_NAME_REQUEST);
  });

  test('NAM-5: FltGetFileNameInformationUnsafe is not protected: the file system is asked', () => {
    const instance = idle();
    for (const [, [before, after]] of Object.entries(circumstances).slice(0, 2)) {
      const found: (string | number)[] = [];
      machine.filters.push(makeFilter({
        name: 'both', altitude: `${200 + machine.filters.length}`,
        operations: [{
          major: CLEANUP,
          pre: (data) => {
            before(data);
            found.push(inCallback(data, FROM_DISK),
              unsafe(data.Iopb.TargetFileObject as PFILE_OBJECT, instance, FROM_DISK));
            after();
            return 1;
          },
        }],
      }));
      NtClose(make('C:\\f'));
      expect(found).toEqual([st.STATUS_FLT_INVALID_NAME_REQUEST, `${VOLUME}\\f`]);
      machine.filters.pop()!.unregister();
    }
    // It needs no operation at all, and no instance either.
    withFile('C:\\f', (file) => expect(unsafe(file, 0 as PFLT_INSTANCE, FROM_DISK))
      .toBe(`${VOLUME}\\f`));
  });

  test.each(Object.entries(circumstances))('NAM-2: %s, but the cache may be', (_name, [before, after]) => {
    const cacheIt = (data: FltCallbackData): void => {
      expect(inCallback(data, OPENED)).toBe(`${VOLUME}\\f`);
      before(data);
    };
    expect(under(cacheIt, after, CACHE_FIRST)).toBe(`${VOLUME}\\f`);
  });

  test('NAM-1, NAM-3: at APC_LEVEL; above it nobody asks', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      const at = (): unknown =>
        ask((word) => FltGetFileNameInformationUnsafe(file, instance, 0, word));
      expect(bugCheckAt(2, at)).toEqual([0xc4, 0xf516]);
    });
    const seen: unknown[] = [];
    machine.filters.push(makeFilter({
      name: 'apc', altitude: '100',
      operations: [{
        major: READ, pre: () => 1,
      }, {
        major: CLEANUP,
        pre: (data) => (seen.push(atIrql(1, () => inCallback(data, FROM_DISK))), 1),
      }],
    }));
    NtClose(make('C:\\f'));
    expect(seen).toEqual([st.STATUS_FLT_INVALID_NAME_REQUEST]);
  });
});

describe('the name cache', () => {
  test('NAM-2: has what was asked for before, until the file object goes', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      expect(unsafe(file, instance, CACHED)).toBe(st.STATUS_FLT_NAME_CACHE_MISS);
      expect(unsafe(file, instance, OPENED)).toBe(`${VOLUME}\\f`);
      expect(unsafe(file, instance, CACHED)).toBe(`${VOLUME}\\f`);
      const otherFormat = k.FLT_FILE_NAME_NORMALIZED | k.FLT_FILE_NAME_QUERY_CACHE_ONLY;
      expect(unsafe(file, instance, otherFormat)).toBe(st.STATUS_FLT_NAME_CACHE_MISS);
      expect(cachedNames()).toBe(1);
    });
    expect(cachedNames()).toBe(0);
  });

  test('NAM-2: keeps nothing that was asked of the file system alone, or not to be kept', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      unsafe(file, instance, FROM_DISK);
      unsafe(file, instance, OPENED | k.FLT_FILE_NAME_DO_NOT_CACHE);
      expect(unsafe(file, instance, CACHED)).toBe(st.STATUS_FLT_NAME_CACHE_MISS);
    });
  });

  test('serves other filters too, each with name information of its own', () => {
    const [one, two] = [idle(), idle()];
    withFile('C:\\f', (file) => {
      const first = ask((at) => FltGetFileNameInformationUnsafe(file, one, OPENED, at));
      const second = ask((at) => FltGetFileNameInformationUnsafe(file, two, CACHED, at));
      expect(second.status).toBe(0);
      expect(second.info).not.toBe(first.info);
      expect(machine.filters.map(({ filter }) => heldBy(filter))).toEqual([1, 1]);
      FltReleaseFileNameInformation(first.info);
      FltReleaseFileNameInformation(second.info);
      expect(machine.filters.map(({ filter }) => heldBy(filter))).toEqual([0, 0]);
    });
  });

  test('NAM-9: forgets a file object, or everything, when it is purged', () => {
    const instance = idle();
    withFile('C:\\f', (file) => withFile('C:\\g', (other) => {
      for (const each of [file, other]) unsafe(each, instance, OPENED);
      expect(FltPurgeFileNameInformationCache(instance, file)).toBe(0);
      expect(unsafe(file, instance, CACHED)).toBe(st.STATUS_FLT_NAME_CACHE_MISS);
      expect(unsafe(other, instance, CACHED)).toBe(`${VOLUME}\\g`);
      FltPurgeFileNameInformationCache(instance, 0 as PFILE_OBJECT);
      expect(unsafe(other, instance, CACHED)).toBe(st.STATUS_FLT_NAME_CACHE_MISS);
    }));
  });

  test('does not give a name of before a rename', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      unsafe(file, instance, OPENED);
      FltpNamesChanged();
      expect(unsafe(file, instance, CACHED)).toBe(st.STATUS_FLT_NAME_CACHE_MISS);
      expect(unsafe(file, instance, OPENED)).toBe(`${VOLUME}\\f`);
      expect(cachedNames()).toBe(1);
    });
  });

  test('goes with its filter', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      unsafe(file, instance, OPENED);
      machine.filters.pop()?.unregister();
      expect(cachedNames()).toBe(0);
    });
  });
});

function heldBy(filter: MadeFilter['filter']): number {
  return load(FLT_FILTER.bound.at_NameInformationCount(filter));
}

describe('name information', () => {
  test('NAM-1: outlives the cache, and one release too many is bug check 0xF5/0x68', () => {
    const instance = idle();
    const info = withFile('C:\\f', (file) =>
      ask((at) => FltGetFileNameInformationUnsafe(file, instance, OPENED, at)).info);
    expect(text(info)).toBe(`${VOLUME}\\f`);
    FltReferenceFileNameInformation(info);
    FltReleaseFileNameInformation(info);
    FltReleaseFileNameInformation(info);
    expect(bugCheckOf(() => FltReleaseFileNameInformation(info))).toEqual([0xf5, 0x68]);
  });

  test('NAM-1: that the cache still has may not be released too often either', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      const { info } = ask((at) => FltGetFileNameInformationUnsafe(file, instance, OPENED, at));
      FltReleaseFileNameInformation(info);
      expect(bugCheckOf(() => FltReleaseFileNameInformation(info))).toEqual([0xf5, 0x68]);
      expect(bugCheckOf(() => FltReferenceFileNameInformation(info))).toEqual([0xf5, 0x68]);
      expect(unsafe(file, instance, CACHED)).toBe(`${VOLUME}\\f`);
    });
  });

  test('NAM-1: is asked for with one known format and one known method', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      for (const options of [0, 0x2, 0x100, 0x104, 0x502, 0x0001_0102, 0x0800_0102]) {
        expect(unsafe(file, instance, options)).toBe(st.STATUS_INVALID_PARAMETER);
      }
    });
  });

  test('without an instance is asked for at the top of the stack', () => {
    const seen = asker(0x05, CACHED, CACHED);
    withFile('C:\\f', (file) => {
      expect(unsafe(file, 0 as PFLT_INSTANCE, OPENED)).toBe(`${VOLUME}\\f`);
    });
    expect(seen.pre).toHaveLength(1);
    FltPurgeFileNameInformationCache(0 as PFLT_INSTANCE, 0 as PFILE_OBJECT);
  });

  test('of a long name is whole', () => {
    const instance = idle();
    const path = Array.from({ length: 3 }, (_, i) => 'x'.repeat(250) + i);
    for (let i = 1; i < path.length; i++) {
      NtClose(make(`C:\\${path.slice(0, i).join('\\')}`, FILE_DIRECTORY_FILE));
    }
    const whole = `\\${path.join('\\')}`;
    withFile(`C:${whole}`, (file) => {
      expect(unsafe(file, instance, OPENED)).toBe(VOLUME + whole);
    });
  });

  test('after cleanup comes from the cache', () => {
    const instance = idle();
    withFile('C:\\f', (file) => {
      unsafe(file, instance, OPENED);
      FILE_OBJECT.bound.set_Flags(file, FILE_OBJECT.bound.Flags(file) | FO_CLEANUP_COMPLETE);
      expect(unsafe(file, instance, CACHED)).toBe(`${VOLUME}\\f`);
      FILE_OBJECT.bound.set_Flags(file, FILE_OBJECT.bound.Flags(file) & ~FO_CLEANUP_COMPLETE);
    });
  });
});
