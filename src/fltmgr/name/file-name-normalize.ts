// Normalizing an opened name by a name provider: it expands one component after the other, each in
// the directory of those before it (NAM-10). PASSIVE_LEVEL. What the provider keeps in its context
// from one component to the next is cleaned up at the end.
import { fillBytes, i32, u32 } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { MAX_COMPONENT_CHARS } from '../../mem/param.ts';
import { FILE_NAMES_INFORMATION } from '../../ntos/io/information/directory-information.ts';
import { UNICODE_STRING } from '../../ntos/rtl/types.ts';
import { readUtf16, setUnicode, writeUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_NO_SUCH_FILE, STATUS_OBJECT_NAME_NOT_FOUND }
  from '../../ntos/status-codes.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { textOf } from '../strings.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { NameRequest } from './file-name-query.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const f = FLT_FILTER.bound;
const { Filter } = FLT_INSTANCE.bound;
const { at_Name: at_VolumeName } = FLT_VOLUME.bound;
const TAG = poolTag('FMnn');
const nameAt = FILE_NAMES_INFORMATION.offsets['FileName'] ?? 12;
const lengthAt = FILE_NAMES_INFORMATION.offsets['FileNameLength'] ?? 8;
const ROOM = nameAt + 2 * MAX_COMPONENT_CHARS;
/** What a component that is about to be created is. */
const notThere: readonly number[] = [STATUS_NO_SUCH_FILE, STATUS_OBJECT_NAME_NOT_FOUND];

function string(text: string): number {
  const at = stackAlloc(UNICODE_STRING.size);
  const buffer = stackAlloc(2 * text.length + 2);
  const bytes = writeUtf16(buffer, text);
  setUnicode(at, buffer, bytes, bytes);
  return at;
}

interface Normalization {
  readonly request: NameRequest;
  readonly provider: PFLT_INSTANCE;
  readonly volumeBytes: number;
  readonly flags: number;
  /** FILE_NAMES_INFORMATION with ROOM bytes. */
  readonly expanded: number;
  /** Address of the provider's word. */
  readonly context: number;
}

/** Expands one component; the text, or the status of the provider. */
function expand(n: Normalization, parent: string, component: string): string | NTSTATUS {
  const filter = Filter(n.provider);
  const ex = f.NormalizeNameComponentEx(filter);
  const frame = pushFrame();
  const [directory, name] = [string(parent), string(component)];
  fillBytes(n.expanded, 0, nameAt);
  const rest = [directory, n.volumeBytes, name, n.expanded, ROOM, n.flags, n.context];
  // When both forms are registered only the newer one is called (1.2).
  const status = (ex !== 0
    ? routineTable[ex]!(n.provider, n.request.file, ...rest)
    : routineTable[f.NormalizeNameComponent(filter)]!(n.provider, ...rest)) as NTSTATUS;
  popFrame(frame);
  if (!NT_SUCCESS(status)) return status;
  return readUtf16(n.expanded + nameAt, u32[(n.expanded + lengthAt) >> 2]!);
}

function normalizePath(n: Normalization, volume: string, path: string): string | NTSTATUS {
  const parts = path.split('\\');
  let done = volume;
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    const colon = part.indexOf(':');
    const component = colon < 0 ? part : part.slice(0, colon);
    let expanded: string | NTSTATUS = component;
    if (component !== '') {
      expanded = expand(n, done, component);
      // A file that does not exist yet is called what it is going to be created as.
      if (isLast && notThere.includes(expanded as number)) expanded = component;
      if (typeof expanded !== 'string') return expanded;
    }
    done += expanded + (colon < 0 ? '' : part.slice(colon)) + (isLast ? '' : '\\');
  }
  return done;
}

/**
 * Normalizes a full opened name. @param flags FLTFL_NORMALIZE_NAME_*.
 * @returns the normalized name, or the status of the provider.
 */
export function normalizeByProvider(
  request: NameRequest,
  provider: PFLT_INSTANCE,
  text: string,
  flags: number,
): string | NTSTATUS {
  const volume = textOf(at_VolumeName(request.volume));
  if (!text.startsWith(volume)) return text;
  const expanded = ExAllocatePoolWithTag(PagedPool, ROOM, TAG);
  if (expanded === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const frame = pushFrame();
  const context = stackAlloc(4);
  const normalization = {
    request, provider, flags, expanded, context, volumeBytes: 2 * volume.length,
  };
  const result = normalizePath(normalization, volume, text.slice(volume.length));
  const cleanup = f.NormalizeContextCleanup(Filter(provider));
  if (cleanup !== 0 && i32[context >> 2] !== 0) routineTable[cleanup]!(context);
  popFrame(frame);
  ExFreePoolWithTag(expanded, TAG);
  return result;
}
