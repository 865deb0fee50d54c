// Driver globals: declared, because JavaScript's own are per thread and would not survive a reboot.
//
//   const Globals = driverGlobals('SCAN_DATA', { Filter: pointer('FLT_FILTER'), Hits: atomic() });
//   Globals.Filter                          reads the word
//   InterlockedIncrement(Globals.Hits)      an atomic member is its address
import { struct } from '../mem/struct.ts';
import { allocateConstants, allocateGlobals } from './layout.ts';
import { UNICODE_STRING } from '../ntos/rtl/types.ts';
import { writeUtf16 } from '../ntos/rtl/unicode-string.ts';
import type { Fields } from '../mem/field.ts';
import type { View } from '../mem/struct.ts';
import type { ViewOf } from '../mem/view.ts';

/** Declares the driver's globals: one structure, zero when the driver is loaded. */
export function driverGlobals<const N extends string, F extends Fields>(
  name: N,
  fields: F,
): ViewOf<F, N> {
  const type = struct(name, fields);
  const at = allocateGlobals(type.size);
  declared.push({ name, at, size: type.size, offsets: type.offsets });
  return type.at(at);
}

/** A declared structure of globals and where it lies: for reports. */
export interface DeclaredGlobals {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly offsets: Readonly<Record<string, number>>;
}

const declared: DeclaredGlobals[] = [];

/** The globals of all images that this thread has mapped. */
export function allGlobals(): readonly DeclaredGlobals[] {
  return declared;
}

/** A constant UNICODE_STRING (RTL_CONSTANT_STRING). Declare it at the top level of the module. */
export function RTL_CONSTANT_STRING(text: string): View<typeof UNICODE_STRING> {
  const buffer = allocateConstants((text.length + 1) * 2);
  writeUtf16(buffer, text);
  const string = UNICODE_STRING.at(allocateConstants(UNICODE_STRING.size));
  string.Buffer = buffer as never;
  string.Length = text.length * 2;
  string.MaximumLength = (text.length + 1) * 2;
  return string;
}
