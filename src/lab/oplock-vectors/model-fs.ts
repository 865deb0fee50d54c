// A file system just large enough for the oplock vectors: names, share access, sizes, byte-range
// locks, deletion, and the calls of the oplock package in the order in which a file system makes
// them (oplock dossier 3.1). Each operation is an attempt that is made again from its start when
// the package lets it go on.
import { FILE_LOCK } from '../../ntos/io/control-types.ts';
import * as c from '../../ntos/io/file-constants.ts';
import { IoCheckShareAccess, IoRemoveShareAccess } from '../../ntos/io/service/share-access.ts';
import { FILE_OBJECT, FO_SYNCHRONOUS_IO, IO_STACK_LOCATION, IRP, SHARE_ACCESS }
  from '../../ntos/io/types.ts';
import { FsRtlCheckLockForOplockRequest, FsRtlFastUnlockAll, FsRtlInitializeFileLock }
  from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { FsRtlCheckOplockEx, FsRtlOplockBreakH } from '../../ntos/fsrtl/oplock/oplock.ts';
import { FsRtlOplockFsctrlEx, FsRtlOplockIsSharedRequest }
  from '../../ntos/fsrtl/oplock/oplock-fsctrl.ts';
import { FsRtlOplockKeysEqual } from '../../ntos/fsrtl/oplock/oplock-key.ts';
import { FsRtlCurrentBatchOplock } from '../../ntos/fsrtl/oplock/oplock-query.ts';
import { FsRtlInitializeOplock } from '../../ntos/fsrtl/oplock/oplock-state.ts';
import * as flags from '../../ntos/fsrtl/oplock/oplock-types.ts';
import { statusName } from '../../ntos/status.ts';
import { makeFile, writeLarge } from './irps.ts';
import { IN_PROGRESS, PENDING, SUCCESS, done } from './model-types.ts';
import { Requests } from './requests.ts';
import { accessBits, sum } from './words.ts';
import type { PFILE_LOCK } from '../../ntos/io/control-types.ts';
import type { PFILE_OBJECT, PSHARE_ACCESS } from '../../ntos/io/types.ts';
import type { Node, Open, Operation, Result } from './model-types.ts';

const STAT_ACCESS = c.FILE_READ_ATTRIBUTES | c.FILE_WRITE_ATTRIBUTES | c.SYNCHRONIZE |
  c.READ_CONTROL;
const NEEDS_DELETE = c.DELETE;
const NEEDS_OVERWRITE = c.FILE_WRITE_DATA | c.FILE_WRITE_EA | c.FILE_WRITE_ATTRIBUTES;

/** What an open asks for, read from its IRP. */
interface Asked {
  readonly file: PFILE_OBJECT;
  readonly disposition: number;
  readonly options: number;
  readonly share: number;
  readonly access: number;
  readonly truncates: boolean;
}

function askedBy(op: Operation): Asked {
  const location = IO_STACK_LOCATION.at(IRP.at(op.irp).Tail.Overlay.CurrentStackLocation);
  const { Options, ShareAccess } = location.Parameters.Create;
  const disposition = Options >>> 24;
  const supersedes = disposition === c.FILE_SUPERSEDE;
  const overwrites = disposition === c.FILE_OVERWRITE || disposition === c.FILE_OVERWRITE_IF;
  return {
    file: location.FileObject as PFILE_OBJECT, disposition, options: Options & 0xff_ffff,
    share: ShareAccess, truncates: supersedes || overwrites,
    access: sum(op.step['access'], accessBits) |
      (supersedes ? NEEDS_DELETE : overwrites ? NEEDS_OVERWRITE : 0),
  };
}

/** The file system of one vector. */
export class ModelFs {
  readonly requests = new Requests();
  readonly nodes = new Map<string, Node>();
  readonly opens = new Map<string, Open>();
  private readonly files = new Map<string, PFILE_OBJECT>();

  addNode(name: string, isDirectory: boolean, size: number): Node {
    const { requests } = this;
    const node: Node = {
      name, isDirectory, size, allocation: size, deletePending: false, writableSection: false,
      modified: false, opens: [], oplock: requests.memory(8),
      lock: requests.memory(FILE_LOCK.size) as PFILE_LOCK,
      share: requests.memory(SHARE_ACCESS.size) as PSHARE_ACCESS,
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

  /** A child changed: its directory's oplock breaks, and nobody waits. */
  childChanged(op: Operation, node: Node): void {
    const slash = node.name.lastIndexOf('/');
    const parent = slash < 0 ? undefined : this.nodes.get(node.name.slice(0, slash));
    if (parent === undefined) return;
    FsRtlCheckOplockEx(parent.oplock, op.irp, flags.OPLOCK_FLAG_PARENT_OBJECT, 0, 0, 0);
  }

  check(op: Operation, oplock: number, flag = 0): string {
    return statusName(FsRtlCheckOplockEx(oplock, op.irp, flag, op.context, op.routine, op.post));
  }

  /** Breaks only H, for a share conflict or a name that is wanted. */
  breakH(op: Operation, oplock: number): string {
    return statusName(FsRtlOplockBreakH(oplock, op.irp, 0, op.context, op.routine, op.post));
  }

  /** Opens or creates; the order of its parts is the point. */
  open(op: Operation): Result {
    const asked = askedBy(op);
    const name = (op.step['f'] as string | undefined) ?? 'F';
    const exclusive = c.FILE_RESERVE_OPFILTER | c.FILE_COMPLETE_IF_OPLOCKED;
    if ((asked.options & exclusive) === exclusive) return done('STATUS_INVALID_PARAMETER');
    const node = this.nodes.get(name);
    return node === undefined ? this.create(op, asked, name) : this.openExisting(op, asked, node);
  }

  private create(op: Operation, asked: Asked, name: string): Result {
    const nowhere = this.requests.memory(8);
    this.check(op, nowhere, flags.OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY);
    if (asked.disposition === c.FILE_OPEN || asked.disposition === c.FILE_OVERWRITE) {
      return done('STATUS_OBJECT_NAME_NOT_FOUND');
    }
    const node = this.addNode(name, (asked.options & c.FILE_DIRECTORY_FILE) !== 0, 0);
    this.childChanged(op, node);
    return this.finish(op, asked, node, SUCCESS);
  }

  private openExisting(op: Operation, asked: Asked, node: Node): Result {
    this.check(op, node.oplock, flags.OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY);
    if (node.deletePending) return done('STATUS_DELETE_PENDING');
    if (asked.disposition === c.FILE_CREATE) return done('STATUS_OBJECT_NAME_COLLISION');
    let status = SUCCESS;
    let info: number | undefined;
    if (FsRtlCurrentBatchOplock(node.oplock)) {
      status = this.check(op, node.oplock);
      if (status === PENDING) return 'pended';
      if (status !== SUCCESS && status !== IN_PROGRESS) return done(status);
      if (status === IN_PROGRESS) info = flags.FILE_OPBATCH_BREAK_UNDERWAY;
    }
    const shared = this.checkShare(op, asked, node);
    if (shared === PENDING) return 'pended';
    if (shared !== SUCCESS) return done(shared, info);
    if (node.opens.length > 0) {
      const checked = this.check(op, node.oplock);
      if (checked === PENDING) return 'pended';
      if (checked === IN_PROGRESS) status = checked;
      else if (checked !== SUCCESS) return done(checked);
    }
    return this.finish(op, asked, node, status, info);
  }

  private checkShare(op: Operation, asked: Asked, node: Node): string {
    const ask = (): string =>
      statusName(IoCheckShareAccess(asked.access, asked.share, asked.file, node.share, false));
    if (ask() === SUCCESS) return SUCCESS;
    if (asked.options & c.FILE_COMPLETE_IF_OPLOCKED) return 'STATUS_SHARING_VIOLATION';
    const status = this.breakH(op, node.oplock);
    return status === SUCCESS ? ask() : status;
  }

  private finish(op: Operation, asked: Asked, node: Node, status: string, info?: number): Result {
    const { file, options, access } = asked;
    if (options & (c.FILE_OPEN_REQUIRING_OPLOCK | c.FILE_RESERVE_OPFILTER)) {
      const promised = FsRtlOplockFsctrlEx(node.oplock, op.irp, node.opens.length + 1, 0);
      if (promised !== 0) return done(statusName(promised));
    }
    const failure = op.step['failAfterAtomicOplock'] as string | undefined;
    if (failure !== undefined) {
      this.check(op, node.oplock, flags.OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK);
      return done(failure);
    }
    IoCheckShareAccess(access, asked.share, file, node.share, true);
    if (asked.truncates) [node.size, node.allocation] = [0, 0];
    if (options & c.FILE_SYNCHRONOUS_IO_NONALERT) FILE_OBJECT.at(file).Flags |= FO_SYNCHRONOUS_IO;
    const open: Open = {
      file, node, isStat: (access & ~STAT_ACCESS) === 0,
      deleteOnClose: (options & c.FILE_DELETE_ON_CLOSE) !== 0,
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
    FsRtlFastUnlockAll(node.lock, file, 0, 0);
    IoRemoveShareAccess(file, node.share);
    node.opens = node.opens.filter((o) => o !== open);
    this.opens.delete(op.step.h!);
    if (open.deleteOnClose) node.deletePending = true;
    const removed = node.deletePending && node.opens.length === 0;
    if (removed) this.nodes.delete(node.name);
    if (removed || node.modified) this.childChanged(op, node);
    const deletes = open.deleteOnClose ? flags.OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE : 0;
    this.check(op, node.oplock, deletes);
    return done(SUCCESS);
  }

  /** What the package is told of other handles, or of locks, with a request. */
  private openCount(op: Operation, open: Open, type: string | undefined): [number, number] {
    const { node, file } = open;
    if (FsRtlOplockIsSharedRequest(op.irp)) {
      const size = writeLarge(this.requests.memory(8), node.allocation);
      return [FsRtlCheckLockForOplockRequest(node.lock, size) ? 0 : 1, 0];
    }
    const legacy = type === 'L1' || type === 'BATCH' || type === 'FILTER';
    const counted = legacy ? node.opens : node.opens.filter((o) => o === open || !o.isStat);
    const match = counted.every((o) => FsRtlOplockKeysEqual(o.file, file));
    return [counted.length, match ? flags.OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH : 0];
  }

  /** An oplock control; its IRP belongs to the package. */
  control(op: Operation): string {
    const open = this.opens.get(op.step.h!);
    if (open === undefined) return 'STATUS_INVALID_HANDLE';
    const { node } = open;
    const isAck = op.step.op === 'ack' || op.step.op === 'notify';
    const type = op.step['type'] as string | undefined;
    if (node.isDirectory && type !== undefined && type !== 'R' && type !== 'RH') {
      return 'STATUS_INVALID_PARAMETER';
    }
    if (node.deletePending && !isAck && (type === 'RH' || type === 'RWH')) {
      return 'STATUS_DELETE_PENDING';
    }
    const [count, flag] = isAck ? [0, 0] : this.openCount(op, open, type);
    return statusName(FsRtlOplockFsctrlEx(node.oplock, op.irp, count, flag));
  }
}
