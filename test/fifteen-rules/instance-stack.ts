// Several instances of the driver under test on the volume, and a record of each operation on its
// way through them. The instances below the first tell each other an operation's number in the Key
// of a read or write, which the file system of these tests does not look at.
import { FltAttachVolumeAtAltitude, FltEnumerateVolumes, FltGetVolumeInstanceFromName,
  FltObjectDereference, FltSetCallbackDataDirty, InterlockedIncrement, NT_SUCCESS, STATUS_SUCCESS,
  atomic, driverGlobals,
  i32, out, u32 } from '../../src/fltKernel.ts';
import { LONG, ULONG, array } from '../../src/mem/field.ts';
import { holds } from './rule-driver.ts';
import type { FltCallbackData, FltRelatedObjects, NTSTATUS, Out, PFLT_FILTER }
  from '../../src/fltKernel.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME } from '../../src/fltmgr/types.ts';

const INSTANCES = 16;
const RECORDS = 4096;
/** Words of a record. */
const WORDS = 8;
const Stack = driverGlobals('STACK_DATA', {
  Instances: array(ULONG, INSTANCES),
  Serial: atomic(),
  Records: array(LONG, RECORDS * WORDS),
});

/** Has an instance given by `give`, with a reference, and knows it by its number from now on. */
function remember(
  filter: PFLT_FILTER, number: number,
  give: (volume: PFLT_VOLUME, instance: Out<PFLT_INSTANCE>) => NTSTATUS,
): NTSTATUS {
  const volume = out<PFLT_VOLUME>();
  const listed = FltEnumerateVolumes(filter, volume.address, 1, out());
  if (!NT_SUCCESS(listed)) return listed;
  const instance = out<PFLT_INSTANCE>();
  const status = give(volume.value, instance);
  FltObjectDereference(volume.value);
  if (!NT_SUCCESS(status)) return status;
  u32[(Stack.Instances >> 2) + number] = instance.value;
  FltObjectDereference(instance.value);
  return STATUS_SUCCESS;
}

/** Attaches this filter to the volume once more. Its callbacks may come before it is known. */
export function attachAt(
  filter: PFLT_FILTER, altitude: { readonly address: number }, number: number,
): NTSTATUS {
  return remember(filter, number, (volume, instance) =>
    FltAttachVolumeAtAltitude(filter, volume, altitude.address, 0, instance));
}

/** Gives a number to the instance that comes with the service key. */
export function numberFirst(filter: PFLT_FILTER, number: number): NTSTATUS {
  return remember(filter, number, (volume, instance) =>
    FltGetVolumeInstanceFromName(filter, volume, 0, instance));
}

/** The number of the instance that is called; 0 for one that was given none. */
export function numberOf(objects: FltRelatedObjects): number {
  for (let number = 1; number < INSTANCES; number++) {
    if (u32[(Stack.Instances >> 2) + number] === (objects.Instance as number)) return number;
  }
  return 0;
}

/** The instance with a number, NULL for none. */
export function instanceOf(number: number): PFLT_INSTANCE {
  return (u32[(Stack.Instances >> 2) + number] ?? 0) as PFLT_INSTANCE;
}

/** A new operation's number, from 1. */
export function newSerial(): number {
  const serial = InterlockedIncrement(Stack.Serial);
  holds(serial < RECORDS, 'the test has a record for each operation', serial);
  return serial;
}

/** The address of a word of an operation's record; zero at the beginning. */
export function recordOf(serial: number, word: number): number {
  return Stack.Records + (serial * WORDS + word) * 4;
}

/** Reads a word of the record. */
export function recorded(serial: number, word: number): number {
  return i32[recordOf(serial, word) >> 2] ?? 0;
}

/** Writes a word of the record. */
export function record(serial: number, word: number, value: number): void {
  i32[recordOf(serial, word) >> 2] = value;
}

/** Gives the instances below another Key, by the rules: with the dirty flag. */
export function setKey(data: FltCallbackData, key: number): void {
  data.Iopb.Parameters.Read.Key = key;
  FltSetCallbackDataDirty(data);
}
