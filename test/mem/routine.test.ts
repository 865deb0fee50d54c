// Code pointers as numbers: the same number in every thread, one window per driver image, and a
// call through a number nobody filled is loud.
import { expect, test } from 'vitest';
import { FIRST_IMAGE_ROUTINE, FIRST_KERNEL_ROUTINE, MAX_IMAGES, ROUTINES_PER_IMAGE }
  from '#src/mem/param.ts';
import { imageRoutine, kernelRoutine, namedRoutines, openRoutineWindow, routineName, routineTable }
  from '#src/mem/routine.ts';

const nothing = (): number => 0;

test('a call through an id that nobody filled fails and says so', () => {
  expect(() => routineTable[0]?.()).toThrow(/no image has filled/);
  expect(() => routineTable[FIRST_IMAGE_ROUTINE + 77]?.()).toThrow(/no image has filled/);
});

test('the id of a kernel routine depends on its name alone', () => {
  const id = kernelRoutine('TestRoutineA', (a) => (a ?? 0) + 1);
  kernelRoutine('TestRoutineB', nothing);
  expect(kernelRoutine('TestRoutineA', (a) => (a ?? 0) + 2)).toBe(id);
  expect(routineTable[id]?.(40)).toBe(42);
  expect(id).toBeGreaterThan(0);
  expect(id).toBeGreaterThanOrEqual(FIRST_KERNEL_ROUTINE);
  expect(routineName(id)).toBe('TestRoutineA');
});

test('two kernel routines whose names hash alike are refused by name', () => {
  const seen = new Set<number>();
  const registerMany = (): void => {
    for (let n = 0; n < FIRST_IMAGE_ROUTINE; n++) seen.add(kernelRoutine(`Collision${n}`, nothing));
  };
  expect(registerMany).toThrow(/kernel routines \w+ and Collision\d+ hash to one id; rename one/);
});

test('every image has a window of its own, filled in order', () => {
  openRoutineWindow(0);
  const first = imageRoutine('Zero', nothing);
  openRoutineWindow(3);
  const third = imageRoutine('DriverEntry', (a, b) => (a ?? 0) - (b ?? 0));
  expect(first).toBe(FIRST_IMAGE_ROUTINE);
  expect(third).toBe(FIRST_IMAGE_ROUTINE + 3 * ROUTINES_PER_IMAGE);
  expect(imageRoutine('PreCreate', nothing)).toBe(third + 1);
  expect(routineTable[third]?.(5, 3)).toBe(2);
});

test('an image with more routines than its window holds does not spill into the next', () => {
  openRoutineWindow(4);
  for (let n = 0; n < ROUTINES_PER_IMAGE; n++) imageRoutine(`R${n}`, nothing);
  expect(() => imageRoutine('OneTooMany', nothing)).toThrow(/at most 1024 routines; OneTooMany/);
  expect(routineName(FIRST_IMAGE_ROUTINE + 5 * ROUTINES_PER_IMAGE)).toMatch(/^routine \d+$/);
});

test('an image that the machine has no slot for is refused with its number', () => {
  expect(() => openRoutineWindow(MAX_IMAGES)).toThrow(/at most 16 driver images; image 16/);
  expect(() => openRoutineWindow(-1)).toThrow(/image -1 is too many/);
});

test('the host can be told every name', () => {
  openRoutineWindow(5);
  const id = imageRoutine('Told', nothing);
  expect(namedRoutines()).toContainEqual([id, 'Told']);
});
