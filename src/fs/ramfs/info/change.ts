// A change of an open file on its way (IRP_MJ_SET_INFORMATION), and what may come between its
// permission and itself: an oplock that was granted meanwhile, or another stream's holders who
// must be asked first. Such a change answers STATUS_RETRY, and set.ts begins it anew.
import { isKeptOpen, mayGoOn } from '../oplock.ts';
import { holdScb } from '../tree/scb.ts';
import { nextStream } from '../tree/stream.ts';
import { RAMFS_STREAM } from '../types.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PFCB, PSCB, PSTREAM, PVCB } from '../types.ts';

const { Scb } = RAMFS_STREAM.bound;
const NO_STREAM = 0 as PSTREAM;

/** A change of an open file on its way. */
export interface Change {
  readonly vcb: PVCB;
  readonly irp: PIRP;
  readonly location: PIO_STACK_LOCATION;
  readonly file: PFILE_OBJECT;
  readonly scb: PSCB;
  readonly ccb: PCCB;
  readonly buffer: number;
  readonly length: number;
  readonly informationClass: number;
  /** The oplocks granted before the check: see isOvertaken. */
  readonly grants: number;
  readonly obstacles: Obstacles;
}

/** Open streams whose holders have to be asked before a rename or link can take place. */
export class Obstacles {
  /** The one to be asked next; it is held (holdScb). */
  next: PSCB = 0 as PSCB;
  private readonly asked = new Set<PSCB>();

  /** Whether the holders of a stream were not asked yet; then they are next. Namespace is held. */
  private meet(scb: PSCB): boolean {
    if (this.asked.has(scb)) return false;
    this.asked.add(scb);
    holdScb(scb);
    this.next = scb;
    return true;
  }

  /** Whether one who keeps an open of the file for later is to be asked first. */
  meetHoldersOf(fcb: PFCB): boolean {
    for (let at = nextStream(fcb, NO_STREAM); at !== 0; at = nextStream(fcb, at)) {
      const scb = Scb(at);
      if (scb !== 0 && isKeptOpen(scb) && this.meet(scb)) return true;
    }
    return false;
  }
}

/**
 * Whether an oplock was granted since the change was let pass. Main or the namespace resource is
 * held exclusively.
 */
export function isOvertaken(change: Change): boolean {
  return !mayGoOn(change.scb, change.grants);
}
