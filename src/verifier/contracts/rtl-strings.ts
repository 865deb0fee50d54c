// Contracts: strings, numbers, times, blocks of memory.
import { residentText, ANY, APC, PASSIVE, resident, family, row } from './contract.ts';

const other = family('', {
  IsEqualGUID: row('Guid1* Guid2*', ANY,
    'Whether two GUIDs are the same.', { returns: 'BOOLEAN' }),
  RtlInitUnicodeStringEx: row('DestinationString* SourceString?', resident('SourceString', ANY),
    'RtlInitUnicodeString that fails with STATUS_NAME_TOO_LONG instead of cutting.',
    { statuses: 'STATUS_NAME_TOO_LONG' }),
  RtlSuffixUnicodeString: row('String1* String2* CaseInSensitive', PASSIVE,
    'Whether String2 ends with String1.', { returns: 'BOOLEAN' }),
});

const wdm = family('wdm', {
  RtlAppendUnicodeStringToString: row(
    'Destination* Source*', residentText('Destination Source', ANY),
    'Appends a string.', { statuses: 'STATUS_BUFFER_TOO_SMALL' }),
  RtlAppendUnicodeToString: row('Destination* Source?', residentText('Destination', ANY),
    'Appends NUL-terminated text.', { statuses: 'STATUS_BUFFER_TOO_SMALL' }),
  RtlCompareMemory: row('Source1> Source2> Length', resident('Source1 Source2', ANY),
    'How many leading bytes of two blocks are equal.'),
  RtlCompareUnicodeString: row('String1* String2* CaseInSensitive', PASSIVE,
    'Orders two strings unit by unit: negative, zero or positive.',
    { returns: 'negative, zero or positive', rules: 'POST-5' }),
  RtlCopyMemory: row('Destination> Source> Length', resident('Destination Source', ANY),
    'Copies Length bytes.'),
  RtlCopyUnicodeString: row(
    'DestinationString* SourceString?', residentText('DestinationString SourceString', ANY),
    'Copies text, cut to what the destination holds, and terminates it when there is room.'),
  RtlDowncaseUnicodeChar: row('SourceCharacter', PASSIVE, 'The lower-case unit of one unit.'),
  RtlEqualMemory: row('Source1> Source2> Length', resident('Source1 Source2', ANY),
    'Whether two blocks are equal.', { returns: 'BOOLEAN' }),
  RtlEqualUnicodeString: row('String1* String2* CaseInSensitive', PASSIVE,
    'Whether two strings are equal.', { returns: 'BOOLEAN' }),
  RtlFillMemory: row('Destination> Length Fill', resident('Destination', ANY),
    'Fills Length bytes with one value.'),
  RtlFreeUnicodeString: row('UnicodeString*', APC,
    'Frees a buffer that a run-time routine allocated, and empties the string.',
    { gives: 'string buffer UnicodeString' }),
  RtlGUIDFromString: row('GuidString* Guid*', PASSIVE,
    'Reads a GUID from text in braces.', { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlHashUnicodeString: row('String* CaseInSensitive HashAlgorithm HashValue>', APC,
    'Hashes a string into the word at HashValue.', { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlInitEmptyUnicodeString: row('DestinationString* Buffer? BufferSize', ANY,
    'An empty string over a buffer of BufferSize bytes.'),
  RtlInitUnicodeString: row('DestinationString* SourceString?', resident('SourceString', ANY),
    'Makes a string of the NUL-terminated text at SourceString, which it does not copy.'),
  RtlInt64ToUnicodeString: row('Value Base String*', PASSIVE,
    'Writes an unsigned 64-bit number into a string\'s buffer, exact up to 2^53.',
    { statuses: 'STATUS_BUFFER_OVERFLOW STATUS_INVALID_PARAMETER' }),
  RtlIntegerToUnicodeString: row('Value Base String*', PASSIVE,
    'Writes an unsigned 32-bit number into a string\'s buffer.',
    { statuses: 'STATUS_BUFFER_OVERFLOW STATUS_INVALID_PARAMETER' }),
  RtlMoveMemory: row('Destination> Source> Length', resident('Destination Source', ANY),
    'Copies Length bytes between blocks that may overlap.'),
  RtlStringFromGUID: row('Guid* GuidString*', PASSIVE,
    'Writes a GUID as text into a new buffer, terminated, that the caller frees with ' +
      'RtlFreeUnicodeString.', {
      statuses: 'STATUS_NO_MEMORY',
      takes: 'string buffer GuidString: RtlFreeUnicodeString',
    }),
  RtlTimeFieldsToTime: row('TimeFields* Time*', resident('TimeFields Time', ANY),
    'Joins fields into the system time at Time.', { returns: 'BOOLEAN' }),
  RtlTimeToTimeFields: row('Time* TimeFields*', resident('Time TimeFields', ANY),
    'Splits the system time at Time into the fields at TimeFields.'),
  RtlUnicodeStringToInteger: row('String* Base Value>', PASSIVE,
    'Reads a number: white space, a sign, with base 0 one of the prefixes 0x, 0o and 0b, and ' +
      'digits up to the first unit that is none.', { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlUpcaseUnicodeChar: row('SourceCharacter', APC, 'The upper-case unit of one unit.'),
  RtlZeroMemory: row('Destination> Length', resident('Destination', ANY), 'Zeroes Length bytes.'),
});

const ntifs = family('ntifs', {
  RtlDowncaseUnicodeString: row('DestinationString* SourceString* AllocateDestinationString', APC,
    'Lower-cases a string.', { takes: 'string buffer DestinationString: RtlFreeUnicodeString' }),
});

const ntddk = family('ntddk', {
  RtlPrefixUnicodeString: row('String1* String2* CaseInSensitive', PASSIVE,
    'Whether String2 begins with String1.', { returns: 'BOOLEAN' }),
  RtlUpcaseUnicodeString: row('DestinationString* SourceString* AllocateDestinationString', APC,
    'Upper-cases a string, into the destination\'s buffer or into a new one that the caller ' +
      'frees with RtlFreeUnicodeString.', {
      statuses: 'STATUS_BUFFER_OVERFLOW STATUS_NO_MEMORY',
      takes: 'string buffer DestinationString: RtlFreeUnicodeString',
    }),
});

export const rtlStrings = { ...other, ...wdm, ...ntifs, ...ntddk };
