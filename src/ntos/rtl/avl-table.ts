// RTL_AVL_TABLE: an ordered table of the caller's elements. The caller's routines compare two
// elements, allocate a node and free one; they are called with the table's address first. Not
// synchronised: the caller's lock guards the table. IRQL: < DISPATCH_LEVEL when anything it
// touches is pageable, else any.
import { copyBytes } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { LEFT, LINKS_SIZE, RIGHT, child, insertLeaf, neighbour, outermost, removeNode }
  from './avl-tree.ts';
import { RTL_AVL_TABLE } from './types.ts';
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import type { PRTL_AVL_TABLE, PRTL_BALANCED_LINKS } from './types.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u8 = bytes;
type Table = PRTL_AVL_TABLE;
type Node = PRTL_BALANCED_LINKS;

/** RTL_GENERIC_COMPARE_RESULTS: how the first element lies to the second. */
export const GenericLessThan = 0;
export const GenericGreaterThan = 1;
export const GenericEqual = 2;

const t = RTL_AVL_TABLE.bound;
const NO_NODE = 0 as Node;

/** Where the last search ended: the node, and how the searched element lies to it. */
let foundNode = NO_NODE;
let foundResult = GenericEqual;

function search(table: Table, element: number): boolean {
  const compare = routineTable[t.CompareRoutine(table)]!;
  const root = t.at_BalancedRoot(table);
  foundNode = root;
  foundResult = GenericGreaterThan;
  let node = child(root, RIGHT);
  while (node !== 0) {
    const result = compare(table, element, node + LINKS_SIZE);
    foundNode = node;
    foundResult = result;
    if (result === GenericEqual) return true;
    node = child(node, result === GenericLessThan ? LEFT : RIGHT);
  }
  return false;
}

/** Forgets the place of the last indexed access: the order changed. */
function forgetOrder(table: Table): void {
  t.set_OrderedPointer(table, 0);
  t.set_WhichOrderedElement(table, 0);
}

/**
 * Makes an empty table.
 *
 * @param CompareRoutine (table, first, second) -> GenericLessThan, GenericGreaterThan, GenericEqual
 * @param AllocateRoutine (table, bytes) -> address, or 0 when there is no memory
 * @param FreeRoutine (table, address)
 */
export function RtlInitializeGenericTableAvl(
  Table: Table,
  CompareRoutine: RoutineId,
  AllocateRoutine: RoutineId,
  FreeRoutine: RoutineId,
  TableContext: number,
): void {
  for (let at = 0; at < RTL_AVL_TABLE.size; at += 4) i32[(Table + at) >> 2] = 0;
  t.set_BalancedRoot_Parent(Table, t.at_BalancedRoot(Table));
  t.set_CompareRoutine(Table, CompareRoutine);
  t.set_AllocateRoutine(Table, AllocateRoutine);
  t.set_FreeRoutine(Table, FreeRoutine);
  t.set_TableContext(Table, TableContext);
}

/**
 * Inserts a copy of an element unless an equal one is there.
 *
 * @param NewElement address of a BOOLEAN that tells which of the two happened, or 0.
 * @returns the element in the table, or 0 when the allocate routine had no memory.
 */
export function RtlInsertElementGenericTableAvl(
  Table: Table,
  Buffer: OutPtr,
  BufferSize: number,
  NewElement: OutPtr,
): number {
  const present = search(Table, Buffer);
  if (NewElement !== 0) u8[NewElement] = 0;
  if (present) return foundNode + LINKS_SIZE;
  const parent = foundNode;
  const side = foundResult === GenericLessThan ? LEFT : RIGHT;
  const allocate = routineTable[t.AllocateRoutine(Table)]!;
  const node = allocate(Table, LINKS_SIZE + BufferSize) as Node;
  if (node === 0) return 0;
  copyBytes(node + LINKS_SIZE, Buffer, BufferSize);
  insertLeaf(t.at_BalancedRoot(Table), parent, side, node);
  t.set_NumberGenericTableElements(Table, t.NumberGenericTableElements(Table) + 1);
  forgetOrder(Table);
  if (NewElement !== 0) u8[NewElement] = 1;
  return node + LINKS_SIZE;
}

/** The element equal to the one at `Buffer`, or 0. */
export function RtlLookupElementGenericTableAvl(Table: Table, Buffer: OutPtr): number {
  return search(Table, Buffer) ? foundNode + LINKS_SIZE : 0;
}

/** Removes and frees the element equal to the one at `Buffer`; FALSE when there is none. */
export function RtlDeleteElementGenericTableAvl(Table: Table, Buffer: OutPtr): boolean {
  if (!search(Table, Buffer)) return false;
  const node = foundNode;
  const root = t.at_BalancedRoot(Table);
  // An enumeration that stands on the element goes on from the one before it.
  if (t.RestartKey(Table) === node) t.set_RestartKey(Table, neighbour(root, node, LEFT));
  t.set_DeleteCount(Table, t.DeleteCount(Table) + 1);
  removeNode(root, node);
  t.set_NumberGenericTableElements(Table, t.NumberGenericTableElements(Table) - 1);
  forgetOrder(Table);
  routineTable[t.FreeRoutine(Table)]!(Table, node);
  return true;
}

function first(table: Table): Node {
  const top = child(t.at_BalancedRoot(table), RIGHT);
  return top === 0 ? NO_NODE : outermost(top, LEFT);
}

function after(table: Table, node: Node): Node {
  return node === 0 ? first(table) : neighbour(t.at_BalancedRoot(table), node, RIGHT);
}

/**
 * The next element in order; 0 at the end. The table remembers the place.
 * @param Restart TRUE begins with the first element.
 */
export function RtlEnumerateGenericTableAvl(Table: Table, Restart: boolean): number {
  const node = after(Table, Restart ? NO_NODE : t.RestartKey(Table));
  if (node === 0) return 0;
  t.set_RestartKey(Table, node);
  return node + LINKS_SIZE;
}

/**
 * The next element in order; 0 at the end. The caller remembers the place, so that several may
 * enumerate at once under a shared lock.
 * @param RestartKey address of a word that is 0 at the start.
 */
export function RtlEnumerateGenericTableWithoutSplayingAvl(
  Table: Table,
  RestartKey: OutPtr,
): number {
  const node = after(Table, i32[RestartKey >> 2] as Node);
  if (node === 0) return 0;
  i32[RestartKey >> 2] = node;
  return node + LINKS_SIZE;
}

/** The element with index `I` in order, counted from 0; 0 when there are not that many. */
export function RtlGetElementGenericTableAvl(Table: Table, I: number): number {
  if (I < 0 || I >= t.NumberGenericTableElements(Table)) return 0;
  let node = t.OrderedPointer(Table) as Node;
  let index = t.WhichOrderedElement(Table) - 1;
  if (node === 0 || index > I) {
    node = first(Table);
    index = 0;
  }
  for (; index < I; index++) node = after(Table, node);
  t.set_OrderedPointer(Table, node);
  t.set_WhichOrderedElement(Table, I + 1);
  return node + LINKS_SIZE;
}

/** How many elements the table has. */
export function RtlNumberGenericTableElementsAvl(Table: Table): number {
  return t.NumberGenericTableElements(Table);
}

/** Whether the table has no element. */
export function RtlIsGenericTableEmptyAvl(Table: Table): boolean {
  return t.NumberGenericTableElements(Table) === 0;
}
