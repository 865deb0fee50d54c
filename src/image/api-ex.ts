// The executive's routines as drivers call them, room by room. A list and nothing else.
import { publishRoom } from './publish-room.ts';
import * as pool from '../ntos/ex/pool/pool.ts';
import * as lookaside from '../ntos/ex/lookaside.ts';
import * as fastMutex from '../ntos/ex/lock/fast-mutex.ts';
import * as resource from '../ntos/ex/lock/resource.ts';
import * as resourceLife from '../ntos/ex/lock/resource-life.ts';
import * as pushLock from '../ntos/ex/lock/push-lock.ts';
import * as spinLock from '../ntos/ex/lock/spin-lock.ts';
import * as rundown from '../ntos/ex/lock/rundown.ts';
import * as rundownCacheAware from '../ntos/ex/lock/rundown-cache-aware.ts';
import * as workQueue from '../ntos/ex/work-queue.ts';
import * as probe from '../ntos/ex/probe.ts';
import * as interlocked from '../ntos/ex/interlocked.ts';

// Pool and lookaside lists.
export const { ExAllocatePoolWithTag, ExAllocatePool, ExAllocatePoolZero,
  ExAllocatePoolUninitialized, ExAllocatePoolWithQuotaTag, ExAllocatePool2, ExFreePool,
  ExFreePoolWithTag } = publishRoom(pool);
export const { ExInitializeNPagedLookasideList, ExInitializePagedLookasideList,
  ExInitializeLookasideListEx, ExAllocateFromNPagedLookasideList,
  ExAllocateFromPagedLookasideList, ExAllocateFromLookasideListEx, ExFreeToNPagedLookasideList,
  ExFreeToPagedLookasideList, ExFreeToLookasideListEx, ExDeleteNPagedLookasideList,
  ExDeletePagedLookasideList, ExDeleteLookasideListEx, ExFlushLookasideListEx
 } = publishRoom(lookaside);

// Locks.
export const { ExInitializeFastMutex, ExAcquireFastMutex, ExTryToAcquireFastMutex,
  ExReleaseFastMutex, ExAcquireFastMutexUnsafe, ExReleaseFastMutexUnsafe,
  KeInitializeGuardedMutex, KeAcquireGuardedMutex, KeTryToAcquireGuardedMutex,
  KeReleaseGuardedMutex, KeAcquireGuardedMutexUnsafe, KeReleaseGuardedMutexUnsafe
 } = publishRoom(fastMutex);
export const { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite,
  ExAcquireSharedStarveExclusive, ExAcquireSharedWaitForExclusive, ExReleaseResourceLite,
  ExIsResourceAcquiredExclusiveLite, ExIsResourceAcquiredSharedLite,
  ExEnterCriticalRegionAndAcquireResourceExclusive, ExEnterCriticalRegionAndAcquireResourceShared,
  ExReleaseResourceAndLeaveCriticalRegion } = publishRoom(resource);
export const { ExInitializeResourceLite, ExDeleteResourceLite, ExReinitializeResourceLite,
  ExConvertExclusiveToSharedLite, ExReleaseResourceForThreadLite, ExSetResourceOwnerPointer,
  ExSetResourceOwnerPointerEx, ExGetExclusiveWaiterCount, ExGetSharedWaiterCount
 } = publishRoom(resourceLife);
export const { ExInitializePushLock, ExAcquirePushLockExclusive, ExAcquirePushLockShared,
  ExTryAcquirePushLockExclusive, ExTryAcquirePushLockShared, ExReleasePushLockExclusive,
  ExReleasePushLockShared, ExReleasePushLock, ExAcquirePushLockExclusiveEx,
  ExAcquirePushLockSharedEx, ExReleasePushLockExclusiveEx, ExReleasePushLockSharedEx,
  ExReleasePushLockEx } = publishRoom(pushLock);
export const { ExInitializeSpinLock, ExAcquireSpinLockExclusive, ExAcquireSpinLockShared,
  ExReleaseSpinLockExclusive, ExReleaseSpinLockShared, ExAcquireSpinLockExclusiveAtDpcLevel,
  ExAcquireSpinLockSharedAtDpcLevel, ExReleaseSpinLockExclusiveFromDpcLevel,
  ExReleaseSpinLockSharedFromDpcLevel, ExTryConvertSharedSpinLockExclusive
 } = publishRoom(spinLock);

// Rundown protection.
export const { ExInitializeRundownProtection, ExReInitializeRundownProtection, ExRundownCompleted,
  ExAcquireRundownProtectionEx, ExAcquireRundownProtection, ExReleaseRundownProtectionEx,
  ExReleaseRundownProtection, ExWaitForRundownProtectionRelease } = publishRoom(rundown);
export const { ExAllocateCacheAwareRundownProtection, ExFreeCacheAwareRundownProtection,
  ExAcquireRundownProtectionCacheAware, ExReleaseRundownProtectionCacheAware,
  ExWaitForRundownProtectionReleaseCacheAware, ExRundownCompletedCacheAware,
  ExReInitializeRundownProtectionCacheAware } = publishRoom(rundownCacheAware);

// Work queues.
export const { ExInitializeWorkItem, ExQueueWorkItem } = publishRoom(workQueue);

// Buffers of applications.
export const { ProbeForRead, ProbeForWrite } = publishRoom(probe);

// Interlocked.
export const { InterlockedIncrement, InterlockedDecrement, InterlockedExchange,
  InterlockedExchangePointer, InterlockedCompareExchange, InterlockedCompareExchangePointer,
  InterlockedExchangeAdd, InterlockedAdd, InterlockedAnd, InterlockedOr, InterlockedXor,
  InterlockedBitTestAndSet, InterlockedBitTestAndReset, KeMemoryBarrier,
  ExInterlockedInsertHeadList, ExInterlockedInsertTailList, ExInterlockedRemoveHeadList,
  ExInterlockedPushEntryList, ExInterlockedPopEntryList, ExInterlockedAddLargeInteger,
  InitializeSListHead, ExInterlockedPushEntrySList, ExInterlockedPopEntrySList,
  ExInterlockedFlushSList, ExQueryDepthSList, InterlockedPushEntrySList, InterlockedPopEntrySList,
  InterlockedFlushSList } = publishRoom(interlocked);
