// Requests of storms that may go on after their call: reads and writes on their way to the disk,
// byte-range locks that wait for another's, watches of a directory, oplocks.
import { FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '../../ntos/io/control-codes.ts';
import * as mj from '../../ntos/io/constants.ts';
import { NtReadFile, NtWriteFile } from '../../ntos/io/service/nt-read-write.ts';
import * as st from '../../ntos/status-codes.ts';
import { startControl, startLock, startNotify } from '../workload/user/requests.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PendingRequest, User, UserFile } from '../workload/user.ts';
import type { Stage } from './stage.ts';

const TRANSFER = 512;
const WATCH_BYTES = 256;
const FILE_NOTIFY_CHANGE_FILE_NAME = 1;
const LOCK_AT = 2 ** 31;
/** The oplocks that an application may ask for on a file it has alone or shares. */
export const oplocks = [FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2,
  FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK];
/** How they end beside success when they are given up. */
export const ended: readonly NTSTATUS[] = [st.STATUS_CANCELLED, st.STATUS_END_OF_FILE,
  st.STATUS_NOTIFY_CLEANUP, st.STATUS_NOTIFY_ENUM_DIR, st.STATUS_RANGE_NOT_LOCKED,
  st.STATUS_FILE_LOCK_CONFLICT, st.STATUS_LOCK_NOT_GRANTED];
/** How oplock requests and acknowledgements do. */
export const oplockEnded: readonly NTSTATUS[] = [st.STATUS_OPLOCK_NOT_GRANTED,
  st.STATUS_OPLOCK_HANDLE_CLOSED, st.STATUS_INVALID_OPLOCK_PROTOCOL, st.STATUS_CANCELLED,
  st.STATUS_PENDING];

type Done = (status: NTSTATUS) => void;
/** Issues a request on a file. */
export type Start = (stage: Stage, file: UserFile, done: Done) => PendingRequest;

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
export const startWatch: Start = (stage, file, done) => startNotify(stage.user, file, {
  CompletionFilter: FILE_NOTIFY_CHANGE_FILE_NAME, WatchTree: stage.prng.chance(30),
  buffer: stage.user.arena.take(WATCH_BYTES), length: WATCH_BYTES }, done).request;

/** What can be asked of a file. */
export const onFiles: readonly Start[] = [startRead, startWrite, startRange];

/** A control without buffers: an oplock, or the answer to its break. */
export function startOplock(
  user: User, file: UserFile, code: number, done: Done,
): ReturnType<User['start']> {
  return startControl(user, file, { code, input: 0, inputLength: 0, output: 0, outputLength: 0 },
    [], done);
}
