// The run-time library as drivers call it, room by room. A list and nothing else.
import { publishRoom } from './publish-room.ts';
import { inlineLists } from './inline-lists.ts';
import * as list from '../ntos/rtl/list-entry.ts';
import * as memory from '../ntos/rtl/memory.ts';
import * as string from '../ntos/rtl/unicode-string.ts';
import * as number from '../ntos/rtl/unicode-number.ts';
import * as hash from '../ntos/rtl/unicode-hash.ts';
import * as upcase from '../ntos/rtl/upcase.ts';
import * as guid from '../ntos/rtl/guid.ts';
import * as time from '../ntos/rtl/time.ts';
import * as bitmap from '../ntos/rtl/bitmap.ts';
import * as ansi from '../ntos/rtl/ansi-string.ts';
import * as cString from '../ntos/rtl/c-string.ts';
import * as print from '../ntos/rtl/print.ts';
import * as safeString from '../ntos/rtl/safe-string.ts';
import * as safeInteger from '../ntos/rtl/safe-integer.ts';
import * as duplicate from '../ntos/rtl/unicode-duplicate.ts';
import * as dosName from '../ntos/rtl/dos-name.ts';
import * as ipAddress from '../ntos/rtl/ip-address.ts';
import * as security from '../ntos/rtl/security-descriptor.ts';
import * as securityParts from '../ntos/rtl/security-parts.ts';
import * as acl from '../ntos/rtl/acl.ts';
import * as sid from '../ntos/rtl/sid.ts';
import * as avl from '../ntos/rtl/avl-table.ts';

// Lists.
export const { InitializeListHead, IsListEmpty, InsertTailList, InsertHeadList, RemoveEntryList,
  RemoveHeadList, RemoveTailList } = inlineLists(publishRoom(list));

// Memory.
export const { RtlCopyMemory, RtlMoveMemory, RtlZeroMemory, RtlFillMemory, RtlCompareMemory,
  RtlEqualMemory } = publishRoom(memory);

// Strings.
export const { RtlInitUnicodeString, RtlInitUnicodeStringEx, RtlInitEmptyUnicodeString,
  RtlCopyUnicodeString, RtlAppendUnicodeStringToString, RtlAppendUnicodeToString,
  RtlCompareUnicodeString, RtlEqualUnicodeString, RtlPrefixUnicodeString, RtlUpcaseUnicodeString,
  RtlDowncaseUnicodeString, RtlFreeUnicodeString, RtlSuffixUnicodeString } = publishRoom(string);
export const { RtlDuplicateUnicodeString } = publishRoom(duplicate);
export const { RtlUnicodeStringToInteger, RtlIntegerToUnicodeString, RtlInt64ToUnicodeString
 } = publishRoom(number);
export const { RtlHashUnicodeString } = publishRoom(hash);
export const { RtlUpcaseUnicodeChar, RtlDowncaseUnicodeChar } = publishRoom(upcase);

export const { RtlInitAnsiString, RtlInitString, RtlCopyString, RtlCompareString, RtlEqualString,
  RtlUnicodeStringToAnsiString, RtlAnsiStringToUnicodeString, RtlFreeAnsiString
 } = publishRoom(ansi);
export const { wcslen, strlen } = publishRoom(cString);
export const { RtlUnicodeStringPrintf } = publishRoom(print);
const { snwprintf, snprintf } = publishRoom(print);
export { snwprintf as _snwprintf, snprintf as _snprintf };
export const { RtlStringCbCopyW, RtlStringCbCopyA, RtlStringCchCopyW, RtlStringCchCopyA,
  RtlStringCbCopyNW, RtlStringCbCopyNA, RtlStringCchCopyNW, RtlStringCchCopyNA, RtlStringCbCatW,
  RtlStringCbCatA, RtlStringCchCatW, RtlStringCchCatA, RtlStringCbCatNW, RtlStringCbCatNA,
  RtlStringCchCatNW, RtlStringCchCatNA, RtlStringCbLengthW, RtlStringCbLengthA,
  RtlStringCchLengthW, RtlStringCchLengthA, RtlStringCbPrintfW, RtlStringCbPrintfA,
  RtlStringCchPrintfW, RtlStringCchPrintfA } = publishRoom(safeString);
export const { RtlIsNameLegalDOS8Dot3 } = publishRoom(dosName);
export const { RtlIpv4AddressToStringExA, RtlIpv4AddressToStringExW, RtlIpv6AddressToStringExA,
  RtlIpv6AddressToStringExW } = publishRoom(ipAddress);
export { RtlIpv4AddressToStringExW as RtlIpv4AddressToStringEx,
  RtlIpv6AddressToStringExW as RtlIpv6AddressToStringEx };

// Arithmetic.
export const { RtlULongAdd, RtlULongSub, RtlULongMult, RtlSIZETAdd, RtlSIZETMult, RtlUShortAdd,
  RtlUShortSub, RtlULongToUShort, RtlULongLongAdd } = publishRoom(safeInteger);

// The rest.
export const { RtlStringFromGUID, RtlGUIDFromString, IsEqualGUID } = publishRoom(guid);
export const { RtlTimeToTimeFields, RtlTimeFieldsToTime } = publishRoom(time);
export const { RtlInitializeBitMap, RtlTestBit, RtlSetBit, RtlClearBit, RtlSetBits, RtlClearBits,
  RtlSetAllBits, RtlClearAllBits, RtlAreBitsSet, RtlAreBitsClear, RtlFindClearBits,
  RtlFindSetBits, RtlFindClearBitsAndSet, RtlFindSetBitsAndClear, RtlNumberOfSetBits,
  RtlNumberOfClearBits } = publishRoom(bitmap);
export const { RtlInitializeGenericTableAvl, RtlInsertElementGenericTableAvl,
  RtlLookupElementGenericTableAvl, RtlDeleteElementGenericTableAvl, RtlEnumerateGenericTableAvl,
  RtlEnumerateGenericTableWithoutSplayingAvl, RtlGetElementGenericTableAvl,
  RtlNumberGenericTableElementsAvl, RtlIsGenericTableEmptyAvl } = publishRoom(avl);
// The names without Avl mean the same tables, as in a driver that defines RTL_USE_AVL_TABLES.
export { RtlInitializeGenericTableAvl as RtlInitializeGenericTable,
  RtlInsertElementGenericTableAvl as RtlInsertElementGenericTable,
  RtlLookupElementGenericTableAvl as RtlLookupElementGenericTable,
  RtlDeleteElementGenericTableAvl as RtlDeleteElementGenericTable,
  RtlEnumerateGenericTableAvl as RtlEnumerateGenericTable,
  RtlEnumerateGenericTableWithoutSplayingAvl as RtlEnumerateGenericTableWithoutSplaying,
  RtlGetElementGenericTableAvl as RtlGetElementGenericTable,
  RtlNumberGenericTableElementsAvl as RtlNumberGenericTableElements,
  RtlIsGenericTableEmptyAvl as RtlIsGenericTableEmpty };

// Security descriptors.
export const { RtlCreateSecurityDescriptor, RtlSetDaclSecurityDescriptor
 } = publishRoom(security);
export const { RtlLengthSecurityDescriptor, RtlValidSecurityDescriptor,
  RtlGetDaclSecurityDescriptor, RtlGetSaclSecurityDescriptor, RtlGetOwnerSecurityDescriptor,
  RtlGetGroupSecurityDescriptor, RtlSetOwnerSecurityDescriptor, RtlSetGroupSecurityDescriptor,
  RtlAbsoluteToSelfRelativeSD } = publishRoom(securityParts);
export const { RtlCreateAcl, RtlAddAce, RtlAddAccessAllowedAce, RtlAddAccessAllowedAceEx, RtlGetAce,
  RtlDeleteAce } = publishRoom(acl);
export const { RtlLengthRequiredSid, RtlLengthSid, RtlValidSid, RtlInitializeSid,
  RtlInitializeSidEx, RtlSubAuthoritySid, RtlCopySid, RtlEqualSid, RtlEqualPrefixSid,
  RtlConvertSidToUnicodeString } = publishRoom(sid);
