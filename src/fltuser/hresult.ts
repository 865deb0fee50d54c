// HRESULTs of fltUser.h: a status of the kernel as an application sees it. Statuses of facility FLT
// keep their number in the facility of HRESULTs that belongs to them; all others go through the
// Win32 error that belongs to the status.
import { STATUS_ACCESS_DENIED, STATUS_ACCESS_VIOLATION, STATUS_BUFFER_OVERFLOW,
  STATUS_BUFFER_TOO_SMALL, STATUS_CANCELLED, STATUS_CONNECTION_COUNT_LIMIT,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED, STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH, STATUS_PENDING,
  STATUS_PORT_DISCONNECTED, STATUS_TIMEOUT } from '../ntos/status-codes.ts';
import { NT_SUCCESS } from '../ntos/status.ts';
import type { NTSTATUS } from '../ntos/status.ts';

export const S_OK = 0;
const FACILITY_NT_BIT = 0x1000_0000;
/** STATUS_FLT_* is 0xC01C0000 plus a number, ERROR_FLT_* 0x801F0000 plus the same number. */
const FLT_STATUS = 0xc01c;
const FLT_HRESULT = 0x801f_0000;

/** The HRESULT of a Win32 error (HRESULT_FROM_WIN32). */
export function hresultOfWin32(error: number): number {
  return error === 0 ? S_OK : 0x8007_0000 | 0 | (error & 0xffff);
}

/** Win32 errors by status (RtlNtStatusToDosError), as far as ports give them. */
const win32 = new Map<NTSTATUS, number>([
  [STATUS_OBJECT_NAME_NOT_FOUND, 2],
  [STATUS_ACCESS_DENIED, 5],
  [STATUS_INVALID_HANDLE, 6],
  [STATUS_PORT_DISCONNECTED, 6],
  [STATUS_OBJECT_TYPE_MISMATCH, 6],
  [STATUS_NOT_SUPPORTED, 50],
  [STATUS_INVALID_PARAMETER, 87],
  [STATUS_BUFFER_TOO_SMALL, 122],
  [STATUS_OBJECT_NAME_INVALID, 123],
  [STATUS_OBJECT_NAME_COLLISION, 183],
  [STATUS_BUFFER_OVERFLOW, 234],
  [STATUS_TIMEOUT, 1460],
  [STATUS_CANCELLED, 995],
  [STATUS_PENDING, 997],
  [STATUS_ACCESS_VIOLATION, 998],
  [STATUS_CONNECTION_COUNT_LIMIT, 1238],
  [STATUS_INSUFFICIENT_RESOURCES, 1450],
]);

/**
 * The HRESULT of a status. A status that has no Win32 error here is told as it is, with the bit
 * that says so (HRESULT_FROM_NT).
 */
export function hresultOfStatus(status: NTSTATUS): number {
  const error = win32.get(status);
  if (error !== undefined) return hresultOfWin32(error);
  if (NT_SUCCESS(status)) return S_OK;
  if (status >>> 16 === FLT_STATUS) return FLT_HRESULT | 0 | (status & 0xffff);
  return status | FACILITY_NT_BIT;
}
