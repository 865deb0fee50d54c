// What nobody may do to an IRP: each is the bug check that Windows has for it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { bugCheckOf } from '#test/ntos/ex/support.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { IoAllocateIrp, IoFreeIrp, IoSetCompletionRoutine, IoSetNextIrpStackLocation }
  from '#src/ntos/io/irp/irp.ts';
import { IoSetCancelRoutine } from '#src/ntos/io/irp/cancel.ts';
import { IofCallDriver } from '#src/ntos/io/irp/call-driver.ts';
import { IofCompleteRequest } from '#src/ntos/io/irp/completion.ts';
import { IRP } from '#src/ntos/io/types.ts';
import { KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import type { PDEVICE_OBJECT, PIRP } from '#src/ntos/io/types.ts';

const keep = kernelRoutine('TestKeepIrp', () => STATUS_MORE_PROCESSING_REQUIRED);
const raises = kernelRoutine('TestRaisingCompletion', () => {
  KfRaiseIrql(2);
  return STATUS_MORE_PROCESSING_REQUIRED;
});

let irp: PIRP;
let shutdown: () => void;
beforeEach(() => {
  shutdown = bootInline();
  irp = IoAllocateIrp(1);
  IRP.at(irp).IoStatus.Status = STATUS_SUCCESS;
});
afterEach(() => {
  IoFreeIrp(irp);
  shutdown();
});

/** Sends it down, as far as its only location goes. */
function send(routine = keep): void {
  IoSetCompletionRoutine(irp, routine, 0, true, true, true);
  IoSetNextIrpStackLocation(irp);
}

test('0x35: an IRP without a stack location left is sent to a device', () => {
  send();
  expect(bugCheckOf(() => IofCallDriver(0 as PDEVICE_OBJECT, irp))[0]).toBe(0x35);
});

test('0x44: an IRP is completed whose way up is over', () => {
  send();
  IRP.at(irp).CurrentLocation = IRP.at(irp).StackCount + 2;
  expect(bugCheckOf(() => IofCompleteRequest(irp))[0]).toBe(0x44);
});

test('0xC9/0x6: an IRP is completed with STATUS_PENDING', () => {
  send();
  IRP.at(irp).IoStatus.Status = STATUS_PENDING;
  expect(bugCheckOf(() => IofCompleteRequest(irp))).toEqual([0xc9, 6]);
});

test('0x48: an IRP is completed that can still be cancelled', () => {
  send();
  IoSetCancelRoutine(irp, keep);
  expect(bugCheckOf(() => IofCompleteRequest(irp))[0]).toBe(0x48);
  IoSetCancelRoutine(irp, 0);
});

test('0xC9/0xE: an IRP is completed above DISPATCH_LEVEL', () => {
  send();
  const old = KfRaiseIrql(3);
  expect(bugCheckOf(() => IofCompleteRequest(irp))).toEqual([0xc9, 0xe]);
  KeLowerIrql(old);
});

test('KRN-2: a completion routine returns at another IRQL', () => {
  send(raises);
  expect(bugCheckOf(() => IofCompleteRequest(irp))[0]).toBe(0xc4);
  KeLowerIrql(0);
});

test('what only looks like it: sent once, completed once, at DISPATCH_LEVEL', () => {
  send();
  const old = KfRaiseIrql(2);
  IofCompleteRequest(irp);
  KeLowerIrql(old);
  expect(IRP.at(irp).IoStatus.Status).toBe(STATUS_SUCCESS);
});
