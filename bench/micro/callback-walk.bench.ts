// One operation through the Filter Manager: an IRP is taken, filled and sent to the top of the
// volume's stack, through filters with a pre- and a post-operation callback, to a file system that
// completes at once, and is given back.
//
//   IoAllocateIrp -> IoCallDriver -> [pre x n] -> null-fs -> [post x n] -> IoFreeIrp
//
// The yardstick is the same work written by hand: take a record as large as an IRP and its callback
// data, clear the one and fill the other, the same number of callbacks, give it back.
import { fillBytes as fill, i32 as words } from '../../src/mem/memory.ts';
import { kernelRoutine } from '../../src/mem/routine.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IoSetCompletionRoutine }
  from '../../src/ntos/io/irp/irp.ts';
import { IofCallDriver } from '../../src/ntos/io/irp/call-driver.ts';
import { IoGetRelatedDeviceObject } from '../../src/ntos/io/object/device.ts';
import { DEVICE_OBJECT, IO_STACK_LOCATION, IRP, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_LOCK_CONTROL,
  IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_READ, IRP_MJ_SET_INFORMATION,
  IRP_MJ_WRITE, IRP_MJ_DIRECTORY_CONTROL } from '../../src/ntos/io/types.ts';
import { STATUS_MORE_PROCESSING_REQUIRED } from '../../src/ntos/status-codes.ts';
import { USER_BUFFER, addFilters, bootWithFile } from '../stack.ts';
import type { BenchCase, Task } from '../case.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../src/ntos/io/types.ts';

const i32 = words;
const fillBytes = fill;
/** An IRP with four stack locations, and the words that are written into callback data. */
const IRP_BYTES = 256;
const DATA_WORDS = 36;
const RECORD_BYTES = 512;
const BATCH = 200;
const { set_MajorFunction, set_FileObject, set_Parameters_Read_Length, set_MinorFunction } =
  IO_STACK_LOCATION.bound;
const { set_UserBuffer, IoStatus_Status, set_RequestorMode } = IRP.bound;
const { StackSize } = DEVICE_OBJECT.bound;
const stop = kernelRoutine('BenchCompletion', () => STATUS_MORE_PROCESSING_REQUIRED);
/** The majors of mixed cases: a power of two of them. */
export const majors = [IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_QUERY_INFORMATION, IRP_MJ_SET_INFORMATION,
  IRP_MJ_FLUSH_BUFFERS, IRP_MJ_QUERY_VOLUME_INFORMATION, IRP_MJ_DIRECTORY_CONTROL,
  IRP_MJ_LOCK_CONTROL];

function send(device: PDEVICE_OBJECT, file: PFILE_OBJECT, major: number): number {
  const irp = IoAllocateIrp(StackSize(device));
  const location = IoGetNextIrpStackLocation(irp);
  set_MajorFunction(location, major);
  set_MinorFunction(location, 0);
  set_FileObject(location, file);
  set_Parameters_Read_Length(location, 0);
  set_UserBuffer(irp, USER_BUFFER);
  set_RequestorMode(irp, 0);
  IoSetCompletionRoutine(irp, stop, 0, true, true, true);
  IofCallDriver(device, irp);
  const done = IoStatus_Status(irp) === 0 ? 1 : 0;
  IoFreeIrp(irp);
  return done;
}

/** A batch of operations of these majors in turn, sent to the top of a file's volume. */
export function operations(
  file: PFILE_OBJECT, name: string, some: readonly number[],
): Task {
  const device = IoGetRelatedDeviceObject(file);
  const mask = some.length - 1;
  const run = (): number => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) done += send(device, file, some[i & mask]!);
    return done;
  };
  return { name, batch: BATCH, run, checksum: run() };
}

type Callback = (record: number) => number;

function byHand(count: number, different: number, name: string): Task {
  const pool = new Int32Array(64);
  let top = 64;
  for (let i = 0; i < 64; i++) pool[i] = USER_BUFFER + i * RECORD_BYTES;
  const callbacks = Array.from({ length: different }, (_m, m) =>
    Array.from({ length: count * 2 }, (_c, c) => new Function('i32',
      `return (r) => { i32[(r >> 2) + 126] = (i32[(r >> 2) + 126] + i32[(r >> 2) + 3]) | 0; return 0; /*${m}.${c}.${count}*/ };`,
    )(i32) as Callback));
  // The calls written out, each at a site of its own, as nobody would want to maintain them.
  const bodies = callbacks.map((list, m) => new Function('cb', 'i32',
    `const [${list.map((_, c) => `c${c}`).join(',')}] = cb;
     return (r) => { let s = 0; ${list.map((_, c) => `s |= c${c}(r);`).join(' ')} return s; /*${m}*/ };`,
  )(list, i32) as Callback);
  const mask = different - 1;
  const run = (): number => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) {
      const r = pool[--top]!;
      const w = r >> 2;
      fillBytes(r, 0, IRP_BYTES);
      for (let k = 64; k < 64 + DATA_WORDS; k++) i32[w + k] = i;
      i32[w + 3] = i & mask;
      i32[w + 4] = USER_BUFFER;
      i32[w + 5] = 512;
      done += bodies[i & mask]!(r) === 0 ? 1 : 0;
      pool[top++] = r;
    }
    return done;
  };
  return { name, batch: BATCH, run, checksum: BATCH };
}

/** The filters are added as the tasks are measured first: each task sees its own number. */
function tasks(): Task[] {
  const { file } = bootWithFile('null-fs');
  return [byHand(3, 1, 'by hand, 3 filters'), operations(file, '0 filters', [IRP_MJ_READ])];
}

export default { title: 'one operation, no filter', tasks } satisfies BenchCase;

/** The same with filters, for the cases beside this one. */
export function withFilters(count: number, mixed: boolean): readonly Task[] {
  const { file } = bootWithFile('null-fs');
  addFilters(count, majors);
  const yardstick = `by hand, ${count} filters`;
  const task = operations(file, `${count} filters`, mixed ? majors : [IRP_MJ_READ]);
  return [byHand(count, mixed ? majors.length : 1, yardstick), { ...task, yardstick }];
}
