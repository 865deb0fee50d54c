// Extra create parameters: what the sender of a create tells the drivers below beside the
// parameters of IRP_MJ_CREATE. A list hangs on the IRP; each parameter is a block of the sender's
// choice behind a header, found by its type, a GUID.
//
//   IRP.UserBuffer ─▶ ECP_LIST ── List ─▶ | ECP_HEADER | context … | ─▶ …
//
// Whoever made a list frees it, and its parameters with it; a list that a driver set into the IRP
// belongs to the IRP and goes with it. Creates have no output buffer, so that the IRP's field for
// one is free; on Windows, too, the place is nobody's business. IRQL <= APC_LEVEL throughout: a
// parameter may lie in paged pool.
import { POINTER, ROUTINE, SHORT, ULONG, pointer } from '../../mem/field.ts';
import { copyBytes, fillBytes, i32 } from '../../mem/memory.ts';
import { alignUp } from '../../mem/pointer.ts';
import { routineTable } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '../ex/types.ts';
import { InitializeListHead, InsertTailList, IsListEmpty, RemoveEntryList, flink }
  from '../rtl/list-entry.ts';
import { equalGuids } from '../rtl/guid.ts';
import { GUID, LIST_ENTRY } from '../rtl/types.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_NOT_FOUND, STATUS_SUCCESS }
  from '../status-codes.ts';
import { IRP } from './types.ts';
import { TAG_ECP_LIST } from './object/private.ts';
import type { NTSTATUS } from '../status.ts';
import type { PIRP } from './types.ts';
import type { OutPtr, Ptr } from '../../mem/pointer.ts';
import type { PGUID } from '../rtl/types.ts';

export const FSRTL_ALLOCATE_ECPLIST_FLAG_CHARGE_QUOTA = 0x1;
export const FSRTL_ALLOCATE_ECP_FLAG_CHARGE_QUOTA = 0x1;
export const FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL = 0x2;

/** ECP_LIST.Flags: the list goes with the IRP. */
const LIST_OF_IRP = 0x1;

export const ECP_LIST = struct('ECP_LIST', {
  Flags: ULONG,
  List: LIST_ENTRY,
});
export type PECP_LIST = Ptr<'ECP_LIST'>;

/** What a driver gives with a create beside the parameters of NtCreateFile. */
export const IO_DRIVER_CREATE_CONTEXT = struct('IO_DRIVER_CREATE_CONTEXT', {
  Size: SHORT,
  ExtraCreateParameter: pointer('ECP_LIST'),
  DeviceObjectHint: POINTER,
  TxnParameters: POINTER,
  SiloContext: POINTER,
});
export type PIO_DRIVER_CREATE_CONTEXT = Ptr<'IO_DRIVER_CREATE_CONTEXT'>;

const ECP_HEADER = struct('ECP_HEADER', {
  Link: LIST_ENTRY,
  /** The list that it is in; NULL while it is in none. */
  List: POINTER,
  Type: GUID,
  ContextSize: ULONG,
  Acknowledged: ULONG,
  /** Called as (context, type) before the parameter is freed; 0 for nobody. */
  CleanupCallback: ROUTINE,
  PoolTag: ULONG,
});
type PHEADER = Ptr<'ECP_HEADER'>;

const l = ECP_LIST.bound;
const h = ECP_HEADER.bound;
const { UserBuffer, set_UserBuffer } = IRP.bound;
const HEADER_SIZE = alignUp(ECP_HEADER.size, 8);
const NO_LIST = 0 as PECP_LIST;
const NO_HEADER = 0 as PHEADER;

function contextOf(header: PHEADER): number {
  return header + HEADER_SIZE;
}

function headerOf(context: number): PHEADER {
  return (context - HEADER_SIZE) as PHEADER;
}

function give(header: PHEADER, context: OutPtr, size: OutPtr): void {
  if (context !== 0) i32[context >> 2] = contextOf(header);
  if (size !== 0) i32[size >> 2] = h.ContextSize(header);
}

/** Makes an empty list. STATUS_INSUFFICIENT_RESOURCES. Quota is not charged by this machine. */
export function FsRtlAllocateExtraCreateParameterList(_Flags: number, EcpList: OutPtr): NTSTATUS {
  const list = ExAllocatePoolWithTag(NonPagedPool, ECP_LIST.size, TAG_ECP_LIST) as PECP_LIST;
  i32[EcpList >> 2] = list;
  if (list === 0) return STATUS_INSUFFICIENT_RESOURCES;
  l.set_Flags(list, 0);
  InitializeListHead(l.at_List(list));
  return STATUS_SUCCESS;
}

/**
 * Makes a parameter, zeroed, that is in no list yet.
 *
 * @param EcpType its type. @param SizeOfContext in bytes. @param Flags FSRTL_ALLOCATE_ECP_FLAG_*.
 * @param CleanupCallback 0, or called as (context, type) before the parameter is freed.
 * @returns STATUS_INSUFFICIENT_RESOURCES.
 */
export function FsRtlAllocateExtraCreateParameter(
  EcpType: PGUID, SizeOfContext: number, Flags: number, CleanupCallback: number, PoolTag: number,
  EcpContext: OutPtr,
): NTSTATUS {
  const pool = Flags & FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL ? NonPagedPool : PagedPool;
  const header = ExAllocatePoolWithTag(pool, HEADER_SIZE + SizeOfContext, PoolTag) as PHEADER;
  i32[EcpContext >> 2] = header === 0 ? 0 : contextOf(header);
  if (header === 0) return STATUS_INSUFFICIENT_RESOURCES;
  fillBytes(header, 0, HEADER_SIZE + SizeOfContext);
  InitializeListHead(header);
  copyBytes(h.at_Type(header), EcpType, GUID.size);
  h.set_ContextSize(header, SizeOfContext);
  h.set_CleanupCallback(header, CleanupCallback as never);
  h.set_PoolTag(header, PoolTag);
  return STATUS_SUCCESS;
}

/** Frees a parameter that is in no list; its cleanup callback is called. */
export function FsRtlFreeExtraCreateParameter(EcpContext: number): void {
  const header = headerOf(EcpContext);
  const cleanup = h.CleanupCallback(header);
  if (cleanup !== 0) routineTable[cleanup]!(EcpContext, h.at_Type(header));
  ExFreePoolWithTag(header, h.PoolTag(header));
}

/** Frees a list and what is in it. */
export function FsRtlFreeExtraCreateParameterList(EcpList: PECP_LIST): void {
  const head = l.at_List(EcpList);
  while (!IsListEmpty(head)) {
    const header = flink(head) as PHEADER;
    RemoveEntryList(header);
    FsRtlFreeExtraCreateParameter(contextOf(header));
  }
  ExFreePoolWithTag(EcpList, TAG_ECP_LIST);
}

function find(list: PECP_LIST, type: PGUID): PHEADER {
  const head = l.at_List(list);
  for (let at = flink(head); at !== head; at = flink(at)) {
    if (equalGuids(h.at_Type(at as PHEADER), type)) return at as PHEADER;
  }
  return NO_HEADER;
}

/** Puts a parameter into a list. STATUS_INVALID_PARAMETER when the list has one of its type. */
export function FsRtlInsertExtraCreateParameter(EcpList: PECP_LIST, EcpContext: number): NTSTATUS {
  const header = headerOf(EcpContext);
  if (h.List(header) !== 0 || find(EcpList, h.at_Type(header) as PGUID) !== 0) {
    return STATUS_INVALID_PARAMETER;
  }
  h.set_List(header, EcpList);
  InsertTailList(l.at_List(EcpList), header);
  return STATUS_SUCCESS;
}

/** Finds a parameter by its type; both results are optional. STATUS_NOT_FOUND. */
export function FsRtlFindExtraCreateParameter(
  EcpList: PECP_LIST, EcpType: PGUID, EcpContext: OutPtr, EcpContextSize: OutPtr,
): NTSTATUS {
  const header = find(EcpList, EcpType);
  if (header === 0) return STATUS_NOT_FOUND;
  give(header, EcpContext, EcpContextSize);
  return STATUS_SUCCESS;
}

/** Takes a parameter out of its list; the caller frees it. STATUS_NOT_FOUND. */
export function FsRtlRemoveExtraCreateParameter(
  EcpList: PECP_LIST, EcpType: PGUID, EcpContext: OutPtr, EcpContextSize: OutPtr,
): NTSTATUS {
  const header = find(EcpList, EcpType);
  if (header === 0) return STATUS_NOT_FOUND;
  RemoveEntryList(header);
  InitializeListHead(header);
  h.set_List(header, 0);
  give(header, EcpContext, EcpContextSize);
  return STATUS_SUCCESS;
}

/**
 * Visits a list: the parameter after the given one, the first for NULL. All results are optional.
 * STATUS_NOT_FOUND behind the last; STATUS_INVALID_PARAMETER for a parameter of another list.
 */
export function FsRtlGetNextExtraCreateParameter(
  EcpList: PECP_LIST, CurrentEcpContext: number, NextEcpType: OutPtr, NextEcpContext: OutPtr,
  NextEcpContextSize: OutPtr,
): NTSTATUS {
  const head = l.at_List(EcpList);
  const current = CurrentEcpContext === 0 ? NO_HEADER : headerOf(CurrentEcpContext);
  if (current !== 0 && h.List(current) !== EcpList) return STATUS_INVALID_PARAMETER;
  const next = flink(current === 0 ? head : current);
  if (next === head) return STATUS_NOT_FOUND;
  if (NextEcpType !== 0) copyBytes(NextEcpType, h.at_Type(next as PHEADER), GUID.size);
  give(next as PHEADER, NextEcpContext, NextEcpContextSize);
  return STATUS_SUCCESS;
}

/** Says that a parameter was used: its sender may want to know. */
export function FsRtlAcknowledgeEcp(EcpContext: number): void {
  h.set_Acknowledged(headerOf(EcpContext), 1);
}

/** Makes a parameter ready for the next create: nobody has used it. */
export function FsRtlPrepareToReuseEcp(EcpContext: number): void {
  h.set_Acknowledged(headerOf(EcpContext), 0);
}

/** Whether somebody has used the parameter. */
export function FsRtlIsEcpAcknowledged(EcpContext: number): boolean {
  return h.Acknowledged(headerOf(EcpContext)) !== 0;
}

/** Whether an application made the parameter; in this machine only drivers do. */
export function FsRtlIsEcpFromUserMode(_EcpContext: number): boolean {
  return false;
}

/** The list of a create, NULL when it has none. */
export function ecpListOf(irp: PIRP): PECP_LIST {
  return UserBuffer(irp) as PECP_LIST;
}

/** Hangs a list on a create; with `goes` it is freed with the IRP. */
export function setEcpList(irp: PIRP, list: PECP_LIST, goes: boolean): void {
  if (goes) l.set_Flags(list, l.Flags(list) | LIST_OF_IRP);
  set_UserBuffer(irp, list);
}

/** A create has ended: a list that belongs to its IRP is freed. */
export function dropEcpList(irp: PIRP): void {
  const list = ecpListOf(irp);
  if (list === 0) return;
  set_UserBuffer(irp, NO_LIST);
  if (l.Flags(list) & LIST_OF_IRP) FsRtlFreeExtraCreateParameterList(list);
}
