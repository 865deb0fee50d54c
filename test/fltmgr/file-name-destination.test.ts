// The name a rename or link leads to, and the name a file gets by tunnelling (NAM-6, NAM-8).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFilter } from '#test/support/make-filter.ts';
import { open } from '#test/support/open-file.ts';
import { u16, u32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as k from '#src/fltmgr/constants.ts';
import * as st from '#src/ntos/status-codes.ts';
import { FltGetDestinationFileNameInformation } from '#src/fltmgr/name/file-name-destination.ts';
import { FltGetTunneledName } from '#src/fltmgr/name/file-name-tunnel.ts';
import { FltGetFileNameInformation, FltReleaseFileNameInformation }
  from '#src/fltmgr/name/file-name.ts';
import { FltpFileObjectClosed } from '#src/fltmgr/context/context-teardown.ts';
import { FILE_DIRECTORY_FILE, FILE_OPEN_IF } from '#src/ntos/io/file-constants.ts';
import { FileNormalizedNameInformation } from '#src/ntos/io/information/information-classes.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import { NORMALIZED, OPENED, VOLUME, ask, make, nameMachine, text } from './name-machine.ts';
import type { FltRelatedObjects } from '#src/image/role.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';
import type { Info, NameMachine } from './name-machine.ts';

const CREATE = 0x00;
const QUERY_INFORMATION = 0x05;
const CLEANUP = 0x12;

let machine: NameMachine;
let instance: PFLT_INSTANCE;

beforeEach(() => {
  machine = nameMachine();
  machine.filters.push(makeFilter({
    name: 'asker', altitude: '100', operations: [],
    setup: (objects: FltRelatedObjects) => {
      if (objects.Volume === machine.volumes[0]?.volume) {
        instance = objects.Instance as PFLT_INSTANCE;
      }
      return 0;
    },
  }));
});

afterEach(() => machine.end());

/** Asks where a rename of C:\Dir\f.txt leads: a name, or a failing status. */
function destination(
  target: string,
  options: number = OPENED,
  root = 0,
  path = 'C:\\Dir\\f.txt',
): string | number {
  NtClose(make('C:\\Dir', FILE_DIRECTORY_FILE));
  const handle = make(path);
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const frame = pushFrame();
  const buffer = stackAlloc(target.length * 2 + 2);
  const bytes = writeUtf16(buffer, target);
  const { status, info } = ask((at) => FltGetDestinationFileNameInformation(
    instance, file, root, buffer, bytes, options, at));
  popFrame(frame);
  releaseFile(file);
  NtClose(handle);
  if (status < 0) {
    expect(info).toBe(0);
    return status;
  }
  expect(text(info, 'Volume')).toBe(VOLUME);
  const name = text(info);
  FltReleaseFileNameInformation(info);
  return name;
}

describe('the destination of a rename', () => {
  test('NAM-6: is beside the file for a bare name', () => {
    expect(destination('g.txt')).toBe(`${VOLUME}\\Dir\\g.txt`);
    expect(destination('g.txt', NORMALIZED)).toBe(`${VOLUME}\\Dir\\g.txt`);
  });

  test('NAM-6: is anywhere on the volume for a full path', () => {
    expect(destination('\\??\\C:\\other\\g.txt')).toBe(`${VOLUME}\\other\\g.txt`);
    expect(destination(`${VOLUME}\\g.txt`)).toBe(`${VOLUME}\\g.txt`);
  });

  test('NAM-6: is below a directory handle', () => {
    NtClose(make('C:\\Other', FILE_DIRECTORY_FILE));
    const root = make('C:\\Other', FILE_DIRECTORY_FILE);
    expect(destination('sub\\g.txt', OPENED, root)).toBe(`${VOLUME}\\Other\\sub\\g.txt`);
    expect(destination('\\g.txt', OPENED, root)).toBe(st.STATUS_INVALID_PARAMETER);
    NtClose(root);
  });

  test('is another stream of the file', () => {
    expect(destination(':side')).toBe(`${VOLUME}\\Dir\\f.txt:side`);
    const old = 'C:\\Dir\\f.txt:old';
    expect(destination(':side', OPENED, 0, old)).toBe(`${VOLUME}\\Dir\\f.txt:side`);
  });

  test('NAM-6: is on the same volume', () => {
    expect(destination('\\??\\D:\\g.txt')).toBe(st.STATUS_NOT_SAME_DEVICE);
    expect(destination('\\??\\X:\\g.txt')).toBe(st.STATUS_INVALID_PARAMETER);
    const root = make('D:\\Other', FILE_DIRECTORY_FILE);
    expect(destination('g.txt', OPENED, root)).toBe(st.STATUS_NOT_SAME_DEVICE);
    NtClose(root);
  });

  test('NAM-6: has no short name, and a name at all', () => {
    expect(destination('g.txt', k.FLT_FILE_NAME_SHORT | k.FLT_FILE_NAME_QUERY_DEFAULT))
      .toBe(st.STATUS_INVALID_PARAMETER);
    expect(destination('')).toBe(st.STATUS_INVALID_PARAMETER);
    expect(destination('g.txt', 0x100)).toBe(st.STATUS_INVALID_PARAMETER);
  });

  test('NAM-6: is not asked for in the middle of a file system\'s work', () => {
    let status = 0;
    machine.filters.push(makeFilter({
      name: 'busy', altitude: '200',
      operations: [{
        major: CLEANUP,
        pre: (_data, objects) => {
          IoSetTopLevelIrp(1);
          const buffer = stackAlloc(2);
          writeUtf16(buffer, 'g');
          status = ask((at) => FltGetDestinationFileNameInformation(instance,
            objects.FileObject as PFILE_OBJECT, 0, buffer, 2, OPENED, at)).status;
          IoSetTopLevelIrp(0);
          return 1;
        },
      }],
    }));
    NtClose(make('C:\\f'));
    expect(status).toBe(st.STATUS_FLT_INVALID_NAME_REQUEST);
  });
});

/** A filter that lets the file system below it call everything by another last component. */
function tunnel(last: string): void {
  machine.filters.push(makeFilter({
    name: 'tunnel', altitude: '50',
    operations: [{
      major: QUERY_INFORMATION,
      post: (data) => {
        const query = data.Iopb.Parameters.QueryFileInformation;
        if (query.FileInformationClass !== FileNormalizedNameInformation) return 0;
        const buffer = query.InfoBuffer;
        const bytes = u32[buffer >> 2]!;
        let at = buffer + 4 + bytes;
        while (u16[(at - 2) >> 1] !== 0x5c) at -= 2;
        u32[buffer >> 2] = at - buffer - 4 + writeUtf16(at, last);
        return 0;
      },
    }],
  }));
}

/** Asks for tunnelled names after each create: null for none, or the name. */
function tunnelled(path: string, format = NORMALIZED): (string | null | number)[] {
  const answers: (string | null | number)[] = [];
  machine.filters.push(makeFilter({
    name: 'tunnelled', altitude: '150',
    operations: [{
      major: CREATE,
      pre: (data, _objects, context) => {
        context.value = ask((at) => FltGetFileNameInformation(data.address, format, at)).info;
        return 0;
      },
      post: (data, _objects, context) => {
        const name = context as Info;
        const { status, info } = ask((at) => FltGetTunneledName(data.address as never, name, at));
        answers.push(status < 0 ? status : info === 0 ? null : text(info));
        if (info !== 0) FltReleaseFileNameInformation(info);
        FltReleaseFileNameInformation(name);
        return 0;
      },
    }],
  }));
  const { status, handle } = open(path, { disposition: FILE_OPEN_IF });
  if (status >= 0) {
    const file = fileByHandle(handle, 0) as PFILE_OBJECT;
    FltpFileObjectClosed(file);
    releaseFile(file);
    NtClose(handle);
  }
  return answers;
}

describe('a tunnelled name', () => {
  test('NAM-8: is there when the file has got another last component', () => {
    NtClose(make('C:\\Dir', FILE_DIRECTORY_FILE));
    tunnel('The long name.text');
    expect(tunnelled('C:\\Dir\\THELON~1.TXT')).toEqual([`${VOLUME}\\Dir\\The long name.text`]);
  });

  test('NAM-8: is not there when only the case differs', () => {
    tunnel('thelon~1.txt');
    expect(tunnelled('C:\\THELON~1.TXT')).toEqual([null]);
  });

  test('NAM-8: is not there when the create failed', () => {
    tunnel('other');
    expect(tunnelled('C:\\missing\\f')).toEqual([null]);
  });

  test('NAM-8: is not looked for when the name could not be a short one', () => {
    tunnel('other');
    expect(tunnelled('C:\\a name that is long.txt')).toEqual([null]);
  });

  test('NAM-8: is asked for after creates, renames and links only, of normalized names', () => {
    const codes: unknown[] = [];
    machine.filters.push(makeFilter({
      name: 'wrong', altitude: '160',
      operations: [{
        major: CLEANUP,
        pre: (data) => {
          const { info } = ask((at) => FltGetFileNameInformation(data.address, NORMALIZED, at));
          codes.push(bugCheckOf(() => FltGetTunneledName(data.address as never, info, info)));
          FltReleaseFileNameInformation(info);
          return 1;
        },
      }],
    }));
    NtClose(make('C:\\f'));
    expect(codes).toEqual([[0xc4, 0xf500]]);
  });
});
