// The handles that filters hold of their ports: PFLT_PORT is a kernel handle, opaque to drivers.
import { i32 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { INVALID_KERNEL_HANDLE } from '../../ntos/ke/bug-check-codes.ts';
import { ObReferenceObjectByHandle, ObpCloseHandle } from '../../ntos/ob/handle.ts';
import { OB_TYPE_PORT, ObDereferenceObject } from '../../ntos/ob/object.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { FLT_PORT_BASE } from './types.ts';

const { Kind } = FLT_PORT_BASE.bound;
type PBASE = Parameters<typeof Kind>[0];
export const KernelMode = 0;
export const UserMode = 1;

/** The port of a handle with a reference; NULL when the handle is not one of that kind. */
export function referencePort(handle: number, kind: number, mode: number): number {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const found = NT_SUCCESS(ObReferenceObjectByHandle(handle, 0, OB_TYPE_PORT, mode, out));
  const port = i32[out >> 2]!;
  popFrame(frame);
  if (!found) return 0;
  if (Kind(port as PBASE) === kind) return port;
  ObDereferenceObject(port);
  return 0;
}

/** Closes a filter's handle of a port; one that is not open is bug check 0x93, as for ZwClose. */
export function closePortHandle(routine: string, handle: number, kind: number): void {
  const port = referencePort(handle, kind, KernelMode);
  if (port === 0) {
    KeBugCheckEx(INVALID_KERNEL_HANDLE, handle, 0, 0, 0, `${routine}: ` +
      `0x${(handle >>> 0).toString(16)} is not a port of this kind, or it is closed already`);
  }
  ObpCloseHandle(handle);
  ObDereferenceObject(port);
}
