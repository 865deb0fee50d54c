// The list routines are inline in wdm.h: what they read and write is the driver's own access, which
// the verifier judges and a schedule records as such. Here each says what it touches before it
// does;
// where nobody watches, nothing is wrapped.
import { i32 } from '../mem/memory.ts';
import { watchDriver } from '../mem/watch.ts';

type Watch = NonNullable<typeof watchDriver>;
type Touches = (touch: Watch, first: number, entry: number) => void;

const next = (entry: number): number => i32[entry >> 2] ?? 0;
const previous = (entry: number): number => i32[(entry + 4) >> 2] ?? 0;

/** Both links of an entry are written. */
function links(touch: Watch, entry: number): void {
  touch(entry, true);
  touch(entry + 4, true);
}

function remove(touch: Watch, entry: number): void {
  touch(entry, false);
  touch(entry + 4, false);
  touch(next(entry) + 4, true);
  touch(previous(entry), true);
}

const touched: Readonly<Record<string, Touches>> = {
  InitializeListHead: links,
  InsertTailList(touch, head, entry) {
    touch(head + 4, true);
    touch(previous(head), true);
    links(touch, entry);
  },
  InsertHeadList(touch, head, entry) {
    touch(head, true);
    touch(next(head) + 4, true);
    links(touch, entry);
  },
  RemoveEntryList: remove,
  RemoveHeadList(touch, head) {
    touch(head, false);
    if (next(head) !== head) remove(touch, next(head));
  },
  RemoveTailList(touch, head) {
    touch(head + 4, false);
    if (previous(head) !== head) remove(touch, previous(head));
  },
  IsListEmpty: (touch, head) => touch(head, false),
};

function addressOf(x: unknown): number {
  if (typeof x === 'object' && x !== null) return (x as { readonly address: number }).address;
  return Number(x ?? 0);
}

/** The published list routines, with what they touch. */
export function inlineLists<R extends Record<string, (...args: never[]) => unknown>>(room: R): R {
  const watch = watchDriver;
  if (watch === undefined) return room;
  const wrapped = Object.entries(room).map(([name, routine]) => {
    const touches = touched[name];
    if (touches === undefined) return [name, routine];
    const inner = routine as unknown as (...args: unknown[]) => unknown;
    return [name, (...args: unknown[]) => {
      touches(watch, addressOf(args[0]), addressOf(args[1]));
      return inner(...args);
    }];
  });
  return Object.fromEntries(wrapped) as R;
}
