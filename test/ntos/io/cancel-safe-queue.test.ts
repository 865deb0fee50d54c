// IoCsq: whoever removes an IRP and whoever cancels it never both get it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { i32 } from '#src/mem/memory.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { IO_CSQ, IO_CSQ_IRP_CONTEXT } from '#src/ntos/io/types.ts';
import { IoAllocateIrp, IoFreeIrp, IoSetNextIrpStackLocation } from '#src/ntos/io/irp/irp.ts';
import { IoCancelIrp } from '#src/ntos/io/irp/cancel.ts';
import { IoCsqInitializeEx, IoCsqInsertIrpEx, IoCsqRemoveIrp, IoCsqRemoveNextIrp }
  from '#src/ntos/io/irp/cancel-safe-queue.ts';
import { STATUS_DEVICE_BUSY, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import type { PIO_CSQ, PIO_CSQ_IRP_CONTEXT, PIRP } from '#src/ntos/io/types.ts';

const queue: number[] = [];
const cancelled: number[] = [];
let refuse = false;
const insert = kernelRoutine('TestCsqInsert', (_csq, irp = 0) => {
  if (refuse) return STATUS_DEVICE_BUSY;
  queue.push(irp);
  return STATUS_SUCCESS;
});
const remove = kernelRoutine('TestCsqRemove', (_csq, irp = 0) => {
  queue.splice(queue.indexOf(irp), 1);
  return 0;
});
const peek = kernelRoutine('TestCsqPeek', (_csq, irp = 0) =>
  queue[irp === 0 ? 0 : queue.indexOf(irp) + 1] ?? 0);
const lock = kernelRoutine('TestCsqLock', (_csq, irql = 0) => {
  i32[irql >> 2] = 0;
  return 0;
});
const unlock = kernelRoutine('TestCsqUnlock', () => 0);
const complete = kernelRoutine('TestCsqComplete', (_csq, irp = 0) => {
  cancelled.push(irp);
  return 0;
});

let shutdown: () => void;
let frame: number;
let csq: PIO_CSQ;
let context: PIO_CSQ_IRP_CONTEXT;
let irp: PIRP;

beforeEach(() => {
  shutdown = bootInline();
  frame = pushFrame();
  csq = stackAlloc(IO_CSQ.size) as PIO_CSQ;
  context = stackAlloc(IO_CSQ_IRP_CONTEXT.size) as PIO_CSQ_IRP_CONTEXT;
  queue.length = 0;
  cancelled.length = 0;
  refuse = false;
  IoCsqInitializeEx(csq, insert, remove, peek, lock, unlock, complete);
  irp = IoAllocateIrp(1);
  IoSetNextIrpStackLocation(irp);
});

afterEach(() => {
  IoFreeIrp(irp);
  popFrame(frame);
  shutdown();
});

test('an IRP that was removed cannot be cancelled any more', () => {
  expect(IoCsqInsertIrpEx(csq, irp, context, 0)).toBe(STATUS_SUCCESS);
  expect(IoCsqRemoveIrp(csq, context)).toBe(irp);
  expect(IoCancelIrp(irp)).toBe(false);
  expect(cancelled).toEqual([]);
});

test('an IRP that was cancelled cannot be removed any more', () => {
  IoCsqInsertIrpEx(csq, irp, context, 0);
  expect(IoCancelIrp(irp)).toBe(true);
  expect(cancelled).toEqual([irp]);
  expect(IoCsqRemoveIrp(csq, context)).toBe(0);
  expect(IoCsqRemoveNextIrp(csq, 0)).toBe(0);
});

test('an IRP that is cancelled already when it is inserted goes to the cancel path at once', () => {
  IoCancelIrp(irp);
  IoCsqInsertIrpEx(csq, irp, context, 0);
  expect(cancelled).toEqual([irp]);
  expect(queue).toEqual([]);
});

test('an insert routine that refuses leaves the IRP with the caller', () => {
  refuse = true;
  expect(IoCsqInsertIrpEx(csq, irp, context, 0)).toBe(STATUS_DEVICE_BUSY);
  expect(IoCancelIrp(irp)).toBe(false);
});
