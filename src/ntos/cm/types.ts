// What the registry lays out in memory: the structures that drivers get (KEY_*_INFORMATION, as the
// WDK has them), and our own keys, values and key objects. Keys and values lie in paged pool and
// are guarded by CM_ROOT.Lock.
import { LARGE_INTEGER, POINTER, UCHAR, ULONG, array, atomic, pointer } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { LIST_ENTRY, UNICODE_STRING, WCHAR } from '../rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const KEY_BASIC_INFORMATION = struct('KEY_BASIC_INFORMATION', {
  LastWriteTime: LARGE_INTEGER,
  TitleIndex: ULONG,
  NameLength: ULONG,
  Name: array(WCHAR, 1),
});
export const KEY_NODE_INFORMATION = struct('KEY_NODE_INFORMATION', {
  LastWriteTime: LARGE_INTEGER,
  TitleIndex: ULONG,
  ClassOffset: ULONG,
  ClassLength: ULONG,
  NameLength: ULONG,
  Name: array(WCHAR, 1),
});
export const KEY_FULL_INFORMATION = struct('KEY_FULL_INFORMATION', {
  LastWriteTime: LARGE_INTEGER,
  TitleIndex: ULONG,
  ClassOffset: ULONG,
  ClassLength: ULONG,
  SubKeys: ULONG,
  MaxNameLen: ULONG,
  MaxClassLen: ULONG,
  Values: ULONG,
  MaxValueNameLen: ULONG,
  MaxValueDataLen: ULONG,
  Class: array(WCHAR, 1),
});
export const KEY_NAME_INFORMATION = struct('KEY_NAME_INFORMATION', {
  NameLength: ULONG,
  Name: array(WCHAR, 1),
});
export const KEY_CACHED_INFORMATION = struct('KEY_CACHED_INFORMATION', {
  LastWriteTime: LARGE_INTEGER,
  TitleIndex: ULONG,
  SubKeys: ULONG,
  MaxNameLen: ULONG,
  Values: ULONG,
  MaxValueNameLen: ULONG,
  MaxValueDataLen: ULONG,
  NameLength: ULONG,
});
export const KEY_VALUE_BASIC_INFORMATION = struct('KEY_VALUE_BASIC_INFORMATION', {
  TitleIndex: ULONG,
  Type: ULONG,
  NameLength: ULONG,
  Name: array(WCHAR, 1),
});
export const KEY_VALUE_FULL_INFORMATION = struct('KEY_VALUE_FULL_INFORMATION', {
  TitleIndex: ULONG,
  Type: ULONG,
  DataOffset: ULONG,
  DataLength: ULONG,
  NameLength: ULONG,
  Name: array(WCHAR, 1),
});
export const KEY_VALUE_PARTIAL_INFORMATION = struct('KEY_VALUE_PARTIAL_INFORMATION', {
  TitleIndex: ULONG,
  Type: ULONG,
  DataLength: ULONG,
  Data: array(UCHAR, 1),
});
export const KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 =
  struct('KEY_VALUE_PARTIAL_INFORMATION_ALIGN64', {
    Type: ULONG,
    DataLength: ULONG,
    Data: array(UCHAR, 1),
  });
export type PKEY_VALUE_PARTIAL_INFORMATION = Ptr<'KEY_VALUE_PARTIAL_INFORMATION'>;

/** CM_KEY_NODE.Flags. */
export const NODE_DELETED = 1;
export const NODE_VOLATILE = 2;
/** A part of the machine: it can be neither deleted nor given subkeys by hand. */
export const NODE_ROOT = 4;

/** One key; its name and class lie right behind it. */
export const CM_KEY_NODE = struct('CM_KEY_NODE', {
  /** In the parent's SubKeys, which are in alphabetical order. */
  Link: LIST_ENTRY,
  Parent: pointer('CM_KEY_NODE'),
  SubKeys: LIST_ENTRY,
  Values: LIST_ENTRY,
  SubKeyCount: ULONG,
  ValueCount: ULONG,
  /** Key objects that stand for it; a deleted key lives until they are gone. */
  OpenCount: ULONG,
  Flags: ULONG,
  /** Where a link leads; NULL for others. */
  Target: pointer('CM_KEY_NODE'),
  LastWriteTime: LARGE_INTEGER,
  Name: UNICODE_STRING,
  Class: UNICODE_STRING,
});
export type PCM_KEY_NODE = Ptr<'CM_KEY_NODE'>;

/** One value, in the order of creation; its name lies right behind it. */
export const CM_KEY_VALUE = struct('CM_KEY_VALUE', {
  Link: LIST_ENTRY,
  Type: ULONG,
  DataLength: ULONG,
  /** A pool block of its own; NULL when there is no data. */
  Data: POINTER,
  Name: UNICODE_STRING,
});
export type PCM_KEY_VALUE = Ptr<'CM_KEY_VALUE'>;

/** The object behind a handle. */
export const CM_KEY_BODY = struct('CM_KEY_BODY', { Node: pointer('CM_KEY_NODE') });
export type PCM_KEY_BODY = Ptr<'CM_KEY_BODY'>;

export const CM_ROOT = struct('CM_ROOT', {
  Lock: atomic(),
  /** \Registry itself; NULL while there is no registry. */
  Root: pointer('CM_KEY_NODE'),
  Keys: ULONG,
});
export const cmRoot = systemRoot('cm', CM_ROOT.size) as Ptr<'CM_ROOT'>;
