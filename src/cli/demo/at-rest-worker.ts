// The application of `at-rest`: writes a file, reads it back, and reads it again when the filter
// is gone.
import { doorInto } from '../../atomics-sync/atomics.ts';
import { closeFile, openFile, readFile, writeFile } from '../../lab/workload/user/files.ts';
import { User } from '../../lab/workload/user.ts';
import { u8 } from '../../mem/memory.ts';
import { FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT, GENERIC_READ, GENERIC_WRITE, SYNCHRONIZE }
  from '../../ntos/io/file-constants.ts';
import { delayExecution } from '../../ntos/ke/thread.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { READ_BACK, STEP, UNLOADED } from './at-rest.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { AtRest, AtRestData } from './at-rest.ts';

const PATH = 'C:\\letter.txt';
/** 5 ms in the kernel's unit of 100 ns; negative means from now. */
const LOOK_INTERVAL = -50_000;

function expectSuccess(what: string, status: NTSTATUS): void {
  if (!NT_SUCCESS(status)) throw new Error(`${what} ${PATH}: ${statusName(status)}`);
}

function withFile<T>(user: User, use: (file: ReturnType<typeof openFile>) => T): T {
  const file = openFile(user, { path: PATH, CreateDisposition: FILE_OPEN_IF,
    DesiredAccess: GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE,
    CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT });
  expectSuccess('open', file.status);
  const result = use(file);
  closeFile(user, file);
  return result;
}

function readAll(user: User, buffer: number, length: number): string {
  u8.fill(0, buffer, buffer + length);
  withFile(user, (file) => expectSuccess('read', readFile(user, file, buffer, length, 0)));
  return String.fromCharCode(...u8.slice(buffer, buffer + length));
}

/** PASSIVE_LEVEL. */
export function writeAndRead({ text, steps }: AtRestData): Omit<AtRest, 'written'> {
  const user = new User(0, 1);
  const door = doorInto(steps);
  const buffer = user.arena.take(text.length);
  for (let i = 0; i < text.length; i++) u8[buffer + i] = text.charCodeAt(i);
  withFile(user, (file) =>
    expectSuccess('write', writeFile(user, file, buffer, text.length, 0)));
  const readBack = readAll(user, buffer, text.length);
  door.store(STEP, READ_BACK);
  while (door.load(STEP) !== UNLOADED) delayExecution(LOOK_INTERVAL);
  const atRest = readAll(user, buffer, text.length);
  user.leave();
  return { readBack, atRest };
}
