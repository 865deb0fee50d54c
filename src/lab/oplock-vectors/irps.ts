// IRPs as a driver sees them, without an I/O manager around: made here, completed by the package
// under test, and caught by a completion routine that keeps them.
import { i32 } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { initializePool } from '../../ntos/ex/pool/pool.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetCurrentIrpStackLocation, IoGetNextIrpStackLocation,
  IoSetCompletionRoutine, IoSetNextIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { FILE_OBJECT, IO_STACK_LOCATION, IRP } from '../../ntos/io/types.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { MACHINE_BOOTING, setMachineState } from '../../ntos/ke/bug-check.ts';
import { initializeObjects } from '../../ntos/ob/initialize.ts';
import { OB_TYPE_FILE, ObCreateObject } from '../../ntos/ob/object.ts';
import { initializeStripes } from '../../ntos/fsrtl/stripe-lock.ts';
import { statusName } from '../../ntos/status.ts';
import { STATUS_MORE_PROCESSING_REQUIRED } from '../../ntos/status-codes.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';

/** Completed IRPs with their status, in order of completion. */
export const completed: { irp: PIRP; status: string; information: number }[] = [];

const irpOf = IRP.bound;
const location = IO_STACK_LOCATION.bound;

const keep = kernelRoutine('TestKeepIrp', (_device, irp) => {
  const at = irp as PIRP;
  const status = statusName(irpOf.IoStatus_Status(at));
  completed.push({ irp: at, status, information: irpOf.IoStatus_Information(at) });
  return STATUS_MORE_PROCESSING_REQUIRED;
});

/** A machine with pools, objects and the locks of the packages. */
export function freshPackages(): void {
  setMachineState(MACHINE_BOOTING);
  initializePool();
  initializeObjects();
  initializeStripes();
  completed.length = 0;
}

/** A file object that no file system knows. */
export function makeFile(): PFILE_OBJECT {
  return ObCreateObject(OB_TYPE_FILE, FILE_OBJECT.size) as PFILE_OBJECT;
}

/** An IRP that the caller of the package holds as its driver. */
export function makeIrp(
  major: number,
  minor: number,
  file: PFILE_OBJECT,
  fill: (sp: PIO_STACK_LOCATION, irp: PIRP) => void = () => undefined,
): PIRP {
  const irp = IoAllocateIrp(1);
  const next = IoGetNextIrpStackLocation(irp);
  location.set_MajorFunction(next, major);
  location.set_MinorFunction(next, minor);
  location.set_FileObject(next, file);
  IoSetCompletionRoutine(irp, keep, 0, true, true, true);
  IoSetNextIrpStackLocation(irp);
  irpOf.set_Tail_Overlay_Thread(irp, currentThread);
  fill(IoGetCurrentIrpStackLocation(irp), irp);
  return irp;
}

/** The statuses of what was completed since the last call, and frees those IRPs. */
export function takeCompleted(): { irp: PIRP; status: string; information: number }[] {
  const taken = completed.splice(0);
  for (const { irp } of taken) IoFreeIrp(irp);
  return taken;
}

/** Writes a 64-bit value. */
export function writeLarge(at: number, value: number): number {
  i32[at >> 2] = value % 4294967296;
  i32[(at + 4) >> 2] = Math.floor(value / 4294967296);
  return at;
}
