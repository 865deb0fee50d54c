// Routines for the tests of dying owners: thread 0 takes something and never gives it back, the
// others wait for it and say what they were told.
import { AbandonedError, acquireMutex, acquireRead, acquireSpin } from '#src/atomics-sync/index.ts';
import { acquireWrite, beginSeqRead, beginSeqWrite, callOnce } from '#src/atomics-sync/index.ts';
import { parkWhile, store } from '#src/atomics-sync/index.ts';
import type { Thread } from '#test/support/thread.ts';

export interface DeathArgs {
  readonly take: keyof typeof takes;
  readonly wait: keyof typeof takes;
  readonly address: number;
  /** A word that the holder sets when it holds. */
  readonly ready: number;
}

/** What the waiter was told. */
export interface Told {
  readonly primitive: string;
  readonly address: number;
  readonly owner: number;
  readonly message: string;
}

const takes = {
  spin: (address: number, owner: number) => acquireSpin(address, owner),
  mutex: (address: number, owner: number) => acquireMutex(address, owner),
  read: (address: number, owner: number) => acquireRead(address, owner),
  write: (address: number, owner: number) => acquireWrite(address, owner),
  seqWrite: (address: number, owner: number) => beginSeqWrite(address, owner),
  seqRead: (address: number) => beginSeqRead(address),
  once: (address: number, owner: number) => callOnce(address, owner, () => undefined),
  onceForEver: (address: number, owner: number) => callOnce(address, owner, () => hang()),
};

let ready = 0;

function hang(): never {
  store(ready, 1);
  for (;;) parkWhile(ready, 1, Infinity);
}

/** Thread 0 holds for ever, thread 1 waits. */
export function holdAndWait(thread: Thread<DeathArgs>): Told | 'got it' {
  const { take, wait, address } = thread.args;
  ready = thread.args.ready;
  if (thread.index === 0) {
    thread.at('hold');
    takes[take](address, thread.owner);
    hang();
  }
  thread.at('wait for the holder');
  parkWhile(ready, 0, Infinity);
  thread.at(`wait: ${wait}`);
  try {
    takes[wait](address, thread.owner);
  } catch (error) {
    if (!(error instanceof AbandonedError)) throw error;
    const { primitive, owner, message } = error;
    return { primitive, address: error.address, owner, message };
  }
  return 'got it';
}

/** Thread 0 waits to write, behind a read that the test holds; thread 1 then wants to read. */
export function waitToWriteAndRead(thread: Thread<DeathArgs>): Told | 'got it' {
  if (thread.index === 0) {
    store(thread.args.ready, 1);
    thread.at('wait to write');
    takes.write(thread.args.address, thread.owner);
    return 'got it';
  }
  return holdAndWait(thread);
}
