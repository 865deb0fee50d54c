// Any sequence of operations leaves a volume as the model says, and each answers the model's
// status. What is compared: names and their order, contents, sizes, link counts.
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { Model } from '#test/fs/support/model.ts';
import { ALL, BUFFER, SYNC, close, contentsOf, create, dispose, link, list, query, rename, setSize,
  write } from '#test/fs/support/files.ts';
import { i32 } from '#src/mem/memory.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { ModelDirectory } from '#test/fs/support/model.ts';

/** Rights that collide with nobody's. */
const LOOK = c.FILE_WRITE_ATTRIBUTES | c.SYNCHRONIZE;
const NON_DIRECTORY = SYNC | c.FILE_NON_DIRECTORY_FILE;

/** Opens, does something, closes; the status of whichever failed. */
function using(
  at: string, options: number, act: (handle: number) => string, desiredAccess = ALL,
): string {
  const opened = create(at, { desiredAccess, options });
  if (opened.status !== 'SUCCESS') return opened.status;
  const status = act(opened.handle);
  close(opened.handle);
  return status;
}

function make(at: string, options: number): string {
  const opened = create(at, { disposition: c.FILE_CREATE, options });
  if (opened.status === 'SUCCESS') close(opened.handle);
  return opened.status;
}

/** One operation on both the volume and the model. */
type Step =
  | { readonly op: 'file' | 'directory' | 'delete'; readonly path: string }
  | { readonly op: 'write'; readonly path: string; readonly at: number; readonly text: string }
  | { readonly op: 'size'; readonly path: string; readonly size: number }
  | { readonly op: 'rename'; readonly path: string; readonly to: string; readonly replace: boolean }
  | { readonly op: 'link'; readonly path: string; readonly to: string };

const name = fc.constantFrom('a', 'B', 'cc', 'A', 'b');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `\\${parts.join('\\')}`);
const offset = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 4000, max: 9000 }));
const text = fc.string({ minLength: 1, maxLength: 50, unit: fc.constantFrom('x', 'y', 'z') });
const op = <T extends string>(value: T): fc.Arbitrary<T> => fc.constant(value);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constantFrom('file' as const, 'directory' as const, 'delete' as const), path }),
  fc.record({ op: op('write'), path, at: offset, text }),
  fc.record({ op: op('size'), path, size: offset }),
  fc.record({ op: op('rename'), path, to: path, replace: fc.boolean() }),
  fc.record({ op: op('link'), path, to: path }),
);

/** What the volume answers. */
function onVolume(s: Step): string {
  switch (s.op) {
    case 'file': return make(s.path, NON_DIRECTORY);
    case 'directory': return make(s.path, SYNC | c.FILE_DIRECTORY_FILE);
    case 'delete': return using(s.path, SYNC, (h) => dispose(h));
    case 'write': return using(s.path, NON_DIRECTORY, (h) => write(h, s.at, s.text));
    case 'size':
      return using(s.path, NON_DIRECTORY, (h) => setSize(h, cls.FileEndOfFileInformation, s.size));
    case 'rename': return using(s.path, SYNC, (h) => rename(h, s.to, s.replace));
    case 'link': return using(s.path, SYNC, (h) => link(h, s.to), LOOK);
    default: return s satisfies never;
  }
}

/** What the model answers. */
function onModel(model: Model, s: Step): string {
  switch (s.op) {
    case 'file': return model.makeFile(s.path);
    case 'directory': return model.makeDirectory(s.path);
    case 'delete': return model.remove(s.path);
    case 'write': return model.write(s.path, s.at, s.text);
    case 'size': return model.setSize(s.path, s.size);
    case 'rename': return model.rename(s.path, s.to, s.replace);
    case 'link': return model.link(s.path, s.to);
    default: return s satisfies never;
  }
}

function linksOf(file: string): number {
  let links = 0;
  using(file, SYNC, (handle) => {
    links = query(handle, cls.FileStandardInformation) === 'SUCCESS' ? i32[(BUFFER + 16) >> 2]! : -1;
    return 'SUCCESS';
  });
  return links;
}

/** Compares a directory of the volume with the model's, and everything below it. */
function compare(directory: ModelDirectory, at: string): void {
  expect([at, list(at === '' ? '\\' : at)]).toEqual([at, Model.names(directory)]);
  for (const { name: entry, node } of directory.values()) {
    const below = `${at}\\${entry}`;
    if (node instanceof Map) {
      compare(node, below);
    } else {
      expect([below, contentsOf(below)]).toEqual([below, node.contents]);
      expect([below, linksOf(below)]).toEqual([below, node.links]);
    }
  }
}

/** Empties the volume through its own operations. */
function clear(directory: ModelDirectory, at: string): void {
  for (const { name: entry, node } of directory.values()) {
    if (node instanceof Map) clear(node, `${at}\\${entry}`);
    expect(using(`${at}\\${entry}`, SYNC, (handle) => dispose(handle))).toBe('SUCCESS');
  }
}

function follow(steps: readonly Step[]): void {
  const model = new Model();
  steps.forEach((s, n) => expect([n, onVolume(s)]).toEqual([n, onModel(model, s)]));
  compare(model.root, '');
  clear(model.root, '');
  expect(list('\\')).toEqual([]);
}

describe('a volume', () => {
  test('holds what the model holds, whatever is done to it', () => {
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const machine = bootRamfs();
      try {
        follow(steps);
      } finally {
        expect(machine.end()).toEqual(NOTHING);
      }
    }), { numRuns: 150 });
  });
});
