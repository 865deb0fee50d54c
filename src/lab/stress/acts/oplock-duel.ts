// Clients that break each other's oplocks. Each holds at most one at a time and does nothing that
// could wait for another client while it does, so that whatever hangs is not the clients' fault; a
// holder answers a break in one of the ways there are, or closes.
import { FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT }
  from '../../../ntos/io/file-constants.ts';
import { FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_REQUEST_BATCH_OPLOCK,
  FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2 }
  from '../../../ntos/io/control-codes.ts';
import * as st from '../../../ntos/status-codes.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { readFile, writeFile } from '../../workload/user/files.ts';
import { startControl } from '../../workload/user/requests.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { UserFile } from '../../workload/user.ts';
import type { Stage } from '../stage.ts';

const FILES = 3;
const HOLD_MS = 3;
const TRANSFER = 512;
const requests = [FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2,
  FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK];
const ACCESS = FILE_GENERIC_READ | FILE_GENERIC_WRITE;
const ended: readonly NTSTATUS[] = [st.STATUS_OPLOCK_NOT_GRANTED, st.STATUS_OPLOCK_HANDLE_CLOSED,
  st.STATUS_INVALID_OPLOCK_PROTOCOL, st.STATUS_CANCELLED, st.STATUS_PENDING];

const pathOf = (stage: Stage): string => `${stage.folder}\\duel${stage.prng.below(FILES)}`;

/** A control without buffers that may go on; `done` is told its end. */
function issue(
  stage: Stage, file: UserFile, code: number, done: (status: NTSTATUS) => void,
): NTSTATUS {
  return startControl(stage.user, file, { code, input: 0, inputLength: 0, output: 0,
    outputLength: 0 }, [], done).status;
}

function hold(stage: Stage): void {
  const file = stage.open('open to hold', { path: pathOf(stage), DesiredAccess: ACCESS,
    CreateDisposition: FILE_OPEN_IF });
  if (file === undefined) return;
  let isBroken = false;
  const status = issue(stage, file, stage.prng.pick(requests), (s) => {
    isBroken = NT_SUCCESS(s);
    stage.check('oplock', s, ended);
  });
  if (status === st.STATUS_PENDING) {
    stage.user.settle(1 + stage.prng.below(HOLD_MS));
    if (isBroken && stage.prng.chance(70)) acknowledge(stage, file);
  }
  stage.closeAndSettle(file);
}

function acknowledge(stage: Stage, file: UserFile): void {
  const code = stage.prng.chance(50) ? FSCTL_OPLOCK_BREAK_ACKNOWLEDGE : FSCTL_OPLOCK_BREAK_ACK_NO_2;
  issue(stage, file, code, (s) => stage.check('acknowledge', s, ended));
}

function attack(stage: Stage): void {
  const file = stage.open('open to break', { path: pathOf(stage), DesiredAccess: ACCESS,
    CreateDisposition: FILE_OPEN_IF, CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT });
  if (file === undefined) return;
  const offset = stage.prng.below(8) * TRANSFER;
  if (stage.prng.chance(50)) {
    stage.check('write', writeFile(stage.user, file, stage.data, TRANSFER, offset));
  } else {
    stage.check('read', readFile(stage.user, file, stage.data, TRANSFER, offset),
      [st.STATUS_END_OF_FILE]);
  }
  stage.close(file);
}

/** Holds and breaks by turns until the round is over. */
export function oplockDuel(stage: Stage): void {
  while (!stage.isOver) {
    if (stage.prng.chance(50)) hold(stage);
    else attack(stage);
  }
}
