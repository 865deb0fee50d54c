// Byte-range locks that exclude: each requestor locks one of a few ranges of one file, writes its
// mark into it, gives the others time and reads it back. Another's mark means that two held the
// range at once. Between locks the directory is listed, with patterns and restarts.
import { i32 } from '../../../mem/memory.ts';
import { FILE_DIRECTORY_FILE, FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT } from '../../../ntos/io/file-constants.ts';
import { FileIdBothDirectoryInformation }
  from '../../../ntos/io/information/information-classes.ts';
import * as st from '../../../ntos/status-codes.ts';
import { readFile, unlockFile, writeFile } from '../../workload/user/files.ts';
import { lockFile, queryDirectory } from '../../workload/user/requests.ts';
import type { UserFile } from '../../workload/user.ts';
import type { Stage } from '../stage.ts';

const RANGES = 3;
const BYTES = 64;
const PATTERNS = ['*', 'l*', '?ocks', '*.none', 'DUEL*'];

function excluded(stage: Stage, file: UserFile): void {
  const offset = stage.prng.below(RANGES) * BYTES;
  const locked = stage.check('lock', lockFile(stage.user, file, { ByteOffset: offset,
    Length: BYTES, Key: 0, FailImmediately: stage.prng.chance(80), ExclusiveLock: true }),
  [st.STATUS_LOCK_NOT_GRANTED, st.STATUS_FILE_LOCK_CONFLICT]);
  if (!locked) return;
  const mark = stage.prng.next() | 1;
  i32.fill(mark, stage.data >> 2, (stage.data + BYTES) >> 2);
  const written =
    stage.check('write', writeFile(stage.user, file, stage.data, BYTES, offset));
  if (written) readBack(stage, file, offset, mark);
  stage.check('unlock', unlockFile(stage.user, file, offset, BYTES, 0));
}

function readBack(stage: Stage, file: UserFile, offset: number, mark: number): void {
  i32.fill(0, stage.data >> 2, (stage.data + BYTES) >> 2);
  if (!stage.check('read', readFile(stage.user, file, stage.data, BYTES, offset))) return;
  stage.content.readsChecked++;
  stage.content.bytesChecked += BYTES;
  for (let at = stage.data; at < stage.data + BYTES; at += 4) {
    if (i32[at >> 2] === (mark | 0)) continue;
    stage.wrongContent(`two requestors wrote the range at ${offset} that one had locked`);
    return;
  }
}

function listOnce(stage: Stage): void {
  const file = stage.open('open to list', { path: stage.folder, DesiredAccess: FILE_GENERIC_READ,
    CreateOptions: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
  if (file === undefined) return;
  for (let n = 0; n < 3; n++) {
    const status = queryDirectory(stage.user, file, {
      FileInformationClass: FileIdBothDirectoryInformation,
      FileName: n === 0 ? stage.prng.pick(PATTERNS) : undefined,
      RestartScan: stage.prng.chance(30), ReturnSingleEntry: stage.prng.chance(50) },
    stage.data, 1024);
    stage.check('list', status, [st.STATUS_NO_MORE_FILES, st.STATUS_NO_SUCH_FILE]);
  }
  stage.close(file);
}

/** Locks and lists until the round is over. */
export function lockStorm(stage: Stage): void {
  while (!stage.isOver) {
    const file = stage.open('open to lock', { path: `${stage.folder}\\locks`,
      DesiredAccess: FILE_GENERIC_READ | FILE_GENERIC_WRITE, CreateDisposition: FILE_OPEN_IF,
      CreateOptions: FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
    if (file !== undefined) {
      for (let n = 0; n < 4 && !stage.isOver; n++) excluded(stage, file);
      stage.close(file);
    }
    listOnce(stage);
  }
}
