// The registry as a whole: what boot calls, and keys and values as plain JavaScript data for the
// kernel's own rooms (the image loader, the Filter Manager), which need no handles.
//
//   \Registry\Machine\System\CurrentControlSet   a link to ControlSet001
//                            \Control, \Services
//                    \Software\Microsoft\Windows NT\CurrentVersion
//            \User\.Default
//
// It is a small hive of the machine's own, in paged pool, and lives from boot to shutdown.
import './key-object.ts';
import { fillBytes } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { u8 as bytes } from '../../mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { PagedPool } from '../ex/types.ts';
import { readUtf16 } from '../rtl/unicode-string.ts';
import { REG_BINARY, REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_QWORD, REG_SZ }
  from './constants.ts';
import { NO_NODE, NO_VALUE, deleteTree, findSubKey, findValue, makeNode, nodeName, setValue,
  subKeys } from './node.ts';
import { locked, walk } from './key-object.ts';
import { CM_KEY_NODE, CM_KEY_VALUE, CM_ROOT, NODE_ROOT, cmRoot } from './types.ts';
import type { PCM_KEY_NODE } from './types.ts';

const u8 = bytes;
const { set_Root, Root } = CM_ROOT.bound;
const { set_Target } = CM_KEY_NODE.bound;
const { Type, Data, DataLength } = CM_KEY_VALUE.bound;

/** Where the services are. */
export const SERVICES_KEY = '\\Registry\\Machine\\System\\CurrentControlSet\\Services';

/**
 * A value as data: a number is a REG_DWORD, text a REG_SZ, a list of texts a REG_MULTI_SZ, bytes a
 * REG_BINARY; the long form names other types.
 */
export type RegistryData = number | string | readonly string[] | Uint8Array | {
  readonly type: number;
  readonly data: number | string | Uint8Array;
};

function encodeText(text: string): Uint8Array {
  const encoded = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    encoded[2 * i] = text.charCodeAt(i) & 0xff;
    encoded[2 * i + 1] = text.charCodeAt(i) >>> 8;
  }
  return encoded;
}

function encodeNumber(value: number, size: number): Uint8Array {
  const wide = BigInt.asUintN(64, BigInt(value));
  return Uint8Array.from({ length: size }, (_, i) => Number((wide >> BigInt(8 * i)) & 255n));
}

function encode(value: RegistryData): { type: number; data: Uint8Array } {
  if (typeof value === 'number') return { type: REG_DWORD, data: encodeNumber(value, 4) };
  if (typeof value === 'string') return { type: REG_SZ, data: encodeText(`${value}\0`) };
  if (value instanceof Uint8Array) return { type: REG_BINARY, data: value };
  if (!('type' in value)) {
    const joined = value.map((text) => `${text}\0`).join('');
    return { type: REG_MULTI_SZ, data: encodeText(`${joined}\0`) };
  }
  const { type, data } = value;
  if (typeof data === 'number') {
    return { type, data: encodeNumber(data, type === REG_QWORD ? 8 : 4) };
  }
  return { type, data: typeof data === 'string' ? encodeText(`${data}\0`) : data };
}

function outOfMemory(what: string): never {
  throw new Error(`no paged pool for ${what}; give the machine more memory`);
}

/** The key of a path, made with all that leads to it. The lock is held. */
function keyFor(path: string): PCM_KEY_NODE {
  const found = walk(NO_NODE, path);
  if (typeof found === 'number') throw new Error(`${path} is no path of the registry`);
  let { node } = found;
  for (const name of found.missing) {
    node = makeNode(node, name, '', 0);
    if (node === NO_NODE) outOfMemory(`the key ${path}`);
  }
  return node;
}

/** Makes a key with all that leads to it; nothing happens when it is there. PASSIVE_LEVEL. */
export function createRegistryKey(path: string): void {
  locked(() => keyFor(path));
}

/** Sets a value of a key, which is made when it is not there. PASSIVE_LEVEL. */
export function writeRegistryValue(path: string, name: string, value: RegistryData): void {
  const { type, data } = encode(value);
  const tag = poolTag('CMtm');
  const block = ExAllocatePoolWithTag(PagedPool, Math.max(data.length, 1), tag);
  if (block === 0) outOfMemory(`the value ${name} of ${path}`);
  u8.set(data, block);
  const done = locked(() => setValue(keyFor(path), name, type, block, data.length));
  ExFreePoolWithTag(block, tag);
  if (!done) outOfMemory(`the value ${name} of ${path}`);
}

/** The key of a path; NULL when there is none. The lock is held. */
function existing(path: string): PCM_KEY_NODE {
  const found = walk(NO_NODE, path);
  return typeof found === 'number' || found.missing.length > 0 ? NO_NODE : found.node;
}

/** A value of type and bytes; undefined when there is none. PASSIVE_LEVEL. */
export function readRegistryValue(
  path: string, name: string,
): { type: number; data: Uint8Array } | undefined {
  return locked(() => {
    const node = existing(path);
    const value = node === NO_NODE ? NO_VALUE : findValue(node, name);
    if (value === NO_VALUE) return undefined;
    const at = Data(value);
    return { type: Type(value), data: u8.slice(at, at + DataLength(value)) };
  });
}

/** A value of text, without its terminator; undefined when there is none or it is no text. */
export function readRegistryText(path: string, name: string): string | undefined {
  const value = readRegistryValue(path, name);
  if (value === undefined || (value.type !== REG_SZ && value.type !== REG_EXPAND_SZ)) {
    return undefined;
  }
  const frame = pushFrame();
  const at = stackAlloc(Math.max(value.data.length, 2));
  u8.set(value.data, at);
  const text = readUtf16(at, value.data.length & ~1);
  popFrame(frame);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** A REG_DWORD; undefined when there is none. PASSIVE_LEVEL. */
export function readRegistryNumber(path: string, name: string): number | undefined {
  const value = readRegistryValue(path, name);
  if (value === undefined || value.type !== REG_DWORD || value.data.length < 4) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = value.data;
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

/** Whether there is a key of that path. PASSIVE_LEVEL. */
export function registryKeyExists(path: string): boolean {
  return locked(() => existing(path) !== NO_NODE);
}

/** The names of a key's subkeys; empty when there is no such key. PASSIVE_LEVEL. */
export function registrySubKeys(path: string): string[] {
  return locked(() => {
    const node = existing(path);
    return node === NO_NODE ? [] : subKeys(node).map(nodeName);
  });
}

/** Takes a key and all below it away; nothing happens when there is none. PASSIVE_LEVEL. */
export function deleteRegistryTree(path: string): void {
  locked(() => {
    const node = existing(path);
    if (node !== NO_NODE) deleteTree(node);
  });
}

function root(parent: PCM_KEY_NODE, name: string): PCM_KEY_NODE {
  const node = makeNode(parent, name, '', NODE_ROOT);
  return node === NO_NODE ? outOfMemory(`the registry's key ${name}`) : node;
}

/** Makes the registry: the keys that every Windows has. Phase 1 of boot, after objects. */
export function initializeRegistry(): void {
  fillBytes(cmRoot, 0, CM_ROOT.size);
  locked(() => {
    const registry = root(NO_NODE, 'REGISTRY');
    set_Root(cmRoot, registry);
    root(registry, 'USER');
    root(registry, 'MACHINE');
  });
  createRegistryKey('\\Registry\\Machine\\System\\ControlSet001\\Services');
  createRegistryKey('\\Registry\\Machine\\System\\ControlSet001\\Control');
  createRegistryKey('\\Registry\\User\\.Default');
  locked(() => {
    const system = existing('\\Registry\\Machine\\System');
    const current = makeNode(system, 'CurrentControlSet', '', 0);
    if (current === NO_NODE) outOfMemory('the key CurrentControlSet');
    set_Target(current, findSubKey(system, 'ControlSet001'));
  });
  const windows = '\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion';
  writeRegistryValue(windows, 'ProductName', 'Windows (fltlab)');
  writeRegistryValue(windows, 'CurrentBuildNumber', '19045');
}

/** Gives the registry's memory back; no handle of a key may be open. The machine shuts down. */
export function shutdownRegistry(): void {
  locked(() => deleteTree(Root(cmRoot)));
  set_Root(cmRoot, NO_NODE);
}
