// Structures are declared once. From one declaration come the offsets (asserted against the WDK's
// 32-bit sizes in a test), the accessors of hot code, the views of drivers and cold code, and the
// C header that C drivers are compiled against.
//
//   export const IO_STATUS_BLOCK = struct('IO_STATUS_BLOCK', { Status: NTSTATUS_FIELD, … });
//   const { Status, set_Status } = IO_STATUS_BLOCK.bound;      // hot: integers and pointers
//   IO_STATUS_BLOCK.at(p).Status = STATUS_SUCCESS;              // cold: a view
import { compileAccessors } from './accessors.ts';
import { layout } from './layout.ts';
import { views } from './memory.ts';
import { watchPaged } from './watch.ts';
import { viewClass } from './view.ts';
import type { Accessors, Watch } from './accessors.ts';
import type { Fields, Nested } from './field.ts';
import type { LayoutOptions } from './layout.ts';
import type { Ptr } from './pointer.ts';
import type { ViewOf } from './view.ts';
import type { Views } from './memory.ts';

/** A declared layout. It can be used as the type of a field of another structure. */
export interface StructType<F extends Fields = Fields, N extends string = string>
  extends Nested<F, N> {
  /** Accessors over this thread's memory; compiled at first use. */
  readonly bound: Accessors<F, N>;
  /** Accessors over other views: the host looks into a machine it does not run. */
  bind(over: Views, watch?: Watch): Accessors<F, N>;
  /** A new view of the structure at `address`. */
  at(address: number): ViewOf<F, N>;
  /** The same over other views. */
  over(views: Views, address: number): ViewOf<F, N>;
}

/**
 * The view type of a declared structure: `type FltCallbackData = View<typeof FLT_CALLBACK_DATA>`.
 */
export type View<S> = S extends StructType<infer F, infer N> ? ViewOf<F, N> : never;
/** The pointer type of a declared structure. */
export type PtrTo<S> = S extends StructType<Fields, infer N> ? Ptr<N> : never;

const declared = new Map<string, StructType>();

/** All structures declared with a name so far, in order of declaration (for the C header). */
export function declaredStructs(): readonly StructType[] {
  return [...declared.values()];
}

function make<F extends Fields, N extends string>(
  name: N,
  fields: F,
  isUnion: boolean,
  options: LayoutOptions,
): StructType<F, N> {
  const base = layout(name, fields, isUnion, options);
  let bound: Accessors<F, N> | undefined;
  const type: StructType<F, N> = {
    ...base,
    get bound() {
      bound ??= compileAccessors(type, views, watchPaged) as Accessors<F, N>;
      return bound;
    },
    bind: (over, watch) => compileAccessors(type, over, watch) as Accessors<F, N>,
    at: (address) => new (viewClass(type, views))(address) as unknown as ViewOf<F, N>,
    over: (v, address) => new (viewClass(type, v))(address) as unknown as ViewOf<F, N>,
  };
  return type;
}

/** Declares a structure under the name that the WDK (or NT) gives it. */
export function struct<const N extends string, F extends Fields>(
  name: N,
  fields: F,
  options: LayoutOptions = {},
): StructType<F, N> {
  const type = make(name, fields, false, options);
  if (declared.has(name)) throw new Error(`structure ${name} is declared twice`);
  declared.set(name, type as unknown as StructType);
  return type;
}

/** A member whose fields lie side by side, without a name of its own. */
export function group<F extends Fields>(
  fields: F,
  options: LayoutOptions = {},
): StructType<F, 'anonymous'> {
  return make('anonymous', fields, false, options);
}

/** A member whose fields lie on top of each other. */
export function union<F extends Fields>(
  fields: F,
  options: LayoutOptions = {},
): StructType<F, 'anonymous'> {
  return make('anonymous', fields, true, options);
}
