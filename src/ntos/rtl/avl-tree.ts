// The balanced tree under RTL_AVL_TABLE: links, rotations, order. A node is RTL_BALANCED_LINKS
// with the caller's data behind it; the tree hangs on the right of the table's BalancedRoot, as
// in NT, so every node has a parent. Balance is the height of the right side minus the left.
import { RTL_BALANCED_LINKS } from './types.ts';
import { i32 as words } from '../../mem/memory.ts';
import type { PRTL_BALANCED_LINKS } from './types.ts';

const i32 = words;
type Node = PRTL_BALANCED_LINKS;

const { Parent, set_Parent, LeftChild, set_LeftChild, RightChild, set_RightChild, Balance,
  set_Balance } = RTL_BALANCED_LINKS.bound;

/** A side of a node: the sign that Balance has when that side is the higher one. */
export type Side = -1 | 1;
export const LEFT: Side = -1;
export const RIGHT: Side = 1;

/** Bytes of links in front of the caller's data. */
export const LINKS_SIZE = RTL_BALANCED_LINKS.size;

function other(side: Side): Side {
  return side === LEFT ? RIGHT : LEFT;
}

/** The child on one side, or 0. */
export function child(node: Node, side: Side): Node {
  return side === LEFT ? LeftChild(node) : RightChild(node);
}

function setChild(node: Node, side: Side, to: Node): void {
  if (side === LEFT) set_LeftChild(node, to);
  else set_RightChild(node, to);
  if (to !== 0) set_Parent(to, node);
}

function sideOf(node: Node): Side {
  return LeftChild(Parent(node)) === node ? LEFT : RIGHT;
}

/** The node farthest on one side of a subtree. */
export function outermost(from: Node, side: Side): Node {
  let node = from;
  for (let next = child(node, side); next !== 0; next = child(node, side)) node = next;
  return node;
}

/** The next node in order on one side of `node`, or 0 at the end; `root` is BalancedRoot. */
export function neighbour(root: Node, from: Node, side: Side): Node {
  const below = child(from, side);
  if (below !== 0) return outermost(below, other(side));
  let node = from;
  while (Parent(node) !== root) {
    if (sideOf(node) !== side) return Parent(node);
    node = Parent(node);
  }
  return 0 as Node;
}

/** Lets `node`'s child on `side` rise above it. */
function rotate(node: Node, side: Side): void {
  const top = child(node, side);
  const up = Parent(node);
  const from = sideOf(node);
  setChild(node, side, child(top, other(side)));
  setChild(top, other(side), node);
  setChild(up, from, top);
}

/** Repairs a node whose `side` is two higher than the other; returns the subtree's new top. */
function repair(node: Node, side: Side): Node {
  const high = child(node, side);
  const balance = Balance(high);
  if (balance !== other(side)) {
    rotate(node, side);
    set_Balance(node, balance === 0 ? side : 0);
    set_Balance(high, balance === 0 ? other(side) : 0);
    return high;
  }
  const middle = child(high, other(side));
  const inner = Balance(middle);
  rotate(high, other(side));
  rotate(node, side);
  set_Balance(node, inner === side ? other(side) : 0);
  set_Balance(high, inner === other(side) ? side : 0);
  set_Balance(middle, 0);
  return middle;
}

/** Hangs a new leaf on one side of `parent` and restores the balance above it. */
export function insertLeaf(root: Node, parent: Node, side: Side, leaf: Node): void {
  i32[(leaf + 4) >> 2] = 0;
  i32[(leaf + 8) >> 2] = 0;
  set_Balance(leaf, 0);
  setChild(parent, side, leaf);
  let node = leaf;
  while (Parent(node) !== root) {
    const up = Parent(node);
    const grown = sideOf(node);
    const balance = Balance(up);
    if (balance === 0) {
      set_Balance(up, grown);
      node = up;
      continue;
    }
    if (balance === grown) repair(up, grown);
    else set_Balance(up, 0);
    return;
  }
}

/** Restores the balance after the `side` of `from` became one lower. */
function afterShrink(root: Node, from: Node, side: Side): void {
  let node = from;
  let shrunk = side;
  while (node !== root) {
    const balance = Balance(node);
    if (balance === 0) {
      set_Balance(node, other(shrunk));
      return;
    }
    if (balance === shrunk) set_Balance(node, 0);
    else node = repair(node, other(shrunk));
    if (Balance(node) !== 0) return;
    shrunk = sideOf(node);
    node = Parent(node);
  }
}

/** Takes a node out of the tree. Its memory is the caller's again. */
export function removeNode(root: Node, node: Node): void {
  const left = LeftChild(node);
  const right = RightChild(node);
  if (left === 0 || right === 0) {
    const up = Parent(node);
    const side = sideOf(node);
    setChild(up, side, left === 0 ? right : left);
    afterShrink(root, up, side);
    return;
  }
  // Its successor, which has no left child, leaves its own place and takes the node's.
  const heir = outermost(right, LEFT);
  const heirUp = Parent(heir);
  const heirSide = sideOf(heir);
  setChild(heirUp, heirSide, RightChild(heir));
  const start = heirUp === node ? heir : heirUp;
  setChild(Parent(node), sideOf(node), heir);
  setChild(heir, LEFT, LeftChild(node));
  setChild(heir, RIGHT, RightChild(node));
  set_Balance(heir, Balance(node));
  afterShrink(root, start, heirSide);
}
