// FLT_RELATED_OBJECTS for callbacks outside of an operation: instance setup and teardown.
import { stackAlloc } from '../../mem/stack.ts';
import { FLT_INSTANCE } from '../attach/object.ts';
import { FLT_RELATED_OBJECTS } from '../types.ts';
import type { PFLT_INSTANCE, PFLT_RELATED_OBJECTS } from '../types.ts';

const o = FLT_RELATED_OBJECTS.bound;
const { Filter, Volume } = FLT_INSTANCE.bound;

/** Fills related objects for an instance on the thread's stack; the caller pops the frame. */
export function relatedObjects(instance: PFLT_INSTANCE): PFLT_RELATED_OBJECTS {
  const at = stackAlloc(FLT_RELATED_OBJECTS.size) as PFLT_RELATED_OBJECTS;
  o.set_Size(at, FLT_RELATED_OBJECTS.size);
  o.set_Filter(at, Filter(instance));
  o.set_Volume(at, Volume(instance));
  o.set_Instance(at, instance);
  return at;
}
