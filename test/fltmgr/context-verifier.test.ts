// What the checked machine finds in a filter's use of contexts and names and another lets pass.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { u8 } from '#src/mem/memory.ts';
import { add } from '#src/atomics-sync/atomics.ts';
import * as k from '#src/fltmgr/constants.ts';
import { FltReferenceContext, FltReleaseContext } from '#src/fltmgr/context/context.ts';
import { FltGetStreamContext } from '#src/fltmgr/context/context-files.ts';
import { FLT_FILTER } from '#src/fltmgr/attach/object.ts';
import { bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import * as m from './context-machine.ts';
import type { PFLT_FILTER } from '#src/fltmgr/types.ts';

let filter: PFLT_FILTER;

beforeEach(() => {
  m.freshKernel();
  const row = { ContextType: k.FLT_STREAM_CONTEXT, PoolTag: m.CONTEXT_TAG };
  filter = m.makeFilter([{ ...row, Size: 64 }, { ...row, Size: 0xffff_ffff }]);
});

test('CTX-6: a context of fixed size comes full of garbage, one of variable size zeroed', () => {
  for (const pool of [0, 1]) {
    const fixed = m.allocate(filter, k.FLT_STREAM_CONTEXT, 64, pool);
    const variable = m.allocate(filter, k.FLT_STREAM_CONTEXT, 65, pool);
    expect(u8.subarray(fixed, fixed + 64).every((byte) => byte !== 0)).toBe(true);
    expect(u8.subarray(variable, variable + 65).every((byte) => byte === 0)).toBe(true);
    FltReleaseContext(fixed);
    FltReleaseContext(variable);
  }
  m.unload(filter);
});

test('a context written past its end is found when it is freed', () => {
  const context = m.allocate(filter, k.FLT_STREAM_CONTEXT, 61);
  u8[context + 61] = 1;
  expect(bugCheckOf(() => FltReleaseContext(context))).toEqual([0xc4, 0x51]);
});

test('CTX-16: a freed context is recognised although its memory was filled', () => {
  for (const pool of [0, 1]) {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT, 64, pool);
    FltReleaseContext(context);
    expect(bugCheckOf(() => FltReferenceContext(context))).toEqual([0xf5, 0x6e]);
  }
});

test('CTX-11: context routines above APC_LEVEL are violation 22', () => {
  const instance = m.makeInstance(filter, m.makeVolume());
  const file = m.openOn(m.makeStream());
  expect(bugCheckAt(2, () => FltGetStreamContext(instance, file, 0))).toEqual([0xc4, 0xf516]);
});

describe('an unload with leaks is violation 23, and the text says what', () => {
  test('for contexts: how many of which type and size', () => {
    for (let i = 0; i < 3; i++) m.allocate(filter, k.FLT_STREAM_CONTEXT, 64);
    m.allocate(filter, k.FLT_STREAM_CONTEXT, 65);
    expect(() => m.unload(filter))
      .toThrow(/3 of FLT_STREAM_CONTEXT \(64 bytes\), 1 of FLT_STREAM_CONTEXT \(variable\)/);
  });

  test('for name information', () => {
    add(FLT_FILTER.bound.at_NameInformationCount(filter), 2);
    expect(bugCheckOf(() => m.unload(filter))).toEqual([0xc4, 0xf517]);
  });
});
