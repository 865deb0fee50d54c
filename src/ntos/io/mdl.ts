// Memory descriptor lists: they describe a buffer so that it can be reached from any thread at
// any IRQL. The machine has one address space and its pages never move, so an MDL needs no page
// array; what matters is kept exactly: who locked, mapped and frees it.
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../ex/pool.ts';
import { NonPagedPool } from '../ex/types.ts';
import { PAGE_SIZE } from '../../mem/param.ts';
import { USER } from '../../mem/memory-map.ts';
import { memorySize } from '../../mem/memory.ts';
import { KeBugCheckEx } from '../ke/bug-check.ts';
import { raiseStatus } from '../ke/exception.ts';
import { STATUS_ACCESS_VIOLATION } from '../status-codes.ts';
import { IRP, MDL, MDL_MAPPED_TO_SYSTEM_VA, MDL_PAGES_LOCKED, MDL_SOURCE_IS_NONPAGED_POOL }
  from './types.ts';
import { TAG_MDL } from './private.ts';
import type { PIRP, PMDL } from './types.ts';

const m = MDL.bound;
const { MdlAddress, set_MdlAddress, UserBuffer } = IRP.bound;
const PAGES_OR_NONPAGED = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL;

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
export function MmProbeAndLockPages(mdl: PMDL, accessMode: number, _operation: number): void {
  if (m.MdlFlags(mdl) & PAGES_OR_NONPAGED) {
    KeBugCheckEx(0xc4, 0x7c, mdl, m.MdlFlags(mdl), 0,
      'MmProbeAndLockPages for an MDL whose pages are locked or nonpaged already');
  }
  const start = m.StartVa(mdl) + m.ByteOffset(mdl);
  const end = start + m.ByteCount(mdl);
  if (start < USER.start || end > memorySize || (accessMode !== 0 && end > USER.end)) {
    raiseStatus(STATUS_ACCESS_VIOLATION, `MmProbeAndLockPages(0x${start.toString(16)})`);
  }
  m.set_MdlFlags(mdl, m.MdlFlags(mdl) | MDL_PAGES_LOCKED);
}

/** Undoes MmProbeAndLockPages. IRQL <= DISPATCH_LEVEL. */
export function MmUnlockPages(mdl: PMDL): void {
  if (!(m.MdlFlags(mdl) & MDL_PAGES_LOCKED)) {
    KeBugCheckEx(0xc4, 0x7d, mdl, m.MdlFlags(mdl), 0,
      'MmUnlockPages for an MDL whose pages are not locked');
  }
  m.set_MdlFlags(mdl, m.MdlFlags(mdl) & ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
  m.set_MappedSystemVa(mdl, 0);
}

/** A system address of the buffer, usable in any thread; never NULL here. IRQL <= DISPATCH. */
export function MmGetSystemAddressForMdlSafe(mdl: PMDL, _Priority = 0): number {
  const flags = m.MdlFlags(mdl);
  const mapped = MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL;
  if ((flags & mapped) === 0) {
    m.set_MappedSystemVa(mdl, m.StartVa(mdl) + m.ByteOffset(mdl));
    m.set_MdlFlags(mdl, flags | MDL_MAPPED_TO_SYSTEM_VA);
  }
  return m.MappedSystemVa(mdl);
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
  return mdl !== 0 ? MmGetSystemAddressForMdlSafe(mdl) : UserBuffer(irp);
}
