// Names taken apart: the parts share the text of the name, and a part that is missing is empty
// (NAM-7).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFilter } from '#test/support/make-filter.ts';
import { open } from '#test/support/open-file.ts';
import { i32, u16 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as st from '#src/ntos/status-codes.ts';
import { FltGetFileNameInformation, FltReleaseFileNameInformation }
  from '#src/fltmgr/name/file-name.ts';
import { FltParseFileName, FltParseFileNameInformation } from '#src/fltmgr/name/file-name-parse.ts';
import { FLT_FILE_NAME_INFORMATION } from '#src/fltmgr/types.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { readUnicode } from '#src/ntos/rtl/unicode-string.ts';
import { OPENED, VOLUME, ask, nameMachine, text } from './name-machine.ts';
import type { NameMachine } from './name-machine.ts';

const CREATE = 0x00;
let machine: NameMachine;

beforeEach(() => {
  machine = nameMachine();
});

afterEach(() => machine.end());

describe('a parsed name', () => {
  const members = ['Volume', 'ParentDir', 'FinalComponent', 'Extension', 'Stream', 'Share'];

  test.each([
    ['\\dir\\f.txt:s:$DATA', ['\\dir\\', 'f.txt:s:$DATA', 'txt', ':s:$DATA']],
    ['\\dir\\f', ['\\dir\\', 'f', '', '']],
    ['\\dir.d\\f', ['\\dir.d\\', 'f', '', '']],
    ['\\.git', ['\\', '.git', 'git', '']],
    ['\\a.b.c', ['\\', 'a.b.c', 'c', '']],
    ['\\a.', ['\\', 'a.', '', '']],
    ['\\f:s.t', ['\\', 'f:s.t', '', ':s.t']],
    ['\\', ['\\', '', '', '']],
    ['', ['', '', '', '']],
  ])('NAM-7: %j has its parts', (path, [parent, final, extension, stream]) => {
    const parts: string[][] = [];
    machine.filters.push(makeFilter({
      name: 'parser', altitude: '100',
      operations: [{
        major: CREATE,
        pre: (data) => {
          const { info } = ask((at) => FltGetFileNameInformation(data.address, OPENED, at));
          for (let twice = 0; twice < 2; twice++) {
            expect(FltParseFileNameInformation(info)).toBe(0);
            parts.push(members.map((member) => text(info, member)));
          }
          expect(FLT_FILE_NAME_INFORMATION.at(info).NamesParsed).toBe(0xf);
          FltReleaseFileNameInformation(info);
          return 1;
        },
      }],
    }));
    const { status, handle } = open(`C:${path}`);
    if (status >= 0) NtClose(handle);
    const expected = [VOLUME, parent, final, extension, stream, ''];
    expect(parts).toEqual([expected, expected]);
  });

  test('NAM-7: can be any string', () => {
    const frame = pushFrame();
    const strings = stackAlloc(32);
    const [name, extension, stream, final] = [0, 8, 16, 24].map((at) => strings + at) as
      [number, number, number, number];
    const units = 'a\\b.c:d';
    const buffer = stackAlloc(units.length * 2);
    for (let i = 0; i < units.length; i++) u16[(buffer >> 1) + i] = units.charCodeAt(i);
    u16[name >> 1] = units.length * 2;
    i32[(name + 4) >> 2] = buffer;
    expect(FltParseFileName(name, extension, stream, final)).toBe(0);
    expect([extension, stream, final].map(readUnicode)).toEqual(['c', ':d', 'b.c:d']);
    expect(FltParseFileName(name, 0, 0, 0)).toBe(0);
    expect(FltParseFileName(0, 0, 0, 0)).toBe(st.STATUS_INVALID_PARAMETER);
    popFrame(frame);
  });
});
