// The checked machine and filters that use the oplock routines as their pages say. One thread.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { expect, test } from 'vitest';
import { RW, acknowledge, ask, ended, request } from '#test/fs/support/oplocks.ts';
import { FltCheckOplockEx } from '#src/fltmgr/lock/oplock.ts';
import { OPLOCK_FLAG_COMPLETE_IF_OPLOCKED } from '#src/fltmgr/constants.ts';
import { STATUS_ACCESS_DENIED } from '#src/ntos/status-codes.ts';
import { stopAt } from '../verifier/support.ts';
import { OPLOCK, OplockMachine, beginWrite } from './oplock-machine.ts';

const CHANGED_RESULT = 0xf515;

test('OPL-11, OP-14: the word of a skipped wait may stay in IoStatus, results may not', () => {
  const m = new OplockMachine();
  m.check = (data) =>
    FltCheckOplockEx(OPLOCK, data.address, OPLOCK_FLAG_COMPLETE_IF_OPLOCKED, 0, 0, 0);
  const owner = m.open();
  expect(ask(owner, RW)).toBe('PENDING');
  const other = m.open();
  expect(beginWrite(other)).toBe('SUCCESS');
  expect(m.take()).toEqual(['write WITH_CALLBACK STATUS_OPLOCK_BREAK_IN_PROGRESS']);
  expect([ended(request), acknowledge(owner, 0)]).toEqual(['SUCCESS', 'SUCCESS']);
  m.check = (data) => {
    data.IoStatus.Status = STATUS_ACCESS_DENIED;
    return 0;
  };
  const stop = stopAt(0, () => beginWrite(other));
  expect([stop?.code, stop?.parameters[0]]).toEqual([0xc4, CHANGED_RESULT]);
});
