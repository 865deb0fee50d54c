// LIST_ENTRY: circular doubly linked lists threaded through structures, as everywhere in NT.
// The lists are not synchronised; the lock that guards one is named where it is declared.
// Removal checks the neighbours as Windows 8 and later do (KRN-52): a corrupt list is a fast fail.
import { i32 as words } from '../../mem/memory.ts';

const i32 = words;

let fastFail: (code: number, entry: number) => never = (code, entry) => {
  throw new Error(`fast fail ${code}: list entry 0x${entry.toString(16)} is corrupt`);
};

/** Sets what a corrupt list does; ke/bug-check makes it bug check 0x139. */
export function onFastFail(action: (code: number, entry: number) => never): void {
  fastFail = action;
}

/** FAST_FAIL_CORRUPT_LIST_ENTRY. */
const CORRUPT_LIST_ENTRY = 3;

/** Makes `ListHead` an empty list. */
export function InitializeListHead(ListHead: number): void {
  i32[ListHead >> 2] = ListHead;
  i32[(ListHead + 4) >> 2] = ListHead;
}

/** Whether the list has no entry. */
export function IsListEmpty(ListHead: number): boolean {
  return i32[ListHead >> 2] === ListHead;
}

/** The entry after `entry`; the head itself at the end. */
export function flink(entry: number): number {
  return i32[entry >> 2]!;
}

/** Appends an entry. */
export function InsertTailList(ListHead: number, Entry: number): void {
  const last = i32[(ListHead + 4) >> 2]!;
  if (i32[last >> 2] !== ListHead) fastFail(CORRUPT_LIST_ENTRY, ListHead);
  i32[Entry >> 2] = ListHead;
  i32[(Entry + 4) >> 2] = last;
  i32[last >> 2] = Entry;
  i32[(ListHead + 4) >> 2] = Entry;
}

/** Puts an entry at the front. */
export function InsertHeadList(ListHead: number, Entry: number): void {
  const first = i32[ListHead >> 2]!;
  if (i32[(first + 4) >> 2] !== ListHead) fastFail(CORRUPT_LIST_ENTRY, ListHead);
  i32[Entry >> 2] = first;
  i32[(Entry + 4) >> 2] = ListHead;
  i32[(first + 4) >> 2] = Entry;
  i32[ListHead >> 2] = Entry;
}

/** Takes an entry out of its list; TRUE when the list is empty afterwards. */
export function RemoveEntryList(Entry: number): boolean {
  const next = i32[Entry >> 2]!;
  const previous = i32[(Entry + 4) >> 2]!;
  if (i32[(next + 4) >> 2] !== Entry || i32[previous >> 2] !== Entry) {
    fastFail(CORRUPT_LIST_ENTRY, Entry);
  }
  i32[previous >> 2] = next;
  i32[(next + 4) >> 2] = previous;
  return next === previous;
}

/** Takes the first entry out and returns it; the head itself when the list is empty. */
export function RemoveHeadList(ListHead: number): number {
  const first = i32[ListHead >> 2]!;
  if (first !== ListHead) RemoveEntryList(first);
  return first;
}

/** Takes the last entry out and returns it; the head itself when the list is empty. */
export function RemoveTailList(ListHead: number): number {
  const last = i32[(ListHead + 4) >> 2]!;
  if (last !== ListHead) RemoveEntryList(last);
  return last;
}
