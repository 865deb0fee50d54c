// What ends the machine inside of a port's routines; nothing can be taken apart afterwards.
import { expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { makePort } from '#test/support/port-filter.ts';
import { Arena } from '#src/fltuser/arena.ts';
import { PortClient } from '#src/fltuser/port-client.ts';
import { USER } from '#src/mem/memory-map.ts';
import { APC_LEVEL, KeLowerIrql, KfRaiseIrql, PASSIVE_LEVEL } from '#src/ntos/ke/irql.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '#src/ntos/ke/apc.ts';
import { STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { bugCheckOf } from '../../ntos/ex/support.ts';

test('PORT-3: a callback that returns at another IRQL or in a critical region is named', () => {
  bootInline();
  const { filter } = makeFilter({ name: 'porter', altitude: '370000', operations: [] });
  const arena = new Arena(USER.start + 4096, USER.start + 4096 * 257);
  makePort(filter, { maxConnections: 9, connect: () => {
    KfRaiseIrql(APC_LEVEL);
    return STATUS_SUCCESS;
  } });
  expect(bugCheckOf(() => PortClient.connect(arena, '\\TestPort'))).toEqual([0xc4, 0xf500 | 29]);
  KeLowerIrql(PASSIVE_LEVEL);
  makePort(filter, { name: '\\Region', connect: () => {
    KeEnterCriticalRegion();
    return STATUS_SUCCESS;
  } });
  expect(bugCheckOf(() => PortClient.connect(arena, '\\Region'))[0]).toBe(0x01);
  KeLeaveCriticalRegion();
});

test('LC-17, PORT-8: a filter that forgets to close its server port waits in ' +
  'FltUnregisterFilter', () => {
  bootInline();
  const forgetful = makeFilter({ name: 'forgetful', altitude: '370003', operations: [] });
  makePort(forgetful.filter, { name: '\\Forgotten' });
  // Alone in its machine nobody could end the wait, which is an error instead of a hang.
  expect(() => forgetful.unregister()).toThrow(/would never be released/);
});
