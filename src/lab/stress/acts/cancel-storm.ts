// Requests that their issuer gives up: reads and writes on their way to the disk, byte-range locks
// that wait for another's, watches of a directory. Each is cancelled at some moment, or its file is
// closed under it; each has to end exactly once.
import { FILE_DIRECTORY_FILE, FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_IF } from '../../../ntos/io/file-constants.ts';
import * as st from '../../../ntos/status-codes.ts';
import { cancelRequest } from '../../workload/user/requests.ts';
import { ended, onFiles, startWatch } from '../requests.ts';
import type { PendingRequest, UserFile } from '../../workload/user.ts';
import type { Stage } from '../stage.ts';
import type { Start } from '../requests.ts';

const MOST_AT_ONCE = 6;

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
