// Name providers: a filter that shows the directory \real as \shown to those above it, how names
// reach it and pass it by, and what the Filter Manager makes of its answers (NAM-10, NAM-11).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFilter } from '#test/support/make-filter.ts';
import { out } from '#src/image/out.ts';
import { PFLT_GENERATE_FILE_NAME, PFLT_NORMALIZE_CONTEXT_CLEANUP, PFLT_NORMALIZE_NAME_COMPONENT,
  PFLT_NORMALIZE_NAME_COMPONENT_EX } from '#src/image/role.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as k from '#src/fltmgr/constants.ts';
import { FltGetFileNameInformation, FltGetFileNameInformationUnsafe, FltReleaseFileNameInformation }
  from '#src/fltmgr/name/file-name.ts';
import { FltGetDestinationFileNameInformation } from '#src/fltmgr/name/file-name-destination.ts';
import { FltGetFileNameFormat } from '#src/fltmgr/name/file-name-options.ts';
import { FltCheckAndGrowNameControl } from '#src/fltmgr/name/name-control.ts';
import { FLT_NAME_CONTROL } from '#src/fltmgr/types.ts';
import { FILE_NAMES_INFORMATION } from '#src/ntos/io/information/directory-information.ts';
import { FILE_DIRECTORY_FILE } from '#src/ntos/io/file-constants.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { readUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import * as st from '#src/ntos/status-codes.ts';
import { bugCheckAt } from '../ntos/ex/support.ts';
import { NORMALIZED, OPENED, VOLUME, ask, make, nameMachine, nameOf, text }
  from './name-machine.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { NameMachine } from './name-machine.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE, PFLT_NAME_CONTROL } from '#src/fltmgr/types.ts';

const CREATE = 0;
const READ = 3;
let machine: NameMachine;
let log: string[];
let instances: Map<string, PFLT_INSTANCE>;
/** What the provider does in a format; by default it answers opened and normalized names. */
let refuses: (format: number) => number;
let mayCache: boolean;
let made = 0;

beforeEach(() => {
  machine = nameMachine();
  [log, instances, refuses, mayCache] = [[], new Map(), () => 0, true];
});
afterEach(() => {
  setAllocationGate(null);
  IoSetTopLevelIrp(0);
  machine.end();
});

function shown(name: string, from: string, to: string): string {
  return name.replace(`${VOLUME}\\${from}`, `${VOLUME}\\${to}`);
}

/** Remembers an instance on C: by the name of its filter. */
function remember(name: string): { setup: (o: { Instance: number; Volume: number }) => number } {
  return {
    setup: (objects) => {
      if (objects.Volume === machine.volumes[0]?.volume) {
        instances.set(name, objects.Instance as PFLT_INSTANCE);
      }
      return 0;
    },
  };
}

interface ProviderSketch {
  readonly from?: string;
  readonly to?: string;
  readonly altitude?: string;
  readonly ex?: boolean;
}

/** A provider that shows one directory under another name. */
function provider(name: string, more: ProviderSketch = {}): MadeFilter {
  const { from = 'real', to = 'shown', altitude = '200', ex = true } = more;
  const id = `${name}${made++}`;
  const generate = PFLT_GENERATE_FILE_NAME(`${id}Generate`,
    (instance, file, data, options, cache, control) => {
      const format = FltGetFileNameFormat(options);
      log.push(`${name} ${format}${data.address === 0 ? '' : ' data'} ${KeGetCurrentIrql()}`);
      const refused = refuses(format);
      if (refused !== 0) return refused;
      const lower = ask((o) => (data.address === 0
        ? FltGetFileNameInformationUnsafe(file as PFILE_OBJECT, instance as PFLT_INSTANCE, options, o)
        : FltGetFileNameInformation(data.address, options, o)));
      if (lower.status < 0) return lower.status;
      const mine = shown(text(lower.info), from, to);
      FltReleaseFileNameInformation(lower.info);
      const grown = FltCheckAndGrowNameControl(control as PFLT_NAME_CONTROL, 2 * mine.length);
      if (grown < 0) return grown;
      const at = FLT_NAME_CONTROL.at(control as PFLT_NAME_CONTROL).Name;
      at.Length = writeUtf16(at.Buffer, mine);
      cache.value = mayCache ? 1 : 0;
      return 0;
    });
  const expand = (parent: number, component: number, expanded: number, flags: number): number => {
    const part = readUnicode(component);
    log.push(`${readUnicode(parent)}|${part}${flags === 0 ? '' : ` ${flags}`}`);
    if (part === 'none') return st.STATUS_NO_SUCH_FILE;
    const view = FILE_NAMES_INFORMATION.at(expanded);
    view.FileNameLength = writeUtf16(view.FileName, part.replace('~1', 'LONG'));
    return 0;
  };
  const normalize = ex
    ? {
        NormalizeNameComponentExCallback: PFLT_NORMALIZE_NAME_COMPONENT_EX(`${id}Ex`,
          (_i, _file, parent, _volume, component, expanded, _room, flags, context) => {
            context.value = context.value + 1;
            return expand(parent, component, expanded, flags);
          }),
        NormalizeContextCleanupCallback: PFLT_NORMALIZE_CONTEXT_CLEANUP(`${id}Cleanup`,
          (context) => void log.push(`cleanup ${context.value}`)),
      }
    : {
        NormalizeNameComponentCallback: PFLT_NORMALIZE_NAME_COMPONENT(`${id}Old`,
          (_i, parent, _volume, component, expanded, _room, flags) =>
            expand(parent, component, expanded, flags)),
      };
  const filter = makeFilter({
    name, altitude, operations: [], ...remember(name),
    registration: { GenerateFileNameCallback: generate, ...normalize },
  });
  machine.filters.push(filter);
  return filter;
}

/** A filter that asks for the name of each file in its pre-operation callback. */
function asker(name: string, altitude: string, major: number, options: () => number): string[] {
  const names: string[] = [];
  machine.filters.push(makeFilter({
    name, altitude, ...remember(name),
    operations: [{
      major,
      pre: (data) => {
        names.push(String(nameOf((o) => FltGetFileNameInformation(data.address, options(), o))));
        return 1;
      },
    }],
  }));
  return names;
}

/** The name as an instance hears it, by file object. */
function heard(name: string, handle: number, options = OPENED): string | number {
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const instance = instances.get(name) as PFLT_INSTANCE;
  const found = nameOf((o) => FltGetFileNameInformationUnsafe(file, instance, options, o));
  releaseFile(file);
  return found;
}

function opened(path = 'C:\\real\\file.txt'): number {
  NtClose(make('C:\\real', FILE_DIRECTORY_FILE));
  return make(path);
}

describe('NAM-10: who is asked', () => {
  test('NAM-10: filters above a provider hear its names, those below the file system\'s', () => {
    asker('high', '300', READ, () => OPENED);
    asker('low', '100', READ, () => OPENED);
    provider('mid');
    const handle = opened();
    expect(heard('high', handle)).toBe(`${VOLUME}\\shown\\file.txt`);
    expect(heard('low', handle)).toBe(`${VOLUME}\\real\\file.txt`);
    expect(heard('mid', handle)).toBe(`${VOLUME}\\real\\file.txt`);
    expect(log).toEqual(['mid 2 0']);
    NtClose(handle);
  });

  test('NAM-10: a provider asks itself with FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER', () => {
    provider('mid');
    const handle = opened();
    const self = OPENED | k.FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER;
    // Its own routine passes the options on: it would ask itself for ever.
    refuses = (format) => (format === 2 ? st.STATUS_ACCESS_DENIED : 0);
    expect(heard('mid', handle, self)).toBe(st.STATUS_ACCESS_DENIED);
    expect(heard('mid', handle)).toBe(`${VOLUME}\\real\\file.txt`);
    NtClose(handle);
  });

  test('NAM-10: two providers: the upper one builds on the name of the lower one', () => {
    asker('high', '300', READ, () => OPENED);
    provider('lower', { altitude: '150' });
    provider('upper', { altitude: '250', from: 'shown', to: 'displayed' });
    const handle = opened();
    expect(heard('high', handle)).toBe(`${VOLUME}\\displayed\\file.txt`);
    expect(heard('upper', handle)).toBe(`${VOLUME}\\shown\\file.txt`);
    expect(log[0]).toMatch(/^upper/);
    expect(log[1]).toMatch(/^lower/);
    NtClose(handle);
  });

  test('NAM-10: in a create and in other operations, with the callback data', () => {
    const created = asker('creates', '301', CREATE, () => OPENED);
    const read = asker('reads', '300', READ, () => OPENED);
    provider('mid');
    const handle = opened();
    expect(created.at(-1)).toBe(`${VOLUME}\\shown\\file.txt`);
    expect(log.at(-1)).toBe('mid 2 data 0');
    expect(heard('reads', handle)).toBe(`${VOLUME}\\shown\\file.txt`);
    expect(read).toEqual([]);
    NtClose(handle);
  });

  test('NAM-10: NAM-3: nobody is called where the file system must not be asked', () => {
    const created = asker('creates', '301', CREATE, () => OPENED);
    provider('mid');
    NtClose(opened());
    log.length = 0;
    IoSetTopLevelIrp(1);
    NtClose(make('C:\\real\\file.txt'));
    expect(created.at(-1)).toBe(String(st.STATUS_FLT_INVALID_NAME_REQUEST));
    expect(log).toEqual([]);
  });

  test('NAM-10: what a provider says it caches, and not what it says is not to be', () => {
    asker('high', '300', READ, () => OPENED);
    const mid = provider('mid');
    const handle = opened();
    heard('high', handle);
    heard('high', handle);
    expect(log).toEqual(['mid 2 0']);
    mayCache = false;
    const other = opened('C:\\real\\other');
    heard('high', other);
    heard('high', other);
    expect(log.length).toBe(3);
    // When the provider goes, what was cached for those above it is stale.
    machine.filters.splice(machine.filters.indexOf(mid), 1);
    mid.unregister();
    expect(heard('high', handle)).toBe(`${VOLUME}\\real\\file.txt`);
    NtClose(other);
    NtClose(handle);
  });
});

describe('NAM-10: normalized names', () => {
  test('NAM-10: are asked for first', () => {
    asker('high', '300', READ, () => NORMALIZED);
    provider('mid');
    const handle = opened();
    expect(heard('high', handle, NORMALIZED)).toBe(`${VOLUME}\\shown\\file.txt`);
    expect(log).toEqual(['mid 1 0']);
    NtClose(handle);
  });

  test('NAM-10: a refusal makes the opened name be normalized, component by component', () => {
    asker('high', '300', READ, () => NORMALIZED);
    provider('mid');
    refuses = (format) => (format === 1 ? st.STATUS_NOT_SUPPORTED : 0);
    NtClose(opened());
    NtClose(make('C:\\real\\dir~1', FILE_DIRECTORY_FILE));
    const handle = opened('C:\\real\\dir~1\\none:stream');
    log.length = 0;
    expect(heard('high', handle, NORMALIZED))
      .toBe(`${VOLUME}\\shown\\dirLONG\\none:stream:$DATA`.replace(':$DATA', ''));
    expect(log.slice(-4)).toEqual([`${VOLUME}\\|shown`, `${VOLUME}\\shown\\|dir~1`,
      `${VOLUME}\\shown\\dirLONG\\|none`, 'cleanup 3']);
    NtClose(handle);
  });

  test('NAM-10: the older form is called when there is no newer one', () => {
    asker('high', '300', READ, () => NORMALIZED);
    provider('mid', { ex: false });
    refuses = (format) => (format === 1 ? st.STATUS_NOT_SUPPORTED : 0);
    const handle = opened();
    expect(heard('high', handle, NORMALIZED)).toBe(`${VOLUME}\\shown\\file.txt`);
    expect(log.slice(-2)).toEqual([`${VOLUME}\\|shown`, `${VOLUME}\\shown\\|file.txt`]);
    NtClose(handle);
  });

  test('NAM-6: NAM-10: the destination of a rename is normalized, and the provider is told', () => {
    asker('high', '300', READ, () => NORMALIZED);
    provider('mid');
    const handle = opened();
    const object = fileByHandle(handle, 0) as PFILE_OBJECT;
    const frame = pushFrame();
    const name = stackAlloc(64);
    const length = writeUtf16(name, 'new~1');
    expect(nameOf((o) => FltGetDestinationFileNameInformation(instances.get('high')!, object, 0,
      name, length, NORMALIZED, o))).toBe(`${VOLUME}\\shown\\newLONG`);
    popFrame(frame);
    expect(log.slice(1)).toEqual([`${VOLUME}\\|shown 2`, `${VOLUME}\\shown\\|new~1 2`, 'cleanup 2']);
    releaseFile(object);
    NtClose(handle);
  });
});

describe('NAM-11: FltCheckAndGrowNameControl', () => {
  test('NAM-11: a name longer than the first buffer; no memory is the provider\'s to report', () => {
    asker('high', '300', READ, () => OPENED);
    provider('mid', { to: 'shown-as-something-much-longer-than-it-is'.repeat(5) });
    const handle = opened();
    expect(String(heard('high', handle)).length).toBeGreaterThan(200);
    setAllocationGate((_kind, _bytes, tag) => tag !== 0x636e4d46);
    const other = opened('C:\\real\\other');
    expect(heard('high', other)).toBe(st.STATUS_INSUFFICIENT_RESOURCES);
    setAllocationGate(null);
    NtClose(other);
    NtClose(handle);
  });

  test('NAM-11: what was in the buffer stays; too large a size and too high a level', () => {
    const frame = pushFrame();
    const word = out();
    expect(word.value).toBe(0);
    const control = FLT_NAME_CONTROL.at(stackAlloc(FLT_NAME_CONTROL.size));
    expect(FltCheckAndGrowNameControl(control.address, 0)).toBe(st.STATUS_SUCCESS);
    expect(FltCheckAndGrowNameControl(control.address, 0x10000)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(bugCheckAt(2, () => FltCheckAndGrowNameControl(control.address, 0))[0]).toBe(0xc4);
    popFrame(frame);
  });
});
