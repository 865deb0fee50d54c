// A file system for tests of the walk: it completes each IRP as the test says, at once or when the
// test asks for it, and records what reached it.
import { fillBytes, i32 } from '#src/mem/memory.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { allocateConstants } from '#src/image/layout.ts';
import { createDriver, deleteDriver } from '#src/ntos/io/object/driver.ts';
import { IoCreateDevice, IoDeleteDevice } from '#src/ntos/io/object/device.ts';
import { IoGetCurrentIrpStackLocation, IoMarkIrpPending } from '#src/ntos/io/irp/irp.ts';
import { FAST_TABLE } from '#src/ntos/io/fast-io.ts';
import { IofCompleteRequest } from '#src/ntos/io/irp/completion.ts';
import { DEVICE_OBJECT, FAST_IO_DISPATCH, FILE_DEVICE_DISK_FILE_SYSTEM, IO_STACK_LOCATION, IRP }
  from '#src/ntos/io/types.ts';
import { STATUS_PENDING, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { mountDevice, unmountDevice } from '#src/machine/volumes.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';
import type { RoutineId } from '#src/mem/routine.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';
import type { MountedVolume } from '#src/machine/volumes.ts';

const { MajorFunction, FileObject, Parameters_Read_Length } = IO_STACK_LOCATION.bound;
const i = IRP.bound;

export interface ProbeFs {
  readonly mounted: MountedVolume;
  /** Majors that reached the file system, in order. */
  readonly seen: number[];
  /** Lengths that reads and writes asked for. */
  readonly lengths: number[];
  /** The file objects of the creates. */
  readonly files: PFILE_OBJECT[];
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

const probes = new Map<number, ProbeFs>();

const dispatch = kernelRoutine('ProbeFsDispatch', (device, irpNumber) => {
  const irp = irpNumber as PIRP;
  const fs = probes.get(device!) as ProbeFs;
  const location = IoGetCurrentIrpStackLocation(irp);
  const major = MajorFunction(location);
  fs.seen.push(major);
  if (major === 0) fs.files.push(FileObject(location));
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

/** What a probe volume is, where it is not \Device\Probe, drive P:, with NTFS. */
export interface ProbeOptions {
  readonly letter?: string;
  readonly name?: string;
  /** FLT_FILESYSTEM_TYPE. */
  readonly type?: number;
  readonly deviceType?: number;
  readonly stackSize?: number;
  /** DO_BUFFERED_IO, DO_DIRECT_IO. */
  readonly deviceFlags?: number;
  /** Entries of the fast I/O table, by member. */
  readonly fast?: Readonly<Record<string, RoutineId>>;
}

/** The bytes of a FAST_IO_DISPATCH with some entries, where they stay for the test's life. */
function fastTable(entries: Readonly<Record<string, RoutineId>>): number {
  const table = allocateConstants(FAST_TABLE.size);
  fillBytes(table, 0, FAST_TABLE.size);
  i32[table >> 2] = FAST_TABLE.size;
  for (const [member, routine] of Object.entries(entries)) {
    const offset = FAST_IO_DISPATCH.offsets[member] ?? FAST_TABLE.offsets[member]!;
    i32[(table + offset) >> 2] = routine;
  }
  return table;
}

/** Mounts a probe; each under a letter and a name of its own. */
export function mountProbeFs(options: ProbeOptions = {}): ProbeFs {
  const { letter = 'P', name = '\\Device\\Probe', type = 2, stackSize = 1 } = options;
  const majors: Record<number, typeof dispatch> = {};
  for (let major = 0; major <= 0x1b; major++) majors[major] = dispatch;
  const driver = createDriver(majors, options.fast === undefined ? 0 : fastTable(options.fast));
  const device = IoCreateDevice(driver, 0, options.deviceType ?? FILE_DEVICE_DISK_FILE_SYSTEM);
  DEVICE_OBJECT.bound.set_StackSize(device, stackSize);
  DEVICE_OBJECT.bound.set_Flags(device, options.deviceFlags ?? 0);
  const mounted = mountDevice(device, name, letter, type);
  const probe: ProbeFs = {
    mounted, seen: [], lengths: [], files: [], kept: [], status: STATUS_SUCCESS, information: 0,
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
      probes.delete(device);
    },
  };
  probes.set(device, probe);
  return probe;
}
