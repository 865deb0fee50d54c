// This thread's memory and its views, bound once when the module is loaded. Hot files copy the
// view they need into a local constant (an imported binding is not a constant to V8).
//
// A block move goes through wasm's memory.copy: V8 copies shared memory element by element,
// three to five times slower (performance.md B1). The helper is 60 bytes of wasm, assembled here.
import { boot } from './boot-options.ts';

/** The machine's memory as typed arrays; `bind` functions take one of these. */
export interface Views {
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
}

/** Lays views over a shared memory. The host uses it to look into a machine it does not run. */
export function viewsOf(memory: WebAssembly.Memory): Views {
  const buffer = memory.buffer;
  return {
    u8: new Uint8Array(buffer),
    i16: new Int16Array(buffer),
    u16: new Uint16Array(buffer),
    i32: new Int32Array(buffer),
    u32: new Uint32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

export const views: Views = viewsOf(boot.memory);
export const { u8, i16, u16, i32, u32, f64 } = views;
/** The size of the machine's memory in bytes. */
export const memorySize = u8.byteLength;

interface BlockMover {
  copy(to: number, from: number, length: number): void;
  fill(to: number, value: number, length: number): void;
}

/** An unsigned number as wasm writes it (LEB128). */
function leb(n: number): number[] {
  const out: number[] = [];
  for (let rest = n; ; rest >>>= 7) {
    if (rest < 128) return [...out, rest];
    out.push((rest & 127) | 128);
  }
}

/** A module that imports `m.m` and exports copy(to, from, n) and fill(to, byte, n). */
function blockMover(memory: WebAssembly.Memory): BlockMover {
  const pages = memory.buffer.byteLength / 65536;
  const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
  const i32type = 0x7f;
  const bytes = new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    ...section(1, [1, 0x60, 3, i32type, i32type, i32type, 0]),
    ...section(2, [1, 1, 0x6d, 1, 0x6d, 2, 3, ...leb(pages), ...leb(pages)]),
    ...section(3, [2, 0, 0]),
    ...section(7, [2, 4, 0x63, 0x6f, 0x70, 0x79, 0, 0, 4, 0x66, 0x69, 0x6c, 0x6c, 0, 1]),
    ...section(10, [
      2,
      12, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 10, 0, 0, 0x0b,
      11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfc, 11, 0, 0x0b,
    ]),
  ]);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
  return instance.exports as unknown as BlockMover;
}

const mover = blockMover(boot.memory);
/** Copies `length` bytes inside the machine; the ranges may overlap (RtlMoveMemory). */
export const copyBytes = mover.copy;
/** Fills `length` bytes with one value (RtlFillMemory). */
export const fillBytes = mover.fill;
