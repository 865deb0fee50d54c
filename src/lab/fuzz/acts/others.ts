// Locks, oplocks, controls, waiting for changes and giving up; requests that no service makes so;
// and what happens around the application: filters come and go, memory is short.
import { u8 } from '../../../mem/memory.ts';
import { BUFFER_NEITHER } from '../../../ntos/io/service/request-buffers.ts';
import { requestOn } from '../../../ntos/io/service/service.ts';
import { FILE_DEVICE_FILE_SYSTEM, FILE_DEVICE_NAMED_PIPE }
  from '../../../ntos/io/object-constants.ts';
import { FSCTL_REQUEST_OPLOCK, METHOD_FROM_CTL_CODE, METHOD_NEITHER }
  from '../../../ntos/io/control-codes.ts';
import { IO_STACK_LOCATION } from '../../../ntos/io/types.ts';
import { STATUS_PENDING, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import * as files from '../../workload/user/files.ts';
import * as requests from '../../workload/user/requests.ts';
import { inputBytes, putControlInput } from '../../workload/user/control-input.ts';
import * as t from '../tables.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Player } from '../player.ts';
import type { FuzzOperation } from '../sequence.ts';

const PAGE_BYTES = 4096;
const LOCK_AT = 2 ** 31;
const NOTIFY_BYTES = 512;
const OPLOCK_OUTPUT_BYTES = 24;
const { set_MinorFunction } = IO_STACK_LOCATION.bound;

/** A lock; one that may have to wait only where the thread need not wait with it. */
function lock(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const file = p.fileOf(slot);
  const mayWait = file.asynchronous && z % 4 === 3;
  const request = { ByteOffset: LOCK_AT * (z % 2) + x, Length: t.entry(t.lengths, y), Key: z % 4,
    FailImmediately: !mayWait, ExclusiveLock: x % 2 === 0 };
  return mayWait ? p.started((done) => requests.startLock(p.user, file, request, done).status)
    : requests.lockFile(p.user, file, request);
}

function unlock(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const file = p.fileOf(slot);
  if (z % 8 === 2) return requests.unlockAll(p.user, file, undefined);
  if (z % 8 === 3) return requests.unlockAll(p.user, file, x % 4);
  return files.unlockFile(p.user, file, LOCK_AT * (z % 2) + x, t.entry(t.lengths, y), z % 4);
}

function isDevices(code: number): boolean {
  const type = code >>> 16;
  return type !== FILE_DEVICE_FILE_SYSTEM && type !== FILE_DEVICE_NAMED_PIPE;
}

/** A control with the input that its code has (y even), or with one byte all over. */
function control(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const code = t.entry(t.controls, x);
  u8.fill(z, p.page, p.page + PAGE_BYTES);
  const own = inputBytes(code);
  const isLegal = y % 2 === 0 && own > 0;
  if (isLegal) putControlInput(p.page, own, code, { Length: 4096 });
  const inputLength = isLegal ? own : t.entry(t.buffers, y);
  const outputLength = t.entry(t.buffers, z);
  // What is not probed for them, drivers have to probe: nobody's memory is at stake here.
  const isProbed = METHOD_FROM_CTL_CODE(code) !== METHOD_NEITHER;
  return requests.control(p.user, p.fileOf(slot), { code,
    input: isProbed ? p.address(p.page, y, inputLength) : p.page, inputLength,
    output: isProbed ? p.address(p.data, z, outputLength) : p.data, outputLength },
  isDevices(code));
}

/** May go on until another operation breaks the oplock. Opens do not wait for that. */
function oplock(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const held = { file: p.fileOf(slot), isBroken: false };
  const code = t.entry(t.oplocks, x);
  const isNew = code === FSCTL_REQUEST_OPLOCK;
  const inputLength = isNew ? inputBytes(code) : 0;
  if (isNew) {
    const RequestedOplockLevel = t.entry(t.oplockLevels, y);
    putControlInput(p.page, inputLength, code, { RequestedOplockLevel });
  }
  const status = p.started((done) => requests.startControl(p.user, held.file, { code,
    input: isNew ? p.page : 0, inputLength, output: isNew ? p.aside : 0,
    outputLength: isNew ? OPLOCK_OUTPUT_BYTES : 0 }, [], (end) => {
    held.isBroken = true;
    done(end);
  }).status);
  if (status === STATUS_PENDING) p.holdOplock(held);
  return status;
}

/** Waits for a change, where the thread need not wait with it. */
function watch(p: Player, { slot, x }: FuzzOperation): NTSTATUS {
  if (!p.fileOf(slot).asynchronous) return STATUS_SUCCESS;
  const buffer = p.user.arena.take(NOTIFY_BYTES);
  return p.started((done) => requests.startNotify(p.user, p.fileOf(slot), {
    CompletionFilter: 1 + x, WatchTree: x % 2 === 1, buffer, length: NOTIFY_BYTES }, done).status);
}

/** Gives up every request that is pending. */
function cancel(p: Player, { slot }: FuzzOperation): NTSTATUS {
  let last = STATUS_SUCCESS;
  for (const request of p.user.pending) last = requests.cancelRequest(p.fileOf(slot), request);
  p.user.settle(1);
  return p.isUnderWay ? STATUS_SUCCESS : last;
}

function raw(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const [major, minor] = t.entry(t.raws, x);
  return p.withFile(slot, (file) => p.user.call(major, undefined, (iosb) => requestOn(file, {
    handle: p.fileOf(slot).handle, access: 0, major, iosb, buffering: BUFFER_NEITHER,
    output: p.page, outputLength: t.entry(t.buffers, y), alwaysWait: true,
    fill: (location) => set_MinorFunction(location, minor) })));
}

const reattach = (p: Player, { x }: FuzzOperation): NTSTATUS => p.machine.reattach(x % 3);

function starve(p: Player, { x, y }: FuzzOperation): NTSTATUS {
  p.machine.starve(x, y % 4 === 3 ? Infinity : 1 + (y % 4));
  return STATUS_SUCCESS;
}

export const others = { lock, unlock, control, oplock, watch, cancel, raw, reattach, starve };
