// The extended attributes that a create brings along: checked, and built into the list of the new
// file, before anything else is changed.
import { STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { badEaOffset, checkEaList, mergeEas } from '../ea/store.ts';
import type { CreateOperation } from './operation.ts';
import type { NewEas } from '../ea/store.ts';

/** The list; its status fails for a bad one, and Information then says where. */
export function easOfCreate(op: CreateOperation): NewEas {
  const none: NewEas = { status: STATUS_SUCCESS, buffer: 0, length: 0, size: 0 };
  if (op.eaLength === 0) return none;
  const status = checkEaList(op.eaBuffer, op.eaLength);
  if (status !== STATUS_SUCCESS) {
    op.information = badEaOffset;
    return { ...none, status };
  }
  return mergeEas(0, 0, op.eaBuffer, op.eaLength);
}
