// The declared structures as a C header, for C drivers: what a TypeScript accessor reads and what a
// C compiler reads is then the same byte, because every size and every offset is asserted with
// _Static_assert when the driver is compiled.
//
// The header is complete by itself (it defines the scalar types it uses), names only structures and
// members, and is valid for any 32-bit compiler that aligns 64-bit integers to 8, as cl and wasm32
// do. Contended words become plain members of their WDK type: C drivers use Interlocked routines.
// Code pointers become PVOID.
import { alignUp } from './pointer.ts';
import type { Field, Nested } from './field.ts';

/** The types that declarations may spell, in terms of what a compiler knows. */
const SCALAR_TYPES: readonly (readonly [name: string, c: string])[] = [
  ['CHAR', 'char'],
  ['UCHAR', 'unsigned char'],
  ['BOOLEAN', 'unsigned char'],
  ['SHORT', 'short'],
  ['USHORT', 'unsigned short'],
  ['WCHAR', 'unsigned short'],
  ['LONG', 'long'],
  ['ULONG', 'unsigned long'],
  ['ULONG_PTR', 'unsigned long'],
  ['SIZE_T', 'unsigned long'],
  ['NTSTATUS', 'long'],
  ['ACCESS_MASK', 'unsigned long'],
  ['HANDLE', 'void *'],
  ['PVOID', 'void *'],
  ['LONGLONG', 'long long'],
  ['ULONGLONG', 'unsigned long long'],
  ['LARGE_INTEGER', 'union { struct { ULONG LowPart; LONG HighPart; }; LONGLONG QuadPart; }'],
  ['ULARGE_INTEGER', 'union { struct { ULONG LowPart, HighPart; }; ULONGLONG QuadPart; }'],
  ['KSPIN_LOCK', 'ULONG_PTR'],
  ['EX_PUSH_LOCK', 'ULONG_PTR'],
  ['EX_SPIN_LOCK', 'LONG'],
];
const SCALAR_NAMES = new Set(SCALAR_TYPES.map(([name]) => name));

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** A scalar's C type; a pointer to a scalar type is spelled without the word struct. */
function scalarType(c: string): string {
  const pointee = /^struct _(\w+) \*$/.exec(c)?.[1];
  if (pointee === undefined) return c;
  if (SCALAR_NAMES.has(pointee)) return `${pointee} *`;
  return /^P[A-Z]/.test(pointee) ? 'PVOID *' : c;
}

function declare(type: string, name: string, suffix: string): string {
  return `${type}${type.endsWith('*') ? '' : ' '}${name}${suffix};`;
}

/** One member; a nested member without a name of its own is spelled out in place. */
function member(key: string, field: Field, suffix = ''): string[] {
  if (field.tag === 'array') return member(key, field.element, `[${field.length}]${suffix}`);
  if (field.tag !== 'nested') return [declare(scalarType(field.c), key, suffix)];
  if (field.name !== 'anonymous') return [declare(`struct _${field.name}`, key, suffix)];
  const name = key.startsWith('$') ? '' : ` ${key}`;
  return [
    `${field.union ? 'union' : 'struct'} {`,
    ...indent(members(field)),
    `}${name}${suffix};`,
  ];
}

function members(type: Nested): string[] {
  return Object.entries(type.fields).flatMap(([key, field]) => member(key, field));
}

interface Extent {
  readonly size: number;
  readonly align: number;
}

/** Where a C compiler would put the members under one `#pragma pack`, or undefined if elsewhere. */
function extent(field: Field, pack: number): Extent | undefined {
  if (field.tag === 'array') {
    const element = extent(field.element, pack);
    return element && { size: element.size * field.length, align: element.align };
  }
  if (field.tag !== 'nested' || field.name !== 'anonymous') return field;
  const whole = place(field, pack);
  return whole?.size === field.size ? whole : undefined;
}

function place(type: Nested, pack: number): Extent | undefined {
  let at = 0;
  let size = 0;
  let align = 1;
  for (const [key, field] of Object.entries(type.fields)) {
    const part = extent(field, pack);
    if (part === undefined) return undefined;
    const partAlign = Math.min(part.align, pack);
    align = Math.max(align, partAlign);
    at = type.union ? 0 : alignUp(at, partAlign);
    if (at !== type.offsets[key]) return undefined;
    at += part.size;
    size = Math.max(size, at);
  }
  return { size: alignUp(size, align), align };
}

/** No packing, or the `#pragma pack` under which C agrees with the declaration. */
const PACKS = [64, 4, 2, 1] as const;

function definition(type: Nested): string[] {
  for (const pack of PACKS) {
    const natural = place(type, pack);
    if (natural === undefined || natural.size > type.size) continue;
    const wider = natural.size !== type.size || natural.align < type.align;
    if (wider && alignUp(natural.size, type.align) !== type.size) continue;
    const attribute = wider ? ` __attribute__((aligned(${type.align})))` : '';
    const body = [
      `struct _${type.name} {`,
      ...indent(members(type)),
      `}${attribute};`,
      `typedef struct _${type.name} ${type.name}, *P${type.name};`,
    ];
    if (pack === PACKS[0]) return body;
    return [`#pragma pack(push, ${pack})`, ...body, '#pragma pack(pop)'];
  }
  throw new Error(`structure ${type.name} has a layout that no C declaration gives`);
}

/** Every offset, through anonymous and spelled-out members; a named structure asserts its own. */
function offsetsOf(type: Nested, prefix: string, base: number): [string, number][] {
  return Object.entries(type.fields).flatMap(([key, field]): [string, number][] => {
    const at = base + (type.offsets[key] ?? 0);
    const spelledOut = field.tag === 'nested' && field.name === 'anonymous';
    if (key.startsWith('$')) return offsetsOf(field as Nested, prefix, at);
    const path = `${prefix}${key}`;
    return [[path, at], ...(spelledOut ? offsetsOf(field, `${path}.`, at) : [])];
  });
}

/** One assertion; `text` is what the compiler says when it fails. */
function assertion(what: string, value: number, text: string): string {
  return `_Static_assert(${what} == ${value}, "${text}");`;
}

function assertions(type: Nested): string[] {
  const name = `struct _${type.name}`;
  return [
    assertion(`sizeof(${name})`, type.size, `sizeof ${type.name}`),
    ...offsetsOf(type, '', 0).map(([path, at]) =>
      assertion(`__builtin_offsetof(${name}, ${path})`, at, `${type.name}.${path}`),
    ),
  ];
}

/** The structures that a declaration contains by value, so that they can be defined first. */
function contained(type: Nested): Nested[] {
  return Object.values(type.fields).flatMap((field) => {
    let inner: Field = field;
    while (inner.tag === 'array') inner = inner.element;
    if (inner.tag !== 'nested') return [];
    return inner.name === 'anonymous' ? contained(inner) : [inner];
  });
}

/** In an order in which C accepts them; containers after what they contain. */
function inOrder(structs: readonly Nested[]): Nested[] {
  const done = new Map<string, Nested>();
  const visit = (type: Nested): void => {
    if (done.has(type.name)) return;
    contained(type).forEach(visit);
    done.set(type.name, type);
  };
  structs.forEach(visit);
  return [...done.values()];
}

/**
 * Writes the structures (and what they contain) as a C header of definitions and assertions.
 *
 * @param structs usually `declaredStructs()`, after the modules that declare have been loaded.
 * @returns the text of the header, the same for the same declarations.
 * @throws Error when a layout has no C declaration; the structure is named.
 */
export function cHeader(structs: readonly Nested[]): string {
  const ordered = inOrder(structs);
  return [
    '#pragma once',
    ...SCALAR_TYPES.map(([name, c]) => `typedef ${c.endsWith('*') ? c : `${c} `}${name};`),
    ...ordered.flatMap((type) => ['', ...definition(type), ...assertions(type)]),
    '',
  ].join('\n');
}
