// One call through the Filter Manager's fast I/O table: the filters of the volume see it, the entry
// of the device below does it, and what filters changed of the parameters goes down (OP-3, OP-13).
import { routineTable } from '../../mem/routine.ts';
import { DEVICE_OBJECT, IO_STATUS_BLOCK } from '../../ntos/io/types.ts';
import { fastIoEntry } from '../../ntos/io/fast-io.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DISALLOW_FAST_IO, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_FAST_IO_OPERATION } from '../constants.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import { callWithFilters } from './fast-walk.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_VOLUME } from '../types.ts';

const c = IRP_CTRL.bound;
const { DeviceExtension } = DEVICE_OBJECT.bound;
const { LowerDevice } = FLT_VOLUME.bound;
const io = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof io.Status>[0];

export interface FastRequest {
  /** The member of FAST_IO_DISPATCH. */
  readonly member: string;
  readonly major: number;
  readonly minor?: number;
  readonly file: number;
  readonly device: number;
  /** Where the result goes; entries without a status block answer TRUE or FALSE alone. */
  readonly iosb?: number;
  /** Lays the parameters over the sheet. */
  fill(ctrl: PIRP_CTRL): void;
  /** The arguments of the entry below but the last, which is the device: from the sheet. */
  lower(ctrl: PIRP_CTRL): readonly number[];
  /** The arguments as they came, for a volume where no filter takes part. */
  readonly args: readonly number[];
}

/** Calls the entry of the device below; false when it has none or cannot do it now. */
function callLower(volume: PFLT_VOLUME, member: string, args: readonly number[]): boolean {
  const lower = LowerDevice(volume) as PDEVICE_OBJECT;
  const entry = fastIoEntry(lower, member);
  if (entry === 0) return false;
  return routineTable[entry]!(...args, lower) !== 0;
}

/** Puts what the driver below answered into the sheet. */
function takeResult(ctrl: PIRP_CTRL, iosb: number | undefined): void {
  c.set_Data_IoStatus_Status(ctrl, iosb === undefined ? STATUS_SUCCESS : io.Status(iosb as PIOSB));
  c.set_Data_IoStatus_Information(ctrl, iosb === undefined ? 0 : io.Information(iosb as PIOSB));
}

/**
 * Runs a fast call. PASSIVE_LEVEL (APC_LEVEL for some), the caller's thread.
 *
 * @returns TRUE when it is done, with its result in the status block; FALSE when the caller has to
 *   do it with an IRP: a filter disallowed it, or the driver below cannot do it now. An entry
 *   without a status block is FALSE for every failure as well.
 */
export function fastCall(request: FastRequest): number {
  const { member, iosb } = request;
  const volume = DeviceExtension(request.device as PDEVICE_OBJECT) as PFLT_VOLUME;
  let status: NTSTATUS = STATUS_SUCCESS;
  const done = callWithFilters({
    volume, kind: FLTFL_CALLBACK_DATA_FAST_IO_OPERATION, major: request.major,
    minor: request.minor ?? 0, file: request.file, fill: request.fill,
    lower(ctrl) {
      // The volume of the sheet: a filter may have redirected the operation.
      if (!callLower(c.Volume(ctrl), member, request.lower(ctrl))) return false;
      takeResult(ctrl, iosb);
      return true;
    },
    finish(ctrl) {
      status = c.Data_IoStatus_Status(ctrl);
      // What was disallowed comes again as an IRP: the caller's block says nothing until then.
      if (iosb === undefined || status === STATUS_FLT_DISALLOW_FAST_IO) return;
      io.set_Status(iosb as PIOSB, status);
      io.set_Information(iosb as PIOSB, c.Data_IoStatus_Information(ctrl));
    },
    pass: () => callLower(volume, member, request.args),
  });
  if (!done || status === STATUS_FLT_DISALLOW_FAST_IO) return 0;
  return iosb !== undefined || NT_SUCCESS(status) ? 1 : 0;
}
