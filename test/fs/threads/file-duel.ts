// What requestors do to one volume at the same time: each works on files of its own and compares
// every byte, and all of them fight for the same few names, where each answer must be one that
// some order of the others' operations allows, and each record must be wholly one writer's.
import { ALL, IOSB, READ, SYNC, close, create, dispose, link, list, must, read, rename, write }
  from '#test/fs/support/files.ts';
import { expectOneOf } from '#test/fs/threads/expect-one-of.ts';
import { NtFlushBuffersFile } from '#src/ntos/io/service/nt-read-write.ts';
import * as c from '#src/ntos/io/file-constants.ts';

export interface DuelData {
  readonly rounds: number;
  readonly seed: number;
}
export interface DuelResult {
  readonly operations: number;
  readonly collisions: number;
}

const RECORD = 64;
const RECORDS = 40;
const NON_DIRECTORY = SYNC | c.FILE_NON_DIRECTORY_FILE;

function generator(seed: number): (below: number) => number {
  let x = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** A life of a file that nobody else touches: each byte is known. */
function ownFile(directory: string, round: number, random: (below: number) => number): number {
  const path = `${directory}\\file${round % 7}`;
  const letter = String.fromCharCode(65 + (round % 26));
  const text = letter.repeat(1 + random(9000));
  const handle = must(path, { disposition: c.FILE_OVERWRITE_IF, options: NON_DIRECTORY,
    desiredAccess: ALL });
  check(write(handle, 0, text) === 'SUCCESS', `write ${path}`);
  check(read(handle, 0, text.length) === text, `${path} reads back what was written`);
  check(link(handle, `link${round}`) === 'SUCCESS', `link ${path}`);
  check(rename(handle, `moved${round}`) === 'SUCCESS', `rename ${path}`);
  NtFlushBuffersFile(handle, IOSB);
  close(handle);
  const again = must(`${directory}\\link${round}`, { desiredAccess: READ | c.DELETE });
  check(read(again, 0, text.length) === text, `${path} is the same by its other name`);
  check(dispose(again) === 'SUCCESS', `delete the link of ${path}`);
  close(again);
  const moved = must(`${directory}\\moved${round}`, { options: SYNC | c.FILE_DELETE_ON_CLOSE });
  close(moved);
  check(list(directory).length === 0, `${directory} is empty again`);
  return 12;
}

/** Records in a file that all write: each is wholly one writer's. */
function sharedRecords(random: (below: number) => number): number {
  const handle = must('\\shared', { disposition: c.FILE_OPEN_IF, options: NON_DIRECTORY });
  const letter = String.fromCharCode(97 + random(26));
  check(write(handle, random(RECORDS) * RECORD, letter.repeat(RECORD)) === 'SUCCESS', 'write shared');
  const record = read(handle, random(RECORDS) * RECORD, RECORD);
  if (record !== 'END_OF_FILE') {
    const first = record.charAt(0);
    check(record === first.repeat(record.length), `a torn record: ${JSON.stringify(record)}`);
  }
  close(handle);
  return 4;
}

/** Names that everybody makes, moves and deletes. */
function sharedNames(random: (below: number) => number): { operations: number; collisions: number } {
  const name = `\\common\\n${random(3)}`;
  const options = NON_DIRECTORY | (random(2) === 0 ? c.FILE_DELETE_ON_CLOSE : 0);
  const made = create(name, { disposition: [c.FILE_CREATE, c.FILE_OPEN, c.FILE_OPEN_IF][random(3)]!,
    options });
  expectOneOf(made.status, ['SUCCESS', 'OBJECT_NAME_COLLISION', 'OBJECT_NAME_NOT_FOUND',
    'DELETE_PENDING'], name);
  if (made.status !== 'SUCCESS') return { operations: 1, collisions: 1 };
  const moved = rename(made.handle, `n${random(3)}`, random(2) === 0);
  expectOneOf(moved, ['SUCCESS', 'OBJECT_NAME_COLLISION', 'ACCESS_DENIED', 'DELETE_PENDING'], 'rename');
  if (random(3) === 0) expectOneOf(dispose(made.handle), ['SUCCESS'], 'dispose');
  close(made.handle);
  list('\\common');
  return { operations: 5, collisions: moved === 'SUCCESS' ? 0 : 1 };
}

function makeDirectory(path: string): void {
  close(must(path, { disposition: c.FILE_OPEN_IF, options: SYNC | c.FILE_DIRECTORY_FILE }));
}

/** A requestor's workload. */
export function fileDuel(data: unknown, context: { readonly index: number }): DuelResult {
  const { rounds, seed } = data as DuelData;
  const random = generator(seed * 100 + context.index + 1);
  const directory = `\\own${context.index}`;
  makeDirectory(directory);
  makeDirectory('\\common');
  let operations = 0;
  let collisions = 0;
  for (let round = 0; round < rounds; round++) {
    operations += ownFile(directory, round, random) + sharedRecords(random);
    const names = sharedNames(random);
    operations += names.operations;
    collisions += names.collisions;
  }
  return { operations, collisions };
}
