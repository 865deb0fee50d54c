// What ZwQueryKey and ZwEnumerateKey tell about a key, by KEY_INFORMATION_CLASS. The lock is held.
import { STATUS_INVALID_PARAMETER } from '../status-codes.ts';
import { readUnicode } from '../rtl/unicode-string.ts';
import { KeyBasicInformation, KeyCachedInformation, KeyFullInformation, KeyNameInformation,
  KeyNodeInformation } from './constants.ts';
import { Answer } from './information-writer.ts';
import { nodeName, nodePath, subKeys, valueName, valuesOf } from './node.ts';
import { CM_KEY_NODE, CM_KEY_VALUE, KEY_BASIC_INFORMATION, KEY_CACHED_INFORMATION,
  KEY_FULL_INFORMATION, KEY_NAME_INFORMATION, KEY_NODE_INFORMATION } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { PCM_KEY_NODE } from './types.ts';

const n = CM_KEY_NODE.bound;
const { DataLength } = CM_KEY_VALUE.bound;
/** ClassOffset of a key without a class. */
const NO_CLASS = -1;

function classOf(node: PCM_KEY_NODE): string {
  return readUnicode(n.at_Class(node));
}

/** The longest of some lengths, 0 when there is none. */
function longest(lengths: readonly number[]): number {
  return Math.max(0, ...lengths);
}

interface Measures {
  readonly names: number;
  readonly classes: number;
  readonly valueNames: number;
  readonly data: number;
}

/** The longest names and data of a key's subkeys and values, in bytes. */
function measure(node: PCM_KEY_NODE): Measures {
  const children = subKeys(node);
  const values = valuesOf(node);
  return {
    names: longest(children.map((at) => 2 * nodeName(at).length)),
    classes: longest(children.map((at) => 2 * classOf(at).length)),
    valueNames: longest(values.map((at) => 2 * valueName(at).length)),
    data: longest(values.map((at) => DataLength(at))),
  };
}

function fixedPart(type: { offsets: Readonly<Record<string, number>> }, member: string): number {
  return type.offsets[member] ?? 0;
}

function nodeInformation(node: PCM_KEY_NODE, name: string): Answer {
  const className = classOf(node);
  const header = fixedPart(KEY_NODE_INFORMATION, 'Name');
  const offset = className === '' ? NO_CLASS : Math.ceil((header + 2 * name.length) / 4) * 4;
  const answer = new Answer().wide(n.LastWriteTime(node))
    .words(0, offset, 2 * className.length, 2 * name.length).text(name);
  return className === '' ? answer : answer.align(4).text(className);
}

function fullInformation(node: PCM_KEY_NODE): Answer {
  const className = classOf(node);
  const m = measure(node);
  const offset = className === '' ? NO_CLASS : fixedPart(KEY_FULL_INFORMATION, 'Class');
  return new Answer().wide(n.LastWriteTime(node))
    .words(0, offset, 2 * className.length, n.SubKeyCount(node), m.names, m.classes,
      n.ValueCount(node), m.valueNames, m.data)
    .text(className);
}

/** Writes what a class tells about a key; STATUS_INVALID_PARAMETER for a class that is none. */
export function describeKey(
  node: PCM_KEY_NODE, cls: number, buffer: number, length: number, resultLength: number,
): NTSTATUS {
  const name = nodeName(node);
  switch (cls) {
    case KeyBasicInformation:
      return new Answer().wide(n.LastWriteTime(node)).words(0, 2 * name.length).text(name)
        .give(fixedPart(KEY_BASIC_INFORMATION, 'Name'), buffer, length, resultLength);
    case KeyNodeInformation:
      return nodeInformation(node, name)
        .give(fixedPart(KEY_NODE_INFORMATION, 'Name'), buffer, length, resultLength);
    case KeyFullInformation:
      return fullInformation(node)
        .give(fixedPart(KEY_FULL_INFORMATION, 'Class'), buffer, length, resultLength);
    case KeyNameInformation: {
      const path = nodePath(node);
      return new Answer().words(2 * path.length).text(path)
        .give(fixedPart(KEY_NAME_INFORMATION, 'Name'), buffer, length, resultLength);
    }
    case KeyCachedInformation: {
      const m = measure(node);
      return new Answer().wide(n.LastWriteTime(node))
        .words(0, n.SubKeyCount(node), m.names, n.ValueCount(node), m.valueNames, m.data,
          2 * name.length)
        .align(8).give(KEY_CACHED_INFORMATION.size, buffer, length, resultLength);
    }
    default:
      return STATUS_INVALID_PARAMETER;
  }
}
