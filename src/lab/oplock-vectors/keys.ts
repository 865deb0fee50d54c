// The oplock keys of a create: an extra create parameter that names the key of the file, and that
// of its directory.
import { i32, u8 } from '../../mem/memory.ts';
import { FsRtlAllocateExtraCreateParameter, FsRtlAllocateExtraCreateParameterList,
  FsRtlInsertExtraCreateParameter } from '../../ntos/io/ecp.ts';
import { DUAL_OPLOCK_KEY_ECP_CONTEXT, GUID_ECP_DUAL_OPLOCK_KEY } from '../../ntos/io/ecp-guids.ts';
import type { PECP_LIST } from '../../ntos/io/ecp.ts';
import type { Step } from './vector.ts';

const TAG_KEYS = 0x6b65;
const KEY_BYTES = 16;

/** Writes a key of a vector as 16 bytes; 1 when there is one. */
function writeKey(key: unknown, at: number): number {
  if (typeof key !== 'string') return 0;
  for (let i = 0; i < KEY_BYTES; i++) u8[at + i] = i < key.length ? key.charCodeAt(i) : 0;
  return 1;
}

/** A list with the keys of a create, which the caller owns; NULL when it has none. */
export function keyList(step: Step, scratch: number): PECP_LIST {
  if (step['key'] === undefined && step['parentKey'] === undefined) return 0 as PECP_LIST;
  FsRtlAllocateExtraCreateParameterList(0, scratch);
  const list = i32[scratch >> 2]! as PECP_LIST;
  const size = DUAL_OPLOCK_KEY_ECP_CONTEXT.size;
  FsRtlAllocateExtraCreateParameter(GUID_ECP_DUAL_OPLOCK_KEY, size, 0, 0, TAG_KEYS, scratch);
  const view = DUAL_OPLOCK_KEY_ECP_CONTEXT.at(i32[scratch >> 2]!);
  const at = DUAL_OPLOCK_KEY_ECP_CONTEXT.bound;
  view.TargetOplockKeySet = writeKey(step['key'], at.at_TargetOplockKey(view.address));
  view.ParentOplockKeySet = writeKey(step['parentKey'], at.at_ParentOplockKey(view.address));
  FsRtlInsertExtraCreateParameter(list, view.address);
  return list;
}
