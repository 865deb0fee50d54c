// What one thread does with a context at every point of what another does with it: whichever comes
// first, each context is cleaned up exactly once, when nobody has it any more, and nothing of the
// Filter Manager's is left behind (CTX-15 to CTX-22).
// @alone: its thread is interrupted at chosen points.
import { everyPoint, install, watchWords } from '#test/support/one-preemption.ts';
import { describe, expect, test } from 'vitest';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

install();
const m = await import('./context-machine.ts');
const { i32 } = await import('#src/mem/memory.ts');
watchWords(i32);
const { popFrame, pushFrame, stackAlloc } = await import('#src/mem/stack.ts');
const k = await import('#src/fltmgr/constants.ts');
const st = await import('#src/ntos/status-codes.ts');
const { FltDeleteContext, FltReferenceContext, FltReleaseContext } =
  await import('#src/fltmgr/context/context.ts');
const files = await import('#src/fltmgr/context/context-files.ts');
const { FLT_CONTEXT_CONTROL, controlCount } = await import('#src/fltmgr/context/context-control.ts');
const { CONTEXT_NODE, nodeOfContext } = await import('#src/fltmgr/context/context-node.ts');
const { FLT_CONTEXT_ROOT, contextRoot, creationLockOf, listOfObject } =
  await import('#src/fltmgr/context/context-root.ts');
const { FLT_INSTANCE } = await import('#src/fltmgr/attach/object.ts');
const { FSRTL_ADVANCED_FCB_HEADER } = await import('#src/ntos/io/types.ts');

const allLinkAt = FLT_CONTEXT_CONTROL.offsets['AllLink'] ?? 0;

m.freshKernel();
const volume = m.makeVolume();
let filter: PFLT_FILTER;
let instance: PFLT_INSTANCE;
let stream: number;
let file: PFILE_OBJECT;
/** A context that is set, and a reference to it that the test holds; 0 when nobody holds one. */
let held: number;
/** Contexts whose references the operations were given. */
let given: number[];
/** The list that the context is in, whose lock comes first. */
let home: number;
let streamIsThere: boolean;
let instanceIsThere: boolean;

const { at_ControlLock, at_ControlList } = FLT_CONTEXT_ROOT.bound;

function hasContexts(): boolean {
  const head = FLT_INSTANCE.bound.at_StreamContexts(instance);
  return i32[head >> 2] !== head;
}

/** Whether B would find a lock taken, in which case it comes later. A free fast mutex is 1. */
function isLocked(b?: Name): boolean {
  const own = FLT_INSTANCE.bound.at_ContextLock(instance);
  if (b === 'tear the instance down' && !hasContexts()) return i32[own >> 2] !== 0;
  const mutex = FSRTL_ADVANCED_FCB_HEADER.bound.FastMutex(stream as never);
  const locks = [listOfObject(file), own, at_ControlLock(contextRoot), creationLockOf(stream)];
  if (i32[mutex >> 2] !== 1 || locks.some((lock) => i32[lock >> 2] !== 0)) return true;
  if (home !== 0 && i32[home >> 2] !== 0) return true;
  const head = at_ControlList(contextRoot);
  for (let at = i32[head >> 2]!; at !== head; at = i32[at >> 2]!) {
    if (i32[(at - allLinkAt) >> 2] !== 0) return true;
  }
  return false;
}

function prepare(start: Start): void {
  m.cleaned.length = 0;
  given = [];
  streamIsThere = true;
  instanceIsThere = true;
  filter = m.makeFilter();
  instance = m.makeInstance(filter, volume);
  stream = m.makeStream();
  file = m.openOn(stream);
  held = m.allocate(filter, k.FLT_STREAM_CONTEXT);
  home = 0;
  if (start === 'empty') return;
  expect(files.FltSetStreamContext(instance, file, 0, held, 0)).toBe(0);
  home = CONTEXT_NODE.bound.Home(nodeOfContext(held));
  if (start === 'set and held') return;
  FltReleaseContext(held);
  held = 0;
}

function take(call: (out: number) => number): number {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = call(out);
  if (i32[out >> 2] !== 0) given.push(i32[out >> 2]!);
  popFrame(frame);
  return status;
}

function setFresh(operation: number): number {
  const fresh = m.allocate(filter, k.FLT_STREAM_CONTEXT);
  const status = take((out) => files.FltSetStreamContext(instance, file, operation, fresh, out));
  FltReleaseContext(fresh);
  return status;
}

const operations = {
  get: () => take((out) => files.FltGetStreamContext(instance, file, out)),
  'set keeping': () => setFresh(k.FLT_SET_CONTEXT_KEEP_IF_EXISTS),
  'set replacing': () => setFresh(k.FLT_SET_CONTEXT_REPLACE_IF_EXISTS),
  'set the same': () => files.FltSetStreamContext(instance, file, 0, held, 0),
  'delete from the stream': () => take((out) => files.FltDeleteStreamContext(instance, file, out)),
  'delete the context': () => FltDeleteContext(held),
  'take and drop a reference': () => {
    FltReferenceContext(held);
    FltReleaseContext(held);
  },
  'tear the instance down': () => {
    instanceIsThere = false;
    m.tearDown(instance);
  },
  'let the stream go': () => {
    streamIsThere = false;
    m.endStream(stream);
  },
};
type Name = keyof typeof operations;
const names = Object.keys(operations) as Name[];
/** How things stand when two operations begin. */
type Start = 'empty' | 'set and held' | 'set';
/** Operations on a context that the caller has. */
const needHeld: readonly Name[] =
  ['set the same', 'delete the context', 'take and drop a reference'];
/** Operations that name the stream: nobody does them once it goes. */
const needStream: readonly Name[] = names.slice(0, 5);
const ends: readonly Name[] = ['tear the instance down', 'let the stream go'];

/** Everything goes; whatever happened before, nothing is left and all was cleaned up once. */
function finish(): void {
  for (const context of given) FltReleaseContext(context);
  if (held !== 0) FltReleaseContext(held);
  if (instanceIsThere) m.tearDown(instance);
  expect(hasContexts()).toBe(false);
  if (streamIsThere) m.endStream(stream);
  m.close(file);
  expect(m.contextsOf(filter)).toBe(0);
  expect(controlCount()).toBe(0);
  expect(m.cleaned.length).toBeGreaterThan(0);
  if (held !== 0) expect(m.cleaned.filter(([context]) => context === held)).toHaveLength(1);
  m.unload(filter);
}

function pair(a: Name, b: Name, start: Start): void {
  everyPoint(
    () => prepare(start),
    () => operations[a](),
    () => {
      if (isLocked(b)) return false;
      operations[b]();
      return true;
    },
    finish,
  );
}

const pairs = names.flatMap((a) => names.map((b) => [a, b] as const)).filter(([a, b]) =>
  !(a === b && ends.includes(a)) &&
  !(a === 'let the stream go' && needStream.includes(b)) &&
  !(b === 'let the stream go' && needStream.includes(a)));

describe('on a stream without a context', () => {
  test.each(pairs)('"%s", interrupted by "%s"', (a, b) => pair(a, b, 'empty'));
});

describe('on a stream with a context that both have', () => {
  test.each(pairs)('"%s", interrupted by "%s"', (a, b) => pair(a, b, 'set and held'));
});

describe('on a stream with a context that nobody else has', () => {
  const without = pairs.filter((both) => !both.some((name) => needHeld.includes(name)));
  test.each(without)('"%s", interrupted by "%s"', (a, b) => pair(a, b, 'set'));
});

describe('of two that set the same context on two streams', () => {
  test('CTX-10: exactly one wins', () => {
    let other = 0;
    let otherFile = 0 as PFILE_OBJECT;
    const results: number[] = [];
    const schedules = everyPoint(
      () => {
        prepare('empty');
        other = m.makeStream();
        otherFile = m.openOn(other);
        results.length = 0;
      },
      () => results.push(files.FltSetStreamContext(instance, file, 0, held, 0)),
      () => {
        if (isLocked()) return false;
        results.push(files.FltSetStreamContext(instance, otherFile, 0, held, 0));
        return true;
      },
      () => {
        expect(new Set(results)).toEqual(new Set([st.STATUS_FLT_CONTEXT_ALREADY_LINKED, 0]));
        m.endStream(other);
        m.close(otherFile);
        finish();
      },
    );
    expect(schedules).toBeGreaterThan(8);
  });
});

describe('of two that set the first context of a stream', () => {
  test('one is kept and the other gets it', () => {
    let found: number[] = [];
    everyPoint(
      () => prepare('empty'),
      () => setFresh(k.FLT_SET_CONTEXT_KEEP_IF_EXISTS),
      () => {
        if (isLocked()) return false;
        setFresh(k.FLT_SET_CONTEXT_KEEP_IF_EXISTS);
        return true;
      },
      () => {
        take((out) => files.FltGetStreamContext(instance, file, out));
        found = [...new Set(given)];
        expect(given).toHaveLength(2);
        expect(found).toHaveLength(1);
        finish();
      },
    );
  });
});
