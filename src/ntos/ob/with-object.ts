// What system services do with a handle: look the object up, work on it, let go of it.
import { i32 as words } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { NT_SUCCESS } from '../status.ts';
import { ObReferenceObjectByHandle } from './handle.ts';
import { ObDereferenceObject } from './object.ts';
import type { NTSTATUS } from '../status.ts';

const i32 = words;
const KernelMode = 0;

/** Runs on the object of a handle, referenced meanwhile. @param type 0 for any. */
export function withObject(
  handle: number, type: number, work: (object: number) => NTSTATUS,
): NTSTATUS {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = ObReferenceObjectByHandle(handle, 0, type, KernelMode, out);
  const object = i32[out >> 2]!;
  popFrame(frame);
  if (!NT_SUCCESS(status)) return status;
  const result = work(object);
  ObDereferenceObject(object);
  return result;
}
