// The Filter Manager's own driver: its device objects take every major function to FltpDispatch,
// and its fast I/O table to the fast walk.
import { createDriver, deleteDriver } from '../ntos/io/object/driver.ts';
import { resetChains } from './chain/chain.ts';
import { dispatchRoutine } from './walk/dispatch.ts';
import { createFastIoTable, deleteFastIoTable } from './fast/fast-io.ts';
import './port/objects.ts';
import { initializeRoot, shutdownRoot, filterManagerDriver, setFilterManagerDriver }
  from './attach/root.ts';
import { emptyPocket, fillPocket } from './walk/back-pocket.ts';
import { initializeSheets, shutdownSheets } from './walk/irp-ctrl.ts';
import { onFileObjectClosed } from '../ntos/io/object/file-object.ts';
import { FltpFileObjectClosed } from './context/context-teardown.ts';
import type { PDRIVER_OBJECT } from '../ntos/io/types.ts';

/** Starts the Filter Manager: its lists, its sheets, its driver object. A phase of boot. */
export function startFilterManager(): void {
  initializeSheets();
  fillPocket();
  resetChains();
  initializeRoot();
  const majors: Record<number, typeof dispatchRoutine> = {};
  for (let major = 0; major <= 0x1b; major++) majors[major] = dispatchRoutine;
  setFilterManagerDriver(createDriver(majors, createFastIoTable()));
}

/** Ends it; every volume must be detached and every filter unregistered. */
export function stopFilterManager(): void {
  const driver = filterManagerDriver() as PDRIVER_OBJECT;
  deleteFastIoTable(driver);
  deleteDriver(driver);
  shutdownRoot();
  emptyPocket();
  shutdownSheets();
}

// In every thread: the last reference of a file object may go in any of them.
onFileObjectClosed(FltpFileObjectClosed);
