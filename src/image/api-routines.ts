// Routines found by name, and the export table behind them: every routine of the other lists.
import { publishRoom } from './publish-room.ts';
import * as ex from './api-ex.ts';
import * as exportTable from './exports.ts';
import * as flt from './api-flt.ts';
import * as io from './api-io.ts';
import * as ke from './api-ke.ts';
import * as oplock from './api-oplock.ts';
import * as rtl from './api-rtl.ts';

const lookups = publishRoom(exportTable);
export const { FltGetRoutineAddress, MmGetSystemRoutineAddress } = lookups;
exportTable.fillExports(ex, flt, io, ke, oplock, rtl,
  { FltGetRoutineAddress, MmGetSystemRoutineAddress });
