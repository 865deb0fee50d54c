// What a filter that owns oplocks pays for looking at one before an operation: with no oplock, with R
// and with RH held by another handle than the one that reads, which has nothing to break. Measured
// inside the pre-operation callback of a read, against the atomic load without which nobody could
// know that there is no oplock.
import { load as doorLoad } from '../../src/atomics-sync/atomics.ts';
import { USER } from '../../src/mem/memory-map.ts';
import { i32 } from '../../src/mem/memory.ts';
import { FltCheckOplockEx } from '../../src/fltmgr/lock/oplock.ts';
import { FltInitializeOplock, FltOplockFsctrl } from '../../src/fltmgr/lock/oplock-control.ts';
import { FILE_NON_DIRECTORY_FILE, FILE_OPEN_IF, FILE_SHARE_READ, FILE_SHARE_WRITE }
  from '../../src/ntos/io/file-constants.ts';
import { FSCTL_REQUEST_OPLOCK } from '../../src/ntos/io/control-codes.ts';
import { IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_FLUSH_BUFFERS } from '../../src/ntos/io/types.ts';
import { NtFlushBuffersFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { makeFilter } from '../../test/support/make-filter.ts';
import { open } from '../../test/support/open-file.ts';
import { R, RH, ask } from '../../test/fs/support/oplocks.ts';
import { USER_STATUS, bootWithFile } from '../stack.ts';
import type { FltCallbackData } from '../../src/image/role.ts';
import type { BenchCase, Task } from '../case.ts';

const BATCH = 200;
const LINE = 64;
const OPLOCKS = USER.start + 0x8000;
const load = doorLoad;

let oplock = OPLOCKS;
let inside: (data: FltCallbackData) => number = () => 0;
let result = 0;

function checked(data: FltCallbackData): number {
  const address = data.address;
  let done = 0;
  for (let i = 0; i < BATCH; i++) {
    done += FltCheckOplockEx(oplock, address, 0, 0, 0 as never, 0 as never) <= 1 ? 1 : 0;
  }
  return done;
}

function loads(): number {
  let done = 0;
  for (let i = 0; i < BATCH; i++) done += load(oplock) === -1 ? 0 : 1;
  return done;
}

/** A file whose oplock is the next one; `level` is asked for by a handle of its own. */
function prepared(index: number, level: number): { at: number; handle: number } {
  const at = OPLOCKS + index * LINE;
  i32[at >> 2] = 0;
  FltInitializeOplock(at);
  oplock = at;
  const path = `B:\\oplock-${index}`;
  const share = { shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE, disposition: FILE_OPEN_IF };
  const owner = open(path, { ...share, options: FILE_NON_DIRECTORY_FILE });
  if (level !== 0) {
    const asked = ask(owner.handle, level);
    if (asked !== 'PENDING') throw new Error(`the oplock was not granted: ${asked}`);
  }
  const { handle, status } = open(path, share);
  if (status < 0) throw new Error(`0x${(status >>> 0).toString(16)}`);
  return { at, handle };
}

function tasks(): Task[] {
  bootWithFile('ramfs');
  makeFilter({ name: 'oplocks', altitude: '100.1', operations: [
    { major: IRP_MJ_FLUSH_BUFFERS, pre: (data) => {
      result = inside(data);
      return 1;
    } },
    { major: IRP_MJ_FILE_SYSTEM_CONTROL, pre: (data) => {
      const code = data.Iopb.Parameters.FileSystemControl.Common.FsControlCode;
      return code === FSCTL_REQUEST_OPLOCK ? FltOplockFsctrl(oplock, data.address, 0) : 1;
    } },
  ] });
  const yardstick = 'an atomic load';
  const levels = [['no oplock', 0], ['R held', R], ['RH held', RH]] as const;
  const states = levels.map(([name, level], i) => ({ name, ...prepared(i, level) }));
  const within = (routine: typeof inside, state: { at: number; handle: number }): number => {
    inside = routine;
    oplock = state.at;
    NtFlushBuffersFile(state.handle, USER_STATUS);
    return result;
  };
  return [
    { name: yardstick, batch: BATCH, run: () => within(loads, states[0]!), checksum: BATCH },
    ...states.map((state): Task => ({ name: state.name, batch: BATCH,
      run: () => within(checked, state), checksum: BATCH, yardstick })),
  ];
}

export default { title: 'FltCheckOplockEx with nothing to break', tasks } satisfies BenchCase;
