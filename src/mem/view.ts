// Readable objects over a pointer: `Data.Iopb.Parameters.Read.Length`. A view knows its address;
// reading a member reads the machine's memory. Nested members and followed pointers give child
// views that belong to their parent: re-pointing the parent moves them along, so nothing is
// allocated after the first use. Cold code, drivers and printing use views; hot kernel code uses
// accessors.
import { readExpression, storeStatement } from './accessors.ts';
import { views } from './memory.ts';
import { watchDriver } from './watch.ts';
import type { Atomic, ArrayOf, Deref, Field, Fields, Nested, Scalar } from './field.ts';
import type { Views } from './memory.ts';
import type { Ptr } from './pointer.ts';

type Member<F> =
  F extends Scalar<infer T>
    ? T
    : F extends Atomic
      ? number
      : F extends Deref<infer M>
        ? ViewOf<M['fields'], M['name']>
        : F extends ArrayOf
          ? number
          : F extends Nested<infer G, infer N>
            ? ViewOf<G, N>
            : never;

/** Every member a view shows, those of anonymous members included, however deep. */
type Entries<F extends Fields> = {
  [K in keyof F & string]: K extends `$${string}`
    ? F[K] extends Nested<infer G>
      ? Entries<G>
      : never
    : readonly [K, F[K]];
}[keyof F & string];

type Entry = readonly [string, Field];
type Writable<E extends Entry> = E[1] extends Scalar<unknown> | Deref ? E[0] : never;
type Constant<E extends Entry> = E[1] extends Scalar<unknown> | Deref ? never : E[0];

/** A readable object over one structure in memory. Atomic words and arrays show as addresses. */
export type ViewOf<F extends Fields, N extends string> = {
  [E in Entries<F> as Writable<E>]: Member<E[1]>;
} & {
  readonly [E in Entries<F> as Constant<E>]: Member<E[1]>;
} & {
  /** Where the structure lies. Assigning it points the view (and its children) elsewhere. */
  address: Ptr<N>;
};

type ViewClass = new (address: number) => { address: number };
const classes = new WeakMap<Nested, Map<Views | Touch, ViewClass>>();

/** What a view tells whoever handed it out. */
export interface Touch {
  /** Bit 0: it was written through. Bit 1: an address was asked for, past which one may write. */
  seen: number;
  /** Members that are not in memory before `aim` has run, which it has when this is negative. */
  readonly late: ReadonlySet<string>;
  node: number;
  aim(): void;
}

/** The view class of a structure over the given views; made once. */
export function viewClass(type: Nested, v: Views, touch?: Touch): ViewClass {
  const made = classes.get(type) ?? new Map<Views | Touch, ViewClass>();
  classes.set(type, made);
  const known = made.get(touch ?? v);
  if (known !== undefined) return known;
  const fresh = compile(type, v, touch);
  made.set(touch ?? v, fresh);
  return fresh;
}

/**
 * A view over this machine's memory that says when it was written through (and when its address, or
 * that of a part of it, was asked for: then it may be written past the view).
 */
export function touchView<F extends Fields, N extends string>(
  type: Nested<F, N>, touch: Touch,
): ViewOf<F, N> {
  return new (viewClass(type, views, touch))(0) as ViewOf<F, N>;
}

/** The text of a view class as it is put together. */
interface Parts {
  readonly members: string[];
  readonly inits: string[];
  readonly children: Field[];
  /** The statement where an address is given away; empty as a rule. */
  readonly gives: string;
  /** The statement before a member that may not be in memory yet. */
  before(name: string): string;
  /** Where the view keeps its own address. */
  readonly address: string;
  /** The statement before an access; empty unless accesses are watched. */
  look(at: string, write: boolean): string;
}

function compile(type: Nested, v: Views, touch: Touch | undefined): ViewClass {
  // Only this machine's own memory has an IRQL to hold accesses against.
  const watch = v === views ? watchDriver : undefined;
  const late = 'if(touch.node>=0)touch.aim();';
  const says = touch === undefined ? '' : 'touch.seen|=1;';
  const parts: Parts = {
    members: [], inits: [], children: [],
    gives: touch === undefined ? '' : `${late}touch.seen|=2;`,
    before: (name) => (touch?.late.has(name) ? late : ''),
    address: touch === undefined ? 'this.address' : 'this.at',
    look: (at, write) =>
      (watch === undefined ? '' : `watch(${at},${write});`) + (write ? says : ''),
  };
  addMembers(type, 0, parts);
  const { members, inits, children, gives } = parts;
  if (touch !== undefined) {
    members.push(`get address(){${gives}return this.at}`, 'set address(p){this.at=p}');
  }
  const body = `"use strict";return class ${identifier(type.name)}View{
    constructor(address){${parts.address}=address;${inits.join('')}}
    ${members.join('\n')}
    toString(){return '${type.name}@0x'+this.address.toString(16)}
  }`;
  const make = new Function('u8', 'i16', 'u16', 'i32', 'u32', 'f64', 'children', 'child', 'watch',
    'touch', body);
  const child = (field: Field, address: number): object => {
    const target = field.tag === 'deref' ? field.target() : (field as Nested);
    return new (viewClass(target, v, touch))(address);
  };
  return make(v.u8, v.i16, v.u16, v.i32, v.u32, v.f64, children, child, watch, touch) as ViewClass;
}

function identifier(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_');
}

function addScalar(name: string, field: Scalar<unknown>, at: string, parts: Parts): void {
  const { members, look } = parts;
  const before = parts.before(name);
  members.push(
    `get ${name}(){${before}${look(at, false)}return ${readExpression(field, at)}}`,
    `set ${name}(v){${before}${look(at, true)}${storeStatement(field.kind, at)}}`,
  );
}

/** A child view: nested, or behind a pointer that is followed. */
function addChild(name: string, field: Field, at: string, parts: Parts): void {
  const { members, inits, children, look } = parts;
  const slot = `_${children.length}`;
  const index = children.push(field) - 1;
  const where = field.tag === 'deref' ? `i32[(${at})>>2]` : at;
  const before = field.tag === 'deref' ? look(at, false) : '';
  inits.push(`this.${slot}=null;`);
  members.push(
    `get ${name}(){${before}const p=${where};let c=this.${slot};` +
      `if(c===null){c=child(children[${index}],p);this.${slot}=c}else c.address=p;return c}`,
  );
  if (field.tag !== 'deref') return;
  members.push(
    `set ${name}(v){${look(at, true)}i32[(${at})>>2]=typeof v==='number'?v:v.address}`);
}

function addMembers(type: Nested, base: number, parts: Parts): void {
  for (const [name, field] of Object.entries(type.fields)) {
    const offset = base + (type.offsets[name] ?? 0);
    const at = `${parts.address}+${offset}`;
    if (name.startsWith('$')) addMembers(field as Nested, offset, parts);
    else if (field.tag === 'scalar') addScalar(name, field, at, parts);
    else if (field.tag === 'atomic' || field.tag === 'array') {
      parts.members.push(`get ${name}(){${parts.gives}return ${at}}`);
    } else addChild(name, field, at, parts);
  }
}
