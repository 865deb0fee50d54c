// Transactions (TxF). No resource manager runs in the machine, so there is no transaction: a file
// object is never part of one, and no handle names one. The routines answer what Windows answers
// then.
import { i32 as words } from '../../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { ObReferenceObjectByHandle } from '../../ob/handle.ts';
import { ObDereferenceObject } from '../../ob/object.ts';
import { OB_TYPE_TRANSACTION } from '../../ob/types.ts';
import { checkIrql } from '../../rtl/services.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_INVALID_HANDLE } from '../../status-codes.ts';
import type { NTSTATUS } from '../../status.ts';
import type { OutPtr } from '../../../mem/pointer.ts';
import type { PFILE_OBJECT } from '../types.ts';

const i32 = words;
const PASSIVE_LEVEL = 0;
const KernelMode = 0;

/** The transaction a file object was opened in: NULL, for none ever is. Any IRQL. */
export function IoGetTransactionParameterBlock(_FileObject: PFILE_OBJECT): number {
  return 0;
}

/**
 * Asks about a transaction. PASSIVE_LEVEL.
 * @returns STATUS_INVALID_HANDLE, or STATUS_OBJECT_TYPE_MISMATCH for a handle of something else:
 *   there is no transaction to ask about.
 */
export function ZwQueryInformationTransaction(
  TransactionHandle: number, _TransactionInformationClass: number, _TransactionInformation: number,
  _TransactionInformationLength: number, ReturnLength: OutPtr,
): NTSTATUS {
  checkIrql('ZwQueryInformationTransaction', PASSIVE_LEVEL);
  if (ReturnLength !== 0) i32[ReturnLength >> 2] = 0;
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status =
    ObReferenceObjectByHandle(TransactionHandle, 0, OB_TYPE_TRANSACTION, KernelMode, out);
  const object = i32[out >> 2]!;
  popFrame(frame);
  if (!NT_SUCCESS(status)) return status;
  ObDereferenceObject(object);
  return STATUS_INVALID_HANDLE;
}
