// Pointers are numbers with a name: the name is checked by the compiler, the number is an address.
import { expect, test } from 'vitest';
import { NULL, alignUp, cast } from '#src/mem/pointer.ts';
import type { Ptr } from '#src/mem/pointer.ts';
import { IRP, MDL } from '#src/ntos/io/types.ts';
import { stackAlloc } from '#src/mem/stack.ts';

test('NULL is the number 0 and points to anything', () => {
  const irp: Ptr<'IRP'> = NULL;
  const mdl: Ptr<'MDL'> = NULL;
  expect([irp, mdl]).toEqual([0, 0]);
});

test('a pointer to one structure does not pass for a pointer to another', () => {
  const irp = cast<'IRP'>(stackAlloc(IRP.size));
  const mdl = cast<'MDL'>(stackAlloc(MDL.size));
  const { set_MdlAddress, MdlAddress } = IRP.bound;
  set_MdlAddress(irp, mdl);
  // @ts-expect-error an IRP is no MDL
  set_MdlAddress(irp, irp);
  // @ts-expect-error a bare number must be vouched for with cast
  MdlAddress(4096);
  expect(IRP.at(irp).MdlAddress).toBe(irp);
});

test('aligning goes up to the next multiple and leaves a multiple alone', () => {
  expect([0, 1, 7, 8, 9].map((n) => alignUp(n, 8))).toEqual([0, 8, 8, 8, 16]);
  expect(alignUp(0x7fff_f001, 4096)).toBe(0x8000_0000);
});
