// What a broken rule about objects ends in: bug check 0x18 with the object, its type and its
// counts. Cold code of ob/object.ts.
import { KeBugCheckEx } from '../ke/bug-check.ts';
import { REFERENCE_BY_POINTER } from '../ke/bug-check-codes.ts';
import { OBJECT_HEADER, objectTypeName } from './types.ts';
import { load } from '../../atomics-sync/atomics.ts';
import type { POBJECT_HEADER } from './types.ts';

const { at_HandleCount, Type } = OBJECT_HEADER.bound;

function at(object: number): string {
  return `0x${(object >>> 0).toString(16)}`;
}

/** The address has no object header in front of it, or the object was deleted. */
export function notAnObject(routine: string, object: number): never {
  return KeBugCheckEx(REFERENCE_BY_POINTER, 0, object, 0, 0,
    `${routine}(${at(object)}): there is no object here, or it was deleted already`);
}

/** An object was referenced after its last reference had gone. */
export function referencedTooLate(object: number, count: number): never {
  const type = Type((object - OBJECT_HEADER.size) as POBJECT_HEADER);
  return KeBugCheckEx(REFERENCE_BY_POINTER, type, object, count, 0,
    `ObReferenceObject: the ${objectTypeName(type)} object ${at(object)} had lost its last ` +
      'reference; take one while you know that another is held');
}

/** An object was dereferenced more often than referenced. */
export function dereferencedTooOften(object: number, count: number): never {
  const header = (object - OBJECT_HEADER.size) as POBJECT_HEADER;
  const type = Type(header);
  const handles = load(at_HandleCount(header));
  return KeBugCheckEx(REFERENCE_BY_POINTER, type, object, count, handles,
    `ObDereferenceObject: the ${objectTypeName(type)} object ${at(object)} has ${count} ` +
      `references left and ${handles} open handles; it was dereferenced too often`);
}
