// The operations of the model file system on open handles: each asks the oplock package first, and
// does the little that later operations can see.
import { FILE_OBJECT } from '../../ntos/io/types.ts';
import { FsRtlProcessFileLock } from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { breakForSection } from '../../ntos/fsrtl/oplock/oplock.ts';
import { statusName } from '../../ntos/status.ts';
import { PENDING, SUCCESS, done } from './model-types.ts';
import type { ModelFs } from './model-fs.ts';
import type { Node, Operation, Result } from './model-types.ts';

const protections: Readonly<Record<string, number>> = {
  PAGE_READONLY: 0x02, PAGE_READWRITE: 0x04, PAGE_EXECUTE_READWRITE: 0x40,
};
const PAGE_READONLY = 0x02;

/** Asks, and carries out what `act` says if the operation may go on. */
function checked(fs: ModelFs, op: Operation, node: Node, act: () => Result): Result {
  const status = fs.check(op, node.oplock);
  if (status === PENDING) return 'pended';
  return status === SUCCESS ? act() : done(status);
}

function change(fs: ModelFs, op: Operation, node: Node): Result {
  const { step } = op;
  const size = Number(step['size'] ?? 0);
  if (step.op === 'write') {
    node.size = Math.max(node.size, Number(step['off']) + Number(step['len']));
    node.allocation = Math.max(node.allocation, node.size);
    node.modified = true;
  }
  if (step.op === 'setEof' || step.op === 'setAlloc') {
    [node.size, node.allocation] = [size, size];
    fs.childChanged(op, node);
  }
  if (step.op === 'disposition') {
    node.deletePending = step['delete'] === true;
    FILE_OBJECT.at(fs.fileOf(step.h!)).DeletePending = node.deletePending ? 1 : 0;
  }
  return done(SUCCESS);
}

/** Locks behind what is allocated are invisible to oplocks. */
function lock(fs: ModelFs, op: Operation, node: Node): Result {
  const act = (): Result => done(statusName(FsRtlProcessFileLock(node.lock, op.irp, 0)));
  return Number(op.step['off']) < node.allocation ? checked(fs, op, node, act) : act();
}

function rename(fs: ModelFs, op: Operation, node: Node): Result {
  const below = [...fs.nodes.values()].filter((n) => n.name.startsWith(`${node.name}/`));
  for (const child of below) if (fs.check(op, child.oplock) === PENDING) return 'pended';
  if (below.some((n) => n.opens.length > 0)) return done('STATUS_ACCESS_DENIED');
  const to = op.step['to'] as string;
  const target = fs.nodes.get(to);
  if (target !== undefined) {
    if (op.step['replace'] !== true) return done('STATUS_OBJECT_NAME_COLLISION');
    if (fs.breakH(op, target.oplock) === PENDING) return 'pended';
    if (target.opens.length > 0) return done('STATUS_ACCESS_DENIED');
  }
  fs.childChanged(op, node);
  fs.nodes.delete(node.name);
  node.name = to;
  fs.nodes.set(to, node);
  fs.childChanged(op, node);
  return done(SUCCESS);
}

/** Makes an attempt at an operation on a handle. */
export function operate(fs: ModelFs, op: Operation): Result {
  const { step } = op;
  const node = fs.nodeOf(step.h!);
  switch (step.op) {
    case 'lock':
      return lock(fs, op, node);
    case 'unlock':
      return done(statusName(FsRtlProcessFileLock(node.lock, op.irp, 0)));
    case 'rename':
      return checked(fs, op, node, () => rename(fs, op, node));
    case 'link':
      return done(SUCCESS);
    case 'setBasic':
      fs.childChanged(op, node);
      return done(SUCCESS);
    case 'sectionSync':
      breakForSection(node.oplock, step['syncType'] === 'CreateSection' ? 1 : 0,
        protections[step['protect'] as string] ?? PAGE_READONLY);
      return done(SUCCESS);
    case 'mapWritable':
      node.writableSection = true;
      return done(SUCCESS);
    default:
      return checked(fs, op, node, () => change(fs, op, node));
  }
}
