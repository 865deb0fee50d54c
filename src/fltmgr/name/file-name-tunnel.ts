// Tunnelled names (NAM-8). A file system that makes 8.3 names keeps the long name of a file that
// was deleted or renamed away for a while; a file that then comes to be under the short name gets
// the long name back. So the normalized name that a pre-operation callback got may be wrong in its
// last component once the create, rename or link has succeeded.
//
// Only a name that could be an 8.3 name can be tunnelled. For such a name the file system is asked
// again; a last component that differs is the tunnelled name.
import { i32 } from '../../mem/memory.ts';
import { KeAreAllApcsDisabled } from '../../ntos/ke/apc.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { IRP_MJ_CREATE, IRP_MJ_SET_INFORMATION } from '../../ntos/io/types.ts';
import { FileLinkInformation, FileLinkInformationBypassAccessCheck, FileLinkInformationEx,
  FileLinkInformationExBypassAccessCheck, FileRenameInformation,
  FileRenameInformationBypassAccessCheck, FileRenameInformationEx,
  FileRenameInformationExBypassAccessCheck }
  from '../../ntos/io/information/information-classes.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { readUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { upcaseText } from '../../ntos/rtl/upcase.ts';
import { FLTFL_CALLBACK_DATA_POST_OPERATION, FLT_FILE_NAME_NORMALIZED } from '../constants.ts';
import { FLT_NAME_NODE, dropName, nodeOfName } from './file-name-node.ts';
import { askFileSystem, isOpened } from './file-name-query.ts';
import { giveText } from './file-name-destination.ts';
import { askProvider } from './file-name-provider.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE } from '../attach/object.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_NAME_NODE } from './file-name-node.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_FILE_NAME_INFORMATION, PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const n = FLT_NAME_NODE.bound;
const { Volume } = FLT_INSTANCE.bound;
const renames: readonly number[] = [FileRenameInformation, FileRenameInformationBypassAccessCheck,
  FileRenameInformationEx, FileRenameInformationExBypassAccessCheck];
const links: readonly number[] = [FileLinkInformation, FileLinkInformationBypassAccessCheck,
  FileLinkInformationEx, FileLinkInformationExBypassAccessCheck];
/** Eight characters, a dot, three; none of them a blank or a further dot. */
const shortName = /^[^. ]{1,8}(\.[^. ]{1,3})?$/;

function textOfName(node: PFLT_NAME_NODE): string {
  return readUtf16(n.Info_Name_Buffer(node), n.Info_Name_Length(node));
}

function finalComponent(name: string): string {
  const last = name.slice(name.lastIndexOf('\\') + 1);
  const colon = last.indexOf(':');
  return colon < 0 ? last : last.slice(0, colon);
}

function checkCall(ctrl: PIRP_CTRL, node: PFLT_NAME_NODE): void {
  const major = c.Iopb_MajorFunction(ctrl);
  const cls = c.Iopb_Parameters_SetFileInformation_FileInformationClass(ctrl);
  const names = major === IRP_MJ_CREATE ||
    (major === IRP_MJ_SET_INFORMATION && (renames.includes(cls) || links.includes(cls)));
  if (!names || (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_POST_OPERATION) === 0) {
    violation(RULE_UNLISTED, major, 'FltGetTunneledName outside of the post-operation callback ' +
      'of a create, rename or hard link (NAM-8)');
  }
  if (n.Info_Format(node) !== FLT_FILE_NAME_NORMALIZED) {
    violation(RULE_UNLISTED, node, 'FltGetTunneledName for a name that is not normalized (NAM-8)');
  }
}

/** Whether the file may have another last component by now, and the file system can be asked. */
function mayBeTunneled(ctrl: PIRP_CTRL, name: string): boolean {
  if (!NT_SUCCESS(c.Data_IoStatus_Status(ctrl)) || KeAreAllApcsDisabled()) return false;
  if (!isOpened(c.Iopb_TargetFileObject(ctrl) as PFILE_OBJECT)) return false;
  // A link leaves the names of the file object as they are; what it made cannot be asked for here.
  if (c.Iopb_MajorFunction(ctrl) === IRP_MJ_SET_INFORMATION &&
      links.includes(c.Iopb_Parameters_SetFileInformation_FileInformationClass(ctrl))) {
    return false;
  }
  return shortName.test(finalComponent(name));
}

/**
 * Gets the name that a file has got by tunnelling. IRQL <= APC_LEVEL; in the post-operation
 * callback of a create, rename or hard link, for a normalized name that the pre-operation callback
 * got. Elsewhere it is a broken rule.
 *
 * @param RetTunneledFileNameInformation where the new name goes, to be released like the other one;
 *   NULL when there was no tunnelling.
 * @returns STATUS_SUCCESS also without tunnelling; STATUS_INSUFFICIENT_RESOURCES, or what the file
 *   system says. Simplification: hard links are never tunnelled here.
 */
export function FltGetTunneledName(
  CallbackData: PFLT_CALLBACK_DATA,
  FileNameInformation: PFLT_FILE_NAME_INFORMATION,
  RetTunneledFileNameInformation: OutPtr,
): NTSTATUS {
  checkIrql('FltGetTunneledName', APC_LEVEL);
  i32[RetTunneledFileNameInformation >> 2] = 0;
  const ctrl = sheetOf(CallbackData);
  const node = nodeOfName('FltGetTunneledName', FileNameInformation);
  checkCall(ctrl, node);
  const before = textOfName(node);
  if (!mayBeTunneled(ctrl, before)) return STATUS_SUCCESS;
  const instance = c.Related_Instance(ctrl) as PFLT_INSTANCE;
  const file = c.Iopb_TargetFileObject(ctrl) as PFILE_OBJECT;
  const request = { instance, volume: Volume(instance), file, format: FLT_FILE_NAME_NORMALIZED };
  const answer = askProvider(request)?.answer ?? askFileSystem(request);
  if (answer < 0) return answer as NTSTATUS;
  const now = textOfName(answer as PFLT_NAME_NODE);
  dropName(answer as PFLT_NAME_NODE);
  if (upcaseText(finalComponent(now)) === upcaseText(finalComponent(before))) return STATUS_SUCCESS;
  const slash = before.lastIndexOf('\\') + 1;
  const text = before.slice(0, slash) + now.slice(now.lastIndexOf('\\') + 1);
  return giveText(request, text, RetTunneledFileNameInformation);
}
