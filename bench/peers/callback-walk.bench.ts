// The walk of the Filter Manager against tapable's hooks and Node's EventEmitter, 8 filters. Each
// peer is the dispatch routine of a device of its own above the same file system and gets the same
// IRPs: it takes a record, fills it, and for every filter enters its gate, aims the record at it,
// counts, calls its callback and looks at the answer, sends the IRP down, and on the way up claims
// what it armed and calls the post-operation callbacks. The hooks have a tap per filter for that.
//
//   IoAllocateIrp -> IoCallDriver -> [hook: 8 taps] -> null-fs -> [hook: 8 taps] -> IoFreeIrp
//
// "bare" taps only call the callback: no gate, no aim, no count, no claim. "by hand" are the calls
// of the callbacks written out, as bare.
import { EventEmitter } from 'node:events';
import { SyncBailHook, SyncHook } from 'tapable';
import { compareExchange as cas, load, store } from '../../src/atomics-sync/atomics.ts';
import { i32 as words } from '../../src/mem/memory.ts';
import { kernelRoutine } from '../../src/mem/routine.ts';
import { createDriver } from '../../src/ntos/io/object/driver.ts';
import { IoCreateDevice } from '../../src/ntos/io/object/device.ts';
import { IoAllocateIrp, IoCopyCurrentIrpStackLocationToNext, IoFreeIrp,
  IoGetCurrentIrpStackLocation, IoGetNextIrpStackLocation, IoSetCompletionRoutine }
  from '../../src/ntos/io/irp/irp.ts';
import { IofCallDriver } from '../../src/ntos/io/irp/call-driver.ts';
import { IofCompleteRequest } from '../../src/ntos/io/irp/completion.ts';
import { IoGetRelatedDeviceObject } from '../../src/ntos/io/object/device.ts';
import { ExAllocatePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../src/ntos/ex/types.ts';
import { DEVICE_OBJECT, FILE_DEVICE_DISK_FILE_SYSTEM, FILE_OBJECT, IO_STACK_LOCATION, IRP,
  IRP_MJ_READ, VPB }
  from '../../src/ntos/io/types.ts';
import { STATUS_MORE_PROCESSING_REQUIRED } from '../../src/ntos/status-codes.ts';
import { USER_BUFFER, addFilters, bootWithFile, calls } from '../stack.ts';
import type { BenchCase, Task } from '../case.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIRP } from '../../src/ntos/io/types.ts';

const i32 = words;
const FILTERS = 8;
const BATCH = 200;
const TAG = 0x68636e62;
/** A record: its words, then a node of four words per filter. */
const DATA_WORDS = 36;
const RECORD = 512;
const location = IO_STACK_LOCATION.bound;
const fileObject = FILE_OBJECT.bound;
const irp = IRP.bound;
const device = DEVICE_OBJECT.bound;
const stop = kernelRoutine('BenchPeerStop', () => STATUS_MORE_PROCESSING_REQUIRED);
const keep = kernelRoutine('BenchPeerKeep', () => STATUS_MORE_PROCESSING_REQUIRED);

interface Walk {
  readonly pre: (record: number) => unknown;
  readonly post: (record: number) => unknown;
}
type Callback = (record: number) => number;

/** A callback with text of its own, which does what those of bench/stack do. */
function callback(kind: 'pre' | 'post', id: number): Callback {
  const word = kind === 'pre' ? 'i32[(r >> 2) + 1] & 255' : 'i32[(r >> 2) + 9] + 1';
  return new Function('i32', 'calls',
    `return (r) => { calls.${kind} = (calls.${kind} + (${word})) | 0; return 0; /*${id}*/ };`,
  )(i32, calls) as Callback;
}

/** The two taps of a filter: bare, or with the duties of the walk. */
function taps(n: number, isBare: boolean): { pre: Callback; post: Callback } {
  const pre = callback('pre', n);
  const post = callback('post', n);
  if (isBare) return { pre, post };
  const gate = ExAllocatePoolWithTag(NonPagedPool, 192, TAG);
  store(gate + 64, 1);
  const count = (gate + 128) >> 2;
  const node = (DATA_WORDS + n * 4) * 4;
  const names = 'i32,load,store,cas,pre,post';
  const text = `return { pre: (r) => { store(${gate}, ${gate}); if (load(${gate + 64}) !== 1) return;
      i32[(r >> 2) + 20] = ${gate}; i32[(r >> 2) + 21] = ${n}; i32[(r >> 2) + 22] = ${n};
      i32[${count}] = i32[${count}] + 1;
      const s = pre(r); if (s !== 0 || i32[(r >> 2) + 12] !== 0) return s;
      i32[(r + ${node}) >> 2] = 1; /*${n}*/ },
    post: (r) => { if (i32[(r + ${node}) >> 2] !== 1) return;
      store(${gate}, ${gate}); if (cas(r + ${node}, 1, 2) !== 1) return;
      i32[(r >> 2) + 20] = ${gate}; i32[(r >> 2) + 21] = ${n}; i32[(r >> 2) + 22] = ${n};
      i32[${count + 1}] = i32[${count + 1}] + 1;
      post(r); /*${n}*/ } };`;
  return new Function(names, text)(i32, load, store, cas, pre, post) as
    { pre: Callback; post: Callback };
}

function tapableWalk(isBare: boolean): Walk {
  const pre = new SyncBailHook<[number], number | undefined>(['record']);
  const post = new SyncHook<[number]>(['record']);
  for (let n = 0; n < FILTERS; n++) {
    const two = taps(n, isBare);
    pre.tap(`filter ${n}`, isBare ? (r) => (two.pre(r) === 0 ? undefined : 1)
      : (r) => two.pre(r) as number | undefined);
    post.tap({ name: `filter ${n}`, stage: -n }, (r) => void two.post(r));
  }
  return { pre: (r) => pre.call(r), post: (r) => post.call(r) };
}

function emitterWalk(): Walk {
  const emitter = new EventEmitter();
  for (let n = 0; n < FILTERS; n++) {
    const two = taps(n, false);
    emitter.on('pre', two.pre);
    emitter.prependListener('post', two.post);
  }
  return { pre: (r) => emitter.emit('pre', r), post: (r) => emitter.emit('post', r) };
}

/** The bare callbacks called one after the other, each at a site of its own: no hook at all. */
function handWalk(): Walk {
  const all = Array.from({ length: FILTERS }, (_, n) => taps(n, true));
  const straight = (kind: 'pre' | 'post', list: readonly Callback[]): Callback => {
    const names = list.map((_, n) => `c${n}`);
    const lines = names.map((name) => `s |= ${name}(r);`).join(' ');
    return new Function('list', `const [${names.join(',')}] = list;
      return (r) => { let s = 0; ${lines} return s; /*${kind}*/ };`)(list) as Callback;
  };
  return { pre: straight('pre', all.map(({ pre }) => pre)),
    post: straight('post', all.map(({ post }) => post).toReversed()) };
}

/** A device whose dispatch routine walks; above the file system of the file. */
function peerDevice(name: string, walk: Walk, lower: PDEVICE_OBJECT): PDEVICE_OBJECT {
  const free: number[] = [];
  for (let i = 0; i < 32; i++) free.push(ExAllocatePoolWithTag(NonPagedPool, RECORD, TAG));
  const { pre, post } = walk;
  const dispatch = kernelRoutine(name, (_device, packet) => {
    const request = packet as PIRP;
    const record = free.pop()!;
    const w = record >> 2;
    const here = IoGetCurrentIrpStackLocation(request) >> 2;
    for (let k = 0; k < DATA_WORDS; k++) i32[w + k] = i32[here + (k & 7)]!;
    for (let k = 0; k < FILTERS * 4; k++) i32[w + DATA_WORDS + k] = 0;
    i32[w + 12] = 0;
    pre(record);
    IoCopyCurrentIrpStackLocationToNext(request);
    IoSetCompletionRoutine(request, keep, record, true, true, true);
    const status = IofCallDriver(lower, request);
    i32[w + 9] = status;
    post(record);
    free.push(record);
    IofCompleteRequest(request);
    return status;
  });
  const driver = createDriver({ [IRP_MJ_READ]: dispatch });
  const made = IoCreateDevice(driver, 0, FILE_DEVICE_DISK_FILE_SYSTEM);
  device.set_StackSize(made, device.StackSize(lower) + 1);
  return made;
}

function send(top: PDEVICE_OBJECT, file: PFILE_OBJECT): number {
  const request = IoAllocateIrp(device.StackSize(top));
  const next = IoGetNextIrpStackLocation(request);
  location.set_MajorFunction(next, IRP_MJ_READ);
  location.set_MinorFunction(next, 0);
  location.set_FileObject(next, file);
  location.set_Parameters_Read_Length(next, 0);
  irp.set_UserBuffer(request, USER_BUFFER);
  irp.set_RequestorMode(request, 0);
  IoSetCompletionRoutine(request, stop, 0, true, true, true);
  IofCallDriver(top, request);
  const done = irp.IoStatus_Status(request) === 0 ? 1 : 0;
  IoFreeIrp(request);
  return done;
}

function task(name: string, top: PDEVICE_OBJECT, file: PFILE_OBJECT, yardstick?: string): Task {
  const run = (): number => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) done += send(top, file);
    return done;
  };
  return { name, batch: BATCH, run, checksum: BATCH, ...(yardstick && { yardstick }) };
}

function tasks(): Task[] {
  const { file } = bootWithFile('null-fs');
  addFilters(FILTERS, [IRP_MJ_READ]);
  const top = IoGetRelatedDeviceObject(file);
  const lower = VPB.bound.DeviceObject(fileObject.Vpb(file) as never) as PDEVICE_OBJECT;
  const peer = (name: string, walk: Walk): Task =>
    task(name, peerDevice(`Bench ${name}`, walk, lower), file);
  return [
    peer('tapable', tapableWalk(false)),
    peer('tapable, bare calls', tapableWalk(true)),
    peer('EventEmitter', emitterWalk()),
    peer('by hand, bare calls', handWalk()),
    task('Filter Manager', top, file, 'tapable'),
    { ...task('Filter Manager, to bare calls', top, file, 'tapable, bare calls') },
    { ...task('Filter Manager, to calls by hand', top, file, 'by hand, bare calls') },
  ];
}

export default { title: 'the walk of 8 filters against hooks', tasks } satisfies BenchCase;
