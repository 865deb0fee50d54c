// Requests that their issuer gives up: reads and writes on their way to the disk, byte-range locks
// that wait for another's, watches of a directory. Each is cancelled at some moment, or its file is
// closed under it; each has to end exactly once.
import { FILE_DIRECTORY_FILE, FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_IF } from '../../../ntos/io/file-constants.ts';
import * as st from '../../../ntos/status-codes.ts';
import * as mj from '../../../ntos/io/constants.ts';
import { NtReadFile, NtWriteFile } from '../../../ntos/io/service/nt-read-write.ts';
import { cancelRequest, startLock, startNotify } from '../../workload/user/requests.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PendingRequest, UserFile } from '../../workload/user.ts';
import type { Stage } from '../stage.ts';

const TRANSFER = 512;
const MOST_AT_ONCE = 6;
const WATCH_BYTES = 256;
const FILE_NOTIFY_CHANGE_FILE_NAME = 1;
const LOCK_AT = 2 ** 31;
const ended: readonly NTSTATUS[] = [st.STATUS_CANCELLED, st.STATUS_END_OF_FILE,
  st.STATUS_NOTIFY_CLEANUP, st.STATUS_NOTIFY_ENUM_DIR, st.STATUS_RANGE_NOT_LOCKED,
  st.STATUS_FILE_LOCK_CONFLICT, st.STATUS_LOCK_NOT_GRANTED];

type Start = (stage: Stage, file: UserFile, done: (status: NTSTATUS) => void) => PendingRequest;

const startRead: Start = (stage, file, done) => stage.user.start(mj.IRP_MJ_READ, (iosb, event) =>
  NtReadFile(file.handle, event, iosb, stage.data, TRANSFER, stage.prng.below(4) * TRANSFER), [],
done).request;

const startWrite: Start = (stage, file, done) => stage.user.start(mj.IRP_MJ_WRITE, (iosb, event) =>
  NtWriteFile(file.handle, event, iosb, stage.data, TRANSFER, stage.prng.below(4) * TRANSFER), [],
done).request;

const startRange: Start = (stage, file, done) => startLock(stage.user, file, {
  ByteOffset: LOCK_AT + stage.prng.below(2) * TRANSFER, Length: TRANSFER, Key: 0,
  FailImmediately: false, ExclusiveLock: stage.prng.chance(70) }, done).request;

/** The buffer of a watch belongs to the request until it ends. */
const startWatch: Start = (stage, file, done) => startNotify(stage.user, file, {
  CompletionFilter: FILE_NOTIFY_CHANGE_FILE_NAME, WatchTree: stage.prng.chance(30),
  buffer: stage.user.arena.take(WATCH_BYTES), length: WATCH_BYTES }, done).request;

const onFiles: readonly Start[] = [startRead, startWrite, startRange];

function volley(stage: Stage, file: UserFile, starts: readonly Start[]): void {
  const { user, prng } = stage;
  const requests: PendingRequest[] = [];
  for (let n = 1 + prng.below(MOST_AT_ONCE); n > 0; n--) {
    let times = 0;
    requests.push(prng.pick(starts)(stage, file, (status) => {
      stage.check('cancelled request', status, ended);
      if (++times > 1) stage.surprise('a request ended twice');
    }));
  }
  if (prng.chance(30)) user.poll();
  for (const request of requests) {
    if (!user.pending.has(request) || prng.chance(30)) continue;
    stage.check('cancel', cancelRequest(file, request), [st.STATUS_NOT_FOUND]);
  }
}

/** Issues and gives up until the round is over. */
export function cancelStorm(stage: Stage): void {
  while (!stage.isOver) {
    const watches = stage.prng.chance(25);
    const file = stage.open('open asynchronously', watches
      ? { path: stage.folder, DesiredAccess: FILE_GENERIC_READ, CreateOptions: FILE_DIRECTORY_FILE }
      : { path: `${stage.folder}\\cancel`, DesiredAccess: FILE_GENERIC_READ | FILE_GENERIC_WRITE,
        CreateDisposition: FILE_OPEN_IF, CreateOptions: FILE_NON_DIRECTORY_FILE });
    if (file === undefined) continue;
    volley(stage, file, watches ? [startWatch] : onFiles);
    stage.closeAndSettle(file);
  }
}
