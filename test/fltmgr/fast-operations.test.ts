// Operations that are not IRP-based, in the filters' callbacks: what cannot be done with them, and
// how their buffers are reached (5.2, 5.4, 9.4).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes, openShared, putFile, readAt } from '#test/support/ramfs-volume.ts';
import { isUser } from '#src/mem/memory-map.ts';
import { u8 } from '#src/mem/memory.ts';
import { PFLT_COMPLETE_CANCELED_CALLBACK, PFLT_DEFERRED_IO_WORKITEM_ROUTINE }
  from '#src/image/role.ts';
import { FltLockUserBuffer } from '#src/fltmgr/buffer/buffers.ts';
import { FltCbdqInsertIo } from '#src/fltmgr/pending/callback-data-queue.ts';
import { FltSetCancelCompletion } from '#src/fltmgr/pending/cancel.ts';
import { FLT_IS_FASTIO_OPERATION, FltIsIoCanceled } from '#src/fltmgr/data.ts';
import { FltRequestOperationStatusCallback } from '#src/fltmgr/walk/status-callback.ts';
import { FltAllocateDeferredIoWorkItem, FltFreeDeferredIoWorkItem, FltQueueDeferredIoWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { MmGetSystemAddressForMdlSafe } from '#src/ntos/io/irp/mdl.ts';
import { FileStandardInformation } from '#src/ntos/io/information/information-classes.ts';
import { IRP_NOCACHE } from '#src/ntos/io/types.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtQueryInformationFile } from '#src/ntos/io/service/nt-information.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { STATUS_FLT_NOT_SAFE_TO_POST_OPERATION, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { FilteredVolume } from './filtered-volume.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PMDL } from '#src/ntos/io/types.ts';

const READ = 3;
const QUERY_INFORMATION = 5;
const WITH_CALLBACK = 0;
const NO_CALLBACK = 1;
const DISALLOW_FASTIO = 3;
const FINISHED = 0;
const SYSTEM_BUFFER = 8;

let v: FilteredVolume;
let handle: number;
beforeEach(() => {
  v = new FilteredVolume();
  putFile('C:\\f', bytes('some content'));
  ({ handle } = openShared('C:\\f'));
  // The first read begins caching; from then on reads are tried as fast I/O.
  readAt(handle, 0, 4);
});
afterEach(() => {
  NtClose(handle);
  v.end();
});

const never = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('NeverForFastIo', () => undefined);
const giveUp = PFLT_COMPLETE_CANCELED_CALLBACK('NeverCanceled', () => undefined);

function onFastRead(pre: (data: FltCallbackData) => number, post?: (data: FltCallbackData) => void) {
  v.filter('fast', '200.5', READ, (data) => {
    expect(FLT_IS_FASTIO_OPERATION(data.address)).not.toBe(0);
    return pre(data);
  }, (data) => {
    post?.(data);
    return FINISHED;
  });
  return readAt(handle, 5, 7);
}

describe('fast I/O', () => {
  test('PEND-10, PEND-25, PEND-31, S2.5: is not posted, queued, cancelled or watched', () => {
    const answers: unknown[] = [];
    const got = onFastRead((data) => {
      const item = FltAllocateDeferredIoWorkItem();
      answers.push(FltQueueDeferredIoWorkItem(item, data.address, never, DelayedWorkQueue, 0));
      FltFreeDeferredIoWorkItem(item);
      answers.push(FltSetCancelCompletion(data.address, giveUp),
        bugCheckOf(() => FltIsIoCanceled(data.address)),
        FltRequestOperationStatusCallback(data.address, never as never, 0),
        bugCheckOf(() => FltCbdqInsertIo(0x40000 as never, data.address, 0 as never, 0)));
      return NO_CALLBACK;
    });
    expect(answers).toEqual([STATUS_FLT_NOT_SAFE_TO_POST_OPERATION, STATUS_INVALID_PARAMETER,
      [0xc4, 0xf500], STATUS_INVALID_PARAMETER, [0xc4, 0xf500]]);
    expect(got.bytes).toEqual(bytes('content'));
  });

  test('POST-7, BUF-3: its buffer is the caller\'s, touched in the caller\'s context', () => {
    const seen: unknown[] = [];
    const got = onFastRead(() => WITH_CALLBACK, (data) => {
      const { Read } = data.Iopb.Parameters;
      const at = Read.ReadBuffer;
      seen.push(isUser(at), Read.MdlAddress, data.Flags & SYSTEM_BUFFER, KeGetCurrentIrql(),
        String.fromCharCode(...u8.subarray(at, at + 7)));
    });
    expect(got.status).toBe('STATUS_SUCCESS');
    expect(seen).toEqual([true, 0, 0, 0, 'content']);
  });

  test('POST-2: refused by a lower filter: post-ops above run, then the IRP comes', () => {
    v.filter('top', '300', READ, () => WITH_CALLBACK, (data) => {
      const kind = FLT_IS_FASTIO_OPERATION(data.address) === 0 ? 'irp' : 'fast';
      v.log.push(`${kind} ${data.IoStatus.Status === STATUS_SUCCESS}`);
      return FINISHED;
    });
    v.filter('low', '100', READ,
      (data) => (FLT_IS_FASTIO_OPERATION(data.address) === 0 ? NO_CALLBACK : DISALLOW_FASTIO),
      () => (v.log.push('low'), FINISHED));
    expect(readAt(handle, 5, 7).bytes).toEqual(bytes('content'));
    expect(v.log).toEqual(['fast false', 'irp true']);
  });
});

describe('the buffer of an IRP', () => {
  test('BUF-3: is an MDL where there is one, else the user\'s until it is locked', () => {
    const seen: unknown[] = [];
    v.filter('top', '300', READ, (data) => {
      const { Read } = data.Iopb.Parameters;
      seen.push(Read.MdlAddress, isUser(Read.ReadBuffer), data.Flags & SYSTEM_BUFFER);
      expect(FltLockUserBuffer(data.address)).toBe(STATUS_SUCCESS);
      return NO_CALLBACK;
    });
    v.filter('low', '100', READ, () => WITH_CALLBACK, (data) => {
      const at = MmGetSystemAddressForMdlSafe(data.Iopb.Parameters.Read.MdlAddress as PMDL);
      seen.push(String.fromCharCode(...u8.subarray(at, at + 4)));
      return FINISHED;
    });
    readAt(handle, 0, 512, IRP_NOCACHE);
    expect(seen).toEqual([0, true, 0, 'some']);
  });

  test('BUF-3: is a system buffer where the flag says so', () => {
    const seen: unknown[] = [];
    v.filter('low', '100', QUERY_INFORMATION, (data) => {
      const at = data.Iopb.Parameters.QueryFileInformation.InfoBuffer;
      seen.push(FLT_IS_FASTIO_OPERATION(data.address) === 0
        ? [(data.Flags & SYSTEM_BUFFER) !== 0, isUser(at)] : 'fast');
      return FLT_IS_FASTIO_OPERATION(data.address) === 0 ? NO_CALLBACK : DISALLOW_FASTIO;
    });
    const frame = pushFrame();
    NtQueryInformationFile(handle, stackAlloc(8), 0x30000, 24, FileStandardInformation);
    popFrame(frame);
    expect(seen.at(-1)).toEqual([true, false]);
  });
});
