// Clients that break each other's oplocks. Each holds at most one at a time and does nothing that
// could wait for another client while it does, so that whatever hangs is not the clients' fault; a
// holder answers a break in one of the ways there are, or closes.
import { FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT }
  from '../../../ntos/io/file-constants.ts';
import { FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE }
  from '../../../ntos/io/control-codes.ts';
import * as st from '../../../ntos/status-codes.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { readFile, writeFile } from '../../workload/user/files.ts';
import { oplockEnded, oplocks, startOplock } from '../requests.ts';
import type { UserFile } from '../../workload/user.ts';
import type { Stage } from '../stage.ts';

const FILES = 3;
const HOLD_MS = 3;
const TRANSFER = 512;
const ACCESS = FILE_GENERIC_READ | FILE_GENERIC_WRITE;

const pathOf = (stage: Stage): string => `${stage.folder}\\duel${stage.prng.below(FILES)}`;

function hold(stage: Stage): void {
  const file = stage.open('open to hold', { path: pathOf(stage), DesiredAccess: ACCESS,
    CreateDisposition: FILE_OPEN_IF });
  if (file === undefined) return;
  let isBroken = false;
  const { status } = startOplock(stage.user, file, stage.prng.pick(oplocks), (s) => {
    isBroken = NT_SUCCESS(s);
    stage.check('oplock', s, oplockEnded);
  });
  if (status === st.STATUS_PENDING) {
    stage.user.settle(1 + stage.prng.below(HOLD_MS));
    if (isBroken && stage.prng.chance(70)) acknowledge(stage, file);
  }
  stage.closeAndSettle(file);
}

function acknowledge(stage: Stage, file: UserFile): void {
  const code = stage.prng.chance(50) ? FSCTL_OPLOCK_BREAK_ACKNOWLEDGE : FSCTL_OPLOCK_BREAK_ACK_NO_2;
  startOplock(stage.user, file, code, (s) => stage.check('acknowledge', s, oplockEnded));
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
