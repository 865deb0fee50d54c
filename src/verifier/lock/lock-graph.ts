// The order in which locks are acquired: an edge from A to B says that B was acquired while A was
// held, with the stacks of the first time. Edges are looked up without a lock and added under the
// judge's. An edge keeps up to three locks that were held outside of both, exclusively, whenever it
// was seen: orders under one common outer lock cannot collide.
import { LONG, array } from '../../mem/field.ts';
import { i32, views } from '../../mem/memory.ts';
import { struct } from '../../mem/struct.ts';
import { verifierArea } from '../area.ts';
import { underJudge } from './judge-lock.ts';
import { LOCK_RESOURCE } from '../../trace/event.ts';
import type { Ptr } from '../../mem/pointer.ts';

const GATES = 3;

const EDGE = struct('VF_LOCK_EDGE', {
  From: LONG,
  To: LONG,
  FromKind: LONG,
  ToKind: LONG,
  FromStack: LONG,
  ToStack: LONG,
  Processor: LONG,
  Image: LONG,
  /** Instances of the first time, for reports. */
  FromAddress: LONG,
  ToAddress: LONG,
  Gates: array(LONG, GATES),
  Spare: array(LONG, 3),
});
const e = EDGE.bind(views);
type PEDGE = Ptr<'VF_LOCK_EDGE'>;

const { start, end } = verifierArea('edges');
const HEAD = 64;
const COUNT = Math.floor((end - start - HEAD) / EDGE.size);
const PROBES = 64;

/** One order as plain data. */
export interface LockOrder {
  readonly from: number;
  readonly to: number;
  readonly fromKind: number;
  readonly toKind: number;
  readonly fromStack: number;
  readonly toStack: number;
  readonly processor: number;
  readonly image: number;
  readonly fromAddress: number;
  readonly toAddress: number;
  /** Nodes of locks that were held exclusively around both. */
  readonly gates: readonly number[];
}

const edgeAt = (from: number, to: number, n: number): PEDGE => {
  const hash = (Math.imul(from, 0x9e3779b1) ^ Math.imul(to, 0x85ebca6b)) >>> 7;
  return (start + HEAD + ((hash + n) % COUNT) * EDGE.size) as PEDGE;
};

function find(from: number, to: number): PEDGE {
  for (let n = 0; n < PROBES; n++) {
    const at = edgeAt(from, to, n);
    const held = e.From(at);
    if (held === 0) break;
    if (held === from && e.To(at) === to) return at;
  }
  return 0 as PEDGE;
}

/** Whether an order is known and no gate that it was seen under is missing now. */
export function isKnownOrder(from: number, to: number, gates: readonly number[]): boolean {
  const at = find(from, to);
  if (at === 0) return false;
  for (let n = 0; n < GATES; n++) {
    const gate = i32[(e.at_Gates(at) >> 2) + n]!;
    if (gate !== 0 && !gates.includes(gate)) return false;
  }
  return true;
}

function read(at: PEDGE): LockOrder {
  const gates = Array.from({ length: GATES }, (_, n) => i32[(e.at_Gates(at) >> 2) + n]!);
  return { from: e.From(at), to: e.To(at), fromKind: e.FromKind(at), toKind: e.ToKind(at),
    fromStack: e.FromStack(at), toStack: e.ToStack(at), processor: e.Processor(at),
    image: e.Image(at), fromAddress: e.FromAddress(at), toAddress: e.ToAddress(at),
    gates: gates.filter((gate) => gate !== 0) };
}

function write(at: PEDGE, order: LockOrder): void {
  e.set_FromKind(at, order.fromKind);
  e.set_ToKind(at, order.toKind);
  e.set_FromStack(at, order.fromStack);
  e.set_ToStack(at, order.toStack);
  e.set_Processor(at, order.processor);
  e.set_Image(at, order.image);
  e.set_FromAddress(at, order.fromAddress);
  e.set_ToAddress(at, order.toAddress);
  setGates(at, order.gates);
  e.set_To(at, order.to);
  e.set_From(at, order.from);
}

function setGates(at: PEDGE, gates: readonly number[]): void {
  for (let n = 0; n < GATES; n++) i32[(e.at_Gates(at) >> 2) + n] = gates[n] ?? 0;
}

function freeEdge(from: number, to: number): PEDGE {
  for (let n = 0; n < PROBES; n++) {
    const at = edgeAt(from, to, n);
    if (e.From(at) === 0) return at;
  }
  return 0 as PEDGE;
}

/** Every order that is known. Under the judge's lock, or where nothing changes. */
export function allOrders(): LockOrder[] {
  const found: LockOrder[] = [];
  for (let n = 0; n < COUNT; n++) {
    const at = (start + HEAD + n * EDGE.size) as PEDGE;
    if (e.From(at) !== 0) found.push(read(at));
  }
  return found;
}

/** The shortest way from one node to another along known orders; empty when there is none. */
function pathBetween(from: number, to: number, orders: readonly LockOrder[]): LockOrder[] {
  const cameBy = new Map<number, LockOrder>();
  let border = [from];
  while (border.length > 0 && !cameBy.has(to)) {
    const next: number[] = [];
    for (const order of orders) {
      if (!border.includes(order.from) || cameBy.has(order.to) || order.to === from) continue;
      cameBy.set(order.to, order);
      next.push(order.to);
    }
    border = next;
  }
  const path: LockOrder[] = [];
  for (let order = cameBy.get(to); order !== undefined; order = cameBy.get(order.from)) {
    path.unshift(order);
  }
  return path;
}

const isOfResource = ({ fromKind, toKind }: LockOrder): boolean =>
  fromKind === LOCK_RESOURCE || toKind === LOCK_RESOURCE;

/** What closes a cycle; without resources if it can, since those may be left out (DIS-27). */
function wayBack(order: LockOrder): LockOrder[] {
  const orders = allOrders();
  const others = orders.filter((known) => !isOfResource(known));
  const back = isOfResource(order) ? [] : pathBetween(order.to, order.from, others);
  return back.length > 0 ? back : pathBetween(order.to, order.from, orders);
}

/** Whether one lock is held around every step of a cycle: then it cannot close. */
function isGated(cycle: readonly LockOrder[]): boolean {
  return cycle[0]!.gates.some((gate) => cycle.every(({ gates }) => gates.includes(gate)));
}

/**
 * Adds an order, or widens the known one; the cycle that it closes, which begins with it, or none.
 */
export function addOrder(order: LockOrder): LockOrder[] {
  return underJudge(() => {
    const known = find(order.from, order.to);
    const at = known === 0 ? freeEdge(order.from, order.to) : known;
    if (at === 0) return [];
    if (known === 0) write(at, order);
    else setGates(at, read(at).gates.filter((gate) => order.gates.includes(gate)));
    const back = wayBack(order);
    const cycle = [read(at), ...back];
    return back.length === 0 || isGated(cycle) ? [] : cycle;
  });
}
