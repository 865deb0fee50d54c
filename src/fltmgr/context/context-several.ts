// FltGetContexts and FltReleaseContexts: the contexts of one callback's objects, all at once. What
// is missing is NULL_CONTEXT and no failure (CTX-12).
import { fillBytes, i32 } from '../../mem/memory.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../ntos/ke/irql.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLT_ALL_CONTEXTS, FLT_FILE_CONTEXT, FLT_INSTANCE_CONTEXT, FLT_SECTION_CONTEXT,
  FLT_STREAMHANDLE_CONTEXT, FLT_STREAM_CONTEXT, FLT_VOLUME_CONTEXT, NULL_CONTEXT }
  from '../constants.ts';
import { FltGetInstanceContext, FltGetVolumeContext } from './context-objects.ts';
import { FltGetSectionContext } from '../initiated/data-scan.ts';
import { FltGetFileContext, FltGetStreamContext, FltGetStreamHandleContext }
  from './context-files.ts';
import { releaseContext } from './context-node.ts';
import { FLT_RELATED_CONTEXTS, FLT_RELATED_CONTEXTS_EX, FLT_RELATED_OBJECTS } from '../types.ts';
import { checkIrql } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_RELATED_OBJECTS } from '../types.ts';

const o = FLT_RELATED_OBJECTS.bound;
const at = FLT_RELATED_CONTEXTS_EX.offsets;
const SMALL = FLT_RELATED_CONTEXTS.size;
const LARGE = FLT_RELATED_CONTEXTS_EX.size;

function slot(contexts: number, member: string): number {
  return contexts + (at[member] ?? 0);
}

function getAll(
  objects: PFLT_RELATED_OBJECTS,
  desired: number,
  contexts: number,
  size: number,
): void {
  fillBytes(contexts, NULL_CONTEXT, size);
  const instance = o.Instance(objects);
  const file = o.FileObject(objects) as PFILE_OBJECT;
  if (desired & FLT_VOLUME_CONTEXT && o.Filter(objects) !== 0 && o.Volume(objects) !== 0) {
    FltGetVolumeContext(o.Filter(objects), o.Volume(objects), slot(contexts, 'VolumeContext'));
  }
  if (instance === 0) return;
  if (desired & FLT_INSTANCE_CONTEXT) {
    FltGetInstanceContext(instance, slot(contexts, 'InstanceContext'));
  }
  if (file === 0) return;
  if (desired & FLT_FILE_CONTEXT) {
    FltGetFileContext(instance, file, slot(contexts, 'FileContext'));
  }
  if (desired & FLT_STREAM_CONTEXT) {
    FltGetStreamContext(instance, file, slot(contexts, 'StreamContext'));
  }
  if (desired & FLT_STREAMHANDLE_CONTEXT) {
    FltGetStreamHandleContext(instance, file, slot(contexts, 'StreamHandleContext'));
  }
  if (desired & FLT_SECTION_CONTEXT && size === LARGE) {
    FltGetSectionContext(instance, file, slot(contexts, 'SectionContext'));
  }
}

/**
 * Gets the contexts that DesiredContexts names (FLT_*_CONTEXT bits), each with a reference.
 * IRQL <= APC_LEVEL. `Contexts` is the address of an FLT_RELATED_CONTEXTS.
 */
export function FltGetContexts(
  FltObjects: PFLT_RELATED_OBJECTS,
  DesiredContexts: number,
  Contexts: number,
): void {
  checkIrql('FltGetContexts', APC_LEVEL);
  getAll(FltObjects, DesiredContexts, Contexts, SMALL);
}

/**
 * FltGetContexts with room for the section context.
 *
 * @param ContextsSize the size of *Contexts: FLT_RELATED_CONTEXTS or FLT_RELATED_CONTEXTS_EX.
 * @returns STATUS_INVALID_PARAMETER for another size, an unknown type, or a section context that
 *   has no room.
 */
export function FltGetContextsEx(
  FltObjects: PFLT_RELATED_OBJECTS,
  DesiredContexts: number,
  ContextsSize: number,
  Contexts: number,
): NTSTATUS {
  checkIrql('FltGetContextsEx', APC_LEVEL);
  if (ContextsSize !== SMALL && ContextsSize !== LARGE) return STATUS_INVALID_PARAMETER;
  if ((DesiredContexts & ~FLT_ALL_CONTEXTS) !== 0) return STATUS_INVALID_PARAMETER;
  if (DesiredContexts & FLT_SECTION_CONTEXT && ContextsSize === SMALL) {
    return STATUS_INVALID_PARAMETER;
  }
  getAll(FltObjects, DesiredContexts, Contexts, ContextsSize);
  return STATUS_SUCCESS;
}

function releaseAll(routine: string, contexts: number, size: number): void {
  checkIrql(routine, DISPATCH_LEVEL);
  for (let word = contexts; word < contexts + size; word += 4) {
    const context = i32[word >> 2]!;
    if (context === NULL_CONTEXT) continue;
    i32[word >> 2] = NULL_CONTEXT;
    releaseContext(routine, context);
  }
}

/**
 * Releases every context that FltGetContexts found and empties the structure. IRQL as for
 * FltReleaseContext, of the strictest context among them.
 */
export function FltReleaseContexts(Contexts: number): void {
  releaseAll('FltReleaseContexts', Contexts, SMALL);
}

/** FltReleaseContexts for what FltGetContextsEx filled; another size is left alone. */
export function FltReleaseContextsEx(ContextsSize: number, Contexts: number): void {
  if (ContextsSize !== SMALL && ContextsSize !== LARGE) return;
  releaseAll('FltReleaseContextsEx', Contexts, ContextsSize);
}
