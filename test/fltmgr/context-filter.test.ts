// Contexts in the life of a real filter: set in setup and in post-create, found in other callbacks,
// gone with the stream, with the instance, with the filter (CTX-9, CTX-21, CTX-22).
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFilter } from '#test/support/make-filter.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as k from '#src/fltmgr/constants.ts';
import * as st from '#src/ntos/status-codes.ts';
import { FltDetachVolume } from '#src/fltmgr/attach/attach.ts';
import { FltAllocateContext, FltReleaseContext } from '#src/fltmgr/context/context.ts';
import { FltGetStreamContext, FltSetStreamContext } from '#src/fltmgr/context/context-files.ts';
import { FltGetInstanceContext, FltSetInstanceContext }
  from '#src/fltmgr/context/context-objects.ts';
import { controlCount } from '#src/fltmgr/context/context-control.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import * as m from './context-machine.ts';
import { make, nameMachine } from './name-machine.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { NameMachine } from './name-machine.ts';

const CREATE = 0x00;
const CLEANUP = 0x12;
let machine: NameMachine;
const log: string[] = [];

beforeEach(() => {
  machine = nameMachine();
  m.cleaned.length = 0;
  log.length = 0;
});

afterEach(() => machine.end());

/** Allocates a context, sets it and gives the caller's reference up; the status of the Set. */
function put(objects: FltRelatedObjects, type: number): number {
  const frame = pushFrame();
  const at = stackAlloc(4);
  FltAllocateContext(objects.Filter as never, type, 16, 0, at);
  const context = i32[at >> 2]!;
  const status = type === k.FLT_STREAM_CONTEXT
    ? FltSetStreamContext(objects.Instance as never, objects.FileObject as never, 1, context, 0)
    : FltSetInstanceContext(objects.Instance as never, 1, context, 0);
  FltReleaseContext(context);
  popFrame(frame);
  return status;
}

/** Whether a Get finds something. */
function finds(get: (out: number) => number): boolean {
  const [status, context] = m.outOf(get);
  if (status === 0) FltReleaseContext(context);
  return status === 0;
}

function hasStreamContext(objects: FltRelatedObjects): boolean {
  return finds((at) =>
    FltGetStreamContext(objects.Instance as never, objects.FileObject as never, at));
}

function cleanedOf(type: number): number {
  return m.cleaned.filter((one) => one[1] === type).length;
}

function startFilter(): void {
  machine.filters.push(makeFilter({
    name: 'ctx',
    altitude: '100',
    contexts: m.everyType,
    setup: (objects) => (put(objects, k.FLT_INSTANCE_CONTEXT), 0),
    queryTeardown: () => 0,
    teardownComplete: (objects) => {
      const has = finds((at) => FltGetInstanceContext(objects.Instance as never, at));
      log.push(`complete, context ${has}, ${m.cleaned.length} cleaned`);
    },
    operations: [{
      major: CREATE,
      pre: (_data, objects) => (log.push(`pre ${put(objects, k.FLT_STREAM_CONTEXT)}`), 0),
      post: (_data: FltCallbackData, objects) => {
        log.push(`post ${put(objects, k.FLT_STREAM_CONTEXT)}`);
        return 0;
      },
    }, {
      major: CLEANUP,
      pre: (_data, objects) => (log.push(`cleanup ${hasStreamContext(objects)}`), 1),
    }],
  }));
}

test('CTX-9, CTX-21: a stream context is set in post-create, and lives until the stream ' +
  'goes', () => {
  startFilter();
  const first = make('C:\\f');
  const second = make('C:\\f');
  expect(log).toEqual([
    `pre ${st.STATUS_NOT_SUPPORTED}`, 'post 0',
    `pre ${st.STATUS_NOT_SUPPORTED}`, `post ${st.STATUS_FLT_CONTEXT_ALREADY_DEFINED}`,
  ]);
  const before = cleanedOf(k.FLT_STREAM_CONTEXT);
  NtClose(first);
  expect(log.at(-1)).toBe('cleanup true');
  expect(cleanedOf(k.FLT_STREAM_CONTEXT)).toBe(before);
  NtClose(second);
  expect(cleanedOf(k.FLT_STREAM_CONTEXT)).toBe(before + 1);
  expect(controlCount()).toBe(0);
});

test('CTX-22: a detached instance leaves nothing on a stream; contexts go after ' +
  'TeardownComplete', () => {
  startFilter();
  const handle = make('C:\\f');
  const { filter } = machine.filters[0]!;
  m.cleaned.length = 0;
  log.length = 0;
  expect(FltDetachVolume(filter, machine.volumes[0]!.volume, 0)).toBe(0);
  expect(log).toEqual(['complete, context true, 0 cleaned']);
  expect(m.cleaned.map(([, type]) => type).toSorted((a, b) => a - b)).toEqual([2, 8]);
  expect(m.contextsOf(filter)).toBe(1);
  NtClose(handle);
});

test('CTX-17: an unloaded filter has cleaned up everything', () => {
  startFilter();
  const handle = make('C:\\f');
  machine.filters.pop()?.unregister();
  NtClose(handle);
  const kinds = new Set(m.cleaned.map(([, type]) => type));
  expect(kinds).toEqual(new Set([2, 8]));
});
