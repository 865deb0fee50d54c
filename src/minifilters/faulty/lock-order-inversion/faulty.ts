// Lock-order inversion: a read takes the stream lock and then the list lock, the scavenger takes
// them the other way round.
import { Globals, makeDriverEntry, withBoth } from './common.ts';

export const DriverEntry = makeDriverEntry(() => {
  withBoth(Globals.ListLock, Globals.StreamLock, () => {
    Globals.Entries = 0;
  });
});
