// Operations that change names, as the Filter Manager sees them go by: renames, links and short
// names. When one has succeeded, cached names are stale (file-name-cache.ts) before its requestor
// or any post-operation callback hears of it. For operations that no filter takes part in the
// dispatch routine has nothing to do but this.
import { kernelRoutine } from '../../mem/routine.ts';
import { IofCallDriver } from '../../ntos/io/irp/call-driver.ts';
import { FileLinkInformation, FileLinkInformationBypassAccessCheck, FileLinkInformationEx,
  FileLinkInformationExBypassAccessCheck, FileRenameInformation,
  FileRenameInformationBypassAccessCheck, FileRenameInformationEx,
  FileRenameInformationExBypassAccessCheck, FileShortNameInformation }
  from '../../ntos/io/information/information-classes.ts';
import { IoCopyCurrentIrpStackLocationToNext, IoGetCurrentIrpStackLocation, IoMarkIrpPending,
  IoSetCompletionRoutine } from '../../ntos/io/irp/irp.ts';
import { IO_STACK_LOCATION, IRP, IRP_MJ_SET_INFORMATION } from '../../ntos/io/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { NAME_CHANGED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import { FltpNamesChanged } from './file-name-cache.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../ntos/io/types.ts';

const { FileObject, MajorFunction, Parameters_SetFile_FileInformationClass } =
  IO_STACK_LOCATION.bound;
const { IoStatus_Status, PendingReturned } = IRP.bound;

/** By information class: whether setting it changes a name. */
const changes = new Uint8Array(256);
for (const cls of [FileRenameInformation, FileRenameInformationBypassAccessCheck,
  FileRenameInformationEx, FileRenameInformationExBypassAccessCheck, FileLinkInformation,
  FileLinkInformationBypassAccessCheck, FileLinkInformationEx,
  FileLinkInformationExBypassAccessCheck, FileShortNameInformation]) {
  changes[cls] = 1;
}

/** Whether an operation changes a name when it succeeds. Any IRQL. */
export function changesNames(location: PIO_STACK_LOCATION): boolean {
  return MajorFunction(location) === IRP_MJ_SET_INFORMATION &&
    changes[Parameters_SetFile_FileInformationClass(location) & 0xff] !== 0;
}

/** Says that an operation which changes names has ended. Any IRQL. */
export function noteNameChange(irp: PIRP): void {
  if (!NT_SUCCESS(IoStatus_Status(irp))) return;
  if (tracer !== null) {
    tracer.event(NAME_CHANGED, FileObject(IoGetCurrentIrpStackLocation(irp)), 0, 0, 0);
  }
  FltpNamesChanged();
}

/** Sends an operation that changes names on to the next driver and looks at how it ends. */
export function forwardNameChange(lower: PDEVICE_OBJECT, irp: PIRP): NTSTATUS {
  IoCopyCurrentIrpStackLocationToNext(irp);
  IoSetCompletionRoutine(irp, nameChangeEnded, 0, true, true, true);
  return IofCallDriver(lower, irp);
}

const nameChangeEnded = kernelRoutine('FltpNameChangeCompletion', (_device, irp) => {
  const p = irp as PIRP;
  noteNameChange(p);
  if (PendingReturned(p) !== 0) IoMarkIrpPending(p);
  return STATUS_SUCCESS;
});
