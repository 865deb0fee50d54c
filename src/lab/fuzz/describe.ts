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
      `${hex(options)}, sharing ${t.entry(t.shares, z)}, attributes ` +
      `${hex(t.entry(t.attributes, z >> 2))}`;
  },
  relative: ({ x, y, z }) => {
    const [access, disposition, options] = t.entry(t.opens, y);
    return `${z % 3 === 2 ? 'its file by id' : `"${t.entry(t.names, x)}" below it`}, access ` +
      `${hex(access)}, disposition ${disposition}, options ${hex(options)}`;
  },
  read: at,
  write: at,
  begin: at,
  page: ({ x, y, z }) => `paging ${z % 2 === 1 ? 'write' : 'read'}, ` +
    `${t.entry(t.pagingLengths, y)} bytes at ${t.entry(t.pagingOffsets, x)}`,
  map: ({ x, z }) => `protection ${hex(t.entry(t.protections, x))}` +
    `${z % 4 === 1 ? ', cut off meanwhile' : ''}`,
  resize: ({ x, y }) => `to ${t.entry(t.sizes, x)} (` +
    `${['end of file', 'allocation', 'valid data', 'position'][y % 4]})`,
  rename: ({ x, y, z }) => `class ${t.entry(t.renames, z)} to ` +
    `"${z % 6 === 5 ? t.entry(t.bareTargets, x) : t.entry(t.names, x)}", flags ` +
    `${hex(t.entry(t.renameFlags, y))}`,
  dispose: ({ x, y }) => (y % 3 < 2 ? (x % 2 === 0 ? 'delete' : 'do not delete')
    : `flags ${hex(t.entry(t.dispositions, x))}`),
  byName: ({ x, y }) => `"${t.entry(t.names, x)}", class ${t.entry(t.nameClasses, y)}`,
  query: ({ x, y }) => `class ${t.entry(t.classes, x)}, ${t.entry(t.buffers, y)} bytes`,
  set: ({ x, y }) => `class ${t.entry(t.classes, x)}, ` +
    `${y % 4 === 1 ? 'a structure' : `${t.entry(t.buffers, y) % 128} bytes`}`,
  list: ({ x, y, z }) => `pattern ${t.entry(t.patterns, x) ?? 'none'}, class ` +
    `${t.entry(t.directoryClasses, y)}, ${t.entry(t.buffers, z)} bytes`,
  lock: ({ x, y, z }) => `${x % 2 === 0 ? 'exclusive' : 'shared'}, ` +
    `${t.entry(t.lengths, y)} bytes at ${x} of range ${z % 2}${z % 4 === 3 ? ', may wait' : ''}`,
  control: ({ x, y, z }) => `${hex(t.entry(t.controls, x))}, ` +
    `${y % 2 === 0 ? 'its own input' : `${t.entry(t.buffers, y)} bytes in`}, ` +
    `${t.entry(t.buffers, z)} out`,
  oplock: ({ x }) => hex(t.entry(t.oplocks, x)),
  volume: ({ x, y, z }) => `${z % 4 === 3 ? 'set ' : ''}class ${t.entry(t.volumeClasses, x)}, ` +
    `${t.entry(t.buffers, y)} bytes`,
  security: ({ x }) => (x % 2 === 0 ? 'query' : 'set'),
  attribute: ({ x, z }) => `${x % 2 === 0 ? 'query' : 'set'} "${t.entry(t.eaNames, z)}"`,
  section: ({ x }) => t.entry(['section', 'mod-write', 'cc-flush'], x),
  raw: ({ x }) => `major ${t.entry(t.raws, x).map(hex).join(', minor ')}`,
  starve: ({ x, y }) => `allocation ${x} from now on fails, ` +
    `${y % 4 === 3 ? 'and all behind it' : `${1 + (y % 4)} in all`}`,
};

const reattaching = ['detach and attach the filter', 'detach the filter', 'attach the filter'];

/** One line on an operation. */
export function describeOperation(operation: FuzzOperation): string {
  const { kind, slot, x } = operation;
  const detail = words[kind]?.(operation) ?? '';
  const on = kind === 'reattach' ? reattaching[x % 3]!
    : kind === 'starve' ? 'memory is short' : `${kind} handle ${slot}`;
  return detail === '' ? on : `${on}: ${detail}`;
}
