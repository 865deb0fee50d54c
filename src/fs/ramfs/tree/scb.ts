// Open streams. The first open of a stream takes an SCB, the last close gives it back; both under
// the namespace resource. SCBs are kept for use again, because their resources are costly to make.
//
// When an SCB goes, the contexts that filters hung on it are torn down first, without any lock,
// since that calls back into the filters (FsRtlTeardownPerStreamContexts). Nobody can find the SCB
// by then: its stream has forgotten it.
import { fillBytes } from '../../../mem/memory.ts';
import { InitializeListHead, IsListEmpty } from '../../../ntos/rtl/list-entry.ts';
import { ExDeleteResourceLite, ExInitializeResourceLite } from '../../../ntos/ex/lock/resource.ts';
import { ExInitializeFastMutex } from '../../../ntos/ex/lock/fast-mutex.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import { FastIoIsPossible, FsRtlSetupAdvancedHeader, FsRtlTeardownPerStreamContexts }
  from '../../../ntos/fsrtl/filter-context.ts';
import { FCB_DIRECTORY, RAMFS_FCB, RAMFS_NTC_SCB, RAMFS_SCB, RAMFS_STREAM, RAMFS_VCB,
  SCB_DIRECTORY, SCB_VOLUME } from '../types.ts';
import { TAG_SCB, givePool, takeNonpaged } from '../pool.ts';
import { initializeLocksOf, uninitializeLocksOf } from '../range-locks.ts';
import { initializeOplock, uninitializeOplock } from '../oplock.ts';
import { freeFcbIfUnused } from './fcb.ts';
import { freeStream } from './stream.ts';
import { lockNamespace, unlockNamespace } from '../locks.ts';
import { SCB_STREAM_DELETED } from '../types.ts';
import type { PERESOURCE, PFAST_MUTEX } from '../../../ntos/ex/types.ts';
import type { PFSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import type { PFCB, PSCB, PSTREAM, PVCB } from '../types.ts';

const b = RAMFS_SCB.bound;
const st = RAMFS_STREAM.bound;
const v = RAMFS_VCB.bound;
const f = RAMFS_FCB.bound;
const h = FSRTL_ADVANCED_FCB_HEADER.bound;
const NONE = 0 as PSCB;
/** SCBs kept ready on one volume. */
const MAX_IDLE_SCBS = 64;
/** What is made anew for each use lies in front of the locks, which are kept. */
const REUSED_FROM = RAMFS_SCB.offsets['FastMutex'] ?? 0;

function makeScb(): PSCB {
  const scb = takeNonpaged(RAMFS_SCB.size, TAG_SCB) as PSCB;
  if (scb === 0) return scb;
  ExInitializeFastMutex(b.at_FastMutex(scb) as PFAST_MUTEX);
  ExInitializeResourceLite(b.at_MainResource(scb) as PERESOURCE);
  ExInitializeResourceLite(b.at_PagingIoResource(scb) as PERESOURCE);
  return scb;
}

function destroyScb(scb: PSCB): void {
  ExDeleteResourceLite(b.at_MainResource(scb) as PERESOURCE);
  ExDeleteResourceLite(b.at_PagingIoResource(scb) as PERESOURCE);
  givePool(scb, TAG_SCB);
}

function takeScb(vcb: PVCB): PSCB {
  const idle = v.IdleScbs(vcb);
  if (idle === 0) return makeScb();
  v.set_IdleScbs(vcb, b.NextIdle(idle));
  v.set_IdleScbCount(vcb, v.IdleScbCount(vcb) - 1);
  fillBytes(idle, 0, REUSED_FROM);
  return idle;
}

function giveScb(vcb: PVCB, scb: PSCB): void {
  if (v.IdleScbCount(vcb) >= MAX_IDLE_SCBS) {
    destroyScb(scb);
    return;
  }
  b.set_NextIdle(scb, v.IdleScbs(vcb));
  v.set_IdleScbs(vcb, scb);
  v.set_IdleScbCount(vcb, v.IdleScbCount(vcb) + 1);
}

function prepare(scb: PSCB, vcb: PVCB): void {
  const header = b.at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
  h.set_NodeTypeCode(header, RAMFS_NTC_SCB);
  h.set_NodeByteSize(header, RAMFS_SCB.size);
  h.set_IsFastIoPossible(header, FastIoIsPossible);
  h.set_Resource(header, b.at_MainResource(scb) as PERESOURCE);
  h.set_PagingIoResource(header, b.at_PagingIoResource(scb) as PERESOURCE);
  FsRtlSetupAdvancedHeader(header, b.at_FastMutex(scb));
  initializeLocksOf(scb);
  initializeOplock(scb);
  b.set_Vcb(scb, vcb);
  InitializeListHead(b.at_Ccbs(scb));
}

/** The SCB that opens of the volume itself share; it lives with the volume. NULL: no memory. */
export function createVolumeScb(vcb: PVCB): PSCB {
  const scb = takeScb(vcb);
  if (scb === 0) return scb;
  prepare(scb, vcb);
  b.set_State(scb, SCB_VOLUME);
  return scb;
}

/** The SCB of a stream, made at the first open; NULL when there is no memory. */
export function scbOfStream(stream: PSTREAM): PSCB {
  const known = st.Scb(stream);
  if (known !== 0) return known;
  const fcb = st.Fcb(stream);
  const vcb = f.Vcb(fcb);
  const scb = takeScb(vcb);
  if (scb === 0) return scb;
  prepare(scb, vcb);
  const header = b.at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
  h.set_FileSize(header, st.EndOfFile(stream));
  h.set_AllocationSize(header, st.AllocationSize(stream));
  h.set_ValidDataLength(header, st.ValidDataLength(stream));
  b.set_Fcb(scb, fcb);
  b.set_Stream(scb, stream);
  const isIndex = (f.Flags(fcb) & FCB_DIRECTORY) !== 0 && f.DataStream(fcb) === stream;
  b.set_State(scb, isIndex ? SCB_DIRECTORY : 0);
  st.set_Scb(stream, scb);
  f.set_UseCount(fcb, f.UseCount(fcb) + 1);
  return scb;
}

/** The last open is gone: the stream keeps the sizes and forgets the SCB. Namespace is held. */
function detach(scb: PSCB): void {
  const stream = b.Stream(scb);
  const fcb = b.Fcb(scb);
  const header = b.at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
  st.set_EndOfFile(stream, h.FileSize(header));
  st.set_AllocationSize(stream, h.AllocationSize(header));
  st.set_ValidDataLength(stream, h.ValidDataLength(header));
  st.set_Scb(stream, NONE);
  f.set_UseCount(fcb, f.UseCount(fcb) - 1);
  if (b.State(scb) & SCB_STREAM_DELETED) freeStream(stream);
  freeFcbIfUnused(fcb as PFCB);
}

function hasContexts(scb: PSCB): boolean {
  const header = b.at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
  return !IsListEmpty(h.at_FilterContexts(header));
}

function uninitialize(scb: PSCB): void {
  uninitializeLocksOf(scb);
  uninitializeOplock(scb);
}

/**
 * Drops an open file object's hold on its stream. The namespace resource is held exclusively and
 * is given back here, because contexts are torn down without it.
 */
export function closeScbAndUnlock(vcb: PVCB, scb: PSCB): void {
  const left = b.CloseCount(scb) - 1;
  b.set_CloseCount(scb, left);
  if (left !== 0 || b.State(scb) & SCB_VOLUME) {
    unlockNamespace(vcb);
    return;
  }
  detach(scb);
  if (hasContexts(scb)) {
    unlockNamespace(vcb);
    FsRtlTeardownPerStreamContexts(b.at_Header(scb));
    lockNamespace(vcb);
  }
  uninitialize(scb);
  giveScb(vcb, scb);
  unlockNamespace(vcb);
}

/** Keeps an open SCB while no lock is held. The namespace resource is held exclusively. */
export function holdScb(scb: PSCB): void {
  const vcb = b.Vcb(scb);
  b.set_CloseCount(scb, b.CloseCount(scb) + 1);
  v.set_CloseCount(vcb, v.CloseCount(vcb) + 1);
}

/** Lets it go; if its last open is gone, it goes too. No lock is held. */
export function releaseScb(scb: PSCB): void {
  const vcb = b.Vcb(scb);
  lockNamespace(vcb);
  v.set_CloseCount(vcb, v.CloseCount(vcb) - 1);
  closeScbAndUnlock(vcb, scb);
}

/** Takes back an SCB that an open got and did not use after all. Namespace is held exclusively. */
export function abandonScb(vcb: PVCB, scb: PSCB): void {
  if (b.CloseCount(scb) !== 0 || b.State(scb) & SCB_VOLUME) return;
  detach(scb);
  uninitialize(scb);
  giveScb(vcb, scb);
}

/** Frees the volume's SCB and the idle ones; nothing is open. */
export function freeScbs(vcb: PVCB): void {
  const volumeScb = v.VolumeScb(vcb);
  if (volumeScb !== 0) {
    FsRtlTeardownPerStreamContexts(b.at_Header(volumeScb));
    uninitialize(volumeScb);
    destroyScb(volumeScb);
    v.set_VolumeScb(vcb, NONE);
  }
  for (let scb = v.IdleScbs(vcb); scb !== 0;) {
    const next = b.NextIdle(scb);
    destroyScb(scb);
    scb = next;
  }
  v.set_IdleScbs(vcb, NONE);
  v.set_IdleScbCount(vcb, 0);
}
