// Questions about callback data, buffers of every operation, and being told what the file system
// returned (2.9, 5.6, 9.4, 9.5).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import * as flt from '#src/fltmgr/data.ts';
import { FltAllocatePoolAlignedWithTag, FltDecodeParameters, FltFreePoolAlignedWithTag,
  FltGetNewSystemBufferAddress, FltGetSwappedBufferMdlAddress, FltLockUserBuffer,
  FltRetainSwappedBufferMdlAddress } from '#src/fltmgr/buffer/buffers.ts';
import { FltRequestOperationStatusCallback } from '#src/fltmgr/walk/status-callback.ts';
import { FltReissueSynchronousIo } from '#src/fltmgr/walk/reissue.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '#src/fltmgr/attach/object.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '#src/fltmgr/types.ts';
import { PFLT_GET_OPERATION_STATUS_CALLBACK } from '#src/image/role.ts';
import { IoAllocateMdl, IoFreeMdl, MmBuildMdlForNonPagedPool, MmGetSystemAddressForMdlSafe }
  from '#src/ntos/io/irp/mdl.ts';
import { DEVICE_OBJECT, IRP, IRP_BUFFERED_IO, IRP_DEALLOCATE_BUFFER, IRP_INPUT_OPERATION,
  IRP_PAGING_IO, IRP_SYNCHRONOUS_API, IRP_SYNCHRONOUS_PAGING_IO } from '#src/ntos/io/types.ts';
import { TAG_BUFFER } from '#src/ntos/io/object/private.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '#src/ntos/ex/types.ts';
import { PsGetCurrentProcess, PsGetProcessId, PsGetProcessSessionId }
  from '#src/ntos/ob/process.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_INVALID_PARAMETER,
  STATUS_PENDING, STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '#src/ntos/status-codes.ts';
import { BUFFER, COMPLETE, FINISHED, NO_CALLBACK, ProbeMachine, READ, SYNCHRONIZE, WITH_CALLBACK }
  from './probe-machine.ts';
import { bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PMDL } from '#src/ntos/io/types.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const TAG = poolTag('Tdat');
let m: ProbeMachine;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  m.end();
});

/** Runs `act` in the pre-operation callback of one read. */
function inPre(act: (data: FltCallbackData, instance: PFLT_INSTANCE) => void): void {
  m.filter('a', '100', (data, objects) => {
    act(data, objects.Instance as PFLT_INSTANCE);
    return NO_CALLBACK;
  });
  m.read();
}

function setCode(data: FltCallbackData, code: number): void {
  const { set_Parameters_FileSystemControl_Common_FsControlCode: set } =
    FLT_IO_PARAMETER_BLOCK.bound;
  set(data.Iopb.address, code);
}

describe('what an operation is', () => {
  test('flags answer with the masked bit (OP-1)', () => {
    inPre((data) => {
      const at = data.address;
      expect([flt.FLT_IS_IRP_OPERATION(at), flt.FLT_IS_FASTIO_OPERATION(at),
        flt.FLT_IS_FS_FILTER_OPERATION(at), flt.FLT_IS_REISSUED_IO(at),
        flt.FLT_IS_SYSTEM_BUFFER(at)]).toEqual([1, 0, 0, 0, 0]);
      flt.FltSetCallbackDataDirty(at);
      expect(flt.FltIsCallbackDataDirty(at)).toBe(true);
      flt.FltClearCallbackDataDirty(at);
      expect(flt.FltIsCallbackDataDirty(at)).toBe(false);
    });
  });

  test('2.9, F-42: FltIsOperationSynchronous asks in the documented order', () => {
    inPre((data) => {
      const ask = (flags: number): boolean => {
        data.Iopb.IrpFlags = flags;
        return flt.FltIsOperationSynchronous(data.address);
      };
      expect([ask(0), ask(IRP_SYNCHRONOUS_API), ask(IRP_PAGING_IO | IRP_SYNCHRONOUS_API),
        ask(IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO)]).toEqual([false, true, false, true]);
      data.Iopb.IrpFlags = 0;
      data.Iopb.MajorFunction = 0xd;
      setCode(data, 0x90000);
      expect(flt.FltIsOperationSynchronous(data.address)).toBe(true);
      setCode(data, 0x90003);
      expect(flt.FltIsOperationSynchronous(data.address)).toBe(false);
      data.Iopb.MajorFunction = READ;
    });
  });

  test('F-189, F-190: who issued it: the process of the thread; nobody: NULL, 0, -1', () => {
    inPre((data) => {
      const frame = pushFrame();
      const out = stackAlloc(4);
      const process = PsGetCurrentProcess();
      expect(flt.FltGetRequestorProcess(data.address)).toBe(process);
      expect(flt.FltGetRequestorProcessId(data.address)).toBe(PsGetProcessId(process));
      expect(flt.FltGetRequestorProcessIdEx(data.address)).toBe(PsGetProcessId(process));
      expect(flt.FltIs32bitProcess(data.address)).toBe(true);
      expect(flt.FltGetRequestorSessionId(data.address, out)).toBe(STATUS_SUCCESS);
      expect(i32[out >> 2]).toBe(PsGetProcessSessionId(process));
      const { Thread, set_Thread } = FLT_CALLBACK_DATA.bound;
      const thread = Thread(data.address);
      set_Thread(data.address, 0 as typeof thread);
      expect(flt.FltGetRequestorProcess(data.address)).toBe(0);
      expect(flt.FltGetRequestorProcessId(data.address)).toBe(0);
      expect(flt.FltGetRequestorSessionId(data.address, out)).toBe(STATUS_UNSUCCESSFUL);
      expect(i32[out >> 2]).toBe(-1);
      set_Thread(data.address, thread);
      popFrame(frame);
    });
  });

  test('FltGetIrpName: a name for every operation, at a fixed place', () => {
    const text = (at: number): string => {
      let end = at;
      while (u8[end] !== 0) end++;
      return String.fromCharCode(...u8.subarray(at, end));
    };
    expect(text(flt.FltGetIrpName(0))).toBe('IRP_MJ_CREATE');
    expect(text(flt.FltGetIrpName(0xf9))).toBe('IRP_MJ_QUERY_OPEN');
    expect(text(flt.FltGetIrpName(0xec))).toBe('IRP_MJ_VOLUME_DISMOUNT');
    expect(flt.FltGetIrpName(0x40)).toBe(0);
    expect(flt.FltGetIrpName(3)).toBe(flt.FltGetIrpName(3));
    expect(flt.irpName(0x40)).toBe('major 0x40');
  });
});

describe('FltDecodeParameters (BUF-1)', () => {
  function decode(data: FltCallbackData, major: number, minor = 0): (number | string)[] {
    data.Iopb.MajorFunction = major;
    data.Iopb.MinorFunction = minor;
    const frame = pushFrame();
    const out = stackAlloc(16);
    const status = FltDecodeParameters(data.address, out, out + 4, out + 8, out + 12);
    const base = data.Iopb.address + (FLT_IO_PARAMETER_BLOCK.offsets['Parameters'] ?? 0);
    const offset = (at: number): number => (i32[at >> 2] === 0 ? -1 : i32[at >> 2]! - base);
    const answer = status < 0 ? ['invalid'] : [offset(out), offset(out + 4), offset(out + 8),
      i32[(out + 12) >> 2]!];
    popFrame(frame);
    data.Iopb.MajorFunction = READ;
    data.Iopb.MinorFunction = 0;
    return answer;
  }

  test('BUF-1: gives the addresses of the fields: MDL, buffer, length, and the access', () => {
    inPre((data) => {
      expect(decode(data, READ)).toEqual([20, 16, 0, 1]);
      expect(decode(data, 4)).toEqual([20, 16, 0, 0]);
      expect(decode(data, 5)).toEqual([-1, 8, 0, 1]);
      expect(decode(data, 6)).toEqual([-1, 16, 0, 0]);
      expect(decode(data, 0x14)).toEqual([12, 8, 4, 1]);
      expect(decode(data, 8)).toEqual([8, 4, 0, 0]);
    });
  });

  test('BUF-1: control codes by method; no buffer is STATUS_INVALID_PARAMETER', () => {
    inPre((data) => {
      const code = (value: number): void => setCode(data, value);
      code(0);
      expect(decode(data, 0xd)).toEqual([-1, 12, 0, 2]);
      code(1);
      expect(decode(data, 0xe)).toEqual([20, 16, 0, 0]);
      code(3);
      expect(decode(data, 0xd)).toEqual([20, 16, 0, 1]);
      expect(decode(data, 0xd, 2)).toEqual(['invalid']);
      for (const major of [2, 9, 0x10, 0x11, 0x12]) expect(decode(data, major)).toEqual(['invalid']);
    });
  });
});

describe('FltLockUserBuffer (BUF-2)', () => {
  test('BUF-2: in a pre-op: an MDL for those below, data dirty, all given back at the end', () => {
    m.filter('top', '200', (data) => {
      expect(FltLockUserBuffer(data.address)).toBe(STATUS_SUCCESS);
      expect(flt.FltIsCallbackDataDirty(data.address)).toBe(true);
      const mdl = data.Iopb.Parameters.Read.MdlAddress as PMDL;
      expect(MmGetSystemAddressForMdlSafe(mdl)).toBe(BUFFER);
      m.log.push(`${mdl}`);
      return WITH_CALLBACK;
    }, () => FINISHED);
    m.filter('low', '100', (data) => {
      expect(`${data.Iopb.Parameters.Read.MdlAddress}`).toBe(m.log[0]);
      expect(FltLockUserBuffer(data.address)).toBe(STATUS_SUCCESS);
      expect(flt.FltIsCallbackDataDirty(data.address)).toBe(false);
      return NO_CALLBACK;
    });
    m.read();
    expect(m.log.length).toBe(1);
  });

  test('BUF-2: in a post-op, by two filters: one MDL', () => {
    const lock = (data: FltCallbackData): number => {
      expect(FltLockUserBuffer(data.address)).toBe(STATUS_SUCCESS);
      m.log.push(`${data.Iopb.Parameters.Read.MdlAddress}`);
      return FINISHED;
    };
    m.filter('top', '200', () => WITH_CALLBACK, lock);
    m.filter('low', '100', () => WITH_CALLBACK, lock);
    m.read();
    expect(m.log[0]).toBe(m.log[1]);
  });

  test('of a pre-op that then completes the operation', () => {
    m.filter('a', '100', (data) => {
      FltLockUserBuffer(data.address);
      return COMPLETE;
    });
    expect(m.read()).toBe(STATUS_SUCCESS);
  });

  test('BUF-2: a bad address is a status; operations without an MDL are refused', () => {
    inPre((data) => {
      data.Iopb.Parameters.Read.ReadBuffer = 0x7ffffff0;
      expect(FltLockUserBuffer(data.address)).toBe(STATUS_ACCESS_VIOLATION);
      data.Iopb.MinorFunction = 2;
      expect(FltLockUserBuffer(data.address)).toBe(STATUS_INVALID_PARAMETER);
      data.Iopb.MinorFunction = 0;
      data.Iopb.MajorFunction = 5;
      expect(FltLockUserBuffer(data.address)).toBe(STATUS_INVALID_PARAMETER);
      data.Iopb.MajorFunction = READ;
      expect(bugCheckAt(2, () => FltLockUserBuffer(data.address))).toEqual([0xc4, 0xf516]);
    });
  });
});

describe('swapped buffers (4.7)', () => {
  /** A filter that swaps the buffer and gives an MDL for it; `post` looks at them. */
  function swapper(post: (data: PFLT_CALLBACK_DATA, mdl: PMDL) => void): void {
    let buffer = 0;
    let mdl = 0 as PMDL;
    m.filter('swap', '100', (data) => {
      buffer = ExAllocatePoolWithTag(NonPagedPool, 512, TAG);
      mdl = IoAllocateMdl(buffer, 512);
      MmBuildMdlForNonPagedPool(mdl);
      data.Iopb.Parameters.Read.ReadBuffer = buffer;
      data.Iopb.Parameters.Read.MdlAddress = mdl;
      flt.FltSetCallbackDataDirty(data.address);
      return WITH_CALLBACK;
    }, (data) => {
      expect(data.Iopb.Parameters.Read.ReadBuffer).toBe(BUFFER);
      post(data.address, mdl);
      ExFreePoolWithTag(buffer, TAG);
      return FINISHED;
    });
    m.read();
  }

  test('POST-30, POST-31, POST-32, BUF-4: ' +
    'the old buffer is seen, the MDL is found, and freed', () => {
    swapper((data, mdl) => expect(FltGetSwappedBufferMdlAddress(data)).toBe(mdl));
  });

  test('POST-32: a retained MDL is the filter\'s to free', () => {
    swapper((data, mdl) => {
      FltRetainSwappedBufferMdlAddress(data);
      expect(FltGetSwappedBufferMdlAddress(data)).toBe(mdl);
      IoFreeMdl(mdl);
    });
  });

  test('POST-33: the system buffer that the file system put in place is told, and used', () => {
    const fresh = ExAllocatePoolWithTag(NonPagedPool, 64, TAG_BUFFER);
    u8.fill(88, fresh, fresh + 64);
    m.filter('a', '100', () => WITH_CALLBACK, (data) => {
      m.log.push(`${(data.Flags & 0x0010_0000) !== 0} ` +
        `${FltGetNewSystemBufferAddress(data.address) === fresh}`);
      return FINISHED;
    });
    m.keep(READ);
    m.read(64);
    const irp = m.fs.kept[0]!;
    IRP.bound.set_AssociatedIrp_SystemBuffer(irp, fresh);
    IRP.bound.set_Flags(irp, IRP.bound.Flags(irp) | IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER |
      IRP_INPUT_OPERATION);
    m.fs.complete(STATUS_SUCCESS, 64);
    expect(m.log).toEqual(['true true']);
    expect([u8[BUFFER], u8[BUFFER + 63]]).toEqual([88, 88]);
  });

  test('POST-33: no new system buffer: NULL. Outside of a post-op: a bug check', () => {
    inPre((data) => {
      expect(FltGetNewSystemBufferAddress(data.address)).toBe(0);
      expect(bugCheckOf(() => FltGetSwappedBufferMdlAddress(data.address))).toEqual([0xc4, 0xf500]);
    });
  });
});

test('BUF-6: aligned pool has the alignment of the volume\'s device; no bytes are some', () => {
  inPre((_data, instance) => {
    const device = FLT_VOLUME.bound.DeviceObject(FLT_INSTANCE.bound.Volume(instance));
    for (const mask of [0, 0x1ff]) {
      DEVICE_OBJECT.bound.set_AlignmentRequirement(device as never, mask);
      for (const bytes of [0, 10, 5000]) {
        const at = FltAllocatePoolAlignedWithTag(instance, NonPagedPool, bytes, TAG);
        expect([at !== 0, at & mask]).toEqual([true, 0]);
        FltFreePoolAlignedWithTag(instance, at, TAG);
      }
    }
    DEVICE_OBJECT.bound.set_AlignmentRequirement(device as never, 0);
  });
});

describe('FltRequestOperationStatusCallback (5.6)', () => {
  const told = PFLT_GET_OPERATION_STATUS_CALLBACK('Told', (objects, iopb, status, context) => {
    const length = FLT_IO_PARAMETER_BLOCK.at(iopb).Parameters.Read.Length;
    m.log.push(`${objects.Instance !== 0} ${length} ${status} ${context}`);
  });
  const asks = (name: string, altitude: string, post = false): void => {
    m.filter(name, altitude, (data) => {
      expect(FltRequestOperationStatusCallback(data.address, told, Number(altitude)))
        .toBe(STATUS_SUCCESS);
      data.Iopb.Parameters.Read.Length = 7;
      return post ? WITH_CALLBACK : NO_CALLBACK;
    }, () => (m.log.push('post'), FINISHED));
  };

  test('PEND-34, PEND-35: told what the file system returned, with the parameters as they ' +
    'were', () => {
    asks('a', '100');
    asks('b', '200');
    m.fs.status = STATUS_SUCCESS;
    m.read(30);
    expect(m.log).toEqual(['true 30 0 100', 'true 30 0 200']);
  });

  test('PEND-34: STATUS_PENDING while the operation is under way', () => {
    asks('a', '100', true);
    m.keep(READ);
    m.read(30);
    expect(m.log).toEqual([`true 30 ${STATUS_PENDING} 100`]);
    m.fs.complete();
    expect(m.log[1]).toBe('post');
  });

  test('nobody is told when the operation ends above the file system', () => {
    asks('a', '200');
    m.filter('ends', '100', () => COMPLETE);
    m.read();
    expect(m.log).toEqual([]);
  });

  test('PEND-33: only in pre-ops', () => {
    m.filter('a', '100', () => WITH_CALLBACK, (data) => {
      m.log.push(
        `${FltRequestOperationStatusCallback(data.address, told, 0) === STATUS_INVALID_PARAMETER}`);
      return FINISHED;
    });
    m.read();
    expect(m.log).toEqual(['true']);
  });
});

describe('FltReissueSynchronousIo (4.6)', () => {
  function reissues(act: (data: FltCallbackData) => void, answer = SYNCHRONIZE): void {
    m.filter('top', '300', () => WITH_CALLBACK, (data) => {
      m.log.push(`top ${data.Iopb.Parameters.Read.Length} ${data.IoStatus.Information}`);
      return FINISHED;
    });
    m.filter('mid', '200', () => answer, (data, objects) => {
      act(data);
      FltReissueSynchronousIo(objects.Instance as PFLT_INSTANCE, data.address);
      m.log.push(`again ${data.IoStatus.Information}`);
      return FINISHED;
    });
    m.filter('low', '100', (data) => {
      m.log.push(`low ${data.Iopb.Parameters.Read.Length} ${flt.FLT_IS_REISSUED_IO(data.address)}`);
      return WITH_CALLBACK;
    }, () => FINISHED);
    m.fs.information = 5;
  }

  test('POST-27: only those below see it again, marked; the new result counts', () => {
    reissues(() => (m.fs.information = 9));
    m.read(40);
    expect(m.log).toEqual(['low 40 0', 'low 40 131072', 'again 9', 'top 40 9']);
    expect(m.outcome.information).toBe(9);
  });

  test('POST-28: changes count with the dirty flag only, and stay below', () => {
    reissues((data) => {
      data.Iopb.Parameters.Read.Length = 60;
      flt.FltSetCallbackDataDirty(data.address);
    });
    m.read(40);
    expect(m.fs.lengths).toEqual([40, 60]);
    expect(m.log.at(-1)).toBe('top 40 5');
  });

  test('POST-28: without it they are not used', () => {
    reissues((data) => (data.Iopb.Parameters.Read.Length = 60));
    m.read(40);
    expect(m.fs.lengths).toEqual([40, 40]);
  });

  test('POST-25: an operation that is not synchronised is a bug check', () => {
    let code: number[] = [];
    m.filter('mid', '200', () => WITH_CALLBACK, (data, objects) => {
      code = bugCheckOf(() =>
        FltReissueSynchronousIo(objects.Instance as PFLT_INSTANCE, data.address));
      return FINISHED;
    });
    m.read();
    expect(code).toEqual([0xc4, 0xf500]);
  });
});
