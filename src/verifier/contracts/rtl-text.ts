// Contracts: byte strings, printing, safe integers, addresses.
import { residentText, ANY, APC, PASSIVE, resident, family, row } from './contract.ts';

const wdm = family('wdm', {
  RtlAnsiStringToUnicodeString: row(
    'DestinationString* SourceString* AllocateDestinationString', PASSIVE,
    'Converts bytes to UTF-16, terminated.',
    { takes: 'string buffer DestinationString: RtlFreeUnicodeString' }),
  RtlCreateSecurityDescriptor: row('SecurityDescriptor* Revision', PASSIVE,
    'Makes an absolute security descriptor with nothing in it.',
    { statuses: 'STATUS_UNKNOWN_REVISION' }),
  RtlFreeAnsiString: row('AnsiString*', APC,
    'Frees a buffer that a conversion allocated, and empties the string.',
    { gives: 'ANSI string buffer AnsiString' }),
  RtlInitAnsiString: row('DestinationString> SourceString?', resident('SourceString', ANY),
    'Makes a string of NUL-terminated bytes, which it does not copy.'),
  RtlInitString: row('DestinationString> SourceString?', resident('SourceString', ANY),
    'RtlInitAnsiString under its older name.'),
  RtlSetDaclSecurityDescriptor: row(
    'SecurityDescriptor* DaclPresent Dacl? DaclDefaulted', PASSIVE,
    'Sets the DACL of an absolute security descriptor.',
    { statuses: 'STATUS_INVALID_SECURITY_DESCR STATUS_UNKNOWN_REVISION' }),
  RtlUnicodeStringToAnsiString: row(
    'DestinationString* SourceString* AllocateDestinationString', PASSIVE,
    'Converts to bytes, terminated.', {
      statuses: 'STATUS_BUFFER_OVERFLOW STATUS_NO_MEMORY',
      takes: 'ANSI string buffer DestinationString: RtlFreeAnsiString',
    }),
});

const ntddk = family('ntddk', {
  RtlCompareString: row('String1* String2* CaseInSensitive', PASSIVE,
    'Orders two strings byte by byte.'),
  RtlCopyString: row(
    'DestinationString* SourceString?', residentText('DestinationString SourceString', ANY),
    'Copies bytes, cut to what the destination holds.'),
  RtlEqualString: row('String1* String2* CaseInSensitive', PASSIVE,
    'Whether two strings are equal.', { returns: 'BOOLEAN' }),
});

const other = family('', {
  RtlDuplicateUnicodeString: row('Flags StringIn* StringOut*', PASSIVE,
    'Copies a string into a new buffer that the caller frees with RtlFreeUnicodeString.', {
      statuses: 'STATUS_INVALID_PARAMETER STATUS_NO_MEMORY',
      takes: 'string buffer StringOut: RtlFreeUnicodeString',
    }),
  RtlIpv4AddressToStringExA: row('Address* Port AddressString? AddressStringLength>', ANY,
    'Writes "a.b.c.d" or "a.b.c.d:port" as bytes, terminated.',
    { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlIpv4AddressToStringExW: row('Address* Port AddressString? AddressStringLength>', ANY,
    'RtlIpv4AddressToStringExA in UTF-16.'),
  RtlIpv6AddressToStringExA: row('Address* ScopeId Port AddressString? AddressStringLength>', ANY,
    'Writes an IN6_ADDR as bytes: "::1", "fe80::1%2", "[::1]:445".'),
  RtlIpv6AddressToStringExW: row('Address* ScopeId Port AddressString? AddressStringLength>', ANY,
    'RtlIpv6AddressToStringExA in UTF-16.'),
  RtlSIZETAdd: row('Augend Addend* pResult>', ANY,
    'RtlULongAdd for a SIZE_T, which has 32 bits here.'),
  RtlSIZETMult: row('Multiplicand Multiplier pResult>', ANY, 'RtlULongMult for a SIZE_T.'),
  RtlULongAdd: row('ulAugend ulAddend pulResult>', ANY, 'Adds two ULONGs.'),
  RtlULongLongAdd: row('Augend Addend* Result>', ANY, 'Adds two 64-bit numbers, exact to 2^53.'),
  RtlULongMult: row('ulMultiplicand ulMultiplier pulResult>', ANY, 'Multiplies two ULONGs.'),
  RtlULongSub: row('ulMinuend ulSubtrahend pulResult>', ANY, 'Subtracts a ULONG from another.'),
  RtlULongToUShort: row('ulOperand pusResult>', ANY, 'Converts a ULONG to a USHORT.'),
  RtlUShortAdd: row('usAugend usAddend pusResult>', ANY, 'Adds two USHORTs.'),
  RtlUShortSub: row('usMinuend usSubtrahend pusResult>', ANY, 'Subtracts a USHORT from another.'),
  RtlUnicodeStringPrintf: row('DestinationString* Format* ...', PASSIVE,
    'Formats into the buffer of a UNICODE_STRING, which is not terminated.',
    { statuses: 'STATUS_BUFFER_OVERFLOW' }),
});

const ntifs = family('ntifs', {
  RtlIsNameLegalDOS8Dot3: row('Name* OemName? NameContainsSpaces>?', residentText('Name', ANY),
    'Whether a name is a legal short name.', { returns: 'BOOLEAN' }),
});

export const rtlText = { ...wdm, ...ntddk, ...other, ...ntifs };
