// The end of the machine: Windows' code, four parameters, and in words why; the first one counts.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { BugCheck, KI_SYSTEM, KeBugCheck, KeBugCheckEx, MACHINE_CRASHED, kiSystem, machineState }
  from '#src/ntos/ke/bug-check.ts';
import { DISPATCH_LEVEL } from '#src/ntos/ke/irql.ts';
import { i32 } from '#src/mem/memory.ts';
import { atIrql } from '../ex/support.ts';

const system = KI_SYSTEM.at(kiSystem);
let shutdown: () => void;
beforeEach(() => {
  shutdown = bootInline();
});
afterEach(() => {
  if (machineState() !== MACHINE_CRASHED) shutdown();
});

function caught(act: () => never): BugCheck {
  try {
    return act();
  } catch (error) {
    if (error instanceof BugCheck) return error;
    throw error;
  }
}

test('F-219: a bug check has a code and four parameters, told to every thread and in words', () => {
  const seen = caught(() => atIrql(DISPATCH_LEVEL,
    () => KeBugCheckEx(0xd1, 0x1000, 2, 0, 0x77, 'read where it must not be')));
  expect([seen.code, ...seen.parameters]).toEqual([0xd1, 0x1000, 2, 0, 0x77]);
  expect(seen.message).toMatch(/STOP: 0x000000d1 .*0x1000, 0x2, 0x0, 0x77.*\n.*must not be/);
  expect(machineState()).toBe(MACHINE_CRASHED);
  const parameters = KI_SYSTEM.bound.at_BugCheckParameters(system.address) >> 2;
  expect([system.BugCheckCode, ...i32.subarray(parameters, parameters + 4)])
    .toEqual([0xd1, 0x1000, 2, 0, 0x77]);
});

test('F-219: the first one is the machine\'s; KeBugCheck has no parameters', () => {
  expect(caught(() => KeBugCheck(0xe2)).parameters).toEqual([0, 0, 0, 0]);
  expect(caught(() => KeBugCheckEx(0xc4, 1)).code).toBe(0xc4);
  expect(system.BugCheckCode).toBe(0xe2);
});
