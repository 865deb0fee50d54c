// Post-operation callbacks: who gets one, what it sees, what it may change, draining, creates that
// are failed or sent again (section 4).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { i32, u8 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { PFLT_POST_OPERATION_CALLBACK } from '#src/image/role.ts';
import { FltLockUserBuffer } from '#src/fltmgr/buffer/buffers.ts';
import { FltCompletePendedPreOperation } from '#src/fltmgr/pending/pending.ts';
import { FltReissueSynchronousIo } from '#src/fltmgr/walk/reissue.ts';
import { FltDoCompletionProcessingWhenSafe } from '#src/fltmgr/pending/safe-completion.ts';
import { MmGetSystemAddressForMdlSafe } from '#src/ntos/io/irp/mdl.ts';
import { IRP_PAGING_IO, IRP_SYNCHRONOUS_PAGING_IO } from '#src/ntos/io/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_END_OF_FILE, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { BUFFER, COMPLETE, FINISHED, NO_CALLBACK, PENDING, ProbeMachine, READ, SYNCHRONIZE,
  WITH_CALLBACK } from './probe-machine.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { Post, Pre } from '#test/support/make-filter.ts';
import type { PMDL } from '#src/ntos/io/types.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const DIRTY = 0x80000000;
const DRAINING = 1;
const DRAINING_IO = 0x40000;

let m: ProbeMachine;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  m.end();
});

const logs = (text: string): Post => () => (m.log.push(text), FINISHED);

describe('who is called', () => {
  function stack(low: Pre): void {
    m.filter('top', '400', () => WITH_CALLBACK, logs('top'));
    m.filter('post only', '300', undefined, logs('post only'));
    m.filter('not asked', '200', () => NO_CALLBACK, logs('not asked'));
    m.filter('low', '100', low, logs('low'));
    m.filter('below', '50', () => (m.log.push('pre below'), NO_CALLBACK));
  }

  test('POST-2, S1.22: ' +
    'completed by the file system: whoever asked or has no pre-op, from low to high', () => {
    stack(() => WITH_CALLBACK);
    m.read();
    expect(m.log).toEqual(['pre below', 'low', 'post only', 'top']);
  });

  test('POST-2: completed by a lower filter: those above it', () => {
    stack((data) => {
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      return COMPLETE;
    });
    expect(m.read()).toBe(STATUS_ACCESS_DENIED);
    expect(m.log).toEqual(['post only', 'top']);
    expect(m.fs.seen).not.toContain(READ);
  });
});

describe('what a post-op may change', () => {
  test('POST-6: IoStatus, without a dirty flag', () => {
    m.filter('top', '200', () => WITH_CALLBACK, (data) => {
      m.log.push(`${data.IoStatus.Status === STATUS_END_OF_FILE} ${data.IoStatus.Information}`);
      return FINISHED;
    });
    m.filter('low', '100', () => WITH_CALLBACK, (data) => {
      data.IoStatus.Status = STATUS_END_OF_FILE;
      data.IoStatus.Information = 3;
      return FINISHED;
    });
    m.fs.information = 9;
    expect(m.read()).toBe(STATUS_END_OF_FILE);
    expect(m.log).toEqual(['true 3']);
  });

  test('POST-6: changed parameters reach nobody; each sees them as its pre-op received ' +
    'them', () => {
    const seen: number[] = [];
    const note: Post = (data) => {
      seen.push(data.Iopb.Parameters.Read.Length);
      data.Iopb.Parameters.Read.Length = 1;
      data.Flags |= DIRTY;
      return FINISHED;
    };
    m.filter('top', '200', () => WITH_CALLBACK, note);
    m.filter('mid', '150', (data) => {
      data.Iopb.Parameters.Read.Length = 60;
      data.Flags |= DIRTY;
      return WITH_CALLBACK;
    }, note);
    m.filter('low', '100', () => WITH_CALLBACK, note);
    m.read(100);
    expect(seen).toEqual([60, 100, 100]);
  });
});

test('POST-7: the user buffer of an IRP without an MDL is reached by safe completion and a ' +
  'lock', () => {
  const reached: (number | undefined)[] = [];
  const safe = PFLT_POST_OPERATION_CALLBACK('LockInSafe', (data) => {
    const { Read } = data.Iopb.Parameters;
    expect([Read.MdlAddress, Read.ReadBuffer, data.Flags & 8]).toEqual([0, BUFFER, 0]);
    expect(FltLockUserBuffer(data.address)).toBe(STATUS_SUCCESS);
    const at = MmGetSystemAddressForMdlSafe(data.Iopb.Parameters.Read.MdlAddress as PMDL);
    reached.push(u8[at], u8[at + 9]);
    return FINISHED;
  });
  m.filter('a', '100', () => WITH_CALLBACK, (data, objects, context, flags) => {
    expect(bugCheckOf(() => FltLockUserBuffer(data.address))).toEqual([0xc4, 0xf516]);
    const frame = pushFrame();
    const ret = stackAlloc(4);
    FltDoCompletionProcessingWhenSafe(data.address, objects.address, context, flags, safe, ret);
    const status = i32[ret >> 2]!;
    popFrame(frame);
    return status;
  });
  m.keep(READ);
  m.read(10);
  u8.fill(77, BUFFER, BUFFER + 10);
  atIrql(2, () => m.fs.complete(STATUS_SUCCESS, 10));
  expect(reached).toEqual([]);
  m.work();
  expect(reached).toEqual([77, 77]);
});

describe('draining', () => {
  test('POST-8, POST-10: an early call with a copy of the data, and none at the real end', () => {
    const seen: string[] = [];
    let own = 0;
    m.keep(READ);
    m.filter('top', '200', () => WITH_CALLBACK, (data) => {
      seen.push(`top ${data.IoStatus.Status} ${data.Iopb.Parameters.Read.Length}`);
      return FINISHED;
    });
    const leaving = m.filter('leaving', '100', (data, _objects, context) => {
      own = data.address;
      context.value = 1234;
      return WITH_CALLBACK;
    }, (data, objects, context, flags) => {
      seen.push(`drained ${context} ${flags === DRAINING} ${(data.Flags & DRAINING_IO) !== 0} ` +
        `${data.address !== own} ${data.Iopb.Parameters.Read.Length} ${objects.Instance !== 0}`);
      data.IoStatus.Status = STATUS_ACCESS_DENIED;
      data.Iopb.Parameters.Read.Length = 1;
      return FINISHED;
    });
    m.read(40);
    m.remove(leaving);
    expect(seen).toEqual(['drained 1234 true true true 40 true']);
    m.fs.complete(STATUS_SUCCESS, 5);
    expect(seen.slice(1)).toEqual(['top 0 40']);
    expect(m.outcome).toEqual({ status: STATUS_SUCCESS, information: 5 });
  });

  test('POST-11: an operation that the filter keeps is not drained; the teardown waits for ' +
    'it', () => {
    let kept: FltCallbackData['address'] | undefined;
    const leaving = m.filter('leaving', '100', (data) => {
      if (data.Iopb.Parameters.Read.Length === 40) return WITH_CALLBACK;
      kept = data.address;
      return PENDING;
    }, (data, _objects, _context, flags) => {
      // The other read is drained; only here the filter lets go of the one that it keeps.
      m.log.push(`${data.Iopb.Parameters.Read.Length} ${flags}`);
      if (kept !== undefined) FltCompletePendedPreOperation(kept, NO_CALLBACK, 0);
      return FINISHED;
    });
    m.keep(READ);
    m.read(40);
    m.read(50);
    m.remove(leaving);
    expect(m.log).toEqual([`40 ${DRAINING}`]);
    expect(m.fs.lengths).toEqual([40, 50]);
    m.fs.complete();
    m.fs.complete();
  });
});

describe('an operation that is sent again', () => {
  function reissues(act: (data: FltCallbackData, instance: PFLT_INSTANCE) => void): void {
    m.filter('mid', '200', () => SYNCHRONIZE, (data, objects) => {
      act(data, objects.Instance as PFLT_INSTANCE);
      return FINISHED;
    });
  }

  test('POST-24: at PASSIVE_LEVEL; the result is in IoStatus', () => {
    reissues((data, instance) => {
      const again = (): unknown => FltReissueSynchronousIo(instance, data.address);
      expect(bugCheckAt(1, again)).toEqual([0xc4, 0xf516]);
      m.fs.status = STATUS_END_OF_FILE;
      expect(again()).toBe(undefined);
      expect(data.IoStatus.Status).toBe(STATUS_END_OF_FILE);
    });
    m.read();
    expect(m.outcome.status).toBe(STATUS_END_OF_FILE);
  });

  test('POST-24: paging I/O at APC_LEVEL as well', () => {
    m.filter('flag', '300', (data) => {
      data.Iopb.IrpFlags |= IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO;
      data.Flags |= DIRTY;
      return NO_CALLBACK;
    });
    reissues((data, instance) => {
      atIrql(1, () => FltReissueSynchronousIo(instance, data.address));
      expect(bugCheckAt(2, () => FltReissueSynchronousIo(instance, data.address)))
        .toEqual([0xc4, 0xf516]);
    });
    m.read();
    expect(m.fs.seen.filter((major) => major === READ)).toHaveLength(2);
  });

  test('POST-26: by the instance whose post-op has it, no other', () => {
    let other = 0 as PFLT_INSTANCE;
    m.filter('other', '300', (_data, objects) => {
      other = objects.Instance as PFLT_INSTANCE;
      return NO_CALLBACK;
    });
    reissues((data) => {
      expect(bugCheckOf(() => FltReissueSynchronousIo(other, data.address))).toEqual([0xc4, 0xf500]);
    });
    m.read();
  });
});
