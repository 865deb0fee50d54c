// What a create carries about the caller's rights: IO_SECURITY_CONTEXT and the published part of
// ACCESS_STATE. There are no tokens in the machine: the members that would point to one stay NULL,
// and the privileges a caller holds are a mask of the emulated process.
import { BOOLEAN, LONG, POINTER, ULONG, array, pointer } from '../../mem/field.ts';
import { struct, union } from '../../mem/struct.ts';
import { ACCESS_MASK, UNICODE_STRING } from '../rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const LUID = struct('LUID', { LowPart: ULONG, HighPart: LONG });

export const LUID_AND_ATTRIBUTES = struct('LUID_AND_ATTRIBUTES', {
  Luid: LUID,
  Attributes: ULONG,
});

export const PRIVILEGE_SET = struct('PRIVILEGE_SET', {
  PrivilegeCount: ULONG,
  Control: ULONG,
  Privilege: array(LUID_AND_ATTRIBUTES, 1),
});

/** How many privileges INITIAL_PRIVILEGE_SET has room for. */
export const INITIAL_PRIVILEGE_COUNT = 3;

export const INITIAL_PRIVILEGE_SET = struct('INITIAL_PRIVILEGE_SET', {
  PrivilegeCount: ULONG,
  Control: ULONG,
  Privilege: array(LUID_AND_ATTRIBUTES, INITIAL_PRIVILEGE_COUNT),
});

export const SECURITY_SUBJECT_CONTEXT = struct('SECURITY_SUBJECT_CONTEXT', {
  ClientToken: POINTER,
  ImpersonationLevel: ULONG,
  PrimaryToken: POINTER,
  ProcessAuditId: POINTER,
});

export const ACCESS_STATE = struct('ACCESS_STATE', {
  OperationID: LUID,
  SecurityEvaluated: BOOLEAN,
  GenerateAudit: BOOLEAN,
  GenerateOnClose: BOOLEAN,
  PrivilegesAllocated: BOOLEAN,
  Flags: ULONG,
  RemainingDesiredAccess: ACCESS_MASK,
  PreviouslyGrantedAccess: ACCESS_MASK,
  OriginalDesiredAccess: ACCESS_MASK,
  SubjectSecurityContext: SECURITY_SUBJECT_CONTEXT,
  SecurityDescriptor: POINTER,
  AuxData: POINTER,
  Privileges: union({
    InitialPrivilegeSet: INITIAL_PRIVILEGE_SET,
    PrivilegeSet: PRIVILEGE_SET,
  }),
  AuditPrivileges: BOOLEAN,
  ObjectName: UNICODE_STRING,
  ObjectTypeName: UNICODE_STRING,
});
export type PACCESS_STATE = Ptr<'ACCESS_STATE'>;

export const IO_SECURITY_CONTEXT = struct('IO_SECURITY_CONTEXT', {
  SecurityQos: POINTER,
  AccessState: pointer('ACCESS_STATE'),
  DesiredAccess: ACCESS_MASK,
  FullCreateOptions: ULONG,
});
export type PIO_SECURITY_CONTEXT = Ptr<'IO_SECURITY_CONTEXT'>;
