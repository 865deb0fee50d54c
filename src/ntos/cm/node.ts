// Keys and values as they lie in paged pool. The registry's lock is held around every call here;
// nothing is published to drivers from this room.
import { copyBytes, fillBytes } from '../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { PagedPool } from '../ex/types.ts';
import { systemTime } from '../ke/time.ts';
import { InitializeListHead, InsertTailList, IsListEmpty, RemoveEntryList, flink }
  from '../rtl/list-entry.ts';
import { readUnicode, setUnicode, writeUtf16 } from '../rtl/unicode-string.ts';
import { upcaseText } from '../rtl/upcase.ts';
import { CM_KEY_NODE, CM_KEY_VALUE, CM_ROOT, NODE_DELETED, cmRoot } from './types.ts';
import type { PCM_KEY_NODE, PCM_KEY_VALUE } from './types.ts';

const n = CM_KEY_NODE.bound;
const v = CM_KEY_VALUE.bound;
const { Keys, set_Keys } = CM_ROOT.bound;
const TAG = poolTag('CMkn');
const VALUE_TAG = poolTag('CMkv');
const DATA_TAG = poolTag('CMkd');
export const NO_NODE = 0 as PCM_KEY_NODE;
export const NO_VALUE = 0 as PCM_KEY_VALUE;

/** The name of a key. */
export function nodeName(node: PCM_KEY_NODE): string {
  return readUnicode(n.at_Name(node));
}

/** The name of a value; the default value's is empty. */
export function valueName(value: PCM_KEY_VALUE): string {
  return readUnicode(v.at_Name(value));
}

/** The full name of a key: \REGISTRY\MACHINE\… */
export function nodePath(node: PCM_KEY_NODE): string {
  let path = '';
  for (let at = node; at !== NO_NODE; at = n.Parent(at)) path = `\\${nodeName(at)}${path}`;
  return path;
}

/** Says that a key changed now. */
export function touchNode(node: PCM_KEY_NODE): void {
  n.set_LastWriteTime(node, systemTime());
}

/** Makes a key below `parent` (NULL for the root); NULL when there is no memory. */
export function makeNode(
  parent: PCM_KEY_NODE, name: string, className: string, flags: number,
): PCM_KEY_NODE {
  const bytes = CM_KEY_NODE.size + 2 * (name.length + className.length);
  const node = ExAllocatePoolWithTag(PagedPool, bytes, TAG) as PCM_KEY_NODE;
  if (node === NO_NODE) return node;
  fillBytes(node, 0, bytes);
  InitializeListHead(n.at_SubKeys(node));
  InitializeListHead(n.at_Values(node));
  InitializeListHead(n.at_Link(node));
  const text = node + CM_KEY_NODE.size;
  const length = writeUtf16(text, name);
  setUnicode(n.at_Name(node), text, length, length);
  const classLength = writeUtf16(text + length, className);
  setUnicode(n.at_Class(node), text + length, classLength, classLength);
  n.set_Parent(node, parent);
  n.set_Flags(node, flags);
  touchNode(node);
  set_Keys(cmRoot, Keys(cmRoot) + 1);
  if (parent !== NO_NODE) linkNode(parent, node, upcaseText(name));
  return node;
}

/** Keys are enumerated in alphabetical order, case ignored, as a hive keeps them. */
function linkNode(parent: PCM_KEY_NODE, node: PCM_KEY_NODE, upper: string): void {
  const head = n.at_SubKeys(parent);
  let next = flink(head);
  while (next !== head && upcaseText(nodeName(next as PCM_KEY_NODE)) < upper) next = flink(next);
  InsertTailList(next, n.at_Link(node));
  n.set_SubKeyCount(parent, n.SubKeyCount(parent) + 1);
  touchNode(parent);
}

/** The subkeys of a key, in alphabetical order. */
export function subKeys(node: PCM_KEY_NODE): PCM_KEY_NODE[] {
  const head = n.at_SubKeys(node);
  const found: PCM_KEY_NODE[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) found.push(at as PCM_KEY_NODE);
  return found;
}

/** The values of a key, in the order of creation. */
export function valuesOf(node: PCM_KEY_NODE): PCM_KEY_VALUE[] {
  const head = n.at_Values(node);
  const found: PCM_KEY_VALUE[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) found.push(at as PCM_KEY_VALUE);
  return found;
}

/** The subkey of a name, case ignored; NULL when there is none. */
export function findSubKey(node: PCM_KEY_NODE, name: string): PCM_KEY_NODE {
  const upper = upcaseText(name);
  return subKeys(node).find((at) => upcaseText(nodeName(at)) === upper) ?? NO_NODE;
}

/** The value of a name, case ignored; NULL when there is none. */
export function findValue(node: PCM_KEY_NODE, name: string): PCM_KEY_VALUE {
  const upper = upcaseText(name);
  return valuesOf(node).find((at) => upcaseText(valueName(at)) === upper) ?? NO_VALUE;
}

function freeData(value: PCM_KEY_VALUE): void {
  if (v.Data(value) !== 0) ExFreePoolWithTag(v.Data(value), DATA_TAG);
  v.set_Data(value, 0);
}

/** Takes a value away. */
export function removeValue(node: PCM_KEY_NODE, value: PCM_KEY_VALUE): void {
  RemoveEntryList(value);
  freeData(value);
  ExFreePoolWithTag(value, VALUE_TAG);
  n.set_ValueCount(node, n.ValueCount(node) - 1);
  touchNode(node);
}

function addValue(node: PCM_KEY_NODE, name: string): PCM_KEY_VALUE {
  const bytes = CM_KEY_VALUE.size + 2 * name.length;
  const value = ExAllocatePoolWithTag(PagedPool, bytes, VALUE_TAG) as PCM_KEY_VALUE;
  if (value === NO_VALUE) return value;
  fillBytes(value, 0, bytes);
  const length = writeUtf16(value + CM_KEY_VALUE.size, name);
  setUnicode(v.at_Name(value), value + CM_KEY_VALUE.size, length, length);
  InsertTailList(n.at_Values(node), value);
  n.set_ValueCount(node, n.ValueCount(node) + 1);
  return value;
}

/** Sets a value to `length` bytes at `data`; false, and nothing changed, without memory. */
export function setValue(
  node: PCM_KEY_NODE, name: string, type: number, data: number, length: number,
): boolean {
  const copy = length === 0 ? 0 : ExAllocatePoolWithTag(PagedPool, length, DATA_TAG);
  if (length !== 0 && copy === 0) return false;
  const value = findValue(node, name) || addValue(node, name);
  if (value === NO_VALUE) {
    if (copy !== 0) ExFreePoolWithTag(copy, DATA_TAG);
    return false;
  }
  if (length !== 0) copyBytes(copy, data, length);
  freeData(value);
  v.set_Type(value, type);
  v.set_DataLength(value, length);
  v.set_Data(value, copy);
  touchNode(node);
  return true;
}

/** Frees a key that nobody stands for any more. */
function freeNode(node: PCM_KEY_NODE): void {
  for (const value of valuesOf(node)) removeValue(node, value);
  set_Keys(cmRoot, Keys(cmRoot) - 1);
  ExFreePoolWithTag(node, TAG);
}

/** Takes a key without subkeys away; its memory goes with the last object that stands for it. */
export function deleteNode(node: PCM_KEY_NODE): void {
  const parent = n.Parent(node);
  if (parent !== NO_NODE) {
    RemoveEntryList(n.at_Link(node));
    n.set_SubKeyCount(parent, n.SubKeyCount(parent) - 1);
    touchNode(parent);
  }
  n.set_Flags(node, n.Flags(node) | NODE_DELETED);
  if (n.OpenCount(node) === 0) freeNode(node);
}

/** Takes a key and all below it away. */
export function deleteTree(node: PCM_KEY_NODE): void {
  for (const child of subKeys(node)) deleteTree(child);
  deleteNode(node);
}

/** Another object stands for the key. */
export function openNode(node: PCM_KEY_NODE): void {
  n.set_OpenCount(node, n.OpenCount(node) + 1);
}

/** One object less stands for the key. */
export function closeNode(node: PCM_KEY_NODE): void {
  const left = n.OpenCount(node) - 1;
  n.set_OpenCount(node, left);
  if (left === 0 && n.Flags(node) & NODE_DELETED) freeNode(node);
}

/** Whether a key has subkeys. */
export function hasSubKeys(node: PCM_KEY_NODE): boolean {
  return !IsListEmpty(n.at_SubKeys(node));
}
