// Locks as filters take them: resources and push locks together with the critical region that
// holding one needs (KRN-32, KRN-33). A lock that was taken here is released here, else the count
// of critical regions is wrong.
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../../ntos/ke/apc.ts';
import { APC_LEVEL, DISPATCH_LEVEL } from '../../ntos/ke/irql.ts';
import { ExAcquirePushLockExclusive, ExAcquirePushLockShared, ExInitializePushLock,
  ExReleasePushLock } from '../../ntos/ex/lock/push-lock.ts';
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExReleaseResourceLite }
  from '../../ntos/ex/lock/resource.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { FLT_PUSH_LOCK_VALID_FLAGS } from '../constants.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';

/** Enters a critical region and acquires an ERESOURCE exclusively. IRQL <= APC_LEVEL (KRN-32). */
export function FltAcquireResourceExclusive(Resource: number): void {
  checkIrql('FltAcquireResourceExclusive', APC_LEVEL);
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(Resource, true);
}

/** Enters a critical region and acquires an ERESOURCE shared. IRQL <= APC_LEVEL (KRN-32). */
export function FltAcquireResourceShared(Resource: number): void {
  checkIrql('FltAcquireResourceShared', APC_LEVEL);
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(Resource, true);
}

/**
 * Releases an ERESOURCE and leaves the critical region. IRQL <= APC_LEVEL in effect, since the
 * region is left; the page says DISPATCH_LEVEL. A resource that is not held: 0xE3 (KRN-30).
 */
export function FltReleaseResource(Resource: number): void {
  checkIrql('FltReleaseResource', DISPATCH_LEVEL);
  ExReleaseResourceLite(Resource);
  KeLeaveCriticalRegion();
}

/** Makes a push lock; the word may be paged. IRQL <= APC_LEVEL. */
export function FltInitializePushLock(PushLock: number): void {
  checkIrql('FltInitializePushLock', APC_LEVEL);
  ExInitializePushLock(PushLock);
}

/** Before its memory is freed. IRQL <= APC_LEVEL. A violation when it is held (KRN-36). */
export function FltDeletePushLock(PushLock: number): void {
  checkIrql('FltDeletePushLock', APC_LEVEL);
  const word = load(PushLock);
  if (word === 0) return;
  violation(RULE_UNLISTED, PushLock, 'FltDeletePushLock: the push lock is held or waited for ' +
    '(KRN-36)', word);
}

function checkFlags(routine: string, flags: number): void {
  if ((flags & ~FLT_PUSH_LOCK_VALID_FLAGS) === 0) return;
  violation(RULE_UNLISTED, flags, `${routine}: flags 0x${flags.toString(16)}; the valid ones are ` +
    'FLT_PUSH_LOCK_ENABLE_AUTO_BOOST and FLT_PUSH_LOCK_DISABLE_AUTO_BOOST (KRN-36)');
}

/** FltAcquirePushLockExclusive; boosting has no effect on threads that own a processor (KRN-36). */
export function FltAcquirePushLockExclusiveEx(PushLock: number, Flags: number): void {
  checkFlags('FltAcquirePushLockExclusiveEx', Flags);
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(PushLock);
}

/** FltAcquirePushLockShared with flags, which have no effect here. */
export function FltAcquirePushLockSharedEx(PushLock: number, Flags: number): void {
  checkFlags('FltAcquirePushLockSharedEx', Flags);
  KeEnterCriticalRegion();
  ExAcquirePushLockShared(PushLock);
}

/** FltReleasePushLock with flags, which have no effect here. */
export function FltReleasePushLockEx(PushLock: number, Flags: number): void {
  checkFlags('FltReleasePushLockEx', Flags);
  ExReleasePushLock(PushLock);
  KeLeaveCriticalRegion();
}

/**
 * Enters a critical region and acquires a push lock exclusively. IRQL <= APC_LEVEL (0x192). A
 * thread that holds it already, in any mode, waits for itself (KRN-34).
 */
export function FltAcquirePushLockExclusive(PushLock: number): void {
  FltAcquirePushLockExclusiveEx(PushLock, 0);
}

/**
 * Enters a critical region and acquires a push lock shared. IRQL <= APC_LEVEL (0x192). It waits
 * behind a waiter for exclusive use, also when this thread has it shared: recursion is unsafe.
 */
export function FltAcquirePushLockShared(PushLock: number): void {
  FltAcquirePushLockSharedEx(PushLock, 0);
}

/** Releases a push lock, however it is held, and leaves the critical region. IRQL <= APC_LEVEL. */
export function FltReleasePushLock(PushLock: number): void {
  FltReleasePushLockEx(PushLock, 0);
}
