// Oplock keys: who counts as the same client. A create may carry a target key and a parent key in
// an extra create parameter; they are attached to its file object. Oplocks and operations with
// equal target keys belong together; a file object without a key belongs only to itself.
//
// Keys lie in buckets by file object, each guarded by its stripe. They go with the file object: the
// changes that its cleanup brings about are still its client's.
import { ULONG, POINTER, array } from '../../../mem/field.ts';
import { copyBytes, fillBytes, i32 as words } from '../../../mem/memory.ts';
import { struct } from '../../../mem/struct.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { FsRtlAcknowledgeEcp, FsRtlFindExtraCreateParameter, ecpListOf } from '../../io/ecp.ts';
import { DUAL_OPLOCK_KEY_ECP_CONTEXT, GUID_ECP_DUAL_OPLOCK_KEY, GUID_ECP_OPLOCK_KEY,
  OPLOCK_KEY_ECP_CONTEXT } from '../../io/ecp-guids.ts';
import { onFileObjectClosed } from '../../io/object/file-object.ts';
import { InsertTailList, RemoveEntryList, flink } from '../../rtl/list-entry.ts';
import { LIST_ENTRY } from '../../rtl/types.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { STATUS_SUCCESS } from '../../status-codes.ts';
import { bucketOf, isBucketEmpty, lockStripe, unlockStripe } from '../stripe-lock.ts';
import { OPLOCK_OWNER } from './oplock-types.ts';
import type { PECP_LIST } from '../../io/ecp.ts';
import type { PDUAL_OPLOCK_KEY_ECP_CONTEXT, POPLOCK_KEY_ECP_CONTEXT } from '../../io/ecp-guids.ts';
import type { PFILE_OBJECT, PIRP } from '../../io/types.ts';
import type { PGUID } from '../../rtl/types.ts';
import type { Ptr } from '../../../mem/pointer.ts';

const i32 = words;
const KEY_BYTES = 16;
const TAG = poolTag('FOkc');
export const HAS_TARGET_KEY = 1;
export const HAS_PARENT_KEY = 2;

/** The keys of a file object, as DUAL_OPLOCK_KEY_ECP_CONTEXT carries them. */
export const OPLOCK_KEYS = struct('FSRTL_OPLOCK_KEYS', {
  Link: LIST_ENTRY,
  File: POINTER,
  /** HAS_TARGET_KEY, HAS_PARENT_KEY. */
  Present: ULONG,
  Target: array(ULONG, 4),
  Parent: array(ULONG, 4),
});
type PKEYS = Ptr<'FSRTL_OPLOCK_KEYS'>;
const k = OPLOCK_KEYS.bound;
const { set_File, at_Key } = OPLOCK_OWNER.bound;
type POWNER = Parameters<typeof at_Key>[0];
type PDUAL = PDUAL_OPLOCK_KEY_ECP_CONTEXT;
type PSINGLE = POPLOCK_KEY_ECP_CONTEXT;
const dual = DUAL_OPLOCK_KEY_ECP_CONTEXT.bound;

/** The keys of a file object; its stripe is held. */
function find(file: number): PKEYS {
  const bucket = bucketOf(file);
  for (let at = flink(bucket); at !== bucket; at = flink(at)) {
    if (k.File(at as PKEYS) === file) return at as PKEYS;
  }
  return 0 as PKEYS;
}

/**
 * Attaches keys to a file object, in place of those it had.
 * @param target, parent addresses of 16 bytes, or 0 for no such key.
 * @returns false when there is no memory.
 */
export function attachOplockKeys(file: PFILE_OBJECT, target: number, parent: number): boolean {
  const fresh = ExAllocatePoolWithTag(NonPagedPool, OPLOCK_KEYS.size, TAG) as PKEYS;
  if (fresh === 0) return false;
  fillBytes(fresh, 0, OPLOCK_KEYS.size);
  k.set_File(fresh, file);
  k.set_Present(fresh, (target ? HAS_TARGET_KEY : 0) | (parent ? HAS_PARENT_KEY : 0));
  if (target !== 0) copyBytes(k.at_Target(fresh), target, KEY_BYTES);
  if (parent !== 0) copyBytes(k.at_Parent(fresh), parent, KEY_BYTES);
  forgetOplockKeys(file);
  lockStripe(file);
  InsertTailList(bucketOf(file), fresh);
  unlockStripe(file);
  return true;
}

/** Drops the keys of a file object, which goes. */
export function forgetOplockKeys(file: PFILE_OBJECT): void {
  if (isBucketEmpty(file)) return;
  lockStripe(file);
  const keys = find(file);
  if (keys !== 0) RemoveEntryList(keys);
  unlockStripe(file);
  if (keys !== 0) ExFreePoolWithTag(keys, TAG);
}

/** The context of a create's parameter of a type, which counts as used; 0 when it has none. */
function takeParameter(list: PECP_LIST, type: PGUID): number {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const found = FsRtlFindExtraCreateParameter(list, type, out, 0) === STATUS_SUCCESS;
  const context = found ? i32[out >> 2]! : 0;
  popFrame(frame);
  if (found) FsRtlAcknowledgeEcp(context);
  return context;
}

/** Attaches the keys that a create carries, if it carries any. */
export function attachKeysOfCreate(irp: PIRP, file: PFILE_OBJECT): void {
  const list = ecpListOf(irp);
  if (list === 0) return;
  const both = takeParameter(list, GUID_ECP_DUAL_OPLOCK_KEY) as PDUAL;
  const one = takeParameter(list, GUID_ECP_OPLOCK_KEY) as PSINGLE;
  const own = one === 0 ? 0 : OPLOCK_KEY_ECP_CONTEXT.bound.at_OplockKey(one);
  const target = both !== 0 && dual.TargetOplockKeySet(both) ? dual.at_TargetOplockKey(both) : own;
  const parent = both !== 0 && dual.ParentOplockKeySet(both) ? dual.at_ParentOplockKey(both) : 0;
  if (target !== 0 || parent !== 0) attachOplockKeys(file, target, parent);
}

/** Writes an OPLOCK_OWNER for a file object: its key, or itself. No stripe is held. */
export function writeOwner(owner: number, file: PFILE_OBJECT): void {
  fillBytes(owner, 0, OPLOCK_OWNER.size);
  lockStripe(file);
  const keys = find(file);
  const has = keys !== 0 && (k.Present(keys) & HAS_TARGET_KEY) !== 0;
  if (has) copyBytes(at_Key(owner as POWNER), k.at_Target(keys), KEY_BYTES);
  else set_File(owner as POWNER, file);
  unlockStripe(file);
}

/**
 * Writes the OPLOCK_OWNER that a file object names as its parent's: its parent key. Without one it
 * is an owner that nobody is.
 */
export function writeParentOwner(owner: number, file: PFILE_OBJECT): void {
  fillBytes(owner, 0, OPLOCK_OWNER.size);
  lockStripe(file);
  const keys = find(file);
  const has = keys !== 0 && (k.Present(keys) & HAS_PARENT_KEY) !== 0;
  if (has) copyBytes(at_Key(owner as POWNER), k.at_Parent(keys), KEY_BYTES);
  else set_File(owner as POWNER, -1);
  unlockStripe(file);
}

/** Whether two owners are the same. */
export function sameOwner(a: number, b: number): boolean {
  for (let at = 0; at < OPLOCK_OWNER.size; at += 4) {
    if (i32[(a + at) >> 2] !== i32[(b + at) >> 2]) return false;
  }
  return true;
}

/**
 * Whether two file objects have the same oplock key: the same file object, or equal target keys.
 * FALSE when one is NULL or has no key. IRQL <= APC_LEVEL.
 */
export function FsRtlOplockKeysEqual(Fo1: PFILE_OBJECT, Fo2: PFILE_OBJECT): boolean {
  if (Fo1 === 0 || Fo2 === 0) return false;
  if (Fo1 === Fo2) return true;
  const frame = pushFrame();
  const a = stackAlloc(OPLOCK_OWNER.size);
  const b = stackAlloc(OPLOCK_OWNER.size);
  writeOwner(a, Fo1);
  writeOwner(b, Fo2);
  const same = sameOwner(a, b);
  popFrame(frame);
  return same;
}

onFileObjectClosed(forgetOplockKeys);
