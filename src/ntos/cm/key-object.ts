// Key objects: what a handle of the registry stands for. Opening takes a path apart, from \Registry
// or from a root key, and follows links (CurrentControlSet is one).
import { i32 as words } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { OB_TYPE_KEY, ObCreateObject, ObDereferenceObject, ObpRegisterType } from '../ob/object.ts';
import { ObReferenceObjectByHandle, ObpCreateHandle } from '../ob/handle.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';
import { NT_SUCCESS } from '../status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_KEY_DELETED, STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_SYNTAX_BAD }
  from '../status-codes.ts';
import { KEY_ALL_ACCESS, KEY_EXECUTE, KEY_READ, KEY_WRITE, MAX_KEY_DEPTH, MAX_KEY_NAME }
  from './constants.ts';
import { NO_NODE, closeNode, findSubKey, nodeName, openNode } from './node.ts';
import { CM_KEY_BODY, CM_KEY_NODE, CM_ROOT, NODE_DELETED, cmRoot } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { PCM_KEY_BODY, PCM_KEY_NODE } from './types.ts';

const i32 = words;
const { Node, set_Node } = CM_KEY_BODY.bound;
const { Flags, Target } = CM_KEY_NODE.bound;
const { at_Lock, Root } = CM_ROOT.bound;
const GENERIC = 0xf200_0000;
/** Links that may lead to links. */
const MAX_LINKS = 32;

/** Runs with the registry's lock held. PASSIVE_LEVEL. */
export function locked<T>(work: () => T): T {
  acquireKernelLock(at_Lock(cmRoot));
  try {
    return work();
  } finally {
    releaseKernelLock(at_Lock(cmRoot));
  }
}

/** Replaces generic rights by the registry's own; MAXIMUM_ALLOWED is everything. */
export function mapKeyAccess(desired: number): number {
  let mask = desired >>> 0;
  if (mask & 0x8000_0000) mask |= KEY_READ;
  if (mask & 0x4000_0000) mask |= KEY_WRITE;
  if (mask & 0x2000_0000) mask |= KEY_EXECUTE;
  if (mask & 0x1200_0000) mask |= KEY_ALL_ACCESS;
  return (mask & ~GENERIC) >>> 0;
}

/** A path in pieces; undefined when a piece cannot be the name of a key. */
function piecesOf(path: string): string[] | undefined {
  const trimmed = path.endsWith('\\') ? path.slice(0, -1) : path;
  const pieces = trimmed === '' ? [] : trimmed.split('\\');
  const bad = pieces.some((p) => p === '' || p.length > MAX_KEY_NAME || p.includes('\0'));
  return bad || pieces.length > MAX_KEY_DEPTH ? undefined : pieces;
}

/** What a link leads to; a key that is none leads to itself. */
function followLinks(node: PCM_KEY_NODE): PCM_KEY_NODE {
  let at = node;
  for (let n = 0; n < MAX_LINKS && Target(at) !== NO_NODE; n++) at = Target(at);
  return at;
}

/** Where a path leads: the key, or the last one that exists and the names behind it. */
export interface Found {
  readonly node: PCM_KEY_NODE;
  readonly missing: readonly string[];
}

/**
 * Walks down a path. The lock is held. `from` is NULL for an absolute path.
 * @param openLink the last name may be a link that is meant itself.
 */
export function walk(
  from: PCM_KEY_NODE, path: string, openLink = false,
): Found | NTSTATUS {
  let node = from;
  let rest = path;
  if (from === NO_NODE) {
    node = Root(cmRoot);
    const [, first = '', ...others] = path.split('\\');
    if (!path.startsWith('\\')) return STATUS_OBJECT_PATH_SYNTAX_BAD;
    if (node === NO_NODE || first.toUpperCase() !== nodeName(node).toUpperCase()) {
      return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    rest = others.join('\\');
  } else if (path.startsWith('\\')) {
    return STATUS_OBJECT_PATH_SYNTAX_BAD;
  }
  if (Flags(node) & NODE_DELETED) return STATUS_KEY_DELETED;
  const pieces = piecesOf(rest);
  if (pieces === undefined) return STATUS_OBJECT_NAME_INVALID;
  for (let i = 0; i < pieces.length; i++) {
    const next = findSubKey(node, pieces[i] ?? '');
    if (next === NO_NODE) return { node, missing: pieces.slice(i) };
    node = openLink && i === pieces.length - 1 ? next : followLinks(next);
  }
  return { node, missing: [] };
}

/** A key object that stands for no key yet; NULL when there is no memory. */
export function makeBody(): PCM_KEY_BODY {
  return ObCreateObject(OB_TYPE_KEY, CM_KEY_BODY.size) as PCM_KEY_BODY;
}

/** Lets an object stand for a key. The lock is held. */
export function bindBody(body: PCM_KEY_BODY, node: PCM_KEY_NODE): void {
  set_Node(body, node);
  openNode(node);
}

/**
 * Gives the object a handle when `status` is a success, and drops the maker's reference. Outside
 * of the lock, because deleting an object takes it.
 */
export function handOut(
  body: PCM_KEY_BODY, status: NTSTATUS, access: number, attributes: number, handleOut: number,
): NTSTATUS {
  let result = status;
  if (NT_SUCCESS(status)) {
    const handle = ObpCreateHandle(body, mapKeyAccess(access), attributes);
    if (handle === 0) result = STATUS_INSUFFICIENT_RESOURCES;
    else i32[handleOut >> 2] = handle;
  }
  ObDereferenceObject(body);
  return result;
}

/** Runs on the key of a handle, with the lock held; STATUS_KEY_DELETED when it is gone. */
export function onKey(
  handle: number, access: number, mode: number, work: (node: PCM_KEY_NODE) => NTSTATUS,
): NTSTATUS {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = ObReferenceObjectByHandle(handle, access, OB_TYPE_KEY, mode, out);
  const body = i32[out >> 2] as PCM_KEY_BODY;
  popFrame(frame);
  if (!NT_SUCCESS(status)) return status;
  const result = locked(() => {
    const node = Node(body);
    return Flags(node) & NODE_DELETED ? STATUS_KEY_DELETED : work(node);
  });
  ObDereferenceObject(body);
  return result;
}

/** The key of a root handle, referenced by its object, which is returned; a status otherwise. */
export function rootOf(handle: number, mode: number): { body: number; node: PCM_KEY_NODE } |
  NTSTATUS {
  if (handle === 0) return { body: 0, node: NO_NODE };
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = ObReferenceObjectByHandle(handle, 0, OB_TYPE_KEY, mode, out);
  const body = i32[out >> 2] as PCM_KEY_BODY;
  popFrame(frame);
  return NT_SUCCESS(status) ? { body, node: Node(body) } : status;
}

ObpRegisterType(OB_TYPE_KEY, {
  delete: kernelRoutine('CmpDeleteKeyObject', (body) => {
    const node = Node(body as PCM_KEY_BODY);
    if (node !== NO_NODE) locked(() => closeNode(node));
    return 0;
  }),
});
