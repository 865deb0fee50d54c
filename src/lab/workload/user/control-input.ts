// The input buffers of control codes, as an application fills them in.
// Guarantees: `inputBytes` is the length of the code's own structure, 0 for a code without one.
import { fillBytes, i32, u16, u32, u8 } from '../../../mem/memory.ts';
import { writeInt64 } from '../../../ntos/rtl/large-integer.ts';
import { REQUEST_OPLOCK_CURRENT_VERSION, REQUEST_OPLOCK_INPUT_BUFFER,
  REQUEST_OPLOCK_INPUT_FLAG_REQUEST } from '../../../ntos/io/control-types.ts';
import * as io from '../../../ntos/io/control-codes.ts';
import { IO_REPARSE_TAG_SYMLINK } from '../../../ntos/io/control-types.ts';
import { putReparse } from './structures.ts';

/** What a request may say beside its code. */
export interface ControlFacts {
  readonly FileOffset?: number | undefined;
  readonly Length?: number | undefined;
  /** OPLOCK_LEVEL_CACHE_* bits. */
  readonly RequestedOplockLevel?: number | undefined;
  /** What the journal said of itself; 0 when nobody asked. */
  readonly journalId?: number | undefined;
}

const LINK_TARGET = '\\??\\C:\\target';
const JOURNAL_READ_BYTES = 40;
const OBJECT_ID_BYTES = 64;
const OPLOCK_READ_HANDLE = 3;

const fixed: Readonly<Record<number, number>> = {
  [io.FSCTL_REQUEST_OPLOCK]: REQUEST_OPLOCK_INPUT_BUFFER.size,
  [io.FSCTL_READ_USN_JOURNAL]: JOURNAL_READ_BYTES, [io.FSCTL_ENUM_USN_DATA]: 24,
  [io.FSCTL_SET_SPARSE]: 1, [io.FSCTL_SET_ZERO_DATA]: 16, [io.FSCTL_QUERY_ALLOCATED_RANGES]: 16,
  [io.FSCTL_SET_COMPRESSION]: 2, [io.FSCTL_SET_OBJECT_ID]: OBJECT_ID_BYTES,
  [io.FSCTL_GET_RETRIEVAL_POINTERS]: 8, [io.FSCTL_GET_VOLUME_BITMAP]: 8,
  [io.FSCTL_DELETE_REPARSE_POINT]: 8, [io.FSCTL_CREATE_USN_JOURNAL]: 16,
  [io.FSCTL_DELETE_USN_JOURNAL]: 16,
};

/** Bytes of a code's own input. */
export function inputBytes(code: number): number {
  if (code === io.FSCTL_SET_REPARSE_POINT) return 20 + LINK_TARGET.length * 4;
  return fixed[code] ?? 0;
}

/** Lays the input of a code out in a zeroed buffer of `length` bytes. */
export function putControlInput(
  at: number, length: number, code: number, facts: ControlFacts,
): void {
  fillBytes(at, 0, length);
  if (length < inputBytes(code)) return;
  switch (code) {
    case io.FSCTL_REQUEST_OPLOCK:
      return putOplockRequest(at, facts.RequestedOplockLevel ?? OPLOCK_READ_HANDLE);
    case io.FSCTL_READ_USN_JOURNAL:
      u32[(at + 8) >> 2] = 0xffff_ffff;
      return writeInt64(at + 32, facts.journalId ?? 0);
    case io.FSCTL_ENUM_USN_DATA:
      return writeInt64(at + 16, 2 ** 52);
    case io.FSCTL_SET_SPARSE:
      u8[at] = 1;
      return undefined;
    case io.FSCTL_SET_ZERO_DATA:
      writeInt64(at, facts.FileOffset ?? 0);
      return writeInt64(at + 8, (facts.FileOffset ?? 0) + (facts.Length ?? 0));
    case io.FSCTL_QUERY_ALLOCATED_RANGES:
      writeInt64(at, facts.FileOffset ?? 0);
      return writeInt64(at + 8, facts.Length ?? 2 ** 52);
    case io.FSCTL_SET_REPARSE_POINT:
      putReparse(at, IO_REPARSE_TAG_SYMLINK, LINK_TARGET);
      return undefined;
    case io.FSCTL_DELETE_REPARSE_POINT:
      u32[at >> 2] = IO_REPARSE_TAG_SYMLINK;
      return undefined;
    default:
      return undefined;
  }
}

function putOplockRequest(at: number, level: number): void {
  u16[at >> 1] = REQUEST_OPLOCK_CURRENT_VERSION;
  u16[(at + 2) >> 1] = REQUEST_OPLOCK_INPUT_BUFFER.size;
  i32[(at + 4) >> 2] = level;
  i32[(at + 8) >> 2] = REQUEST_OPLOCK_INPUT_FLAG_REQUEST;
}

/** A self-relative security descriptor with LocalSystem as owner and group, and an open DACL. */
export function putSecurityDescriptor(at: number): number {
  const OWNER = 20;
  const GROUP = 32;
  fillBytes(at, 0, GROUP + 12);
  u8[at] = 1;
  // SE_SELF_RELATIVE, SE_DACL_PRESENT with no DACL behind it: everybody may do everything.
  u16[(at + 2) >> 1] = 0x8004;
  i32[(at + 4) >> 2] = OWNER;
  i32[(at + 8) >> 2] = GROUP;
  for (const sid of [OWNER, GROUP]) {
    u8[at + sid] = 1;
    u8[at + sid + 1] = 1;
    u8[at + sid + 7] = 5;
    i32[(at + sid + 8) >> 2] = 18;
  }
  return GROUP + 12;
}
