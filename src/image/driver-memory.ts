// The machine's memory as drivers index it: i32[p >> 2], u8[p]. The kernel's own arrays, but in the
// checked configuration each access asks first whether the memory may be touched
// (mem/watch.ts). Checked arrays are several times slower; only checked machines pay for it.
import * as memory from '../mem/memory.ts';
import { watchDriver } from '../mem/watch.ts';
import '../ntos/ke/paged-access.ts';

type Watch = NonNullable<typeof watchDriver>;
type Elements = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** A digit begins the name of an element; everything else is a member of the array. */
function isElement(name: string | symbol): name is string {
  return typeof name === 'string' && name.charCodeAt(0) <= 0x39;
}

/** Methods that are given elements by number: where a driver begins to touch memory. */
const firstElement: Readonly<Record<string, number>> = { subarray: 0, slice: 0, fill: 1, set: 1 };
const writes = new Set(['fill', 'set']);

function method(target: Elements, name: string, watch: Watch): unknown {
  const size = target.BYTES_PER_ELEMENT;
  const member = (target as unknown as Record<string, unknown>)[name];
  if (typeof member !== 'function') return member;
  const call = member.bind(target) as (...args: unknown[]) => unknown;
  const at = firstElement[name];
  if (at === undefined) return call;
  return (...args: unknown[]) => {
    watch(Number(args[at] ?? 0) * size, writes.has(name));
    return call(...args);
  };
}

function checked<T extends Elements>(target: T): T {
  const watch = watchDriver;
  if (watch === undefined) return target;
  const size = target.BYTES_PER_ELEMENT;
  return new Proxy(target, {
    get(array, name) {
      if (isElement(name)) {
        watch(Number(name) * size, false);
        return array[Number(name)];
      }
      if (typeof name === 'symbol') return Reflect.get(array, name, array);
      return method(array, name, watch);
    },
    set(array, name, value) {
      if (!isElement(name)) return false;
      watch(Number(name) * size, true);
      array[Number(name)] = value as number;
      return true;
    },
  });
}

export const u8: Uint8Array = checked(memory.u8);
export const i16: Int16Array = checked(memory.i16);
export const u16: Uint16Array = checked(memory.u16);
export const i32: Int32Array = checked(memory.i32);
export const u32: Uint32Array = checked(memory.u32);
