// Memory descriptor lists: they describe a buffer so that it can be reached from any thread at
// any IRQL. The machine has one address space and its pages never move, so an MDL needs no page
// array; what matters is kept exactly: who locked, mapped and frees it.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ex/pool/pool.ts';
import { isRefused } from '../../ex/pool/pool-block.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { FRAMES, NONPAGED, USER } from '../../../mem/memory-map.ts';
import { memorySize } from '../../../mem/memory.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, IRQL_NOT_LESS_OR_EQUAL }
  from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { APC_LEVEL, KeGetCurrentIrql } from '../../ke/irql.ts';
import { noteLocked, noteUnlocked } from '../../ke/locked-pages.ts';
import { raiseStatus } from '../../ke/exception.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_INSUFFICIENT_RESOURCES } from '../../status-codes.ts';
import { IRP, MDL, MDL_MAPPED_TO_SYSTEM_VA, MDL_PAGES_LOCKED, MDL_SOURCE_IS_NONPAGED_POOL }
  from '../types.ts';
import { TAG_MDL } from '../object/private.ts';
import type { PIRP, PMDL } from '../types.ts';

const m = MDL.bound;
const { MdlAddress, set_MdlAddress, UserBuffer } = IRP.bound;
const IO_READ_ACCESS = 0;
const TAG_MAPPING = poolTag('MmMp');
const PAGES_OR_NONPAGED = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL;
const MAPPED_OR_NONPAGED = MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL;

/**
 * Makes an MDL for a buffer, and hangs it on an IRP when one is given. IRQL <= DISPATCH_LEVEL.
 * NULL when there is no memory.
 */
export function IoAllocateMdl(
  VirtualAddress: number,
  Length: number,
  SecondaryBuffer = false,
  _ChargeQuota = false,
  Irp: PIRP = 0 as PIRP,
): PMDL {
  const mdl = ExAllocatePoolWithTag(NonPagedPool, MDL.size, TAG_MDL) as PMDL;
  if (mdl === 0) return mdl;
  MmInitializeMdl(mdl, VirtualAddress, Length);
  if (Irp !== 0) {
    if (SecondaryBuffer && MdlAddress(Irp) !== 0) {
      let last = MdlAddress(Irp);
      while (m.Next(last) !== 0) last = m.Next(last);
      m.set_Next(last, mdl);
    } else {
      set_MdlAddress(Irp, mdl);
    }
  }
  return mdl;
}

/** Makes an MDL in memory that the caller provides. IRQL <= DISPATCH_LEVEL. */
export function MmInitializeMdl(mdl: PMDL, BaseVa: number, Length: number): void {
  const offset = BaseVa % PAGE_SIZE;
  m.set_Next(mdl, 0 as PMDL);
  m.set_Size(mdl, MDL.size);
  m.set_MdlFlags(mdl, 0);
  m.set_Process(mdl, 0);
  m.set_MappedSystemVa(mdl, 0);
  m.set_StartVa(mdl, BaseVa - offset);
  m.set_ByteOffset(mdl, offset);
  m.set_ByteCount(mdl, Length);
}

/** Gives an MDL back; its pages must be unlocked. IRQL <= DISPATCH_LEVEL. */
export function IoFreeMdl(mdl: PMDL): void {
  ExFreePoolWithTag(mdl, TAG_MDL);
}

/** Says that the buffer is in nonpaged pool: nothing to lock. IRQL <= DISPATCH_LEVEL. */
export function MmBuildMdlForNonPagedPool(mdl: PMDL): void {
  m.set_MdlFlags(mdl, m.MdlFlags(mdl) | MDL_SOURCE_IS_NONPAGED_POOL);
  m.set_MappedSystemVa(mdl, m.StartVa(mdl) + m.ByteOffset(mdl));
}

/**
 * Makes the buffer resident. IRQL <= APC_LEVEL for pageable buffers.
 * A bad address raises STATUS_ACCESS_VIOLATION, as on Windows.
 */
export function MmProbeAndLockPages(mdl: PMDL, accessMode: number, operation: number): void {
  if (m.MdlFlags(mdl) & PAGES_OR_NONPAGED) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x7c, mdl, m.MdlFlags(mdl), 0,
      'MmProbeAndLockPages for an MDL whose pages are locked or nonpaged already');
  }
  const start = m.StartVa(mdl) + m.ByteOffset(mdl);
  const end = start + m.ByteCount(mdl);
  if (start < USER.start || end > memorySize || (accessMode !== 0 && end > USER.end)) {
    raiseStatus(STATUS_ACCESS_VIOLATION, `MmProbeAndLockPages(0x${start.toString(16)})`);
  }
  const irql = KeGetCurrentIrql();
  const isResident = start >= NONPAGED.start && end <= NONPAGED.end;
  if (irql > APC_LEVEL && !isResident && start < FRAMES.start) {
    KeBugCheckEx(IRQL_NOT_LESS_OR_EQUAL, start, irql, operation === IO_READ_ACCESS ? 0 : 1, 0,
      `MmProbeAndLockPages of a pageable buffer at IRQL ${irql}; the highest is APC_LEVEL ` +
        '(KRN-51)');
  }
  noteLocked(start, m.ByteCount(mdl));
  m.set_MdlFlags(mdl, m.MdlFlags(mdl) | MDL_PAGES_LOCKED);
}

/** Undoes MmProbeAndLockPages. IRQL <= DISPATCH_LEVEL. */
export function MmUnlockPages(mdl: PMDL): void {
  const flags = m.MdlFlags(mdl);
  if (flags & MDL_SOURCE_IS_NONPAGED_POOL) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x7d, mdl, flags, 0,
      'MmUnlockPages for an MDL of nonpaged pool, whose pages are never locked (KRN-51)');
  }
  if (!(flags & MDL_PAGES_LOCKED)) {
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x7c, mdl, flags, 0,
      'MmUnlockPages for an MDL whose pages are not locked (KRN-51)');
  }
  m.set_MdlFlags(mdl, m.MdlFlags(mdl) & ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
  noteUnlocked(m.StartVa(mdl) + m.ByteOffset(mdl), m.ByteCount(mdl));
  m.set_MappedSystemVa(mdl, 0);
}

/** Maps the buffer, if it is not mapped; the machine's only address space has always room. */
function mapped(mdl: PMDL): number {
  const flags = m.MdlFlags(mdl);
  if ((flags & MAPPED_OR_NONPAGED) === 0) {
    m.set_MappedSystemVa(mdl, m.StartVa(mdl) + m.ByteOffset(mdl));
    m.set_MdlFlags(mdl, flags | MDL_MAPPED_TO_SYSTEM_VA);
  }
  return m.MappedSystemVa(mdl);
}

/**
 * A system address of the buffer, usable in any thread; NULL when there is no address space, which
 * here only fault injection brings about, and only for a buffer that is not mapped. IRQL <=
 * DISPATCH_LEVEL.
 */
export function MmGetSystemAddressForMdlSafe(mdl: PMDL, _Priority = 0): number {
  const isMapped = (m.MdlFlags(mdl) & MAPPED_OR_NONPAGED) !== 0;
  if (!isMapped && isRefused(NonPagedPool, PAGE_SIZE, TAG_MAPPING)) return 0;
  return mapped(mdl);
}

/**
 * Maps the pages of an MDL. IRQL <= DISPATCH_LEVEL, for UserMode <= APC_LEVEL. There is one address
 * space and no choice of cache: a mapping is where the pages are.
 *
 * @param RequestedAddress NULL. @param BugCheckOnFailure TRUE is obsolete and makes no difference.
 * @returns NULL when there is no address space (fault injection); for UserMode the failure is
 *   raised as STATUS_INSUFFICIENT_RESOURCES.
 */
export function MmMapLockedPagesSpecifyCache(
  mdl: PMDL, AccessMode: number, _CacheType: number, _RequestedAddress: number,
  _BugCheckOnFailure: number, Priority: number,
): number {
  const address = MmGetSystemAddressForMdlSafe(mdl, Priority);
  if (address === 0 && AccessMode !== 0) {
    raiseStatus(STATUS_INSUFFICIENT_RESOURCES, 'MmMapLockedPagesSpecifyCache');
  }
  return address;
}

/** Undoes MmMapLockedPagesSpecifyCache. IRQL <= DISPATCH_LEVEL. */
export function MmUnmapLockedPages(_BaseAddress: number, mdl: PMDL): void {
  if (m.MdlFlags(mdl) & MDL_SOURCE_IS_NONPAGED_POOL) return;
  m.set_MdlFlags(mdl, m.MdlFlags(mdl) & ~MDL_MAPPED_TO_SYSTEM_VA);
  m.set_MappedSystemVa(mdl, 0);
}

/** Whether a buffer can be touched at any IRQL without a page fault. IRQL <= DISPATCH_LEVEL. */
export function MmIsAddressValid(VirtualAddress: number): boolean {
  const at = VirtualAddress >>> 0;
  return at >= USER.start && at < memorySize;
}

/** The address the buffer has in the process that owns it. Any IRQL. */
export function MmGetMdlVirtualAddress(mdl: PMDL): number {
  return m.StartVa(mdl) + m.ByteOffset(mdl);
}

/** The length of the buffer in bytes. Any IRQL. */
export function MmGetMdlByteCount(mdl: PMDL): number {
  return m.ByteCount(mdl);
}

/** The system address of an IRP's data buffer: by its MDL, else the user buffer itself. */
export function requestBuffer(irp: PIRP): number {
  const mdl = MdlAddress(irp);
  return mdl !== 0 ? mapped(mdl) : UserBuffer(irp);
}
