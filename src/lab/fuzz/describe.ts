// A fuzzed operation in words, for people who have to find out why it fails.
import * as t from './tables.ts';
import type { FuzzKind, FuzzOperation } from './sequence.ts';

type Words = (operation: FuzzOperation) => string;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const at = ({ x, y }: FuzzOperation): string =>
  `${t.entry(t.lengths, y)} bytes at ${t.entry(t.offsets, x)}`;

const words: Partial<Readonly<Record<FuzzKind, Words>>> = {
  open: ({ x, y, z }) => {
    const [access, disposition, options] = t.entry(t.opens, y);
    return `"${t.entry(t.names, x)}", access ${hex(access)}, disposition ${disposition}, options ` +
      `${hex(options)}, sharing ${t.entry(t.shares, z)}`;
  },
  read: at,
  write: at,
  resize: ({ x, y }) => `to ${t.entry(t.sizes, x)} (` +
    `${['end of file', 'allocation', 'valid data', 'position'][y % 4]})`,
  rename: ({ x, y }) => `${y % 4 < 2 ? 'to' : 'link'} "${t.entry(t.names, x)}"` +
    `${y % 2 === 1 ? ', replacing' : ''}`,
  dispose: ({ x }) => (x % 2 === 0 ? 'delete' : 'do not delete'),
  query: ({ x, y }) => `class ${t.entry(t.classes, x)}, ${t.entry(t.buffers, y)} bytes`,
  set: ({ x, y }) => `class ${t.entry(t.classes, x)}, ${t.entry(t.buffers, y) % 128} bytes`,
  list: ({ x, y, z }) => `pattern ${t.entry(t.patterns, x) ?? 'none'}, class ` +
    `${t.entry(t.directoryClasses, y)}, ${t.entry(t.buffers, z)} bytes`,
  control: ({ x, y, z }) => `${hex(t.entry(t.controls, x))}, ${t.entry(t.buffers, y)} bytes in, ` +
    `${t.entry(t.buffers, z)} out`,
  oplock: ({ x }) => hex(t.entry(t.oplocks, x)),
  volume: ({ x, y }) => `class ${t.entry(t.volumeClasses, x)}, ${t.entry(t.buffers, y)} bytes`,
  security: ({ x }) => (x % 2 === 0 ? 'query' : 'set'),
  attribute: ({ x }) => (x % 2 === 0 ? 'query' : 'set'),
  section: ({ x }) => t.entry(['section', 'mod-write', 'cc-flush'], x),
};

/** One line on an operation. */
export function describeOperation(operation: FuzzOperation): string {
  const { kind, slot } = operation;
  const detail = words[kind]?.(operation) ?? '';
  const on = kind === 'reattach' ? 'detach and attach the filter' : `${kind} handle ${slot}`;
  return detail === '' ? on : `${on}: ${detail}`;
}
