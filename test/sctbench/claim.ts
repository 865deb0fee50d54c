// What programs of the benchmark say and use alike: a claim that a bug breaks, a lock around a part,
// plain words under a lock, and a block that may be freed once.
import { i32 } from '#src/mem/memory.ts';
import { acquireMutex, add, load, releaseMutex } from '#src/atomics-sync/index.ts';

/** Throws when the bug of the program has shown; the first word tells it from every other error. */
export function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`);
}

/** Does something while holding a mutex; `me` is the thread's number. */
export function locked<T>(mutex: number, me: number, what: () => T): T {
  acquireMutex(mutex, me + 1);
  const result = what();
  releaseMutex(mutex, me + 1);
  return result;
}

/** A word that a lock protects: reading it is no step of a schedule. */
export function get(address: number): number {
  return i32[address >> 2]!;
}

export function put(address: number, value: number): void {
  i32[address >> 2] = value;
}

/** Frees a block, which `freed` counts. */
export function free(freed: number): void {
  claim(add(freed, 1) === 0, 'a block is freed once');
}

/** Uses a block, unless it is freed. */
export function use(freed: number): void {
  claim(load(freed) === 0, 'a freed block is not used');
}
