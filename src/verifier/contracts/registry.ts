// Contracts: the registry and the closing of handles.
import { APC, PASSIVE, family, row } from './contract.ts';

const wdm = family('wdm', {
  IoOpenDriverRegistryKey: row(
    'DriverObject* RegKeyType DesiredAccess Flags DriverRegKey>', PASSIVE,
    'Opens a key of a driver\'s service: its Parameters, or a key for the state it keeps, ' +
      'which is made at its first use.', {
      statuses: 'STATUS_INVALID_PARAMETER STATUS_OBJECT_NAME_NOT_FOUND',
      takes: 'handle DriverRegKey: ZwClose',
    }),
  ObCloseHandle: row('Handle* PreviousMode', PASSIVE,
    'Closes a handle on behalf of a caller in PreviousMode.',
    { statuses: 'STATUS_INVALID_HANDLE', gives: 'handle Handle' }),
  RtlCheckRegistryKey: row('RelativeTo Path?', PASSIVE,
    'Whether a key exists; the status that opening it gives.'),
  RtlCreateRegistryKey: row('RelativeTo Path?', PASSIVE, 'Makes a key.'),
  RtlDeleteRegistryValue: row('RelativeTo Path? ValueName*', PASSIVE,
    'Takes a value of a key away.'),
  RtlQueryRegistryValues: row('RelativeTo Path? QueryTable* Context? Environment?', PASSIVE,
    'Reads values as a table says.', {
      statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_OBJECT_NAME_NOT_FOUND ' +
        'STATUS_OBJECT_TYPE_MISMATCH',
    }),
  RtlWriteRegistryValue: row(
    'RelativeTo Path? ValueName? ValueType ValueData? ValueLength', PASSIVE,
    'Sets a value of a key, which is made if it is missing.'),
  ZwClose: row('Handle*', PASSIVE,
    'Closes a handle.', { statuses: 'STATUS_INVALID_HANDLE', gives: 'handle Handle' }),
  ZwCreateKey: row('KeyHandle> DesiredAccess ObjectAttributes* TitleIndex Class? ' +
                 'CreateOptions Disposition>?', PASSIVE,
    'Opens a key or makes it.', {
      statuses: 'STATUS_CHILD_MUST_BE_VOLATILE STATUS_INVALID_PARAMETER',
      takes: 'handle KeyHandle: ZwClose',
    }),
  ZwDeleteKey: row('KeyHandle', PASSIVE,
    'Deletes a key that has no subkeys.',
    { statuses: 'STATUS_CANNOT_DELETE STATUS_INVALID_HANDLE' }),
  ZwDeleteValueKey: row('KeyHandle ValueName*', PASSIVE,
    'Takes a value away.', { statuses: 'STATUS_INVALID_HANDLE STATUS_OBJECT_NAME_NOT_FOUND' }),
  ZwEnumerateKey: row(
    'KeyHandle Index KeyInformationClass KeyInformation? Length ResultLength>', PASSIVE,
    'Describes the subkey of an index, in alphabetical order.',
    { statuses: 'STATUS_INVALID_PARAMETER STATUS_NO_MORE_ENTRIES' }),
  ZwEnumerateValueKey: row('KeyHandle Index KeyValueInformationClass KeyValueInformation? ' +
                         'Length ResultLength>', PASSIVE,
    'Tells the value of an index, in the order of creation.',
    { statuses: 'STATUS_BUFFER_OVERFLOW STATUS_BUFFER_TOO_SMALL STATUS_NO_MORE_ENTRIES' }),
  ZwFlushKey: row('KeyHandle', PASSIVE, 'Waits until a key is on disk.'),
  ZwOpenKey: row('KeyHandle> DesiredAccess ObjectAttributes*', PASSIVE,
    'Opens a key.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_HANDLE ' +
        'STATUS_OBJECT_NAME_INVALID STATUS_OBJECT_NAME_NOT_FOUND ' +
        'STATUS_OBJECT_PATH_SYNTAX_BAD STATUS_OBJECT_TYPE_MISMATCH',
      takes: 'handle KeyHandle: ZwClose',
    }),
  ZwOpenKeyEx: row('KeyHandle> DesiredAccess ObjectAttributes* OpenOptions', PASSIVE,
    'ZwOpenKey with options: REG_OPTION_OPEN_LINK opens a link itself.',
    { takes: 'handle KeyHandle: ZwClose' }),
  ZwQueryKey: row('KeyHandle KeyInformationClass KeyInformation? Length ResultLength>', PASSIVE,
    'Describes a key.'),
  ZwQueryValueKey: row('KeyHandle ValueName* KeyValueInformationClass KeyValueInformation? ' +
                     'Length ResultLength>', PASSIVE,
    'Tells a value of a key.',
    { statuses: 'STATUS_INVALID_PARAMETER STATUS_OBJECT_NAME_NOT_FOUND' }),
  ZwSetValueKey: row('KeyHandle ValueName* TitleIndex Type Data? DataSize', PASSIVE,
    'Sets a value, or makes it.', { statuses: 'STATUS_INSUFFICIENT_RESOURCES' }),
});

const ntifs = family('ntifs', {
  NtClose: row('Handle*', PASSIVE,
    'Closes a handle on behalf of the thread\'s caller.',
    { statuses: 'STATUS_INVALID_HANDLE', gives: 'handle Handle' }),
  ObIsKernelHandle: row('Handle*', APC,
    'Whether a handle may be used by the kernel only (OBJ_KERNEL_HANDLE).',
    { returns: 'BOOLEAN' }),
});

export const registry = { ...wdm, ...ntifs };
