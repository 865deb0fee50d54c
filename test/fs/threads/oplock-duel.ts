// Owners of oplocks against everybody who opens and writes. Each requestor is by turns an owner,
// who trusts what it has read until it is told to give up, and an intruder, whose open or write
// waits for that. Owners never wait for an intruder without a bound, so that every intruder gets
// through.
import { BUFFER, READ, SYNC, close, create, read, write } from '#test/fs/support/files.ts';
import { R, RH, RW, RWH, acknowledge, answer, ask, awaitEnd, ended, fresh, legacy, levels, request,
  transfer } from '#test/fs/support/oplocks.ts';
import { expectOneOf } from '#test/fs/threads/expect-one-of.ts';
import { load, store } from '#src/atomics-sync/atomics.ts';
import { USER } from '#src/mem/memory-map.ts';
import { u8 } from '#src/mem/memory.ts';
import { FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2 }
  from '#src/ntos/io/control-codes.ts';
import { NtCancelIoFile } from '#src/ntos/io/service/nt-cancel.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { statusName } from '#src/ntos/status.ts';
import * as c from '#src/ntos/io/file-constants.ts';

export interface OplockDuelData {
  readonly rounds: number;
  readonly seed: number;
  /** Requests that are refused end at once, so that PENDING means granted. */
  readonly inline: boolean;
}

export interface OplockDuelResult {
  grants: number;
  breaks: number;
  writes: number;
  visits: number;
  collisions: number;
}

const PATH = '\\contested';
const LENGTH = 16;
const PATIENCE_MS = 5;
const ASYNC = c.FILE_NON_DIRECTORY_FILE;
/** A word that is 1 while somebody trusts that nobody has opened the file. */
const TRUST = USER.end - 64;
const kinds = [RW, RWH, FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_BATCH_OPLOCK];

function generator(seed: number): (below: number) => number {
  let x = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** What an owner reads through its asynchronous handle. */
function readOwn(handle: number): string {
  const { event, iosb } = fresh(transfer);
  const status = statusName(NtReadFile(handle, event, iosb, BUFFER, LENGTH, 0));
  expectOneOf(status, ['STATUS_SUCCESS', 'STATUS_PENDING'], 'the owner reads');
  expectOneOf(awaitEnd(transfer), ['SUCCESS'], 'the owner has read');
  return String.fromCharCode(...Array.from(u8.subarray(BUFFER, BUFFER + LENGTH)));
}

/** Gives up: by an answer, by closing alone, or by cancelling what was not broken yet. */
function giveUp(handle: number, isGranular: boolean, random: (below: number) => number): void {
  const broken = ended(request) === 'SUCCESS';
  if (!broken && random(2) === 0) NtCancelIoFile(handle);
  const answers = broken && random(2) === 0;
  if (answers) {
    const answered = isGranular ? acknowledge(handle, 0)
      : legacy(handle, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE);
    expectOneOf(answered, ['SUCCESS', 'PENDING'], 'the answer');
  }
  close(handle);
  // A legacy answer may have kept Level 2, which ended with the handle.
  if (answers) expectOneOf(awaitEnd(answer), ['SUCCESS'], 'the end of the answer');
}

function own(
  result: OplockDuelResult, random: (below: number) => number, inline: boolean,
): void {
  const opened = create(PATH, { options: ASYNC });
  expectOneOf(opened.status, ['SUCCESS', 'SHARING_VIOLATION'], 'the owner opens');
  if (opened.status !== 'SUCCESS') {
    result.collisions++;
    return;
  }
  const { handle } = opened;
  const kind = kinds[random(kinds.length)]!;
  const isGranular = kind <= RWH;
  const asked = isGranular ? ask(handle, kind) : legacy(handle, kind);
  expectOneOf(asked, ['PENDING', 'OPLOCK_NOT_GRANTED'], 'the request');
  if (asked !== 'PENDING') {
    close(handle);
    return;
  }
  if (inline) store(TRUST, 1);
  const before = readOwn(handle);
  if (awaitEnd(request, PATIENCE_MS) === 'SUCCESS' && isGranular) {
    expectOneOf(levels(), ['7>3 ack', '7>5 ack', '7>0 ack', '5>1 ack', '5>0 ack'], 'the levels');
  }
  const after = readOwn(handle);
  if (inline) store(TRUST, 0);
  giveUp(handle, isGranular, random);
  // The disk may end a refused request as late as any other: only now is it known for certain.
  const end = awaitEnd(request);
  expectOneOf(end, ['SUCCESS', 'CANCELLED', 'OPLOCK_HANDLE_CLOSED', 'OPLOCK_NOT_GRANTED'], 'the end');
  if (end === 'OPLOCK_NOT_GRANTED') return;
  expectOneOf(after, [before], 'what the owner trusted');
  result.grants++;
  if (end === 'SUCCESS') result.breaks++;
}

/** Opens and writes a record of its own, waiting for whoever owns the file. */
function intrude(result: OplockDuelResult, random: (below: number) => number): void {
  const exclusive = random(4) === 0;
  const hurried = random(4) === 0;
  const opened = create(PATH, {
    options: SYNC | c.FILE_NON_DIRECTORY_FILE | (hurried ? c.FILE_COMPLETE_IF_OPLOCKED : 0),
    ...(exclusive ? { shareAccess: 0 } : {}),
  });
  expectOneOf(opened.status, hurried ? ['SUCCESS', 'OPLOCK_BREAK_IN_PROGRESS', 'SHARING_VIOLATION']
    : ['SUCCESS', 'SHARING_VIOLATION'], 'the intruder opens');
  if (opened.status === 'SHARING_VIOLATION') {
    result.collisions++;
    return;
  }
  const text = String.fromCharCode(97 + random(26)).repeat(LENGTH);
  expectOneOf(write(opened.handle, 0, text), ['SUCCESS'], 'the intruder writes');
  const record = read(opened.handle, 0, LENGTH);
  expectOneOf(record, [record.charAt(0).repeat(LENGTH)], 'a whole record');
  result.writes++;
  close(opened.handle);
}

/** Opens and does nothing: the open alone must have waited for the owner. */
function visit(result: OplockDuelResult): void {
  const opened = create(PATH, { options: SYNC | c.FILE_NON_DIRECTORY_FILE, desiredAccess: READ });
  expectOneOf(opened.status, ['SUCCESS', 'SHARING_VIOLATION'], 'the visitor opens');
  if (opened.status === 'SHARING_VIOLATION') {
    result.collisions++;
    return;
  }
  expectOneOf(String(load(TRUST)), ['0'], 'owners that trust while a visitor is in');
  result.visits++;
  close(opened.handle);
}

/** Holds handles of a file for later (RH) until a share conflict tells it to close them. */
function keepHandle(result: OplockDuelResult): void {
  const opened = create(PATH, { options: ASYNC, desiredAccess: c.GENERIC_READ | c.SYNCHRONIZE,
    shareAccess: c.FILE_SHARE_READ });
  expectOneOf(opened.status, ['SUCCESS', 'SHARING_VIOLATION'], 'the keeper opens');
  if (opened.status !== 'SUCCESS') {
    result.collisions++;
    return;
  }
  const asked = ask(opened.handle, RH);
  expectOneOf(asked, ['PENDING', 'OPLOCK_NOT_GRANTED'], 'the keeper asks');
  if (asked === 'PENDING') awaitEnd(request, PATIENCE_MS);
  close(opened.handle);
  if (asked !== 'PENDING') return;
  const end = awaitEnd(request);
  expectOneOf(end, ['SUCCESS', 'OPLOCK_HANDLE_CLOSED', 'OPLOCK_NOT_GRANTED'], 'the keeper ends');
  if (end !== 'OPLOCK_NOT_GRANTED') result.grants++;
  if (end === 'SUCCESS') result.breaks++;
}

/**
 * Caches what it reads while nobody has told it that the file changed. That holds from the grant
 * on:
 * a write that was let pass before the grant must not take place after it.
 */
function cache(result: OplockDuelResult, random: (below: number) => number, inline: boolean): void {
  const opened = create(PATH, { options: ASYNC, desiredAccess: READ });
  expectOneOf(opened.status, ['SUCCESS', 'SHARING_VIOLATION'], 'the reader opens');
  if (opened.status !== 'SUCCESS') {
    result.collisions++;
    return;
  }
  const { handle } = opened;
  const asked = random(2) === 0 ? ask(handle, R) : legacy(handle, FSCTL_REQUEST_OPLOCK_LEVEL_2);
  expectOneOf(asked, ['PENDING', 'OPLOCK_NOT_GRANTED'], 'the reader asks');
  if (asked === 'PENDING' && inline) {
    const first = readOwn(handle);
    for (let look = random(40); look >= 0; look--) {
      const next = readOwn(handle);
      if (ended(request) !== 'nothing yet') break;
      expectOneOf(next, [first], 'what the reader has cached');
    }
  }
  close(handle);
  if (asked !== 'PENDING') return;
  const end = awaitEnd(request);
  expectOneOf(end, ['SUCCESS', 'OPLOCK_HANDLE_CLOSED', 'OPLOCK_NOT_GRANTED'], 'the reader ends');
  if (end === 'OPLOCK_NOT_GRANTED') return;
  result.grants++;
  if (end === 'SUCCESS') result.breaks++;
}

/** A requestor's workload. */
export function oplockDuel(data: unknown, context: { readonly index: number }): OplockDuelResult {
  const { rounds, seed, inline } = data as OplockDuelData;
  const random = generator(seed * 100 + context.index + 1);
  const result = { grants: 0, breaks: 0, writes: 0, visits: 0, collisions: 0 };
  const made = create(PATH, { disposition: c.FILE_CREATE, options: SYNC });
  if (made.status === 'SUCCESS') {
    write(made.handle, 0, 'a'.repeat(LENGTH));
    close(made.handle);
  }
  for (let round = 0; round < rounds; round++) {
    const turn = random(8);
    if (turn < 2) own(result, random, inline);
    else if (turn < 4) intrude(result, random);
    else if (turn < 5) visit(result);
    else if (turn < 6) keepHandle(result);
    else cache(result, random, inline);
  }
  return result;
}
