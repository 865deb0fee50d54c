// POSIX names on an NT volume, and what the parser remembers of them.
import { describe, expect, it } from 'vitest';
import { ntPath, NameTree, posixPath } from '#src/lab/trace/strace/name-tree.ts';
import { ntComponent, posixComponent } from '#src/lab/trace/strace/posix-name.ts';
import { asked, parseCalls } from './support.ts';

const tree = (): NameTree => new NameTree(() => undefined);

describe('a POSIX name on NT', () => {
  it('keeps its letters and moves what NT forbids, and comes back', () => {
    const names = ['plain', 'a:b*c', 'tail.', 'tail ', 'back\\slash', 'q?"<>|', '\u0001', 'ä'];
    for (const name of names) {
      const nt = ntComponent(name);
      expect(nt).not.toMatch(/["*:<>?|\\]|[. ]$/);
      expect(posixComponent(nt)).toBe(name);
    }
    expect(ntComponent('a:b')).toBe('a\uf03ab');
  });

  it('gets a mark when another name differs only in case, and loses it again', () => {
    expect(ntComponent('makefile', 1)).toBe('makefile\uf101');
    expect(posixComponent(ntComponent('makefile', 300))).toBe('makefile');
  });

  it('stays two files when two differ only in case, which is counted', async () => {
    const parsed = await parseCalls(
      'mkdir("/w/Makefile", 0777) = 0', 'mkdir("/w/makefile", 0777) = 0',
      'rmdir("/w/makefile") = 0', 'rmdir("/w/Makefile") = 0');
    const paths = new Set(parsed.events.map((event) => event.volumePath));
    expect([...paths]).toEqual(['\\w\\Makefile', '\\w\\makefile\uf101']);
    expect(parsed.notes.caseCollisions).toBe(1);
    expect(parsed.events[0]).toMatchObject({ volume: 'C:', path: '/w/Makefile' });
  });
});

describe('the name tree', () => {
  it('resolves dots and links without asking NT', () => {
    const names = tree();
    names.resolve(names.root, '/lib', false).link = 'usr/lib';
    const node = names.resolve(names.root, '/lib/./x/../y', true);
    expect([posixPath(node), ntPath(node)]).toEqual(['/usr/lib/y', '\\usr\\lib\\y']);
    expect(posixPath(names.resolve(names.root, '/lib', false))).toBe('/lib');
    expect(posixPath(names.resolve(names.root, '/../..', true))).toBe('/');
  });

  it('gives up a circle of links', () => {
    const names = tree();
    names.resolve(names.root, '/a', false).link = '/b';
    names.resolve(names.root, '/b', false).link = '/a';
    expect(posixPath(names.resolve(names.root, '/a/x', true))).toMatch(/\/x$/);
  });

  it('learns a link from where an open led', async () => {
    expect(await asked(
      'openat(AT_FDCWD</w>, "/lib/c.so", O_RDONLY) = 3</usr/lib/c.so>',
      'close(3</usr/lib/c.so>) = 0',
      'access("/lib/d.so", F_OK) = 0',
    )).toEqual([
      'create \\usr\\lib\\c.so', 'cleanup \\usr\\lib\\c.so', 'close \\usr\\lib\\c.so',
      'create \\usr\\lib\\d.so', 'cleanup \\usr\\lib\\d.so', 'close \\usr\\lib\\d.so',
    ]);
  });

  it('moves what lies below a renamed folder, open files too', async () => {
    expect((await asked(
      'openat(AT_FDCWD</w>, "a/f", O_RDONLY) = 3</w/a/f>',
      'rename("/w/a", "/w/b") = 0',
      'close(3</w/b/f>) = 0',
    )).slice(-2)).toEqual(['cleanup \\w\\b\\f', 'close \\w\\b\\f']);
  });
});
