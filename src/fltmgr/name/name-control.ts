// FLT_NAME_CONTROL: the string in which a name provider gives a name. The Filter Manager owns its
// buffer; the provider lets it be made larger, and never replaces it (NAM-11).
import { copyBytes } from '../../mem/memory.ts';
import { stackAlloc } from '../../mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { readUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLT_NAME_CONTROL } from '../types.ts';
import { checkIrql } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_NAME_CONTROL } from '../types.ts';

const k = FLT_NAME_CONTROL.bound;
const TAG = poolTag('FMnc');
/** Room for most names at once. */
const FIRST_ROOM = 256;
const MAX_ROOM = 0xffff;

/** A name control on this thread's stack, empty; NULL without memory. */
export function beginNameControl(): PFLT_NAME_CONTROL {
  const buffer = ExAllocatePoolWithTag(PagedPool, FIRST_ROOM, TAG);
  if (buffer === 0) return buffer as PFLT_NAME_CONTROL;
  const control = stackAlloc(FLT_NAME_CONTROL.size) as PFLT_NAME_CONTROL;
  k.set_Name_Buffer(control, buffer as never);
  k.set_Name_MaximumLength(control, FIRST_ROOM);
  return control;
}

/** Gives its buffer back. */
export function endNameControl(control: PFLT_NAME_CONTROL): void {
  ExFreePoolWithTag(k.Name_Buffer(control), TAG);
}

/** The name that was given. */
export function nameInControl(control: PFLT_NAME_CONTROL): string {
  return readUtf16(k.Name_Buffer(control), k.Name_Length(control));
}

/**
 * Sees to it that a name control has room. IRQL <= APC_LEVEL. What is in it stays; a buffer that is
 * too small is replaced by a larger one.
 *
 * @param NewSize the room that is needed, in bytes, at most 65535.
 * @returns STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER.
 * @see NAM-11
 */
export function FltCheckAndGrowNameControl(
  NameCtrl: PFLT_NAME_CONTROL,
  NewSize: number,
): NTSTATUS {
  checkIrql('FltCheckAndGrowNameControl', APC_LEVEL);
  if (NewSize < 0 || NewSize > MAX_ROOM) return STATUS_INVALID_PARAMETER;
  if (k.Name_MaximumLength(NameCtrl) >= NewSize) return STATUS_SUCCESS;
  const buffer = ExAllocatePoolWithTag(PagedPool, NewSize, TAG);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  copyBytes(buffer, k.Name_Buffer(NameCtrl), k.Name_Length(NameCtrl));
  ExFreePoolWithTag(k.Name_Buffer(NameCtrl), TAG);
  k.set_Name_Buffer(NameCtrl, buffer as never);
  k.set_Name_MaximumLength(NameCtrl, NewSize);
  return STATUS_SUCCESS;
}
