// References to filters, instances and volumes that drivers took: how many are out, and where the
// last ones came from. A ledger in shared memory by object and image (-1: no driver's), guarded by
// the judge's lock. What does not fit in is not known: then nothing is said of missing entries.
import { array, LONG, ULONG } from '../mem/field.ts';
import { i32, views } from '../mem/memory.ts';
import { struct } from '../mem/struct.ts';
import { verifierArea } from './area.ts';
import { underJudge } from './lock/judge-lock.ts';
import { storedStack } from './finding/stack.ts';
import type { Ptr } from '../mem/pointer.ts';

const KEPT = 5;
const LEDGER = struct('VF_REFERENCES', {
  Object: ULONG, Image: LONG, Count: LONG, Stacks: array(LONG, KEPT),
});
const r = LEDGER.bind(views);
const area = verifierArea('references');
/** Counts references that did not fit in; the entries follow. */
const lostWord = area.start;
const first = area.start + LEDGER.size;
/** How many pairs of object and image the ledger holds. */
export const ENTRIES = Math.floor((area.end - first) / LEDGER.size);
const at = (n: number): Ptr<'VF_REFERENCES'> => (first + n * LEDGER.size) as Ptr<'VF_REFERENCES'>;

/** The entry of an object and an image, or one that is free; 0 when there is neither. */
function entry(object: number, image: number): Ptr<'VF_REFERENCES'> {
  let free = 0 as Ptr<'VF_REFERENCES'>;
  for (let n = 0; n < ENTRIES; n++) {
    const p = at(n);
    if (r.Object(p) === object && r.Image(p) === image) return p;
    if (free === 0 && r.Count(p) === 0) free = p;
  }
  return free;
}

/** An entry of the object with references: the image's, or else anybody's who passed one on. */
function held(object: number, image: number): Ptr<'VF_REFERENCES'> {
  let other = 0 as Ptr<'VF_REFERENCES'>;
  for (let n = 0; n < ENTRIES; n++) {
    const p = at(n);
    if (r.Object(p) !== object || r.Count(p) === 0) continue;
    if (r.Image(p) === image) return p;
    other = p;
  }
  return other;
}

/** A driver took a reference; `stack` says where. */
export function noteReference(object: number, image: number, stack: number): void {
  underJudge(() => {
    const p = entry(object, image);
    if (p === 0) {
      i32[lostWord >> 2]! += 1;
      return;
    }
    if (r.Count(p) === 0) {
      r.set_Object(p, object);
      r.set_Image(p, image);
    }
    const count = r.Count(p);
    i32[(r.at_Stacks(p) >> 2) + (count % KEPT)] = stack;
    r.set_Count(p, count + 1);
  });
}

/** A driver dropped one. False when nobody has taken any that was not dropped since. */
export function noteDereference(object: number, image: number): boolean {
  return underJudge(() => {
    const p = held(object, image);
    if (p === 0) return i32[lostWord >> 2] !== 0;
    r.set_Count(p, r.Count(p) - 1);
    return true;
  });
}

/** A driver is gone: what it took is nobody's. */
export function forgetReferences(image: number): void {
  underJudge(() => {
    for (let n = 0; n < ENTRIES; n++) if (r.Image(at(n)) === image) r.set_Count(at(n), 0);
  });
}

/** References to an object that drivers have not dropped. */
export interface Outstanding {
  readonly object: number;
  readonly image: number;
  readonly count: number;
  /** Where they may have been taken: the last places that took one. */
  readonly stacks: readonly (readonly string[])[];
}

/** What is outstanding, of one object or (0) of all. */
export function outstanding(object = 0): Outstanding[] {
  const found: Outstanding[] = [];
  for (let n = 0; n < ENTRIES; n++) {
    const p = at(n);
    const count = r.Count(p);
    if (count <= 0 || (object !== 0 && r.Object(p) !== object)) continue;
    const stacks = Array.from({ length: Math.min(count, KEPT) }, (_, k) =>
      storedStack(i32[(r.at_Stacks(p) >> 2) + k]!));
    found.push({ object: r.Object(p), image: r.Image(p), count, stacks });
  }
  return found;
}
