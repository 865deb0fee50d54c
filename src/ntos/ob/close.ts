// Closing handles, as drivers do it. PASSIVE_LEVEL. Closing the last handle of a file sends
// IRP_MJ_CLEANUP, so it must not be done while a lock is held that the file system may want.
import { boot } from '../../mem/boot-options.ts';
import { INVALID_KERNEL_HANDLE } from '../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../ke/bug-check.ts';
import { checkIrql } from '../rtl/services.ts';
import { STATUS_HANDLE_NOT_CLOSABLE, STATUS_INVALID_HANDLE } from '../status-codes.ts';
import { ObpCloseHandle } from './handle.ts';
import type { NTSTATUS } from '../status.ts';

const PASSIVE_LEVEL = 0;
const KernelMode = 0;
const verifying = boot.verifier;

/** Whether a handle may be used by the kernel only (OBJ_KERNEL_HANDLE). IRQL <= APC_LEVEL. */
export function ObIsKernelHandle(Handle: number): boolean {
  // -1 and -2 name the current process and thread.
  return Handle < -2;
}

/** What a driver gives for a handle that is not open is a bug: the checked machine says so. */
function close(routine: string, handle: number, mode: number): NTSTATUS {
  checkIrql(routine, PASSIVE_LEVEL);
  const status = ObpCloseHandle(handle, mode);
  const isBug = status === STATUS_INVALID_HANDLE || status === STATUS_HANDLE_NOT_CLOSABLE;
  if (verifying && isBug && mode === KernelMode) {
    const kind = status === STATUS_INVALID_HANDLE ? 1 : 0;
    KeBugCheckEx(INVALID_KERNEL_HANDLE, handle, kind, 0, 0,
      `${routine}(0x${(handle >>> 0).toString(16)}): ` +
        (kind === 1 ? 'the handle is not open; it was closed before, or never was one'
          : 'the handle is protected from being closed'));
  }
  return status;
}

/**
 * Closes a handle. PASSIVE_LEVEL.
 * @returns STATUS_INVALID_HANDLE, which in the checked configuration is bug check 0x93.
 */
export function ZwClose(Handle: number): NTSTATUS {
  return close('ZwClose', Handle, KernelMode);
}

/**
 * Closes a handle on behalf of a caller in `PreviousMode`. PASSIVE_LEVEL.
 * @returns STATUS_INVALID_HANDLE, also for a kernel handle of a caller in user mode.
 */
export function ObCloseHandle(Handle: number, PreviousMode: number): NTSTATUS {
  return close('ObCloseHandle', Handle, PreviousMode);
}
