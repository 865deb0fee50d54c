// What a lock costs that nobody else wants: acquired and released, IRQL and regions included,
// against the compare-exchange and the store without which no lock can be had.
import { compareExchange, store } from '../../src/atomics-sync/atomics.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../../src/ntos/ke/apc.ts';
import { KeAcquireSpinLockRaiseToDpc, KeInitializeSpinLock, KeReleaseSpinLock }
  from '../../src/ntos/ke/spin-lock.ts';
import { KeLowerIrql, KfRaiseIrql } from '../../src/ntos/ke/irql.ts';
import { ExAcquireFastMutex, ExInitializeFastMutex, ExReleaseFastMutex }
  from '../../src/ntos/ex/lock/fast-mutex.ts';
import { ExAcquirePushLockExclusive, ExAcquirePushLockShared, ExInitializePushLock,
  ExReleasePushLockExclusive, ExReleasePushLockShared } from '../../src/ntos/ex/lock/push-lock.ts';
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExReleaseResourceLite }
  from '../../src/ntos/ex/lock/resource.ts';
import { ExInitializeResourceLite } from '../../src/ntos/ex/lock/resource-life.ts';
import { ExAllocatePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../src/ntos/ex/types.ts';
import { bootMachine } from '../../src/machine/boot.ts';
import type { BenchCase, Task } from '../case.ts';

const BATCH = 500;
const take = compareExchange;
const put = store;

/** A task that does one thing `BATCH` times; text of its own keeps V8's feedback apart. */
function task(name: string, body: () => void, yardstick?: string): Task {
  const run = (): number => {
    for (let i = 0; i < BATCH; i++) body();
    return BATCH;
  };
  return { name, batch: BATCH, run, checksum: BATCH, ...(yardstick && { yardstick }) };
}

const block = (bytes: number): number => ExAllocatePoolWithTag(NonPagedPool, bytes, 0x68636e62);

function tasks(): Task[] {
  bootMachine();
  const word = block(64);
  put(word, 0);
  const spin = block(64);
  KeInitializeSpinLock(spin);
  const fast = block(64);
  ExInitializeFastMutex(fast as never);
  const push = block(64);
  ExInitializePushLock(push);
  const resource = block(128);
  ExInitializeResourceLite(resource as never);
  const pair = 'compare-exchange and store';
  return [
    task(pair, () => {
      take(word, 0, 1);
      put(word, 0);
    }),
    task('raise and lower IRQL', () => KeLowerIrql(KfRaiseIrql(2)), pair),
    task('spin lock', () => KeReleaseSpinLock(spin, KeAcquireSpinLockRaiseToDpc(spin)), pair),
    task('fast mutex', () => {
      ExAcquireFastMutex(fast as never);
      ExReleaseFastMutex(fast as never);
    }, pair),
    task('push lock, exclusive', () => {
      KeEnterCriticalRegion();
      ExAcquirePushLockExclusive(push);
      ExReleasePushLockExclusive(push);
      KeLeaveCriticalRegion();
    }, pair),
    task('push lock, shared', () => {
      KeEnterCriticalRegion();
      ExAcquirePushLockShared(push);
      ExReleasePushLockShared(push);
      KeLeaveCriticalRegion();
    }, pair),
    task('ERESOURCE, exclusive', () => {
      KeEnterCriticalRegion();
      ExAcquireResourceExclusiveLite(resource as never, true);
      ExReleaseResourceLite(resource as never);
      KeLeaveCriticalRegion();
    }, pair),
    task('ERESOURCE, shared', () => {
      KeEnterCriticalRegion();
      ExAcquireResourceSharedLite(resource as never, true);
      ExReleaseResourceLite(resource as never);
      KeLeaveCriticalRegion();
    }, pair),
  ];
}

export default {
  title: 'locks without contention, each acquired and released',
  tasks,
} satisfies BenchCase;
