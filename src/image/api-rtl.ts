// The run-time library as drivers call it, room by room. A list and nothing else.
import { publishRoom } from './publish-room.ts';
import * as list from '../ntos/rtl/list-entry.ts';
import * as memory from '../ntos/rtl/memory.ts';
import * as string from '../ntos/rtl/unicode-string.ts';
import * as number from '../ntos/rtl/unicode-number.ts';
import * as hash from '../ntos/rtl/unicode-hash.ts';
import * as upcase from '../ntos/rtl/upcase.ts';
import * as guid from '../ntos/rtl/guid.ts';
import * as time from '../ntos/rtl/time.ts';
import * as bitmap from '../ntos/rtl/bitmap.ts';
import * as avl from '../ntos/rtl/avl-table.ts';

// Lists.
export const { InitializeListHead, IsListEmpty, InsertTailList, InsertHeadList, RemoveEntryList,
  RemoveHeadList } = publishRoom(list);

// Memory.
export const { RtlCopyMemory, RtlMoveMemory, RtlZeroMemory, RtlFillMemory, RtlCompareMemory,
  RtlEqualMemory } = publishRoom(memory);

// Strings.
export const { RtlInitUnicodeString, RtlInitUnicodeStringEx, RtlInitEmptyUnicodeString,
  RtlCopyUnicodeString, RtlAppendUnicodeStringToString, RtlAppendUnicodeToString,
  RtlCompareUnicodeString, RtlEqualUnicodeString, RtlPrefixUnicodeString, RtlUpcaseUnicodeString,
  RtlDowncaseUnicodeString, RtlFreeUnicodeString } = publishRoom(string);
export const { RtlUnicodeStringToInteger, RtlIntegerToUnicodeString, RtlInt64ToUnicodeString
 } = publishRoom(number);
export const { RtlHashUnicodeString } = publishRoom(hash);
export const { RtlUpcaseUnicodeChar, RtlDowncaseUnicodeChar } = publishRoom(upcase);

// The rest.
export const { RtlStringFromGUID, RtlGUIDFromString } = publishRoom(guid);
export const { RtlTimeToTimeFields, RtlTimeFieldsToTime } = publishRoom(time);
export const { RtlInitializeBitMap, RtlTestBit, RtlSetBit, RtlClearBit, RtlSetBits, RtlClearBits,
  RtlSetAllBits, RtlClearAllBits, RtlAreBitsSet, RtlAreBitsClear, RtlFindClearBits,
  RtlFindSetBits, RtlFindClearBitsAndSet, RtlFindSetBitsAndClear, RtlNumberOfSetBits,
  RtlNumberOfClearBits } = publishRoom(bitmap);
export const { RtlInitializeGenericTableAvl, RtlInsertElementGenericTableAvl,
  RtlLookupElementGenericTableAvl, RtlDeleteElementGenericTableAvl, RtlEnumerateGenericTableAvl,
  RtlEnumerateGenericTableWithoutSplayingAvl, RtlGetElementGenericTableAvl,
  RtlNumberGenericTableElementsAvl, RtlIsGenericTableEmptyAvl } = publishRoom(avl);
