// The C header agrees with a C compiler. The compiler is the judge: every size and offset of every
// published structure is a _Static_assert in the header.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { LARGE_INTEGER, LONG, UCHAR, ULONG, array, atomic, pointer } from '#src/mem/field.ts';
import { cHeader } from '#src/mem/c-header.ts';
import { declaredStructs, group, struct, union } from '#src/mem/struct.ts';
import * as rtl from '#src/ntos/rtl/types.ts';
import * as ke from '#src/ntos/ke/types.ts';
import * as mm from '#src/ntos/mm/types.ts';
import * as ex from '#src/ntos/ex/types.ts';
import * as io from '#src/ntos/io/types.ts';
import * as files from '#src/ntos/io/information/file-information.ts';
import * as control from '#src/ntos/io/control-types.ts';
import * as fltmgr from '#src/fltmgr/types.ts';
import * as parameters from '#src/fltmgr/walk/parameters.ts';
import * as query from '#src/fltmgr/query/types.ts';

const rooms = [rtl, ke, mm, ex, io, files, control, fltmgr, parameters, query];
const exported = new Set<unknown>(rooms.flatMap((room) => Object.values<unknown>(room)));
const published = declaredStructs().filter((declared) => exported.has(declared));

/** Compilers that lay structures out as 32-bit Windows does, in the order of trying. */
const COMPILERS: readonly (readonly string[])[] = [
  ['clang', '--target=wasm32-unknown-unknown'],
  ['gcc', '-m32', '-malign-double'],
  ['cc', '-m32', '-malign-double'],
];

/** What the compiler says about a source; empty when it accepts it. */
function complaints(compiler: readonly string[], source: string): string {
  const [program = '', ...flags] = compiler;
  const check = ['-ffreestanding', '-fsyntax-only', '-std=gnu11', '-x', 'c', '-'];
  const run = spawnSync(program, [...flags, ...check], {
    input: source,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return run.error ? run.error.message : run.status === 0 ? '' : run.stderr || `exit ${run.status}`;
}

const compiler = COMPILERS.find((c) => complaints(c, 'int nothing;') === '');
if (compiler === undefined) {
  process.stderr.write('c-header: no clang for wasm32 and no gcc -m32 on PATH; nothing compiled\n');
}

describe('the C header of the published structures', () => {
  test.skipIf(compiler === undefined)('is accepted by a C compiler, assertions and all', () => {
    expect(complaints(compiler ?? [], cHeader(published))).toBe('');
  });

  test.skipIf(compiler === undefined)('is refused when one member lies elsewhere', () => {
    const wrong = cHeader(published).replace(
      '_Static_assert(__builtin_offsetof(struct _FLT_CALLBACK_DATA, Iopb) == 8',
      '_Static_assert(__builtin_offsetof(struct _FLT_CALLBACK_DATA, Iopb) == 12',
    );
    expect(complaints(compiler ?? [], wrong)).toContain('FLT_CALLBACK_DATA.Iopb');
  });

  test.skipIf(compiler === undefined)('lets C code use the members by their WDK names', () => {
    const use = `${cHeader(published)}
      ULONG read(PFLT_CALLBACK_DATA Data, PIRP Irp) {
        Data->IoStatus.Status = (NTSTATUS)0xc0000022;
        Data->Iopb->Parameters.Read.ByteOffset.QuadPart += Data->Iopb->Parameters.Read.Length;
        Irp->Tail.Overlay.CurrentStackLocation->Parameters.Create.ShareAccess = 7;
        return Data->Flags | Irp->Tail.Overlay.ListEntry.Flink->Blink->Flink == 0;
      }`;
    expect(complaints(compiler ?? [], use)).toBe('');
  });

  test('holds definitions and assertions and no comment', () => {
    const text = cHeader(published);
    expect(text).not.toMatch(/\/\/|\/\*/);
    for (const { name, size } of published) {
      expect(text).toContain(`sizeof(struct _${name}) == ${size}`);
    }
  });

  test('is the same text every time', () => {
    expect(cHeader(published)).toBe(cHeader([...published]));
  });
});

describe('a declaration in C', () => {
  test('comes after what it contains by value, whatever the order given', () => {
    const inner = struct('TEST_C_INNER', { A: ULONG });
    const outer = struct('TEST_C_OUTER', { List: array(inner, 2), Other: group({ In: inner }) });
    const text = cHeader([outer]);
    const at = (name: string): number => text.indexOf(`struct _${name} {`);
    expect(at('TEST_C_INNER')).toBeLessThan(at('TEST_C_OUTER'));
    expect(text.match(/struct _TEST_C_INNER \{/g)).toHaveLength(1);
    expect(text).toContain('struct _TEST_C_INNER List[2];');
  });

  test('spells packing, alignment, unions and contended words as C does', () => {
    const packed = struct('TEST_C_PACKED', { A: ULONG, B: LARGE_INTEGER }, { pack: 4 });
    const wide = struct('TEST_C_WIDE', { Lock: atomic('KSPIN_LOCK') }, { align: 64 });
    const either = struct('TEST_C_EITHER', {
      $u: union({ Value: LONG, $s: group({ Low: UCHAR, High: UCHAR }) }),
      Next: pointer('TEST_C_EITHER'),
      Text: pointer('WCHAR'),
    });
    const text = cHeader([packed, wide, either]);
    expect(text).toContain('#pragma pack(push, 4)\nstruct _TEST_C_PACKED {');
    expect(text).toContain('  KSPIN_LOCK Lock;\n} __attribute__((aligned(64)));');
    expect(text).toContain('  struct _TEST_C_EITHER *Next;\n  WCHAR *Text;');
    expect(text).toContain('__builtin_offsetof(struct _TEST_C_EITHER, High) == 1');
    if (compiler !== undefined) expect(complaints(compiler, text)).toBe('');
  });

  test('is refused by name when C has no way to say it', () => {
    const even = struct('TEST_C_ODD', { A: UCHAR, B: UCHAR });
    const odd = { ...even, offsets: { A: 0, B: 3 }, size: 4 };
    expect(() => cHeader([odd])).toThrow(/TEST_C_ODD has a layout that no C declaration gives/);
  });
});
