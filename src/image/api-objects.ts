// The types of objects as drivers name them. In C these are pointers to pointers
// (*IoFileObjectType); here each is the type itself, for ObReferenceObjectByHandle and its kin.
import { OB_TYPE_DEVICE, OB_TYPE_DIRECTORY, OB_TYPE_DRIVER, OB_TYPE_EVENT, OB_TYPE_FILE,
  OB_TYPE_KEY, OB_TYPE_PORT, OB_TYPE_PROCESS, OB_TYPE_SECTION, OB_TYPE_THREAD, OB_TYPE_TRANSACTION
} from '../ntos/ob/types.ts';

export const IoFileObjectType = OB_TYPE_FILE;
export const IoDeviceObjectType = OB_TYPE_DEVICE;
export const IoDriverObjectType = OB_TYPE_DRIVER;
export const ExEventObjectType = OB_TYPE_EVENT;
export const PsProcessType = OB_TYPE_PROCESS;
export const PsThreadType = OB_TYPE_THREAD;
export const MmSectionObjectType = OB_TYPE_SECTION;
export const CmKeyObjectType = OB_TYPE_KEY;
export const ObDirectoryObjectType = OB_TYPE_DIRECTORY;
export const LpcPortObjectType = OB_TYPE_PORT;
/** No object of this type exists in the machine. */
export const TmTransactionObjectType = OB_TYPE_TRANSACTION;
