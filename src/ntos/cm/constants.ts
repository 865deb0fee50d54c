// The registry's numbers as wdm.h has them: types of values, rights, options, classes.

export const REG_NONE = 0;
export const REG_SZ = 1;
export const REG_EXPAND_SZ = 2;
export const REG_BINARY = 3;
export const REG_DWORD = 4;
export const REG_DWORD_LITTLE_ENDIAN = 4;
export const REG_DWORD_BIG_ENDIAN = 5;
export const REG_LINK = 6;
export const REG_MULTI_SZ = 7;
export const REG_RESOURCE_LIST = 8;
export const REG_FULL_RESOURCE_DESCRIPTOR = 9;
export const REG_RESOURCE_REQUIREMENTS_LIST = 10;
export const REG_QWORD = 11;
export const REG_QWORD_LITTLE_ENDIAN = 11;

export const KEY_QUERY_VALUE = 0x0001;
export const KEY_SET_VALUE = 0x0002;
export const KEY_CREATE_SUB_KEY = 0x0004;
export const KEY_ENUMERATE_SUB_KEYS = 0x0008;
export const KEY_NOTIFY = 0x0010;
export const KEY_CREATE_LINK = 0x0020;
export const KEY_READ = 0x0002_0019;
export const KEY_WRITE = 0x0002_0006;
export const KEY_EXECUTE = 0x0002_0019;
export const KEY_ALL_ACCESS = 0x000f_003f;

export const REG_OPTION_NON_VOLATILE = 0;
/** The key is gone when the machine boots again; so are all keys here. */
export const REG_OPTION_VOLATILE = 1;
export const REG_OPTION_CREATE_LINK = 2;
export const REG_OPTION_BACKUP_RESTORE = 4;
/** Opens a link itself and not what it leads to. */
export const REG_OPTION_OPEN_LINK = 8;

/** What ZwCreateKey did (Disposition). */
export const REG_CREATED_NEW_KEY = 1;
export const REG_OPENED_EXISTING_KEY = 2;

/** KEY_INFORMATION_CLASS. */
export const KeyBasicInformation = 0;
export const KeyNodeInformation = 1;
export const KeyFullInformation = 2;
export const KeyNameInformation = 3;
export const KeyCachedInformation = 4;

/** KEY_VALUE_INFORMATION_CLASS. */
export const KeyValueBasicInformation = 0;
export const KeyValueFullInformation = 1;
export const KeyValuePartialInformation = 2;
export const KeyValueFullInformationAlign64 = 3;
export const KeyValuePartialInformationAlign64 = 4;

/** DRIVER_REGKEY_TYPE of IoOpenDriverRegistryKey. */
export const DriverRegKeyParameters = 0;
export const DriverRegKeyPersistentState = 1;
export const DriverRegKeySharedPersistentState = 2;

/** Longest name of a key and of a value, in characters. */
export const MAX_KEY_NAME = 255;
export const MAX_VALUE_NAME = 16383;
/** Levels of keys below \Registry; deeper paths are refused. */
export const MAX_KEY_DEPTH = 512;
/** Most bytes of one value's data: what NT keeps in one cell run. */
export const MAX_VALUE_BYTES = 1 << 20;
