// Oplocks and extra create parameters as drivers use them, room by room. A list and nothing else:
// contracts are in the rooms.
import { publishRoom } from './publish-room.ts';
import * as oplock from '../fltmgr/lock/oplock.ts';
import * as oplockControl from '../fltmgr/lock/oplock-control.ts';
import * as ecp from '../fltmgr/initiated/ecp.ts';

export const { FltCheckOplock, FltCheckOplockEx, FltOplockBreakH, FltOplockBreakToNone,
  FltOplockBreakToNoneEx } = publishRoom(oplock);
export const { FltInitializeOplock, FltUninitializeOplock, FltOplockFsctrl, FltOplockFsctrlEx,
  FltOplockIsSharedRequest, FltOplockIsFastIoPossible, FltOplockKeysEqual, FltCurrentBatchOplock,
  FltCurrentOplock, FltCurrentOplockH } = publishRoom(oplockControl);

export const { FltGetEcpListFromCallbackData, FltSetEcpListIntoCallbackData,
  FltAllocateExtraCreateParameterList, FltAllocateExtraCreateParameter,
  FltFreeExtraCreateParameter, FltFreeExtraCreateParameterList, FltInsertExtraCreateParameter,
  FltFindExtraCreateParameter, FltRemoveExtraCreateParameter, FltGetNextExtraCreateParameter,
  FltAcknowledgeEcp, FltPrepareToReuseEcp, FltIsEcpAcknowledged, FltIsEcpFromUserMode
 } = publishRoom(ecp);

export { DUAL_OPLOCK_KEY_ECP_CONTEXT, GUID_ECP_CSV_DOWN_LEVEL_OPEN,
  GUID_ECP_CSV_QUERY_FILE_REVISION, GUID_ECP_DUAL_OPLOCK_KEY, GUID_ECP_OPLOCK_KEY,
  GUID_ECP_PREFETCH_OPEN, GUID_ECP_SRV_OPEN, OPLOCK_KEY_ECP_CONTEXT }
  from '../ntos/io/ecp-guids.ts';
export type { PDUAL_OPLOCK_KEY_ECP_CONTEXT, POPLOCK_KEY_ECP_CONTEXT }
  from '../ntos/io/ecp-guids.ts';
export { ECP_LIST, FSRTL_ALLOCATE_ECPLIST_FLAG_CHARGE_QUOTA, FSRTL_ALLOCATE_ECP_FLAG_CHARGE_QUOTA,
  FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL, IO_DRIVER_CREATE_CONTEXT } from '../ntos/io/ecp.ts';
export type { PECP_LIST, PIO_DRIVER_CREATE_CONTEXT } from '../ntos/io/ecp.ts';
