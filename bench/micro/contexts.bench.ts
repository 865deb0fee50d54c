// What a filter pays for what it keeps: a stream context got, which adds a reference, and released;
// an instance context; a name that the cache has. Measured inside a pre-operation callback, where
// filters do it, against the atomic addition without which no reference can be counted.
import { add } from '../../src/atomics-sync/atomics.ts';
import { FLT_FILE_NAME_NORMALIZED, FLT_FILE_NAME_QUERY_DEFAULT, FLT_INSTANCE_CONTEXT,
  FLT_SET_CONTEXT_KEEP_IF_EXISTS, FLT_STREAM_CONTEXT } from '../../src/fltmgr/constants.ts';
import { FltAllocateContext, FltReleaseContext } from '../../src/fltmgr/context/context.ts';
import { FltGetStreamContext, FltSetStreamContext } from '../../src/fltmgr/context/context-files.ts';
import { FltGetInstanceContext, FltSetInstanceContext } from '../../src/fltmgr/context/context-objects.ts';
import { FltGetFileNameInformation, FltReleaseFileNameInformation }
  from '../../src/fltmgr/name/file-name.ts';
import { NtFlushBuffersFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { IRP_MJ_FLUSH_BUFFERS } from '../../src/ntos/io/types.ts';
import { ExAllocatePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../src/ntos/ex/types.ts';
import { out } from '../../src/image/out.ts';
import { makeFilter } from '../../test/support/make-filter.ts';
import { USER_STATUS, bootWithFile } from '../stack.ts';
import type { FltCallbackData, FltRelatedObjects } from '../../src/image/role.ts';
import type { BenchCase, Task } from '../case.ts';

const BATCH = 200;
const TAG = 0x68636e62;
const NAME = FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT;
type Inside = (Data: FltCallbackData, objects: FltRelatedObjects) => number;

let inside: Inside = () => 0;
let result = 0;

function setUp(_data: FltCallbackData, objects: FltRelatedObjects): number {
  const context = out();
  FltAllocateContext(objects.Filter, FLT_STREAM_CONTEXT, 64, NonPagedPool, context.address as never);
  FltSetStreamContext(objects.Instance, objects.FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS,
    context.value, 0 as never);
  FltReleaseContext(context.value);
  FltAllocateContext(objects.Filter, FLT_INSTANCE_CONTEXT, 64, NonPagedPool,
    context.address as never);
  FltSetInstanceContext(objects.Instance, FLT_SET_CONTEXT_KEEP_IF_EXISTS, context.value,
    0 as never);
  FltReleaseContext(context.value);
  return 0;
}

function streamContext(_data: FltCallbackData, objects: FltRelatedObjects): number {
  const { Instance, FileObject } = objects;
  const context = out();
  let done = 0;
  for (let i = 0; i < BATCH; i++) {
    done += FltGetStreamContext(Instance, FileObject, context.address as never) === 0 ? 1 : 0;
    FltReleaseContext(context.value);
  }
  return done;
}

function instanceContext(_data: FltCallbackData, objects: FltRelatedObjects): number {
  const { Instance } = objects;
  const context = out();
  let done = 0;
  for (let i = 0; i < BATCH; i++) {
    done += FltGetInstanceContext(Instance, context.address as never) === 0 ? 1 : 0;
    FltReleaseContext(context.value);
  }
  return done;
}

function cachedName(Data: FltCallbackData): number {
  const data = Data.address;
  const name = out();
  let done = 0;
  for (let i = 0; i < BATCH; i++) {
    done += FltGetFileNameInformation(data, NAME, name.address as never) === 0 ? 1 : 0;
    FltReleaseFileNameInformation(name.value as never);
  }
  return done;
}

function tasks(): Task[] {
  const { handle } = bootWithFile('ramfs');
  const word = ExAllocatePoolWithTag(NonPagedPool, 64, TAG);
  makeFilter({
    name: 'contexts', altitude: '100.1',
    contexts: [{ ContextType: FLT_STREAM_CONTEXT, Size: 64, PoolTag: TAG },
      { ContextType: FLT_INSTANCE_CONTEXT, Size: 64, PoolTag: TAG }],
    operations: [{ major: IRP_MJ_FLUSH_BUFFERS, pre: (data, objects) => {
      result = inside(data, objects);
      return 1;
    } }],
  });
  const within = (routine: Inside): number => {
    inside = routine;
    NtFlushBuffersFile(handle, USER_STATUS);
    return result;
  };
  within(setUp);
  const count = 'two atomic additions';
  const task = (name: string, routine: Inside): Task =>
    ({ name, batch: BATCH, run: () => within(routine), checksum: BATCH, yardstick: count });
  const additions = (): number => {
    for (let i = 0; i < BATCH; i++) {
      add(word, 1);
      add(word, -1);
    }
    return BATCH;
  };
  return [
    { name: count, batch: BATCH, run: additions, checksum: BATCH },
    task('stream context, get and release', streamContext),
    task('instance context, get and release', instanceContext),
    task('name from the cache, get and release', cachedName),
  ];
}

export default { title: 'contexts and names inside a callback', tasks } satisfies BenchCase;
