// One declaration, two ways to the bytes: for random declarations the accessors, the views and a
// DataView that was told the offsets by a model of its own read and write the same bytes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHAR, LARGE_INTEGER, LONG, POINTER, SHORT, UCHAR, ULONG, USHORT, array, atomic, deref,
  pointer } from '#src/mem/field.ts';
import { USER } from '#src/mem/memory-map.ts';
import { u8, views, viewsOf } from '#src/mem/memory.ts';
import { group, struct, union } from '#src/mem/struct.ts';
import { cast } from '#src/mem/pointer.ts';
import { boot, createMemory } from '#src/mem/boot-options.ts';
import { MIN_MEMORY } from '#src/mem/param.ts';
import type { Field, Fields, Kind, Nested, Scalar } from '#src/mem/field.ts';
import type { View } from '#src/mem/struct.ts';

const base = USER.start + 4096;
const data = new DataView(boot.memory.buffer);

const DOUBLE: Scalar = { tag: 'scalar', kind: 'f64', size: 8, align: 8, c: 'double' };
const scalars = [UCHAR, CHAR, USHORT, SHORT, ULONG, LONG, LARGE_INTEGER, POINTER, DOUBLE];

/** A member as the model sees it: a scalar, or a struct or union of members. */
interface Leaf {
  readonly path: readonly string[];
  readonly offset: number;
  readonly kind: Kind;
}
interface Placed {
  readonly size: number;
  readonly align: number;
  readonly leaves: readonly Leaf[];
}

const up = (n: number, a: number): number => n + ((a - (n % a)) % a);

/** The model: the rules of the compiler, written a second time. */
function place(field: Field, pack: number): Placed {
  if (field.tag === 'scalar') {
    const leaf: Leaf = { path: [], offset: 0, kind: field.kind };
    return { size: field.size, align: Math.min(field.size, pack), leaves: [leaf] };
  }
  if (field.tag !== 'nested') {
    return { size: field.size, align: Math.min(field.align, pack), leaves: [] };
  }
  let end = 0;
  let size = 0;
  let align = 1;
  const leaves: Leaf[] = [];
  for (const [name, member] of Object.entries(field.fields)) {
    const inner = place(member, pack);
    const at = field.union ? 0 : up(end, inner.align);
    for (const leaf of inner.leaves) {
      const path = name.startsWith('$') ? leaf.path : [name, ...leaf.path];
      leaves.push({ ...leaf, path, offset: at + leaf.offset });
    }
    end = at + inner.size;
    size = Math.max(size, end);
    align = Math.max(align, inner.align);
  }
  return { size: up(size, align), align, leaves };
}

function readModel(kind: Kind, at: number): number {
  const read: Record<Kind, () => number> = {
    u8: () => data.getUint8(at),
    i8: () => data.getInt8(at),
    u16: () => data.getUint16(at, true),
    i16: () => data.getInt16(at, true),
    u32: () => data.getUint32(at, true),
    i32: () => data.getInt32(at, true),
    i64: () => Number(data.getBigInt64(at, true)),
    f64: () => data.getFloat64(at, true),
  };
  return read[kind]();
}

/** What a member of a kind holds after a number was stored in it. */
function wrapped(kind: Kind, value: number): number {
  const bits = Number(kind.slice(1));
  if (kind === 'f64' || bits === 64) return value;
  const low = value & (bits === 32 ? -1 : (1 << bits) - 1);
  if (kind.startsWith('u')) return low >>> 0;
  return (low << (32 - bits)) >> (32 - bits);
}

type Loose = Record<string, ((p: number, v?: number) => number) | undefined>;
type LooseView = { [name: string]: LooseView & number };

/** A declaration whose members the compiler does not know. */
interface Declared extends Nested {
  readonly bound: Loose;
  at(address: number): LooseView;
}

/** Random declarations, without the misaligned ones that layout refuses. */
function declarations(pack: number): fc.Arbitrary<Declared> {
  const usable = scalars.filter((s) => s.kind !== 'f64' || pack === 8);
  const plain: fc.Arbitrary<Field> = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Field>(...usable) },
    { weight: 1, arbitrary: fc.constant<Field>(atomic()) },
    { weight: 1, arbitrary: fc.nat({ max: 3 }).map((n): Field => array(USHORT, n + 1)) },
  );
  const nested = (member: fc.Arbitrary<Field>): fc.Arbitrary<Nested> => {
    const list = fc.array(fc.tuple(member, fc.boolean()), { minLength: 1, maxLength: 6 });
    return fc.tuple(list, fc.boolean()).map(([members, isUnion]) => {
      const fields = Object.fromEntries(members.map(([f, hide]) => [unused(f, hide), f]));
      return (isUnion ? union : group)(fields, { pack });
    });
  };
  const inner = fc.oneof(plain, nested(plain));
  return nested(fc.oneof(plain, nested(inner))) as unknown as fc.Arbitrary<Declared>;
}

let count = 0;
/** Every member gets a name of its own; some nested ones get none that shows. */
function unused(field: Field, hide: boolean): string {
  return `${hide && field.tag === 'nested' ? '$' : ''}M${count++}`;
}

/** The view that has the last name of a path as its member. */
function owner(view: LooseView, path: readonly string[]): LooseView {
  return path.slice(0, -1).reduce<LooseView>((v, name) => v[name] as LooseView, view);
}

describe('accessors, views and a DataView with offsets of its own', () => {
  test.each([4, 8])('agree for random declarations under pack %i', (pack) => {
    fc.assert(
      fc.property(declarations(pack), fc.infiniteStream(fc.nat({ max: 255 })), (type, bytes) => {
        const model = place(type, pack);
        expect([type.size, type.align]).toEqual([model.size, model.align]);
        const view = type.at(base);
        for (const { path, offset, kind } of model.leaves) {
          for (let i = 0; i < type.size; i++) u8[base + i] = bytes.next().value ?? 0;
          const key = path.join('_');
          const expected = readModel(kind, base + offset);
          expect(type.bound[key]?.(base)).toEqual(expected);
          expect(type.bound[`at_${key}`]?.(base)).toBe(base + offset);
          expect(owner(view, path)[path.at(-1) ?? '']).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('agree on what was stored, and a store changes no byte beside its member', () => {
    const value = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 32));
    fc.assert(
      fc.property(declarations(4), value, fc.boolean(), (type, stored, throughView) => {
        const view = type.at(base);
        for (const { path, offset, kind } of place(type, 4).leaves) {
          u8.fill(0xcc, base, base + type.size + 8);
          const name = path.at(-1) ?? '';
          if (throughView) (owner(view, path) as Record<string, number>)[name] = stored;
          else type.bound[`set_${path.join('_')}`]?.(base, stored);
          expect(readModel(kind, base + offset)).toBe(wrapped(kind, stored));
          const end = offset + Number(kind.slice(1)) / 8;
          const beside = [...u8.subarray(base, base + type.size + 8)];
          beside.splice(offset, end - offset);
          expect(beside.every((b) => b === 0xcc)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('agree for 64-bit integers up to 2^53 of both signs', () => {
    const type = group({ A: LARGE_INTEGER });
    const { A, set_A } = type.bound;
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        set_A(cast(base), n);
        expect(A(cast(base))).toBe(n);
        expect(data.getBigInt64(base, true)).toBe(BigInt(n));
      }),
    );
  });
});

const POINT = struct('TEST_POINT', { X: LONG, Y: LONG });
const LINE = struct('TEST_LINE', {
  Start: POINT,
  End: deref(() => POINT),
  Next: pointer('TEST_LINE'),
  Hits: atomic(),
  Marks: array(UCHAR, 4),
  $either: union({ $pair: group({ Low: USHORT, High: USHORT }), Both: ULONG }),
});

describe('a view', () => {
  const line: View<typeof LINE> = LINE.at(base);
  const far = base + 256;

  test('follows a pointer and shows members of anonymous members as its own', () => {
    LINE.bound.set_End(cast(base), cast(far));
    line.End.X = 7;
    line.Start.Y = -3;
    line.High = 0x1234;
    line.Low = 0x5678;
    expect(POINT.at(far).X).toBe(7);
    expect(LINE.bound.Start_Y(cast(base))).toBe(-3);
    expect(line.Both).toBe(0x1234_5678);
    expect(line.Marks).toBe(LINE.bound.at_Marks(cast(base)));
    expect(`${String(line)}`).toBe(`TEST_LINE@0x${base.toString(16)}`);
  });

  test('moves its children along when it is pointed elsewhere', () => {
    const moving = LINE.at(base);
    const start = moving.Start;
    moving.Start.X = 1;
    moving.address = cast(base + 64);
    moving.Start.X = 2;
    expect(moving.Start).toBe(start);
    expect([POINT.at(base).X, POINT.at(base + 64).X]).toEqual([1, 2]);
  });

  test('over another machine\'s memory shows that machine', () => {
    const other = viewsOf(createMemory(MIN_MEMORY));
    LINE.over(other, base).Start.X = 77;
    LINE.bind(other).set_Low(cast(base), 5);
    expect(other.i32[base >> 2]).toBe(77);
    expect(LINE.over(other, base).Low).toBe(5);
    expect(line.Start.X).not.toBe(77);
  });
});

describe('a contended word', () => {
  test('has an address and nothing that reads or writes it plainly', () => {
    const bound = LINE.bound;
    expect(bound.at_Hits(cast(base))).toBe(base + (LINE.offsets['Hits'] ?? NaN));
    // @ts-expect-error a contended word has no plain getter
    expect(bound.Hits).toBeUndefined();
    // @ts-expect-error a contended word has no plain setter
    expect(bound.set_Hits).toBeUndefined();
  });

  test('shows as its address in a view and cannot be assigned', () => {
    const line = LINE.at(base);
    expect(line.Hits).toBe(LINE.bound.at_Hits(cast(base)));
    expect(() => {
      // @ts-expect-error a contended word is read-only in a view
      line.Hits = 1;
    }).toThrow(TypeError);
  });
});

/** Code that is only compiled: each line must be an error, or tsc says it was not. */
function compiledOnly(use: () => void): void {
  expect(use).toBeTypeOf('function');
}

describe('the type checker', () => {
  test('knows the members of a declaration and the pointers it takes', () => {
    const fields: Fields = LINE.fields;
    expect(Object.keys(fields)).toContain('Start');
    compiledOnly(() => {
      // @ts-expect-error no such member
      LINE.bound.set_Nothing(cast(base), 1);
      // @ts-expect-error an array is reached by address
      LINE.bound.Marks(cast(base));
      // @ts-expect-error a point is no line
      LINE.bound.Low(cast<'TEST_POINT'>(base));
      // @ts-expect-error a nested structure is not assigned whole
      LINE.at(base).Start = LINE.at(base).Start;
      // @ts-expect-error no such member in a view
      LINE.at(base).Nothing = 1;
    });
  });
});

describe('watched accessors', () => {
  test('tell every access with its address before they make it', () => {
    const seen: [number, boolean][] = [];
    const { Start_X, set_Start_X, Both } = LINE.bind(views, (address, write) => {
      seen.push([address - base, write]);
    });
    set_Start_X(cast(base), 3);
    expect(Start_X(cast(base))).toBe(3);
    Both(cast(base));
    expect(seen).toEqual([
      [0, true],
      [0, false],
      [LINE.offsets['Both'], false],
    ]);
  });
});
