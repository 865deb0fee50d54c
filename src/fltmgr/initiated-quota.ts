// Quota entries that a filter reads and writes below itself (6.5). File systems without quotas
// refuse with a status of their own.
import { IRP_MJ_QUERY_QUOTA, IRP_MJ_SET_QUOTA, SL_INDEX_SPECIFIED, SL_RESTART_SCAN,
  SL_RETURN_SINGLE_ENTRY } from '../ntos/io/types.ts';
import { NT_SUCCESS, NT_WARNING } from '../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT } from '../ntos/status-codes.ts';
import { IRP_CTRL } from './irp-ctrl.ts';
import { checkInstance, checkMayBlock, checkOpen, isDetaching } from './initiated-check.ts';
import { initiate, returnLength } from './initiated-request.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PFILE_OBJECT } from '../ntos/io/types.ts';
import type { PFLT_INSTANCE } from './types.ts';
import type { OutPtr } from '../mem/pointer.ts';

const c = IRP_CTRL.bound;

function check(routine: string, instance: PFLT_INSTANCE, file: PFILE_OBJECT): boolean {
  checkInstance(routine, instance);
  checkMayBlock(routine);
  checkOpen(routine, file);
  return !isDetaching(instance);
}

/**
 * Reads quota entries. PASSIVE_LEVEL, file open.
 *
 * @param SidList FILE_GET_QUOTA_INFORMATION entries to look for, or NULL for all.
 * @param StartSid where to begin, or NULL. @param LengthReturned address of a ULONG, or NULL.
 * @returns STATUS_FLT_DELETING_OBJECT, or what the file system answers.
 */
export function FltQueryQuotaInformationFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, ReturnedQuotaData: number, Length: number,
  ReturnSingleEntry: boolean, SidList: number, SidListLength: number, StartSid: number,
  RestartScan: boolean, LengthReturned: OutPtr,
): NTSTATUS {
  if (!check('FltQueryQuotaInformationFile', Instance, FileObject)) {
    return STATUS_FLT_DELETING_OBJECT;
  }
  const { status, information } = initiate({
    instance: Instance, file: FileObject, major: IRP_MJ_QUERY_QUOTA,
    operationFlags: (RestartScan ? SL_RESTART_SCAN : 0) |
      (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0) | (StartSid === 0 ? 0 : SL_INDEX_SPECIFIED),
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryQuota_Length(ctrl, Length);
      c.set_Iopb_Parameters_QueryQuota_StartSid(ctrl, StartSid);
      c.set_Iopb_Parameters_QueryQuota_SidList(ctrl, SidList);
      c.set_Iopb_Parameters_QueryQuota_SidListLength(ctrl, SidListLength);
      c.set_Iopb_Parameters_QueryQuota_QuotaBuffer(ctrl, ReturnedQuotaData);
    },
  });
  returnLength(LengthReturned, NT_SUCCESS(status) || NT_WARNING(status) ? information : 0);
  return status;
}

/** Changes quota entries. PASSIVE_LEVEL, file open. Statuses as FltQueryQuotaInformationFile. */
export function FltSetQuotaInformationFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, Buffer: number, Length: number,
): NTSTATUS {
  if (!check('FltSetQuotaInformationFile', Instance, FileObject)) {
    return STATUS_FLT_DELETING_OBJECT;
  }
  return initiate({
    instance: Instance, file: FileObject, major: IRP_MJ_SET_QUOTA,
    fill(ctrl) {
      c.set_Iopb_Parameters_SetQuota_Length(ctrl, Length);
      c.set_Iopb_Parameters_SetQuota_QuotaBuffer(ctrl, Buffer);
    },
  }).status;
}
