// Two applications against a filter with an oplock and a resource of its own: the first asks for an
// RWH oplock and answers its break; the second writes when the oplock is granted.
import { notify, store, wait } from '#src/atomics-sync/atomics.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { close, must, write } from '#test/fs/support/files.ts';
import { RWH, acknowledge, ask, awaitEnd, levels, request } from '#test/fs/support/oplocks.ts';
import { OWNER } from './oplock-owner-words.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

const PATH = '\\held';
const BOUND_MS = 10_000;
const ASYNC = { options: c.FILE_NON_DIRECTORY_FILE, disposition: c.FILE_OPEN_IF };
const SYNC = { ...ASYNC, options: ASYNC.options | c.FILE_SYNCHRONOUS_IO_NONALERT };

function ownAndAnswer(holds: boolean): string[] {
  store(OWNER.holds, holds ? 1 : 0);
  const handle = must(PATH, ASYNC);
  const asked = ask(handle, RWH);
  store(OWNER.ready, 1);
  notify(OWNER.ready, 1);
  const told = [asked, awaitEnd(request), levels(), acknowledge(handle, 0)];
  close(handle);
  return told;
}

/** What the application was told. */
export function holdWork({ holds }: { holds: boolean }, { index }: WorkloadContext): string[] {
  if (index === 0) return ownAndAnswer(holds);
  wait(OWNER.ready, 0, BOUND_MS);
  const handle = must(PATH, SYNC);
  const status = write(handle, 0, 'record');
  close(handle);
  return [status];
}
