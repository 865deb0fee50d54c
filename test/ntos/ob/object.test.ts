// Objects live as long as somebody holds a reference, and die exactly once.
// @alone: its object types are of its own making.
import { beforeEach, describe, expect, test } from 'vitest';
import { DISPATCH_LEVEL, KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { ObpProcessRemoveObjectQueue } from '#src/ntos/ob/initialize.ts';
import { drainWorkQueues, initializeWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { OB_TYPE_EVENT, OB_TYPE_PROCESS, ObCreateObject, ObDereferenceObject,
  ObDereferenceObjectDeferDelete, ObReferenceObject, ObReferenceObjectSafe, objectCount, objectType,
  referenceCount } from '#src/ntos/ob/object.ts';
import { bugCheckOf, events, freshObjects, whenDeleted } from './support.ts';

beforeEach(freshObjects);

describe('an object', () => {
  test('is deleted when its last reference goes, and counted while it lives', () => {
    const object = ObCreateObject(OB_TYPE_EVENT, 16);
    expect(objectType(object)).toBe(OB_TYPE_EVENT);
    expect(objectCount(OB_TYPE_EVENT)).toBe(1);
    expect(ObReferenceObject(object)).toBe(2);
    expect(ObDereferenceObject(object)).toBe(1);
    expect(events).toEqual([]);
    expect(ObDereferenceObject(object)).toBe(0);
    expect(events).toEqual([['delete', object]]);
    expect(objectCount(OB_TYPE_EVENT)).toBe(0);
  });

  test('is not brought back by a safe reference once the last one has gone', () => {
    const object = ObCreateObject(OB_TYPE_EVENT, 16);
    expect(ObReferenceObjectSafe(object)).toBe(true);
    expect(referenceCount(object)).toBe(2);
    ObDereferenceObject(object);
    const old = KfRaiseIrql(DISPATCH_LEVEL);
    ObDereferenceObject(object);
    expect(ObReferenceObjectSafe(object)).toBe(false);
    KeLowerIrql(old);
    ObpProcessRemoveObjectQueue();
  });

  test('whose last reference goes above PASSIVE_LEVEL is deleted later, by a worker', () => {
    initializeWorkQueues();
    const objects = [1, 2, 3].map(() => ObCreateObject(OB_TYPE_EVENT, 16));
    const old = KfRaiseIrql(DISPATCH_LEVEL);
    for (const object of objects) ObDereferenceObject(object);
    KeLowerIrql(old);
    expect(events).toEqual([]);
    expect(drainWorkQueues()).toBe(1);
    expect(events.map((e) => e[1]).toSorted()).toEqual(objects.toSorted());
    const another = ObCreateObject(OB_TYPE_EVENT, 16);
    ObDereferenceObjectDeferDelete(another);
    expect(events.length).toBe(3);
    expect(drainWorkQueues()).toBe(1);
    expect(events.length).toBe(4);
  });
});

test('objects that go while the worker deletes others do not ask for it a second time', () => {
  initializeWorkQueues();
  const [first, second, third] = [1, 2, 3].map(() => ObCreateObject(OB_TYPE_EVENT, 16));
  const atDispatch = (object: number): void => {
    const old = KfRaiseIrql(DISPATCH_LEVEL);
    ObDereferenceObject(object);
    KeLowerIrql(old);
  };
  // The worker has taken the first when the others come: it goes on until nothing comes.
  atDispatch(first!);
  const later = [second!, third!];
  whenDeleted(() => {
    const next = later.shift();
    if (next !== undefined) atDispatch(next);
  });
  expect(drainWorkQueues()).toBe(1);
  expect(events.map((e) => e[1])).toEqual([first, second, third]);
  atDispatch(ObCreateObject(OB_TYPE_EVENT, 16));
  expect(drainWorkQueues()).toBe(1);
});

describe('a broken rule', () => {
  test('one dereference too many is bug check 0x18 with the type and the object', () => {
    const object = ObCreateObject(OB_TYPE_PROCESS, 64);
    ObReferenceObject(object);
    const old = KfRaiseIrql(DISPATCH_LEVEL);
    ObDereferenceObject(object);
    ObDereferenceObject(object);
    expect(bugCheckOf(() => ObDereferenceObject(object))).toEqual([0x18, OB_TYPE_PROCESS, object]);
    KeLowerIrql(old);
  });

  test('a reference taken after the last one has gone is bug check 0x18', () => {
    const object = ObCreateObject(OB_TYPE_PROCESS, 64);
    const old = KfRaiseIrql(DISPATCH_LEVEL);
    ObDereferenceObject(object);
    expect(bugCheckOf(() => ObReferenceObject(object))).toEqual([0x18, OB_TYPE_PROCESS, object]);
    KeLowerIrql(old);
  });
});
