// Contexts of volumes and instances. A filter has at most one on each volume; an instance has at
// most one of its own. They go at dismount or unload, and after TeardownComplete (CTX-21).
import { i32 } from '../../mem/memory.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED }
  from '../../ntos/status-codes.ts';
import { FLT_INSTANCE_CONTEXT, FLT_VOLUME_CONTEXT, NULL_CONTEXT } from '../constants.ts';
import { listOfObject } from './context-root.ts';
import { CONTEXT_NODE, nodeOfContext } from './context-node.ts';
import { deleteLinked, getLinked, isLeaving, isVolumeLeaving, setLinked } from './context-link.ts';
import { checkIrql } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const { Filter: filterOf } = CONTEXT_NODE.bound;
const NO_CONTROL = 0 as never;

function clear(out: number): void {
  if (out !== 0) i32[out >> 2] = NULL_CONTEXT;
}

/**
 * Sets the volume context of the filter that allocated it. IRQL <= APC_LEVEL.
 *
 * @param Operation FLT_SET_CONTEXT_REPLACE_IF_EXISTS or FLT_SET_CONTEXT_KEEP_IF_EXISTS.
 * @param OldContext where the context that was or is there goes, with a reference; NULL when it is
 *   not wanted.
 * @returns STATUS_FLT_CONTEXT_ALREADY_DEFINED, STATUS_FLT_CONTEXT_ALREADY_LINKED,
 *   STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_PARAMETER (8.3).
 */
export function FltSetVolumeContext(
  Volume: PFLT_VOLUME,
  Operation: number,
  NewContext: number,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltSetVolumeContext', APC_LEVEL);
  clear(OldContext);
  const node = nodeOfContext(NewContext);
  if (node === 0) return STATUS_INVALID_PARAMETER;
  const place = {
    list: listOfObject(Volume),
    type: FLT_VOLUME_CONTEXT,
    owner: filterOf(node),
    object: Volume,
    instance: 0 as PFLT_INSTANCE,
    control: NO_CONTROL,
  };
  return setLinked(place, Operation, NewContext, OldContext);
}

/** Gets a filter's context of a volume, with a reference. <= APC_LEVEL. STATUS_NOT_FOUND. */
export function FltGetVolumeContext(
  Filter: PFLT_FILTER,
  Volume: PFLT_VOLUME,
  Context: OutPtr,
): NTSTATUS {
  checkIrql('FltGetVolumeContext', APC_LEVEL);
  return getLinked(listOfObject(Volume), FLT_VOLUME_CONTEXT, Filter, Volume, Context);
}

/**
 * Takes a filter's context off a volume (CTX-18). IRQL <= APC_LEVEL.
 *
 * @param OldContext where it goes, with the Filter Manager's reference; NULL drops that.
 * @returns STATUS_NOT_FOUND, STATUS_FLT_DELETING_OBJECT.
 */
export function FltDeleteVolumeContext(
  Filter: PFLT_FILTER,
  Volume: PFLT_VOLUME,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltDeleteVolumeContext', APC_LEVEL);
  clear(OldContext);
  if (isVolumeLeaving(Volume, Filter)) return STATUS_FLT_DELETING_OBJECT;
  return deleteLinked(listOfObject(Volume), FLT_VOLUME_CONTEXT, Filter, Volume, OldContext);
}

/** Sets the context of an instance; also in its setup callback. As FltSetVolumeContext. */
export function FltSetInstanceContext(
  Instance: PFLT_INSTANCE,
  Operation: number,
  NewContext: number,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltSetInstanceContext', APC_LEVEL);
  const place = {
    list: listOfObject(Instance),
    type: FLT_INSTANCE_CONTEXT,
    owner: Instance,
    object: Instance,
    instance: Instance,
    control: NO_CONTROL,
  };
  return setLinked(place, Operation, NewContext, OldContext);
}

/** Gets the context of an instance, with a reference. <= APC_LEVEL. STATUS_NOT_FOUND. */
export function FltGetInstanceContext(Instance: PFLT_INSTANCE, Context: OutPtr): NTSTATUS {
  checkIrql('FltGetInstanceContext', APC_LEVEL);
  return getLinked(listOfObject(Instance), FLT_INSTANCE_CONTEXT, Instance, Instance, Context);
}

/** Takes the context off an instance. As FltDeleteVolumeContext. */
export function FltDeleteInstanceContext(Instance: PFLT_INSTANCE, OldContext: OutPtr): NTSTATUS {
  checkIrql('FltDeleteInstanceContext', APC_LEVEL);
  clear(OldContext);
  if (isLeaving(Instance)) return STATUS_FLT_DELETING_OBJECT;
  return deleteLinked(listOfObject(Instance), FLT_INSTANCE_CONTEXT, Instance, Instance, OldContext);
}

/** STATUS_NOT_SUPPORTED: no file system here takes part in transactions. <= APC_LEVEL. */
export function FltSetTransactionContext(
  _Instance: PFLT_INSTANCE,
  _Transaction: number,
  _Operation: number,
  _NewContext: number,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltSetTransactionContext', APC_LEVEL);
  clear(OldContext);
  return STATUS_NOT_SUPPORTED;
}

/** STATUS_NOT_SUPPORTED, as FltSetTransactionContext. */
export function FltGetTransactionContext(
  _Instance: PFLT_INSTANCE,
  _Transaction: number,
  Context: OutPtr,
): NTSTATUS {
  checkIrql('FltGetTransactionContext', APC_LEVEL);
  clear(Context);
  return STATUS_NOT_SUPPORTED;
}

/** STATUS_NOT_SUPPORTED, as FltSetTransactionContext. */
export function FltDeleteTransactionContext(
  _Instance: PFLT_INSTANCE,
  _Transaction: number,
  OldContext: OutPtr,
): NTSTATUS {
  checkIrql('FltDeleteTransactionContext', APC_LEVEL);
  clear(OldContext);
  return STATUS_NOT_SUPPORTED;
}
