// The level of a processor, what it holds off, and the two ways to misuse it (KRN-1, KRN-2).
// @alone: it starts its processor by itself.
import { beforeEach, describe, expect, test } from 'vitest';
import { imageRoutine } from '#src/mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { queueSpecialApc } from '#src/ntos/ke/apc.ts';
import { KeInitializeDpc, KeInsertQueueDpc } from '#src/ntos/ke/dpc.ts';
import { KeGetCurrentIrql, KeLowerIrql, KeRaiseIrqlToDpcLevel, KfRaiseIrql }
  from '#src/ntos/ke/irql.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_BOOT } from '#src/ntos/ke/thread.ts';
import { KAPC, KDPC } from '#src/ntos/ke/types.ts';
import { bugCheckAt, bugCheckOf } from '../ex/support.ts';

const top = pushFrame();
let dpc: number;
let apc: number;
const log: string[] = [];
const note = (name: string): ReturnType<typeof imageRoutine> => imageRoutine(name, () => {
  log.push(`${name} ${KeGetCurrentIrql()}`);
  return 0;
});
const noteDpc = note('dpc');
const noteApc = note('apc');

beforeEach(() => {
  popFrame(top);
  log.length = 0;
  KiStartProcessor(ROLE_BOOT);
  dpc = stackAlloc(KDPC.size);
  apc = stackAlloc(KAPC.size);
  return () => KiStopProcessor();
});

describe('the level of a processor', () => {
  test('KRN-1: at DISPATCH_LEVEL DPCs and APCs wait, at APC_LEVEL APCs do', () => {
    KeInitializeDpc(dpc, noteDpc, 0);
    expect(KeRaiseIrqlToDpcLevel()).toBe(0);
    KeInsertQueueDpc(dpc, 0, 0);
    queueSpecialApc(apc, currentThread, noteApc, 0);
    expect(log).toEqual([]);
    KeLowerIrql(1);
    expect(log).toEqual(['dpc 2']);
    KeLowerIrql(0);
    expect(log).toEqual(['dpc 2', 'apc 1']);
    expect(KeGetCurrentIrql()).toBe(0);
  });

  test('KRN-2: raising only goes up (0xC4/0x30), lowering only down (0xC4/0x31)', () => {
    expect(bugCheckAt(2, () => KfRaiseIrql(1))).toEqual([0xc4, 0x30]);
    expect(KfRaiseIrql(0)).toBe(0);
    KeLowerIrql(0);
    expect(bugCheckOf(() => KeLowerIrql(1))).toEqual([0xc4, 0x31]);
  });

  test('KRN-2: a DPC routine that returns at another level is 0xC8, current and expected', () => {
    const lowers = imageRoutine('Lowers', () => {
      KeLowerIrql(1);
      return 0;
    });
    KeInitializeDpc(dpc, lowers, 0);
    expect(bugCheckOf(() => KeInsertQueueDpc(dpc, 0, 0))).toEqual([0xc8, 0x1_02_00]);
    KeLowerIrql(0);
    KiStopProcessor();
    KiStartProcessor(ROLE_BOOT);
  });
});
