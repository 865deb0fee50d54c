// Which request of Windows each recorded kind of operation is: the IRP major and minor function, or
// the fast I/O or FSFilter callback that minifilters see under a major of its own (0xEC to 0xFF).
// Guarantees: every OperationKind has one entry. Kinds that a minifilter never sees have no major.
// Simplification: Process Monitor's IRP_MJ_8 to IRP_MJ_12 (FSFilter codes that it does not name)
// and its notification of stream file objects have no public major; they stay countable kinds.
import type { OperationKind } from './event.ts';

/** How the request travels: as an IRP, a fast I/O call, an FSFilter callback, or not at all. */
export type RequestPath = 'irp' | 'fast-io' | 'fs-filter' | 'none';

export interface OperationInfo {
  readonly majorName: string;
  readonly major: number | undefined;
  readonly minor: number;
  readonly path: RequestPath;
}

const irp = (majorName: string, major: number, minor = 0): OperationInfo =>
  ({ majorName, major, minor, path: 'irp' });
const fastIo = (majorName: string, major: number): OperationInfo =>
  ({ majorName, major, minor: 0, path: 'fast-io' });
const fsFilter = (majorName: string, major: number): OperationInfo =>
  ({ majorName, major, minor: 0, path: 'fs-filter' });
const nowhere = (majorName: string): OperationInfo =>
  ({ majorName, major: undefined, minor: 0, path: 'none' });

/** IRP_MN_QUERY_DIRECTORY, IRP_MN_NOTIFY_CHANGE_DIRECTORY, IRP_MN_LOCK and so on are the minors. */
export const operationInfo: Readonly<Record<OperationKind, OperationInfo>> = {
  'create': irp('IRP_MJ_CREATE', 0x00),
  'create-named-pipe': irp('IRP_MJ_CREATE_NAMED_PIPE', 0x01),
  'close': irp('IRP_MJ_CLOSE', 0x02),
  'read': irp('IRP_MJ_READ', 0x03),
  'write': irp('IRP_MJ_WRITE', 0x04),
  'query-information': irp('IRP_MJ_QUERY_INFORMATION', 0x05),
  'set-information': irp('IRP_MJ_SET_INFORMATION', 0x06),
  'query-ea': irp('IRP_MJ_QUERY_EA', 0x07),
  'set-ea': irp('IRP_MJ_SET_EA', 0x08),
  'flush-buffers': irp('IRP_MJ_FLUSH_BUFFERS', 0x09),
  'query-volume-information': irp('IRP_MJ_QUERY_VOLUME_INFORMATION', 0x0a),
  'set-volume-information': irp('IRP_MJ_SET_VOLUME_INFORMATION', 0x0b),
  'query-directory': irp('IRP_MJ_DIRECTORY_CONTROL', 0x0c, 1),
  'notify-change-directory': irp('IRP_MJ_DIRECTORY_CONTROL', 0x0c, 2),
  'file-system-control': irp('IRP_MJ_FILE_SYSTEM_CONTROL', 0x0d),
  'device-control': irp('IRP_MJ_DEVICE_CONTROL', 0x0e),
  'internal-device-control': irp('IRP_MJ_INTERNAL_DEVICE_CONTROL', 0x0f),
  'shutdown': irp('IRP_MJ_SHUTDOWN', 0x10),
  'lock': irp('IRP_MJ_LOCK_CONTROL', 0x11, 1),
  'unlock-single': irp('IRP_MJ_LOCK_CONTROL', 0x11, 2),
  'unlock-all': irp('IRP_MJ_LOCK_CONTROL', 0x11, 3),
  'unlock-all-by-key': irp('IRP_MJ_LOCK_CONTROL', 0x11, 4),
  'cleanup': irp('IRP_MJ_CLEANUP', 0x12),
  'create-mailslot': irp('IRP_MJ_CREATE_MAILSLOT', 0x13),
  'query-security': irp('IRP_MJ_QUERY_SECURITY', 0x14),
  'set-security': irp('IRP_MJ_SET_SECURITY', 0x15),
  'power': irp('IRP_MJ_POWER', 0x16),
  'system-control': irp('IRP_MJ_SYSTEM_CONTROL', 0x17),
  'device-change': irp('IRP_MJ_DEVICE_CHANGE', 0x18),
  'query-quota': irp('IRP_MJ_QUERY_QUOTA', 0x19),
  'set-quota': irp('IRP_MJ_SET_QUOTA', 0x1a),
  'pnp': irp('IRP_MJ_PNP', 0x1b),
  'acquire-for-section': fsFilter('IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION', 0xff),
  'release-for-section': fsFilter('IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION', 0xfe),
  'acquire-for-mod-write': fsFilter('IRP_MJ_ACQUIRE_FOR_MOD_WRITE', 0xfd),
  'release-for-mod-write': fsFilter('IRP_MJ_RELEASE_FOR_MOD_WRITE', 0xfc),
  'acquire-for-cc-flush': fsFilter('IRP_MJ_ACQUIRE_FOR_CC_FLUSH', 0xfb),
  'release-for-cc-flush': fsFilter('IRP_MJ_RELEASE_FOR_CC_FLUSH', 0xfa),
  'query-open': fsFilter('IRP_MJ_QUERY_OPEN', 0xf9),
  'fast-io-check-if-possible': fastIo('IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE', 0xf3),
  'network-query-open': fastIo('IRP_MJ_NETWORK_QUERY_OPEN', 0xf2),
  'mdl-read': fastIo('IRP_MJ_MDL_READ', 0xf1),
  'mdl-read-complete': fastIo('IRP_MJ_MDL_READ_COMPLETE', 0xf0),
  'prepare-mdl-write': fastIo('IRP_MJ_PREPARE_MDL_WRITE', 0xef),
  'mdl-write-complete': fastIo('IRP_MJ_MDL_WRITE_COMPLETE', 0xee),
  'volume-mount': fsFilter('IRP_MJ_VOLUME_MOUNT', 0xed),
  'volume-dismount': fsFilter('IRP_MJ_VOLUME_DISMOUNT', 0xec),
  'notify-stream-file-object': nowhere('notification of a stream file object'),
  'unknown': nowhere('unknown operation'),
};
