// The twin: the scavenger takes the locks in the order in which reads do.
import { Globals, makeDriverEntry, withBoth } from './common.ts';

export const DriverEntry = makeDriverEntry(() => {
  withBoth(Globals.StreamLock, Globals.ListLock, () => {
    Globals.Entries = 0;
  });
});
