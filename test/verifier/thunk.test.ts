// The boundary of drivers: arguments arrive as they were given, views and out parameters as
// addresses, and what is no out parameter refuses an out() when it is compiled.
import { describe, expect, test } from 'vitest';
import * as fltKernel from '#src/fltKernel.ts';
import { local, out } from '#src/image/out.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { publish } from '#src/verifier/thunk.ts';
import type { OutPtr, Ptr } from '#src/mem/pointer.ts';

describe('a published routine', () => {
  test('gets defaults of its own for what the driver leaves out', () => {
    const routine = publish((a: number, b = 7, c = 8, d = 9, e = 10): number[] => [a, b, c, d, e]);
    expect(routine(1)).toEqual([1, 7, 8, 9, 10]);
    expect(routine(1, 2, 3, 4, 5)).toEqual([1, 2, 3, 4, 5]);
  });

  test('gets every argument of a rest parameter, however many', () => {
    const routine = publish((format: number, ...values: number[]): number[] => [format, ...values]);
    for (let count = 0; count <= 12; count++) {
      const values = Array.from({ length: count }, (_, i) => 100 + i);
      expect(routine(1, ...values)).toEqual([1, ...values]);
    }
  });

  test('sees as many arguments as the driver passed', () => {
    const count = publish((...values: number[]): number => values.length);
    for (let n = 0; n <= 9; n++) expect(count(...Array.from({ length: n }, () => 0))).toBe(n);
  });

  test('gets addresses for views and out parameters, in every place', () => {
    const frame = pushFrame();
    const event = local(fltKernel.KEVENT);
    const word = out();
    const routine =
      publish((...values: OutPtr[]): number[] => values) as (...v: unknown[]) => number[];
    for (let place = 0; place < 9; place++) {
      const given: unknown[] = Array.from({ length: 9 }, () => 5);
      const wanted = [...given] as number[];
      given[place] = place % 2 === 0 ? event : word;
      wanted[place] = place % 2 === 0 ? event.address : word.address;
      expect(routine(...given)).toEqual(wanted);
    }
    popFrame(frame);
  });
});

describe('the types', () => {
  // Compiled, never called: each line that expects an error fails the type check without one.
  const compiled = (filter: Ptr<'FLT_FILTER'>): void => {
    const context = out();
    fltKernel.FltAllocateContext(filter, 1, 8, 0, context);
    fltKernel.FltReleaseContext(context.value);
    // @ts-expect-error The context's value was meant.
    fltKernel.FltReleaseContext(context);
    // @ts-expect-error A handle is passed by value.
    fltKernel.FltClose(context);
    // @ts-expect-error The block's address is the value.
    fltKernel.ExFreePoolWithTag(context, 1);
    // @ts-expect-error The callback data's address is the value.
    fltKernel.FltFreeCallbackData(context);
    // @ts-expect-error The name information's address is the value.
    fltKernel.FltReleaseFileNameInformation(context);
    // @ts-expect-error Eight bytes do not fit in an out().
    fltKernel.KeQuerySystemTime(context);
  };

  test('refuse an out parameter where its value is meant', () => {
    expect(compiled).toBeTypeOf('function');
  });
});
