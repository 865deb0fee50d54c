// One synchronous operation that a filter initiates through a routine of its own (FltReadFile,
// FltQueryInformationFile, ...): callback data for it is made, sent, and freed again.
import { i32 } from '../../mem/memory.ts';
import { NT_SUCCESS, NT_WARNING } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../ntos/status-codes.ts';
import { IRP_MJ_CLEANUP, IRP_MJ_CLOSE } from '../../ntos/io/types.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { sendOwnData } from './initiated-send.ts';
import { OWN_INTERNAL, OWN_MUST_SUCCEED, createOwnData, releaseOwnData } from './own-data.ts';
import { freeMdls, mdlWord } from './own-mdl.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const c = IRP_CTRL.bound;

export interface InitiatedRequest {
  readonly instance: PFLT_INSTANCE;
  readonly file: PFILE_OBJECT;
  readonly major: number;
  readonly minor?: number;
  /** SL_* of the operation. */
  readonly operationFlags?: number;
  readonly irpFlags?: number;
  /** Fills in the parameters. */
  fill?(ctrl: PIRP_CTRL): void;
}

export interface InitiatedResult {
  readonly status: NTSTATUS;
  readonly information: number;
}

/** Callback data of a request that the Filter Manager makes for a filter; NULL without memory. */
export function makeRequest(request: InitiatedRequest): PIRP_CTRL {
  const ends = request.major === IRP_MJ_CLEANUP || request.major === IRP_MJ_CLOSE;
  const flags = OWN_INTERNAL | (ends ? OWN_MUST_SUCCEED : 0);
  const ctrl = createOwnData(request.instance, request.file, flags);
  if (ctrl === 0) return ctrl;
  c.set_Iopb_MajorFunction(ctrl, request.major);
  c.set_Iopb_MinorFunction(ctrl, request.minor ?? 0);
  c.set_Iopb_OperationFlags(ctrl, request.operationFlags ?? 0);
  c.set_Iopb_IrpFlags(ctrl, request.irpFlags ?? 0);
  request.fill?.(ctrl);
  return ctrl;
}

/** Sends a request and waits for its end. <= APC_LEVEL; the callers say what is allowed. */
export function initiate(request: InitiatedRequest): InitiatedResult {
  const ctrl = makeRequest(request);
  if (ctrl === 0) return { status: STATUS_INSUFFICIENT_RESOURCES, information: 0 };
  const at = mdlWord(ctrl);
  const before = at === 0 ? 0 : i32[at >> 2]!;
  sendOwnData(ctrl);
  // The caller's MDL stays the caller's; one that was made on the way has no other owner.
  if (at !== 0 && before === 0) freeMdls(ctrl);
  const status = c.Data_IoStatus_Status(ctrl);
  const information = c.Data_IoStatus_Information(ctrl);
  releaseOwnData(ctrl);
  return { status, information };
}

/** The bytes that a request gave back: none when it failed. */
export function given(result: InitiatedResult): number {
  return NT_SUCCESS(result.status) || NT_WARNING(result.status) ? result.information : 0;
}

/** Stores a length for the caller, who may not want it. */
export function returnLength(at: number, length: number): void {
  if (at !== 0) i32[at >> 2] = length;
}
