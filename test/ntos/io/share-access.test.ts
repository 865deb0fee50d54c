// Share access: an open is let in exactly when everyone who is there shares what it asks for, and
// it shares what everyone who is there does.
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { fillBytes } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { FILE_OBJECT, SHARE_ACCESS } from '#src/ntos/io/types.ts';
import { IoCheckShareAccess, IoRemoveShareAccess, IoSetShareAccess, IoUpdateShareAccess }
  from '#src/ntos/io/service/share-access.ts';
import { STATUS_SHARING_VIOLATION, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import type { PFILE_OBJECT, PSHARE_ACCESS } from '#src/ntos/io/types.ts';

const SHARE = (USER.start + 4096) as PSHARE_ACCESS;
const file = (n: number): PFILE_OBJECT => (USER.start + 8192 + n * 256) as PFILE_OBJECT;
const s = SHARE_ACCESS.bound;

interface Open {
  readonly access: number;
  readonly share: number;
}

function asks(open: Open): [boolean, boolean, boolean] {
  return [(open.access & (c.FILE_READ_DATA | c.FILE_EXECUTE)) !== 0,
    (open.access & (c.FILE_WRITE_DATA | c.FILE_APPEND_DATA)) !== 0, (open.access & c.DELETE) !== 0];
}

/** The rule in plain words: two opens agree when each shares what the other asks for. */
function agree(a: Open, b: Open): boolean {
  const bits = [c.FILE_SHARE_READ, c.FILE_SHARE_WRITE, c.FILE_SHARE_DELETE];
  if (!asks(a).includes(true) || !asks(b).includes(true)) return true;
  return bits.every((bit, i) => (!asks(a)[i] || (b.share & bit) !== 0) &&
    (!asks(b)[i] || (a.share & bit) !== 0));
}

const open = fc.record({
  access: fc.subarray([c.FILE_READ_DATA, c.FILE_WRITE_DATA, c.FILE_APPEND_DATA, c.FILE_EXECUTE,
    c.DELETE, c.FILE_READ_ATTRIBUTES]).map((bits) => bits.reduce((all, bit) => all | bit, 0)),
  share: fc.integer({ min: 0, max: 7 }),
});

describe('IoCheckShareAccess', () => {
  test('agrees with the rule in plain words, for any order of opens and closes', () => {
    fc.assert(fc.property(fc.array(fc.tuple(open, fc.boolean()), { maxLength: 12 }), (steps) => {
      fillBytes(SHARE, 0, SHARE_ACCESS.size);
      const there: { open: Open; at: PFILE_OBJECT }[] = [];
      steps.forEach(([asked, closesOne], n) => {
        fillBytes(file(n), 0, FILE_OBJECT.size);
        const status = IoCheckShareAccess(asked.access, asked.share, file(n), SHARE, true);
        const expected = there.every((other) => agree(asked, other.open));
        expect(status).toBe(expected ? STATUS_SUCCESS : STATUS_SHARING_VIOLATION);
        if (expected) there.push({ open: asked, at: file(n) });
        const leaves = closesOne ? there.shift() : undefined;
        if (leaves !== undefined) IoRemoveShareAccess(leaves.at, SHARE);
      });
      for (const { at } of there) IoRemoveShareAccess(at, SHARE);
      expect(s.OpenCount(SHARE)).toBe(0);
      expect([s.Readers(SHARE), s.Writers(SHARE), s.Deleters(SHARE)]).toEqual([0, 0, 0]);
    }), { numRuns: 200 });
  });

  test('without update asks only; IoUpdateShareAccess counts then', () => {
    fillBytes(file(0), 0, FILE_OBJECT.size);
    fillBytes(file(1), 0, FILE_OBJECT.size);
    IoSetShareAccess(c.FILE_READ_DATA, c.FILE_SHARE_READ, file(0), SHARE);
    expect(s.OpenCount(SHARE)).toBe(1);
    expect(IoCheckShareAccess(c.FILE_READ_DATA, 1, file(1), SHARE, false)).toBe(STATUS_SUCCESS);
    expect(s.OpenCount(SHARE)).toBe(1);
    IoUpdateShareAccess(file(1), SHARE);
    expect(s.Readers(SHARE)).toBe(2);
  });
});
