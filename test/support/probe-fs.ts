// A file system for tests of the walk: it completes each IRP as the test says, at once or when the
// test asks for it, and records what reached it.
import { kernelRoutine } from '#src/mem/routine.ts';
import { createDriver, deleteDriver } from '#src/ntos/io/driver.ts';
import { IoCreateDevice, IoDeleteDevice } from '#src/ntos/io/device.ts';
import { IoGetCurrentIrpStackLocation, IoMarkIrpPending } from '#src/ntos/io/irp.ts';
import { IofCompleteRequest } from '#src/ntos/io/completion.ts';
import { DEVICE_OBJECT, FILE_DEVICE_DISK_FILE_SYSTEM, IO_STACK_LOCATION, IRP }
  from '#src/ntos/io/types.ts';
import { STATUS_PENDING, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { mountDevice, unmountDevice } from '#src/machine/volumes.ts';
import type { PIRP } from '#src/ntos/io/types.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';
import type { MountedVolume } from '#src/machine/volumes.ts';

const { MajorFunction, Parameters_Read_Length } = IO_STACK_LOCATION.bound;
const i = IRP.bound;

export interface ProbeFs {
  readonly mounted: MountedVolume;
  /** Majors that reached the file system, in order. */
  readonly seen: number[];
  /** Lengths that reads and writes asked for. */
  readonly lengths: number[];
  /** IRPs that were kept pending. */
  readonly kept: PIRP[];
  status: NTSTATUS;
  information: number;
  /** Which majors are kept pending instead of completed. */
  keep: (major: number) => boolean;
  /** Completes the oldest kept IRP. */
  complete(status?: NTSTATUS, information?: number): void;
  unmount(): void;
}

let probe: ProbeFs | undefined;

const dispatch = kernelRoutine('ProbeFsDispatch', (_device, irpNumber) => {
  const irp = irpNumber as PIRP;
  const fs = probe as ProbeFs;
  const location = IoGetCurrentIrpStackLocation(irp);
  const major = MajorFunction(location);
  fs.seen.push(major);
  if (major === 3 || major === 4) fs.lengths.push(Parameters_Read_Length(location));
  if (fs.keep(major)) {
    IoMarkIrpPending(irp);
    fs.kept.push(irp);
    return STATUS_PENDING;
  }
  const ends = major === 0x12 || major === 0x02;
  i.set_IoStatus_Status(irp, ends ? STATUS_SUCCESS : fs.status);
  i.set_IoStatus_Information(irp, fs.information);
  IofCompleteRequest(irp);
  return ends ? STATUS_SUCCESS : fs.status;
});

/** Mounts the probe as volume \Device\Probe, drive P:. One at a time. */
export function mountProbeFs(): ProbeFs {
  const majors: Record<number, typeof dispatch> = {};
  for (let major = 0; major <= 0x1b; major++) majors[major] = dispatch;
  const driver = createDriver(majors);
  const device = IoCreateDevice(driver, 0, FILE_DEVICE_DISK_FILE_SYSTEM);
  DEVICE_OBJECT.bound.set_StackSize(device, 1);
  const mounted = mountDevice(device, '\\Device\\Probe', 'P', 2);
  probe = {
    mounted, seen: [], lengths: [], kept: [], status: STATUS_SUCCESS, information: 0,
    keep: () => false,
    complete(status = STATUS_SUCCESS, information = 0) {
      const irp = this.kept.shift() as PIRP;
      i.set_IoStatus_Status(irp, status);
      i.set_IoStatus_Information(irp, information);
      IofCompleteRequest(irp);
    },
    unmount() {
      unmountDevice(mounted);
      IoDeleteDevice(device);
      deleteDriver(driver);
      probe = undefined;
    },
  };
  return probe;
}
