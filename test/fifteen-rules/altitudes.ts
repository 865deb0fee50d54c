// The driver of the altitude rule: instances stand in the order of their altitudes, which are
// decimal numbers of any precision, whoever attaches them and when (ALT-1, ALT-2, ALT-5). Every
// post-create attaches one more until all are there; every read checks the order of those it meets.
import { FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltCompareInstanceAltitudes,
  IRP_MJ_CREATE, IRP_MJ_READ,
  InterlockedIncrement, KeGetCurrentIrql, NT_SUCCESS, PASSIVE_LEVEL,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING,
  atomic, driverGlobals } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { ORDER, ranksAsText } from './altitude-order.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import { attachAt, instanceOf, newSerial, numberFirst, numberOf, record, recorded, setKey }
  from './instance-stack.ts';
import type { FltCallbackData, FltRelatedObjects } from '../../src/fltKernel.ts';

const altitudes = ORDER.map(RTL_CONSTANT_STRING);
/** In which order they are attached: neither theirs nor the reverse. */
const shuffled = ORDER.map((_altitude, n) => (n * 5) % ORDER.length);
/** The word of a record: which instance was called last. */
const LAST = 0;
/** The key of a read is 32 times the operation's number, plus one more than the instance's rank. */
const RANKS = 32;

const Globals = driverGlobals('ALTITUDE_DATA', {
  Next: atomic(),
  Attached: atomic(),
  /** Reads that met all instances. */
  Whole: atomic(),
});

/** The faulty twin compares altitudes as texts. */
const ranks = isNaive(import.meta.url) ? ranksAsText() : ORDER.map((_altitude, n) => n);
/** The instance that comes with the service key, above all others. */
const FIRST = ORDER.length + 1;

/** How many may stand above; undefined for an instance whose attaching has not returned yet. */
function rankOf(objects: FltRelatedObjects): number | undefined {
  const number = numberOf(objects);
  if (number === FIRST) return 0;
  return number === 0 ? undefined : (ranks[number - 1] ?? 0) + 1;
}

function attachOne(objects: FltRelatedObjects): void {
  if (load(Globals.Next) >= ORDER.length) return;
  const which = shuffled[InterlockedIncrement(Globals.Next) - 1];
  const altitude = which === undefined ? undefined : altitudes[which];
  if (which === undefined || altitude === undefined) return;
  const status = attachAt(objects.Filter, altitude, which + 1);
  holds(NT_SUCCESS(status), 'an instance is attached at each altitude', status, which);
  InterlockedIncrement(Globals.Attached);
}

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('AltitudePreCreate', () =>
  FLT_PREOP_SUCCESS_WITH_CALLBACK);
const PostCreate = PFLT_POST_OPERATION_CALLBACK('AltitudePostCreate', (_D, Objects, _C, Flags) => {
  const draining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  if (!draining && numberOf(Objects) === FIRST && KeGetCurrentIrql() === PASSIVE_LEVEL) {
    attachOne(Objects);
  }
  return FLT_POSTOP_FINISHED_PROCESSING;
});

/** On the way down each instance leaves its rank in the key, for the next. */
function down(data: FltCallbackData, rank: number): number {
  const key = data.Iopb.Parameters.Read.Key;
  const serial = key === 0 ? newSerial() : Math.floor(key / RANKS);
  const above = key % RANKS;
  holds(above <= rank, 'a higher altitude is called first', above - 1, rank);
  setKey(data, serial * RANKS + rank + 1);
  return serial;
}

const PreRead = PFLT_PRE_OPERATION_CALLBACK('AltitudePreRead', (Data, Objects, Context) => {
  const rank = rankOf(Objects);
  if (rank === undefined) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const serial = down(Data, rank);
  record(serial, LAST, RANKS);
  Context.value = serial;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});
const PostRead = PFLT_POST_OPERATION_CALLBACK('AltitudePostRead', (_D, Objects, Context, Flags) => {
  holds((Flags & FLTFL_POST_OPERATION_DRAINING) === 0, 'nothing is detached here');
  const rank = rankOf(Objects) ?? 0;
  const below = recorded(Context, LAST);
  holds(rank < below, 'a lower altitude is called first on the way back', rank, below);
  record(Context, LAST, rank);
  if (rank === 0 && load(Globals.Attached) === ORDER.length) InterlockedIncrement(Globals.Whole);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Altitude',
  operations: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate, PostOperation: PostCreate },
    { MajorFunction: IRP_MJ_READ, PreOperation: PreRead, PostOperation: PostRead },
  ],
  started: (filter) => numberFirst(filter, FIRST),
  finish() {
    holds(load(Globals.Whole) > 0, 'some reads meet all instances', load(Globals.Attached));
    for (let a = 1; a <= ORDER.length; a++) {
      for (let b = 1; b <= ORDER.length; b++) {
        const sign = Math.sign(FltCompareInstanceAltitudes(instanceOf(a), instanceOf(b)));
        holds(sign === Math.sign(b - a), 'FltCompareInstanceAltitudes compares exactly', a, b);
      }
    }
  },
});
