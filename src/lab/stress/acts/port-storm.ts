// Applications of the filters themselves: some connect to whatever communication ports there are,
// fetch messages, answer some of them, and vanish: with a message that nobody fetched, fetched but
// not answered, half way through a conversation. Others use files meanwhile, so that filters have
// something to ask. What a filter makes of it is its own affair; that it gets it over with is not.
import { serverPortNames } from '../../../fltmgr/port/server.ts';
import { closeConnectionsOf } from '../../../fltmgr/port/services.ts';
import { PortClient } from '../../../fltuser/port-client.ts';
import { PortError } from '../../../fltuser/port-message.ts';
import * as c from '../../../ntos/io/file-constants.ts';
import { currentThread } from '../../../ntos/ke/prcb.ts';
import { openFile, readFile, writeFile } from '../../workload/user/files.ts';
import type { PortMessage } from '../../../fltuser/port-message.ts';
import type { Stage } from '../stage.ts';

const FILES = 6;
const BYTES = 64;
/** No client waits longer for a message: it may be the only one that could make one come. */
const PATIENCE_MS = 3;
const MOST_MESSAGES = 6;
const MOST_BYTES = 32;

const noise = (stage: Stage, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => stage.prng.below(256));

/** Connects to one of the ports; undefined where there is none, or the filter does not want to. */
export function connectSomewhere(stage: Stage): PortClient | undefined {
  const names = serverPortNames();
  if (names.length === 0) return undefined;
  return attempt(stage, () => PortClient.connect(stage.user.arena, stage.prng.pick(names)));
}

/** What a call of an application came to; a failure is booked and is the filter's affair. */
function attempt<T>(stage: Stage, call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    stage.note(error.status);
    return undefined;
  }
}

function answer(stage: Stage, client: PortClient, message: PortMessage): void {
  const room = Math.min(message.replyRoom ?? 0, MOST_BYTES);
  attempt(stage, () => client.reply(message, noise(stage, stage.prng.below(room + 1))));
}

/** The life of a client: it ends in the middle of whatever it was at. */
function converse(stage: Stage): void {
  const client = connectSomewhere(stage);
  if (client === undefined) return;
  const { prng } = stage;
  for (let n = prng.below(MOST_MESSAGES); n > 0; n--) {
    if (prng.chance(20)) {
      attempt(stage, () => client.send(noise(stage, prng.below(MOST_BYTES)), MOST_BYTES));
    }
    const message = attempt(stage, () => client.getMessage(1 + prng.below(PATIENCE_MS)));
    if (message === undefined) continue;
    if (prng.chance(25)) break;
    answer(stage, client, message);
  }
  // By itself, or by the kernel for an application that is gone.
  if (prng.chance(50)) attempt(stage, () => client.close());
  else closeConnectionsOf(currentThread);
}

function useFile(stage: Stage): void {
  const file = openFile(stage.user, { path: `${stage.folder}\\ask-${stage.prng.below(FILES)}`,
    DesiredAccess: c.FILE_GENERIC_READ | c.FILE_GENERIC_WRITE, CreateDisposition: c.FILE_OPEN_IF,
    CreateOptions: c.FILE_NON_DIRECTORY_FILE | c.FILE_SYNCHRONOUS_IO_NONALERT });
  stage.note(file.status);
  if (file.handle === 0) return;
  stage.note(writeFile(stage.user, file, stage.data, BYTES, 0));
  stage.note(readFile(stage.user, file, stage.data, BYTES, 0));
  stage.close(file);
}

/** Is a client and a user of files by turns until the round is over. */
export function portStorm(stage: Stage): void {
  while (!stage.isOver) {
    if (stage.prng.chance(40)) converse(stage);
    else useFile(stage);
  }
}
