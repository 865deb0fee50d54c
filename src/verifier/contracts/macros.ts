// Contracts: macros of the headers.
import { ANY, APC, PASSIVE, family, row } from './contract.ts';

const other = family('', {
  ARGUMENT_PRESENT: row('ArgumentPointer?', ANY,
    'Whether an optional pointer was given.', { returns: 'BOOLEAN' }),
  Add2Ptr: row('P I', ANY, 'A pointer moved by so many bytes.'),
  BooleanFlagOn: row('Flags SingleFlag', ANY,
    'FlagOn for one flag, as a BOOLEAN.', { returns: 'BOOLEAN' }),
  CONTAINING_RECORD: row('address* type* field*', ANY,
    'The structure whose member lies at address.'),
  CTL_CODE: row('DeviceType Function Method Access', ANY,
    'Composes a control code, as the WDK\'s macro.'),
  ClearFlag: row('Flags SingleFlag', ANY,
    'The flags with some cleared: x.Flags = ClearFlag(x.Flags, FLAG).'),
  DEVICE_TYPE_FROM_CTL_CODE: row('CtlCode', ANY, 'The device type a code belongs to.'),
  ExInitializeDriverRuntime: row('RuntimeFlags', ANY,
    'Makes nonpaged pool non-executable by default (DrvRtPoolNxOptIn).'),
  FIELD_OFFSET: row('type* field*', ANY, 'The offset of a member in bytes.'),
  FlagOn: row('Flags SingleFlag', ANY,
    'Whether any of some flags is set.', { returns: 'BOOLEAN' }),
  GetExceptionCode: row('thrown?', ANY, 'The status of a caught exception.'),
  GetExceptionInformation: row('thrown?', ANY, 'The record of a caught exception, on the stack.'),
  InitializeObjectAttributes: row('InitializedAttributes* ObjectName? Attributes ' +
                                'RootDirectory SecurityDescriptor?', ANY,
    'Fills in OBJECT_ATTRIBUTES.'),
  ZwCurrentProcess: row('', ANY, 'The handle of the process that the thread is in.'),
  ZwCurrentThread: row('', ANY, 'The handle of the thread itself.'),
  IoInitializeDriverCreateContext: row('DriverContext*', ANY,
    'Fills in an IO_DRIVER_CREATE_CONTEXT without anything in it.'),
  METHOD_FROM_CTL_CODE: row('CtlCode', ANY, 'How the buffers of a code travel (METHOD_*).'),
  NT_ERROR: row('Status', ANY, 'Whether the severity is error.', { returns: 'BOOLEAN' }),
  NT_INFORMATION: row('Status', ANY,
    'Whether the severity is informational.', { returns: 'BOOLEAN' }),
  NT_SUCCESS: row('Status', ANY,
    'Whether the call succeeded: success and informational codes (STATUS_PENDING, ' +
      'STATUS_TIMEOUT too).', { returns: 'BOOLEAN' }),
  NT_WARNING: row('Status', ANY,
    'Whether the severity is warning: the call partly worked (STATUS_BUFFER_OVERFLOW).',
    { returns: 'BOOLEAN' }),
  PtrOffset: row('Base Other', ANY, 'How far one pointer lies behind another, in bytes.'),
  ROUND_TO_SIZE: row('Length Alignment', ANY, 'Rounds up to a multiple of a power of two.'),
  ReadNoFence: row('Source*', ANY, 'Reads a word once, whatever other threads do to it.'),
  RtlInterlockedClearBits: row('Flags* Bits', ANY,
    'Clears bits of a word that several threads change.'),
  RtlInterlockedSetBits: row('Flags* Bits', ANY,
    'Sets bits of a word that several threads change.'),
  SetFlag: row('Flags SingleFlag', ANY,
    'The flags with some set: x.Flags = SetFlag(x.Flags, FLAG).'),
  UNREFERENCED_PARAMETER: row('...', ANY, 'Says that a parameter is meant to be unused.'),
});

const ntddk = family('ntddk', {
  ExRaiseAccessViolation: row('', PASSIVE, 'Raises STATUS_ACCESS_VIOLATION.'),
  ExRaiseDatatypeMisalignment: row('', PASSIVE, 'Raises STATUS_DATATYPE_MISALIGNMENT.'),
});

const wdm = family('wdm', {
  ExRaiseStatus: row('Status', APC, 'Raises a status.'),
});

export const macros = { ...other, ...ntddk, ...wdm };
