// Applications against a filter that owns oplocks: each by turns asks for an oplock and gives it up
// in one way or another, opens and writes, changes its mind about a write, promises to ask for an
// oplock with a create that fails, and cancels what another is held up with. Whoever holds an
// oplock never waits without a bound, so everybody must get through.
import { load } from '#src/atomics-sync/atomics.ts';
import { KPRCB, currentThread, forEachProcessor, prcbOf, threadOf } from '#src/ntos/ke/prcb.ts';
import { ROLE_REQUESTOR } from '#src/ntos/ke/thread.ts';
import { FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, FSCTL_OPLOCK_BREAK_NOTIFY, FSCTL_REQUEST_BATCH_OPLOCK,
  FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '#src/ntos/io/control-codes.ts';
import { NtCancelIoFile } from '#src/ntos/io/service/nt-cancel.ts';
import { NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { BUFFER, close, create, nameOf, write } from '#test/fs/support/files.ts';
import { R, RH, RW, RWH, acknowledge, answer, ask, awaitEnd, ended, fresh, legacy, request, transfer }
  from '#test/fs/support/oplocks.ts';
import { cancelWaiterOf } from '#test/fs/support/cancel-waiter.ts';
import { expectOneOf } from '#test/fs/threads/expect-one-of.ts';
import { OWNER } from './oplock-owner-words.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

export interface OplockWork {
  readonly rounds: number;
  readonly seed: number;
  /** Whether applications cancel what others wait for; not while the oplock itself may go. */
  readonly meddles: boolean;
}

export interface OplockWorkResult {
  grants: number;
  breaks: number;
  writes: number;
  cancelled: number;
  /** What the owner counted, as the first application saw it at its end. */
  readonly owner: Record<string, number>;
}

const PATH = '\\owned';
const PATIENCE_MS = 2;
/** So many times the rounds at most. */
const PERSEVERANCE = 20;
const ASYNC = { options: c.FILE_NON_DIRECTORY_FILE, disposition: c.FILE_OPEN_IF };
const SYNC = { ...ASYNC, options: ASYNC.options | c.FILE_SYNCHRONOUS_IO_NONALERT };
const kinds = [R, RH, RW, RWH, FSCTL_REQUEST_OPLOCK_LEVEL_1, FSCTL_REQUEST_OPLOCK_LEVEL_2,
  FSCTL_REQUEST_BATCH_OPLOCK];
type Random = (below: number) => number;

function generator(seed: number): Random {
  let x = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

class Application {
  readonly result: OplockWorkResult = { grants: 0, breaks: 0, writes: 0, cancelled: 0, owner: {} };
  private readonly random: Random;
  private readonly others: readonly number[];

  constructor(seed: number) {
    this.random = generator(seed);
    const others: number[] = [];
    forEachProcessor((n) => {
      if (KPRCB.bound.Role(prcbOf(n)) === ROLE_REQUESTOR) others.push(threadOf(n));
    });
    this.others = others.filter((thread) => thread !== currentThread);
  }

  /** Opens; 0 when another application has cancelled that. */
  private open(how: object): number {
    const opened = create(PATH, how);
    expectOneOf(opened.status, ['SUCCESS', 'CANCELLED'], 'opening');
    if (opened.handle === 0) this.result.cancelled++;
    return opened.handle;
  }

  /** Asks for an oplock, waits a little for its end, and gives it up. */
  own(): void {
    const { random, result } = this;
    const handle = this.open(ASYNC);
    if (handle === 0) return;
    const kind = kinds[random(kinds.length)]!;
    const asked = kind <= RWH ? ask(handle, kind) : legacy(handle, kind);
    // One that is granted, and broken before the owner's callback has returned, does not pend.
    expectOneOf(asked, ['PENDING', 'SUCCESS', 'OPLOCK_NOT_GRANTED'], 'the request');
    const isGranted = asked !== 'OPLOCK_NOT_GRANTED';
    if (asked === 'PENDING' && random(4) !== 0) awaitEnd(request, random(PATIENCE_MS) + 1);
    const broken = isGranted && ended(request) === 'SUCCESS';
    // What fails at once does not signal its event.
    let isAnswered = false;
    if (broken && random(2) === 0) {
      const answered = kind <= RWH ? acknowledge(handle, random(2) * R)
        : legacy(handle, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE);
      expectOneOf(answered, ['SUCCESS', 'PENDING', 'INVALID_OPLOCK_PROTOCOL',
        'CANNOT_GRANT_REQUESTED_OPLOCK'], 'the answer');
      isAnswered = answered !== 'INVALID_OPLOCK_PROTOCOL';
    }
    if (random(3) === 0) NtCancelIoFile(handle);
    close(handle);
    if (isAnswered) {
      expectOneOf(awaitEnd(answer), ['SUCCESS', 'CANCELLED', 'OPLOCK_HANDLE_CLOSED',
        'CANNOT_GRANT_REQUESTED_OPLOCK', 'INVALID_OPLOCK_PROTOCOL'], 'the end of the answer');
    }
    if (!isGranted) return;
    const end = awaitEnd(request);
    expectOneOf(end, ['SUCCESS', 'CANCELLED', 'OPLOCK_HANDLE_CLOSED', 'OPLOCK_NOT_GRANTED'],
      'the end of the request');
    result.grants++;
    if (end === 'SUCCESS') result.breaks++;
  }

  /** Writes and waits as long as it takes. */
  write(): void {
    const handle = this.open(SYNC);
    if (handle === 0) return;
    const status = write(handle, 0, 'record');
    expectOneOf(status, ['SUCCESS', 'CANCELLED'], 'the write');
    if (status === 'SUCCESS') this.result.writes++;
    else this.result.cancelled++;
    close(handle);
  }

  /** Writes and changes its mind. */
  writeAndCancel(): void {
    const handle = this.open(ASYNC);
    if (handle === 0) return;
    const { event, iosb } = fresh(transfer);
    const status = nameOf(NtWriteFile(handle, event, iosb, BUFFER, 6, 0));
    expectOneOf(status, ['SUCCESS', 'PENDING', 'CANCELLED'], 'the write');
    if (status === 'PENDING' && this.random(2) === 0) awaitEnd(transfer, 1);
    NtCancelIoFile(handle);
    const end = status === 'CANCELLED' ? status : awaitEnd(transfer);
    expectOneOf(end, ['SUCCESS', 'CANCELLED'], 'the end of the write');
    if (end === 'CANCELLED') this.result.cancelled++;
    close(handle);
  }

  /** Waits for the end of a break, if there is one. */
  watch(): void {
    const handle = this.open({ ...ASYNC, options: ASYNC.options | c.FILE_COMPLETE_IF_OPLOCKED,
      desiredAccess: c.FILE_READ_ATTRIBUTES | c.SYNCHRONIZE });
    if (handle === 0) return;
    const told = legacy(handle, FSCTL_OPLOCK_BREAK_NOTIFY);
    expectOneOf(told, ['SUCCESS', 'PENDING'], 'the notify');
    expectOneOf(awaitEnd(request), ['SUCCESS', 'CANCELLED'], 'the end of the notify');
    close(handle);
  }

  /** A create with a promise that comes to nothing, because the file is there already. */
  promise(): void {
    const opened = create(PATH, { disposition: c.FILE_CREATE,
      options: SYNC.options | c.FILE_OPEN_REQUIRING_OPLOCK });
    expectOneOf(opened.status, ['OBJECT_NAME_COLLISION', 'CANCELLED', 'CANNOT_BREAK_OPLOCK',
      'OPLOCK_NOT_GRANTED'], 'the create');
  }

  /** Cancels what another application is held up with. */
  meddle(): void {
    cancelWaiterOf(OWNER.oplock, this.others[this.random(this.others.length)]!);
  }
}

/** Whether everything has come up that the test wants to see; chance may need a few rounds more. */
function hasSeenAll({ meddles }: OplockWork): boolean {
  const isCancelled = load(OWNER.cancelled) + load(OWNER.refused) > 0;
  return load(OWNER.parked) > 5 && load(OWNER.backedOut) > 0 && (isCancelled || !meddles);
}

/** Runs the rounds, and more of them if need be. */
export function oplockWork(data: OplockWork, context: WorkloadContext): OplockWorkResult {
  const application = new Application(data.seed * 100 + context.index + 1);
  const turns = [(): void => application.own(), (): void => application.write(),
    (): void => application.writeAndCancel(), (): void => application.promise(),
    (): void => application.watch(), (): void => application.meddle()];
  const random = generator(data.seed * 7919 + context.index);
  const weights = [0, 0, 0, 1, 1, 1, 2, 2, 3, 4, ...(data.meddles ? [5, 5, 5] : [])];
  close(create(PATH, SYNC).handle);
  const most = data.rounds * PERSEVERANCE;
  for (let round = 0; round < data.rounds || (round < most && !hasSeenAll(data)); round++) {
    turns[weights[random(weights.length)]!]!();
  }
  for (const [name, at] of Object.entries(OWNER)) {
    if (name !== 'oplock') application.result.owner[name] = load(at);
  }
  return application.result;
}
