// The structures of the run-time library as the WDK publishes them for 32-bit Windows: lists,
// strings, tables, identifiers. Declarations only; what is done with them lies beside this file.
//
// A LUID or a LARGE_INTEGER is one 64-bit member. A list is guarded by the lock its owner names;
// only SLIST_HEADER is its own lock. NT changes the whole of it by one 64-bit compare-exchange;
// we have 32-bit ones, so the implementation takes DepthAndSequence for the tag.
import { CHAR, LARGE_INTEGER, POINTER, ROUTINE, UCHAR, ULONG, USHORT, array, atomic, pointer }
  from '../../mem/field.ts';
import { group, struct, union } from '../../mem/struct.ts';
import type { Scalar } from '../../mem/field.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** A UTF-16 unit. */
export const WCHAR: Scalar<number> = { ...USHORT, c: 'WCHAR' };
/** A handle to an object of the process or, with bit 31 set, of the kernel. */
export const HANDLE: Scalar<number> = { ...POINTER, c: 'HANDLE' };
/** The rights asked for or granted. */
export const ACCESS_MASK: Scalar<number> = { ...ULONG, c: 'ACCESS_MASK' };
/** 64 bits that are never counted with: a date, an identifier. Reads as a double. */
export const ULONGLONG: Scalar<number> = { ...LARGE_INTEGER, c: 'ULONGLONG' };

export const LIST_ENTRY = struct('LIST_ENTRY', {
  Flink: pointer('LIST_ENTRY'),
  Blink: pointer('LIST_ENTRY'),
});
export type PLIST_ENTRY = Ptr<'LIST_ENTRY'>;

export const SINGLE_LIST_ENTRY = struct('SINGLE_LIST_ENTRY', {
  Next: pointer('SINGLE_LIST_ENTRY'),
});
export type PSINGLE_LIST_ENTRY = Ptr<'SINGLE_LIST_ENTRY'>;

export const SLIST_HEADER = struct('SLIST_HEADER', {
  $either: union({
    Alignment: ULONGLONG,
    $parts: group({
      Next: atomic('struct _SINGLE_LIST_ENTRY *'),
      $tag: union({
        $counts: group({ Depth: USHORT, Sequence: USHORT }),
        DepthAndSequence: atomic('ULONG'),
      }),
    }),
  }),
});
export type PSLIST_HEADER = Ptr<'SLIST_HEADER'>;

export const UNICODE_STRING = struct('UNICODE_STRING', {
  /** Bytes in use, without a terminator. */
  Length: USHORT,
  /** Bytes that Buffer can hold. */
  MaximumLength: USHORT,
  Buffer: pointer('WCHAR'),
});
export type PUNICODE_STRING = Ptr<'UNICODE_STRING'>;

export const ANSI_STRING = struct('ANSI_STRING', {
  Length: USHORT,
  MaximumLength: USHORT,
  Buffer: pointer('CHAR'),
});
export type PANSI_STRING = Ptr<'ANSI_STRING'>;

export const GUID = struct('GUID', {
  Data1: ULONG,
  Data2: USHORT,
  Data3: USHORT,
  Data4: array(UCHAR, 8),
});
export type PGUID = Ptr<'GUID'>;

export const RTL_BALANCED_LINKS = struct('RTL_BALANCED_LINKS', {
  Parent: pointer('RTL_BALANCED_LINKS'),
  LeftChild: pointer('RTL_BALANCED_LINKS'),
  RightChild: pointer('RTL_BALANCED_LINKS'),
  Balance: CHAR,
  Reserved: array(UCHAR, 3),
});
export type PRTL_BALANCED_LINKS = Ptr<'RTL_BALANCED_LINKS'>;

export const RTL_AVL_TABLE = struct('RTL_AVL_TABLE', {
  BalancedRoot: RTL_BALANCED_LINKS,
  OrderedPointer: POINTER,
  WhichOrderedElement: ULONG,
  NumberGenericTableElements: ULONG,
  DepthOfTree: ULONG,
  RestartKey: pointer('RTL_BALANCED_LINKS'),
  DeleteCount: ULONG,
  CompareRoutine: ROUTINE,
  AllocateRoutine: ROUTINE,
  FreeRoutine: ROUTINE,
  TableContext: POINTER,
});
export type PRTL_AVL_TABLE = Ptr<'RTL_AVL_TABLE'>;

export const RTL_BITMAP = struct('RTL_BITMAP', {
  SizeOfBitMap: ULONG,
  Buffer: pointer('ULONG'),
});
export type PRTL_BITMAP = Ptr<'RTL_BITMAP'>;

export const CLIENT_ID = struct('CLIENT_ID', {
  UniqueProcess: HANDLE,
  UniqueThread: HANDLE,
});
export type PCLIENT_ID = Ptr<'CLIENT_ID'>;

export const OBJECT_ATTRIBUTES = struct('OBJECT_ATTRIBUTES', {
  Length: ULONG,
  RootDirectory: HANDLE,
  ObjectName: pointer('UNICODE_STRING'),
  Attributes: ULONG,
  SecurityDescriptor: POINTER,
  SecurityQualityOfService: POINTER,
});
export type POBJECT_ATTRIBUTES = Ptr<'OBJECT_ATTRIBUTES'>;

export const OBJ_INHERIT = 0x0000_0002;
export const OBJ_PERMANENT = 0x0000_0010;
export const OBJ_EXCLUSIVE = 0x0000_0020;
export const OBJ_CASE_INSENSITIVE = 0x0000_0040;
export const OBJ_OPENIF = 0x0000_0080;
export const OBJ_OPENLINK = 0x0000_0100;
export const OBJ_KERNEL_HANDLE = 0x0000_0200;
export const OBJ_FORCE_ACCESS_CHECK = 0x0000_0400;
export const OBJ_DONT_REPARSE = 0x0000_1000;
