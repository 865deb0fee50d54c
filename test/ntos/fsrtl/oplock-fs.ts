// A file system just large enough for the oplock vectors: names, share access, sizes, byte-range
// locks, deletion, and the calls of the oplock package in the order in which a file system makes
// them (dossier 3.1). Each operation is an attempt that is made again from its start when the
// package lets it go on.
import { USER } from '#src/mem/memory-map.ts';
import { fillBytes, i32, u8 } from '#src/mem/memory.ts';
import { IO_SECURITY_CONTEXT, IO_STACK_LOCATION, IRP, IRP_MJ_CLEANUP, IRP_MJ_CREATE,
  IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_LOCK_CONTROL, IRP_MJ_READ,
  IRP_MJ_SET_INFORMATION, IRP_MJ_SET_SECURITY, IRP_MJ_WRITE, IRP_MN_LOCK, IRP_MN_UNLOCK_SINGLE,
  IRP_PAGING_IO, FILE_OBJECT, FO_SYNCHRONOUS_IO, SHARE_ACCESS, SL_EXCLUSIVE_LOCK,
  SL_FAIL_IMMEDIATELY } from '#src/ntos/io/types.ts';
import { FILE_COMPLETE_IF_OPLOCKED, FILE_CREATE, FILE_DELETE_ON_CLOSE, FILE_OPEN,
  FILE_OPEN_REQUIRING_OPLOCK, FILE_OVERWRITE, FILE_OVERWRITE_IF, FILE_RESERVE_OPFILTER,
  FILE_SUPERSEDE, FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { FSCTL_SET_ZERO_DATA } from '#src/ntos/io/control-codes.ts';
import { FILE_LOCK } from '#src/ntos/io/control-types.ts';
import { FsRtlAllocateExtraCreateParameter, FsRtlAllocateExtraCreateParameterList,
  FsRtlInsertExtraCreateParameter, setEcpList } from '#src/ntos/io/ecp.ts';
import { DUAL_OPLOCK_KEY_ECP_CONTEXT, GUID_ECP_DUAL_OPLOCK_KEY } from '#src/ntos/io/ecp-guids.ts';
import { FileAllocationInformation, FileDispositionInformation, FileEndOfFileInformation,
  FileRenameInformation, FileValidDataLengthInformation }
  from '#src/ntos/io/information-classes.ts';
import { IoCheckShareAccess, IoRemoveShareAccess } from '#src/ntos/io/share-access.ts';
import { FsRtlCheckLockForOplockRequest, FsRtlFastUnlockAll, FsRtlInitializeFileLock,
  FsRtlProcessFileLock } from '#src/ntos/fsrtl/byte-range-lock.ts';
import { FsRtlCheckOplockEx, FsRtlOplockBreakH, breakForSection } from '#src/ntos/fsrtl/oplock.ts';
import { FsRtlOplockFsctrlEx, FsRtlOplockIsSharedRequest } from '#src/ntos/fsrtl/oplock-fsctrl.ts';
import { FsRtlInitializeOplock } from '#src/ntos/fsrtl/oplock-state.ts';
import { FsRtlCurrentBatchOplock, FsRtlOplockIsFastIoPossible }
  from '#src/ntos/fsrtl/oplock-query.ts';
import { FILE_OPBATCH_BREAK_UNDERWAY, OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK,
  OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE, OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY, OPLOCK_FLAG_PARENT_OBJECT,
  OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH } from '#src/ntos/fsrtl/oplock-types.ts';
import { FsRtlOplockKeysEqual } from '#src/ntos/fsrtl/oplock-key.ts';
import { statusName, statusOfName } from '#src/ntos/status.ts';
import { makeFile, makeIrp, writeLarge } from './irps.ts';
import type { PFILE_OBJECT, PIRP, PSHARE_ACCESS } from '#src/ntos/io/types.ts';
import type { PECP_LIST } from '#src/ntos/io/ecp.ts';
import type { PFILE_LOCK } from '#src/ntos/io/control-types.ts';

export interface Step {
  readonly n: number | string;
  readonly op: string;
  readonly h?: string;
  readonly [member: string]: unknown;
}

/** An operation under way. The runner fills in what the file system does not know. */
export interface Operation {
  readonly step: Step;
  irp: PIRP;
  readonly context: number;
  readonly routine: number;
  readonly post: number;
}

/** Parked, or what the operation ended with. */
export type Result = 'pended' | { status: string; info?: number };

export interface Node {
  name: string;
  readonly isDirectory: boolean;
  size: number;
  allocation: number;
  deletePending: boolean;
  writableSection: boolean;
  modified: boolean;
  opens: Open[];
  /** Addresses. */
  readonly oplock: number;
  readonly lock: PFILE_LOCK;
  readonly share: PSHARE_ACCESS;
}

export interface Open {
  readonly file: PFILE_OBJECT;
  readonly node: Node;
  /** Opened for attributes only. */
  readonly isStat: boolean;
  deleteOnClose: boolean;
}

const accessBits: Record<string, number> = {
  READ_DATA: 0x1, WRITE_DATA: 0x2, APPEND_DATA: 0x4, READ_EA: 0x8, WRITE_EA: 0x10, EXECUTE: 0x20,
  READ_ATTRIBUTES: 0x80, WRITE_ATTRIBUTES: 0x100, DELETE: 0x10000, READ_CONTROL: 0x20000,
  WRITE_DAC: 0x40000, WRITE_OWNER: 0x80000, SYNCHRONIZE: 0x100000, GENERIC_READ: 0x120089,
  GENERIC_WRITE: 0x120116, ALL: 0x1f01ff,
};
const dispositions = ['SUPERSEDE', 'OPEN', 'CREATE', 'OPEN_IF', 'OVERWRITE', 'OVERWRITE_IF'];
const optionBits: Record<string, number> = {
  SYNCHRONOUS_IO_NONALERT: FILE_SYNCHRONOUS_IO_NONALERT,
  COMPLETE_IF_OPLOCKED: FILE_COMPLETE_IF_OPLOCKED, DELETE_ON_CLOSE: FILE_DELETE_ON_CLOSE,
  DIRECTORY_FILE: 1, OPEN_REQUIRING_OPLOCK: FILE_OPEN_REQUIRING_OPLOCK,
  RESERVE_OPFILTER: FILE_RESERVE_OPFILTER,
};
const STAT_ACCESS = 0x80 | 0x100 | 0x100000 | 0x20000;
const PENDING = 'STATUS_PENDING';
const SUCCESS = 'STATUS_SUCCESS';
const IN_PROGRESS = 'STATUS_OPLOCK_BREAK_IN_PROGRESS';

function sum(words: unknown, bits: Record<string, number>): number {
  return ((words as string[] | undefined) ?? []).reduce((all, w) => all | (bits[w] ?? 0), 0);
}

/** Writes a key of a vector as 16 bytes; 1 when there is one. */
function writeKey(key: string | undefined, at: number): number {
  if (key === undefined) return 0;
  for (let i = 0; i < 16; i++) u8[at + i] = i < key.length ? key.charCodeAt(i) : 0;
  return 1;
}

const done = (status: string, info?: number): Result =>
  info === undefined ? { status } : { status, info };

/** The file system of one vector. */
export class TestFs {
  readonly nodes = new Map<string, Node>();
  readonly opens = new Map<string, Open>();
  private readonly files = new Map<string, PFILE_OBJECT>();
  private next = USER.start + 65536;

  /** Memory that lives as long as the vector. */
  memory(bytes: number): number {
    const at = this.next;
    this.next += Math.ceil(bytes / 8) * 8;
    fillBytes(at, 0, bytes);
    return at;
  }

  addNode(name: string, isDirectory: boolean, size: number): Node {
    const node: Node = {
      name, isDirectory, size, allocation: size, deletePending: false, writableSection: false,
      modified: false, opens: [], oplock: this.memory(8),
      lock: this.memory(FILE_LOCK.size) as PFILE_LOCK,
      share: this.memory(SHARE_ACCESS.size) as PSHARE_ACCESS,
    };
    FsRtlInitializeOplock(node.oplock);
    FsRtlInitializeFileLock(node.lock, 0, 0);
    this.nodes.set(name, node);
    return node;
  }

  /** The file object of a handle; of one that was never opened, a fresh one on F. */
  fileOf(handle: string): PFILE_OBJECT {
    const open = this.opens.get(handle);
    if (open !== undefined) return open.file;
    const file = this.files.get(handle) ?? makeFile();
    this.files.set(handle, file);
    return file;
  }

  nodeOf(handle: string): Node {
    return this.opens.get(handle)?.node ?? this.nodes.get('F')!;
  }

  isWritable(file: PFILE_OBJECT): boolean {
    return [...this.opens.values()].some((o) => o.file === file && o.node.writableSection);
  }

  private parentOf(node: Node): Node | undefined {
    const slash = node.name.lastIndexOf('/');
    return slash < 0 ? undefined : this.nodes.get(node.name.slice(0, slash));
  }

  /** A child changed: its directory's oplock breaks, and nobody waits. */
  private childChanged(op: Operation, node: Node): void {
    const parent = this.parentOf(node);
    if (parent !== undefined) {
      FsRtlCheckOplockEx(parent.oplock, op.irp, OPLOCK_FLAG_PARENT_OBJECT, 0, 0, 0);
    }
  }

  private check(op: Operation, oplock: number, flags = 0): string {
    return statusName(
      FsRtlCheckOplockEx(oplock, op.irp, flags, op.context, op.routine, op.post));
  }

  /** The IRP of a create, with its parameters. */
  makeCreate(step: Step, file: PFILE_OBJECT): PIRP {
    const security = this.memory(IO_SECURITY_CONTEXT.size);
    IO_SECURITY_CONTEXT.at(security).DesiredAccess = sum(step['access'], accessBits);
    const letters = (step['share'] as string | undefined) ?? 'RWD';
    const share = [...letters].reduce((all, c) => all | (c === 'R' ? 1 : c === 'W' ? 2 : 4), 0);
    const disposition = dispositions.indexOf((step['disp'] as string | undefined) ?? 'OPEN');
    return makeIrp(IRP_MJ_CREATE, 0, file, (sp, irp) => {
      this.attachKeys(irp, step['key'] as string | undefined,
        step['parentKey'] as string | undefined);
      const create = IO_STACK_LOCATION.at(sp).Parameters.Create;
      create.SecurityContext = security as never;
      create.Options = (disposition << 24) | sum(step['opts'], optionBits);
      create.ShareAccess = share;
    });
  }

  /** Hangs an extra create parameter with the keys on a create. */
  private attachKeys(irp: PIRP, key: string | undefined, parentKey: string | undefined): void {
    if (key === undefined && parentKey === undefined) return;
    const out = this.memory(8);
    FsRtlAllocateExtraCreateParameterList(0, out);
    const list = i32[out >> 2]! as PECP_LIST;
    FsRtlAllocateExtraCreateParameter(GUID_ECP_DUAL_OPLOCK_KEY, DUAL_OPLOCK_KEY_ECP_CONTEXT.size, 0,
      0, 0x6b65, out);
    const context = DUAL_OPLOCK_KEY_ECP_CONTEXT.at(i32[out >> 2]!);
    const at = DUAL_OPLOCK_KEY_ECP_CONTEXT.bound;
    context.TargetOplockKeySet = writeKey(key, at.at_TargetOplockKey(context.address));
    context.ParentOplockKeySet = writeKey(parentKey, at.at_ParentOplockKey(context.address));
    FsRtlInsertExtraCreateParameter(list, context.address);
    setEcpList(irp, list, true);
  }

  /** Opens or creates; the order of its parts is the point. */
  open(op: Operation): Result {
    const { step } = op;
    const name = (step['f'] as string | undefined) ?? 'F';
    const create = IO_STACK_LOCATION.at(IRP.at(op.irp).Tail.Overlay.CurrentStackLocation);
    const disposition = create.Parameters.Create.Options >>> 24;
    const options = create.Parameters.Create.Options & 0xffffff;
    const file = create.FileObject as PFILE_OBJECT;
    let node = this.nodes.get(name);
    const exclusive = FILE_RESERVE_OPFILTER | FILE_COMPLETE_IF_OPLOCKED;
    if ((options & exclusive) === exclusive) return done('STATUS_INVALID_PARAMETER');
    if (node === undefined) {
      FsRtlCheckOplockEx(this.memory(8), op.irp, OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY, 0, 0, 0);
      if (disposition === FILE_OPEN || disposition === FILE_OVERWRITE) {
        return done('STATUS_OBJECT_NAME_NOT_FOUND');
      }
      node = this.addNode(name, (options & 1) !== 0, 0);
      this.childChanged(op, node);
      return this.finishOpen(op, node, file, options, disposition, SUCCESS);
    }
    this.check(op, node.oplock, OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY);
    if (node.deletePending) return done('STATUS_DELETE_PENDING');
    if (disposition === FILE_CREATE) return done('STATUS_OBJECT_NAME_COLLISION');
    let status = SUCCESS;
    let info: number | undefined;
    if (FsRtlCurrentBatchOplock(node.oplock)) {
      status = this.check(op, node.oplock);
      if (status === PENDING) return 'pended';
      if (status !== SUCCESS && status !== IN_PROGRESS) return done(status);
      if (status === IN_PROGRESS) info = FILE_OPBATCH_BREAK_UNDERWAY;
    }
    const shared = this.checkShare(op, node, file, options, disposition);
    if (shared === 'pended') return shared;
    if (shared !== SUCCESS) return done(shared, info);
    if (node.opens.length > 0) {
      const checked = this.check(op, node.oplock);
      if (checked === PENDING) return 'pended';
      if (checked === IN_PROGRESS) status = checked;
      else if (checked !== SUCCESS) return done(checked);
    }
    return this.finishOpen(op, node, file, options, disposition, status, info);
  }

  private accessOf(op: Operation, disposition: number): number {
    let access = sum(op.step['access'], accessBits);
    if (disposition === FILE_SUPERSEDE) access |= 0x10000;
    if (disposition === FILE_OVERWRITE || disposition === FILE_OVERWRITE_IF) access |= 0x112;
    return access;
  }

  private checkShare(
    op: Operation, node: Node, file: PFILE_OBJECT, options: number, disposition: number,
  ): string {
    const create = IO_STACK_LOCATION.at(IRP.at(op.irp).Tail.Overlay.CurrentStackLocation);
    const access = this.accessOf(op, disposition);
    const share = create.Parameters.Create.ShareAccess;
    const ask = (): string =>
      statusName(IoCheckShareAccess(access, share, file, node.share, false));
    if (ask() === SUCCESS) return SUCCESS;
    if (options & FILE_COMPLETE_IF_OPLOCKED) return 'STATUS_SHARING_VIOLATION';
    const status = statusName(
      FsRtlOplockBreakH(node.oplock, op.irp, 0, op.context, op.routine, op.post));
    if (status === PENDING) return 'pended';
    return status === SUCCESS ? ask() : status;
  }

  private finishOpen(
    op: Operation, node: Node, file: PFILE_OBJECT, options: number, disposition: number,
    status: string, info?: number,
  ): Result {
    if (options & (FILE_OPEN_REQUIRING_OPLOCK | FILE_RESERVE_OPFILTER)) {
      const promised = FsRtlOplockFsctrlEx(node.oplock, op.irp, node.opens.length + 1, 0);
      if (promised !== 0) return done(statusName(promised));
    }
    const failure = op.step['failAfterAtomicOplock'] as string | undefined;
    if (failure !== undefined) {
      this.check(op, node.oplock, OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK);
      return done(failure);
    }
    const access = this.accessOf(op, disposition);
    const create = IO_STACK_LOCATION.at(IRP.at(op.irp).Tail.Overlay.CurrentStackLocation);
    IoCheckShareAccess(access, create.Parameters.Create.ShareAccess, file, node.share, true);
    const truncates = disposition === FILE_SUPERSEDE || disposition === FILE_OVERWRITE ||
      disposition === FILE_OVERWRITE_IF;
    if (truncates) [node.size, node.allocation] = [0, 0];
    if (options & FILE_SYNCHRONOUS_IO_NONALERT) FILE_OBJECT.at(file).Flags |= FO_SYNCHRONOUS_IO;
    const open: Open = {
      file, node, isStat: (access & ~STAT_ACCESS) === 0,
      deleteOnClose: (options & FILE_DELETE_ON_CLOSE) !== 0,
    };
    node.opens.push(open);
    this.opens.set(op.step.h!, open);
    return done(status, info);
  }

  /** Cleanup and close of a handle. */
  close(op: Operation): Result {
    const open = this.opens.get(op.step.h!);
    if (open === undefined) return done('STATUS_INVALID_HANDLE');
    const { node, file } = open;
    const flags = open.deleteOnClose ? OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE : 0;
    FsRtlFastUnlockAll(node.lock, file, 0, 0);
    IoRemoveShareAccess(file, node.share);
    node.opens = node.opens.filter((o) => o !== open);
    this.opens.delete(op.step.h!);
    if (open.deleteOnClose) node.deletePending = true;
    const removed = node.deletePending && node.opens.length === 0;
    if (removed) this.nodes.delete(node.name);
    if (removed || node.modified) this.childChanged(op, node);
    this.check(op, node.oplock, flags);
    return done(SUCCESS);
  }

  /** An oplock control; its IRP belongs to the package. */
  control(op: Operation): string {
    const handle = op.step.h!;
    const open = this.opens.get(handle);
    if (open === undefined) return 'STATUS_INVALID_HANDLE';
    const { node, file } = open;
    let count = 0;
    let flags = 0;
    const isAck = op.step.op === 'ack' || op.step.op === 'notify';
    const type = op.step['type'] as string | undefined;
    if (node.isDirectory && type !== undefined && type !== 'R' && type !== 'RH') {
      return 'STATUS_INVALID_PARAMETER';
    }
    if (node.deletePending && !isAck && (type === 'RH' || type === 'RWH')) {
      return 'STATUS_DELETE_PENDING';
    }
    if (!isAck && FsRtlOplockIsSharedRequest(op.irp)) {
      const size = writeLarge(this.memory(8), node.allocation);
      count = FsRtlCheckLockForOplockRequest(node.lock, size) ? 0 : 1;
    } else if (!isAck) {
      const legacy = type === 'L1' || type === 'BATCH' || type === 'FILTER';
      const counted = legacy ? node.opens : node.opens.filter((o) => o === open || !o.isStat);
      count = counted.length;
      const match = counted.every((o) => FsRtlOplockKeysEqual(o.file, file));
      flags = match ? OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH : 0;
    }
    return statusName(FsRtlOplockFsctrlEx(node.oplock, op.irp, count, flags));
  }

  /** The IRP of an operation that is not a create or a control. */
  makeOperation(step: Step, file: PFILE_OBJECT): PIRP {
    const as = (step['as'] ?? {}) as { mj?: string; delete?: boolean; paging?: boolean;
      advanceOnly?: boolean; access?: string[]; disp?: string };
    const kind = as.mj ?? step.op;
    if (kind === 'CREATE') return this.makeCreate({ ...step, ...as }, file);
    const buffer = this.memory(16);
    u8[buffer] = as.delete === true || step['delete'] === true ? 1 : 0;
    const set = (infoClass: number): PIRP => makeIrp(IRP_MJ_SET_INFORMATION, 0, file, (sp, irp) => {
      const parameters = IO_STACK_LOCATION.at(sp).Parameters.SetFile;
      parameters.FileInformationClass = infoClass;
      parameters.AdvanceOnly = as.advanceOnly === true ? 1 : 0;
      IRP.at(irp).AssociatedIrp.SystemBuffer = buffer;
    });
    switch (kind) {
      case 'read': case 'READ':
        return makeIrp(IRP_MJ_READ, 0, file);
      case 'write': case 'WRITE':
        return makeIrp(IRP_MJ_WRITE, 0, file, (_sp, irp) => {
          if (as.paging === true) IRP.at(irp).Flags |= IRP_PAGING_IO;
        });
      case 'flush': case 'FLUSH':
        return makeIrp(IRP_MJ_FLUSH_BUFFERS, 0, file);
      case 'lock': case 'LOCK': case 'unlock':
        return this.makeLock(step, file);
      case 'setEof': case 'SET_EOF':
        return set(FileEndOfFileInformation);
      case 'setAlloc': case 'SET_ALLOC':
        return set(FileAllocationInformation);
      case 'setVdl': case 'SET_VDL':
        return set(FileValidDataLengthInformation);
      case 'rename': case 'RENAME':
        return set(FileRenameInformation);
      case 'disposition': case 'DISPOSITION':
        return set(FileDispositionInformation);
      case 'zeroData': case 'ZERO_DATA':
        return makeIrp(IRP_MJ_FILE_SYSTEM_CONTROL, 0, file, (sp) => {
          IO_STACK_LOCATION.at(sp).Parameters.FileSystemControl.FsControlCode = FSCTL_SET_ZERO_DATA;
        });
      case 'SET_SECURITY':
        return makeIrp(IRP_MJ_SET_SECURITY, 0, file);
      case 'close':
        return makeIrp(IRP_MJ_CLEANUP, 0, file);
      default:
        return makeIrp(IRP_MJ_SET_INFORMATION, 0, file, (_sp, irp) => {
          IRP.at(irp).AssociatedIrp.SystemBuffer = buffer;
        });
    }
  }

  private makeLock(step: Step, file: PFILE_OBJECT): PIRP {
    const length = writeLarge(this.memory(8), Number(step['len'] ?? 1));
    const minor = step.op === 'unlock' ? IRP_MN_UNLOCK_SINGLE : IRP_MN_LOCK;
    return makeIrp(IRP_MJ_LOCK_CONTROL, minor, file, (sp) => {
      const view = IO_STACK_LOCATION.at(sp);
      view.Flags = SL_FAIL_IMMEDIATELY | (step['excl'] === true ? SL_EXCLUSIVE_LOCK : 0);
      view.Parameters.LockControl.Length = length as never;
      view.Parameters.LockControl.ByteOffset = Number(step['off'] ?? 0);
    });
  }

  /** Every other operation on a handle. */
  operate(op: Operation): Result {
    const { step } = op;
    const node = this.nodeOf(step.h!);
    switch (step.op) {
      case 'lock':
        return this.lock(op, node);
      case 'unlock':
        return done(statusName(FsRtlProcessFileLock(node.lock, op.irp, 0)));
      case 'rename':
        return this.rename(op, node);
      case 'link':
        return done(SUCCESS);
      case 'setBasic':
        this.childChanged(op, node);
        return done(SUCCESS);
      case 'sectionSync':
        breakForSection(node.oplock, step['syncType'] === 'CreateSection' ? 1 : 0,
          { PAGE_READWRITE: 4, PAGE_EXECUTE_READWRITE: 0x40 }[step['protect'] as string] ?? 2);
        return done(SUCCESS);
      case 'mapWritable':
        node.writableSection = true;
        return done(SUCCESS);
      default:
        return this.change(op, node);
    }
  }

  private change(op: Operation, node: Node): Result {
    const { step } = op;
    const status = this.check(op, node.oplock);
    if (status === PENDING) return 'pended';
    if (status !== SUCCESS) return done(status);
    const size = Number(step['size'] ?? 0);
    if (step.op === 'write') {
      node.size = Math.max(node.size, Number(step['off']) + Number(step['len']));
      node.allocation = Math.max(node.allocation, node.size);
      node.modified = true;
    }
    if (step.op === 'setEof' || step.op === 'setAlloc') {
      [node.size, node.allocation] = [size, size];
      this.childChanged(op, node);
    }
    if (step.op === 'disposition') {
      node.deletePending = step['delete'] === true;
      FILE_OBJECT.at(this.fileOf(step.h!)).DeletePending = node.deletePending ? 1 : 0;
    }
    return done(SUCCESS);
  }

  private lock(op: Operation, node: Node): Result {
    if (Number(op.step['off']) < node.allocation) {
      const status = this.check(op, node.oplock);
      if (status === PENDING) return 'pended';
      if (status !== SUCCESS) return done(status);
    }
    return done(statusName(FsRtlProcessFileLock(node.lock, op.irp, 0)));
  }

  private rename(op: Operation, node: Node): Result {
    const status = this.check(op, node.oplock);
    if (status === PENDING) return 'pended';
    if (status !== SUCCESS) return done(status);
    const below = [...this.nodes.values()].filter((n) => n.name.startsWith(`${node.name}/`));
    for (const child of below) {
      if (this.check(op, child.oplock) === PENDING) return 'pended';
    }
    if (below.some((n) => n.opens.length > 0)) return done('STATUS_ACCESS_DENIED');
    const to = op.step['to'] as string;
    const target = this.nodes.get(to);
    if (target !== undefined) {
      if (op.step['replace'] !== true) return done('STATUS_OBJECT_NAME_COLLISION');
      const broken = FsRtlOplockBreakH(target.oplock, op.irp, 0, op.context, op.routine, op.post);
      if (statusName(broken) === PENDING) return 'pended';
      if (target.opens.length > 0) return done('STATUS_ACCESS_DENIED');
    }
    this.childChanged(op, node);
    this.nodes.delete(node.name);
    node.name = to;
    this.nodes.set(to, node);
    this.childChanged(op, node);
    return done(SUCCESS);
  }
}

/** Whether the package would let fast I/O pass on a node. */
export function allowsFastIo(node: Node): boolean {
  return FsRtlOplockIsFastIoPossible(node.oplock);
}

/** Reads a status by its name. */
export function statusNumber(name: string): number {
  return statusOfName(name) ?? 0;
}

/** The word at an address. */
export function word(at: number): number {
  return i32[at >> 2]!;
}
