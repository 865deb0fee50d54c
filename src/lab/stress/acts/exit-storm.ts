// Applications that die: each opens a few files, asks for locks, oplocks, watches and transfers,
// holds connections to filters, and ends in the middle of it. The kernel has to end what it asked
// for and to close what it had open, as it does for a process that is killed, and filters have to
// bear cleanups that come without any order.
import { closeConnectionsOf } from '../../../fltmgr/port/services.ts';
import * as c from '../../../ntos/io/file-constants.ts';
import { IoCancelThreadIo } from '../../../ntos/io/service/cancel-thread-io.ts';
import { currentThread } from '../../../ntos/ke/prcb.ts';
import * as st from '../../../ntos/status-codes.ts';
import { ended, onFiles, oplockEnded, oplocks, startOplock, startWatch } from '../requests.ts';
import { connectSomewhere } from './port-storm.ts';
import type { UserFile } from '../../workload/user.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Stage } from '../stage.ts';

const FILES = 4;
const MOST_OPEN = 5;
const MOST_ASKED = 4;
/** NT waits five minutes for cancelled requests of a thread that ends. */
const PATIENCE_MS = 5000;
/** What comes of files that another application has alone, or that are being deleted. */
const raced: readonly NTSTATUS[] = [st.STATUS_SHARING_VIOLATION, st.STATUS_DELETE_PENDING,
  st.STATUS_OBJECT_NAME_NOT_FOUND, st.STATUS_ACCESS_DENIED];

function watch(stage: Stage): UserFile | undefined {
  const watched = stage.open('open to watch', { path: stage.folder,
    DesiredAccess: c.FILE_GENERIC_READ, CreateOptions: c.FILE_DIRECTORY_FILE });
  if (watched !== undefined) {
    startWatch(stage, watched, (status) => stage.check('watch at exit', status, ended));
  }
  return watched;
}

function openOne(stage: Stage): UserFile | undefined {
  const { prng } = stage;
  const vanishes = prng.chance(20) ? c.FILE_DELETE_ON_CLOSE : 0;
  return stage.open('open before exit', { path: `${stage.folder}\\exit${prng.below(FILES)}`,
    DesiredAccess: c.FILE_GENERIC_READ | c.FILE_GENERIC_WRITE | (vanishes && c.DELETE),
    CreateDisposition: c.FILE_OPEN_IF,
    CreateOptions: c.FILE_NON_DIRECTORY_FILE | vanishes }, raced);
}

function askFor(stage: Stage, file: UserFile): void {
  const { prng, user } = stage;
  if (prng.chance(15)) {
    startOplock(user, file, prng.pick(oplocks), (status) =>
      stage.check('oplock at exit', status, oplockEnded));
    return;
  }
  prng.pick(onFiles)(stage, file, (status) => stage.check('request at exit', status, ended));
}

/** What the kernel does for the thread and the handles of a process that ends. */
function die(stage: Stage, files: readonly UserFile[]): void {
  const left = IoCancelThreadIo(PATIENCE_MS);
  if (left > 0) stage.surprise(`${left} requests did not end when their application died`);
  closeConnectionsOf(currentThread);
  for (const file of files) stage.close(file);
  stage.user.poll();
  const { size } = stage.user.pending;
  if (size > 0) stage.surprise(`${size} requests have no result though their application died`);
}

/** Lives and dies until the round is over. */
export function exitStorm(stage: Stage): void {
  while (!stage.isOver) {
    const { prng } = stage;
    const files = Array.from({ length: 1 + prng.below(MOST_OPEN) }, () => openOne(stage))
      .filter((file) => file !== undefined);
    const watched = prng.chance(40) ? watch(stage) : undefined;
    for (let n = prng.below(MOST_ASKED + 1); n > 0 && files.length > 0; n--) {
      askFor(stage, prng.pick(files));
    }
    if (prng.chance(30)) connectSomewhere(stage);
    die(stage, watched === undefined ? files : [...files, watched]);
  }
}
