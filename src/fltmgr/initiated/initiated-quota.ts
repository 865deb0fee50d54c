// FltQueryQuotaInformationFile and FltSetQuotaInformationFile: disk quotas, asked of the instances
// below and the file system (6.5). A file system without quotas, as this machine's, refuses both.
import { IRP_MJ_QUERY_QUOTA, IRP_MJ_SET_QUOTA, SL_INDEX_SPECIFIED, SL_RESTART_SCAN,
  SL_RETURN_SINGLE_ENTRY } from '../../ntos/io/types.ts';
import { IO_STATUS_BLOCK } from '../../ntos/io/types.ts';
import { STATUS_FLT_DELETING_OBJECT } from '../../ntos/status-codes.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { checkInstance, checkMayBlock, checkOpen, isDetaching } from './initiated-check.ts';
import { given, initiate, returnLength } from './initiated-request.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { InitiatedRequest, InitiatedResult } from './initiated-request.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];

function ask(routine: string, request: InitiatedRequest): InitiatedResult {
  checkInstance(routine, request.instance);
  checkMayBlock(routine);
  checkOpen(routine, request.file);
  return isDetaching(request.instance)
    ? { status: STATUS_FLT_DELETING_OBJECT, information: 0 } : initiate(request);
}

/**
 * Reads quota entries. PASSIVE_LEVEL, file or volume open.
 *
 * @param IoStatusBlock gets the result; where a bad SidList fails, Information says where in it.
 * @param Buffer gets FILE_QUOTA_INFORMATION entries. @param SidList FILE_GET_QUOTA_INFORMATION
 *   entries: whose quotas, or NULL for all. @param StartSid whose entry the scan begins behind, or
 *   NULL; ignored with a SidList. @param LengthReturned address of a ULONG, or NULL.
 * @returns STATUS_FLT_DELETING_OBJECT; STATUS_INVALID_DEVICE_REQUEST of a file system without
 *   quotas.
 */
export function FltQueryQuotaInformationFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, IoStatusBlock: number, Buffer: number,
  Length: number, ReturnSingleEntry: boolean, SidList: number, SidListLength: number,
  StartSid: number, RestartScan: boolean, LengthReturned: OutPtr,
): NTSTATUS {
  const start = SidList === 0 ? StartSid : 0;
  const result = ask('FltQueryQuotaInformationFile', {
    instance: Instance, file: FileObject, major: IRP_MJ_QUERY_QUOTA,
    operationFlags: (RestartScan ? SL_RESTART_SCAN : 0) |
      (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0) | (start === 0 ? 0 : SL_INDEX_SPECIFIED),
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryQuota_Length(ctrl, Length);
      c.set_Iopb_Parameters_QueryQuota_StartSid(ctrl, start as never);
      c.set_Iopb_Parameters_QueryQuota_SidList(ctrl, SidList as never);
      c.set_Iopb_Parameters_QueryQuota_SidListLength(ctrl, SidListLength);
      c.set_Iopb_Parameters_QueryQuota_QuotaBuffer(ctrl, Buffer);
    },
  });
  set_Status(IoStatusBlock as PIOSB, result.status);
  set_Information(IoStatusBlock as PIOSB, result.information);
  returnLength(LengthReturned, given(result));
  return result.status;
}

/**
 * Changes quota entries. PASSIVE_LEVEL, volume open with FILE_WRITE_DATA.
 * @param Buffer FILE_QUOTA_INFORMATION entries. Statuses as FltQueryQuotaInformationFile.
 */
export function FltSetQuotaInformationFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, Buffer: number, Length: number,
): NTSTATUS {
  return ask('FltSetQuotaInformationFile', {
    instance: Instance, file: FileObject, major: IRP_MJ_SET_QUOTA,
    fill(ctrl) {
      c.set_Iopb_Parameters_SetQuota_Length(ctrl, Length);
      c.set_Iopb_Parameters_SetQuota_QuotaBuffer(ctrl, Buffer);
    },
  }).status;
}
