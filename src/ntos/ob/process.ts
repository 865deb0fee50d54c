// Processes and threads as drivers see them. A thread is a KTHREAD that owns a processor; a
// process is what operations are issued on behalf of: an identity, an image name, a session, what
// its token may. A requestor thread plays many processes, one per operation, by setting
// KTHREAD.Process. The System process (4) exists from boot on; system threads belong to it.
import { POINTER, ULONG, UCHAR, array } from '../../mem/field.ts';
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { MAX_PROCESSORS } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';
import { KPRCB, KTHREAD, currentThread, isProcessorAlive, prcbOf, threadOf } from '../ke/prcb.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink } from '../rtl/list-entry.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import { STATUS_INVALID_CID, STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../status-codes.ts';
import { OB_TYPE_PROCESS, OB_TYPE_THREAD, ObCreateObject, ObDereferenceObject, ObReferenceObject,
  ObReferenceObjectSafe, initializeHeader } from './object.ts';
import { OBJECT_HEADER, OB_ROOT, obRoot } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { PKTHREAD } from '../ke/prcb.ts';
import type { POBJECT_HEADER } from './types.ts';
import type { OutPtr, Ptr } from '../../mem/pointer.ts';

const i32 = words;
const u8 = bytes;

/** The identity of the System process. */
export const SYSTEM_PROCESS_ID = 4;
/** EPROCESS.TokenFlags: what the process may. */
export const TOKEN_ADMINISTRATOR = 1;
export const TOKEN_LOCAL_SYSTEM = 2;
/** SeBackupPrivilege and SeRestorePrivilege are enabled. */
export const TOKEN_BACKUP = 4;
const IMAGE_NAME_BYTES = 16;

/** Opaque to drivers; the members are ours. Immutable while the process lives. */
export const EPROCESS = struct('EPROCESS', {
  ActiveProcessLinks: LIST_ENTRY,
  UniqueProcessId: ULONG,
  InheritedFromUniqueProcessId: ULONG,
  SessionId: ULONG,
  TokenFlags: ULONG,
  /** The file name of the image, cut to 15 bytes, as PsGetProcessImageFileName shows it. */
  ImageFileName: array(UCHAR, IMAGE_NAME_BYTES),
  /** Free for the lab: what it knows about the process. */
  LabContext: POINTER,
});
export type PEPROCESS = Ptr<'EPROCESS'>;

const { UniqueProcessId, set_UniqueProcessId, set_InheritedFromUniqueProcessId, SessionId,
  set_SessionId, TokenFlags, set_TokenFlags, at_ImageFileName } = EPROCESS.bound;
const { ThreadId, Process, SystemThread } = KTHREAD.bound;
const { at_ProcessLock, at_Processes, SystemProcess, set_SystemProcess } = OB_ROOT.bound;
const lock = at_ProcessLock(obRoot);
const list = at_Processes(obRoot);

/** What a process is. */
export interface ProcessIdentity {
  readonly id: number;
  readonly image: string;
  readonly parent?: number;
  readonly session?: number;
  readonly tokenFlags?: number;
}

function setImageName(process: PEPROCESS, image: string): void {
  const at = at_ImageFileName(process);
  const name = image.slice(image.lastIndexOf('\\') + 1).slice(0, IMAGE_NAME_BYTES - 1);
  for (let i = 0; i < IMAGE_NAME_BYTES; i++) {
    const unit = i < name.length ? name.charCodeAt(i) : 0;
    u8[at + i] = unit < 128 ? unit : 0x3f;
  }
}

// A thread lies in its processor's block, and its object header right in front of it.
if (prcbOf(0) + KPRCB.size > threadOf(0) - OBJECT_HEADER.size) {
  throw new Error('the KPRCB leaves no room for the object header of its thread');
}

/** Makes a process known; the list holds its first reference. NULL without memory. PASSIVE. */
export function createProcess(identity: ProcessIdentity): PEPROCESS {
  const process = ObCreateObject(OB_TYPE_PROCESS, EPROCESS.size) as PEPROCESS;
  if (process === 0) return process;
  set_UniqueProcessId(process, identity.id);
  set_InheritedFromUniqueProcessId(process, identity.parent ?? 0);
  set_SessionId(process, identity.session ?? 0);
  set_TokenFlags(process, identity.tokenFlags ?? 0);
  setImageName(process, identity.image);
  acquireKernelLock(lock);
  InsertTailList(list, process);
  releaseKernelLock(lock);
  return process;
}

/** Ends a process: it can no longer be looked up; pointers to it stay valid while referenced. */
export function exitProcess(process: PEPROCESS): void {
  acquireKernelLock(lock);
  RemoveEntryList(process);
  releaseKernelLock(lock);
  ObDereferenceObject(process);
}

/** Empties the list and makes the System process; phase 1 of boot, after the pools. */
export function initializeProcesses(): void {
  i32[lock >> 2] = 0;
  InitializeListHead(list);
  for (let n = 0; n < MAX_PROCESSORS; n++) {
    const header = (threadOf(n) - OBJECT_HEADER.size) as POBJECT_HEADER;
    i32[header >> 2] = 0;
    i32[(header + 4) >> 2] = 0;
    initializeHeader(header, OB_TYPE_THREAD);
    OBJECT_HEADER.at(header).Permanent = 1;
  }
  const system = createProcess({
    id: SYSTEM_PROCESS_ID,
    image: 'System',
    tokenFlags: TOKEN_ADMINISTRATOR | TOKEN_LOCAL_SYSTEM | TOKEN_BACKUP,
  });
  if (system === 0) throw new Error('no nonpaged pool for the System process');
  set_SystemProcess(obRoot, system);
}

/** The System process. Any IRQL. */
export function PsInitialSystemProcess(): PEPROCESS {
  return SystemProcess(obRoot) as PEPROCESS;
}

/** The process on whose behalf a thread runs; the System process when nobody set one. Any IRQL. */
export function IoThreadToProcess(Thread: PKTHREAD): PEPROCESS {
  return (Process(Thread) || SystemProcess(obRoot)) as PEPROCESS;
}

/** The process on whose behalf this thread runs. Any IRQL. */
export function PsGetCurrentProcess(): PEPROCESS {
  return IoThreadToProcess(currentThread);
}

/** The same under the I/O manager's name. */
export function IoGetCurrentProcess(): PEPROCESS {
  return IoThreadToProcess(currentThread);
}

/** The identity of a process. Any IRQL. */
export function PsGetProcessId(process: PEPROCESS): number {
  return UniqueProcessId(process);
}

/** The identity of the current process. Any IRQL. */
export function PsGetCurrentProcessId(): number {
  return UniqueProcessId(IoThreadToProcess(currentThread));
}

/** The session of a process. Any IRQL. */
export function PsGetProcessSessionId(process: PEPROCESS): number {
  return SessionId(process);
}

/** Address of the NUL-terminated image name, at most 15 bytes. Any IRQL. */
export function PsGetProcessImageFileName(process: PEPROCESS): number {
  return at_ImageFileName(process);
}

/** The image name as text, for reports. */
export function processImageName(process: PEPROCESS): string {
  let name = '';
  const at = at_ImageFileName(process);
  for (let i = 0; u8[at + i] !== 0; i++) name += String.fromCharCode(u8[at + i]!);
  return name;
}

/** Whether the token of a process has all of these TOKEN_* flags. */
export function tokenHas(process: PEPROCESS, flags: number): boolean {
  return (TokenFlags(process) & flags) === flags;
}

/**
 * Finds a process by identity and takes a reference. IRQL <= APC_LEVEL.
 * @param result address of the word that gets the process.
 * @returns STATUS_INVALID_PARAMETER when there is none (WDK page).
 */
export function PsLookupProcessByProcessId(ProcessId: number, result: OutPtr): NTSTATUS {
  i32[result >> 2] = 0;
  acquireKernelLock(lock);
  for (let at = flink(list); at !== list; at = flink(at)) {
    if (UniqueProcessId(at as PEPROCESS) !== ProcessId || !ObReferenceObjectSafe(at)) continue;
    i32[result >> 2] = at;
    break;
  }
  releaseKernelLock(lock);
  return i32[result >> 2] === 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/** This thread. Any IRQL. */
export function PsGetCurrentThread(): PKTHREAD {
  return currentThread;
}

/** The identity of a thread. IRQL <= DISPATCH_LEVEL. */
export function PsGetThreadId(Thread: PKTHREAD): number {
  return ThreadId(Thread);
}

/** The identity of this thread. Any IRQL. */
export function PsGetCurrentThreadId(): number {
  return ThreadId(currentThread);
}

/** The identity of the process of a thread. Any IRQL. */
export function PsGetThreadProcessId(Thread: PKTHREAD): number {
  return UniqueProcessId(IoThreadToProcess(Thread));
}

/** Whether a thread is one of the system's own. IRQL <= DISPATCH_LEVEL. */
export function PsIsSystemThread(Thread: PKTHREAD): boolean {
  return SystemThread(Thread) !== 0;
}

/** The same under the I/O manager's name. */
export function IoIsSystemThread(Thread: PKTHREAD): boolean {
  return SystemThread(Thread) !== 0;
}

/** Whether a thread is ending: its worker has left or died. IRQL <= DISPATCH_LEVEL. */
export function PsIsThreadTerminating(Thread: PKTHREAD): boolean {
  for (let n = 0; n < MAX_PROCESSORS; n++) if (threadOf(n) === Thread) return !isProcessorAlive(n);
  return true;
}

/**
 * Finds a live thread by identity and takes a reference. IRQL <= APC_LEVEL.
 * STATUS_INVALID_CID when there is none.
 */
export function PsLookupThreadByThreadId(ThreadIdentity: number, result: OutPtr): NTSTATUS {
  i32[result >> 2] = 0;
  for (let n = 0; n < MAX_PROCESSORS; n++) {
    const thread = threadOf(n);
    if (!isProcessorAlive(n) || ThreadId(thread) !== ThreadIdentity) continue;
    ObReferenceObject(thread);
    i32[result >> 2] = thread;
    return STATUS_SUCCESS;
  }
  return STATUS_INVALID_CID;
}

/** Lets the processes go that are left, System last. The machine shuts down. */
export function shutdownProcesses(): void {
  const system = SystemProcess(obRoot);
  for (let at = flink(list); at !== list; at = flink(list)) exitProcess(at as PEPROCESS);
  if (system !== 0) set_SystemProcess(obRoot, 0 as PEPROCESS);
}
