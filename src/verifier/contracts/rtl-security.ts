// Contracts: SIDs, access control lists, security descriptors.
import { ANY, APC, PASSIVE, family, row } from './contract.ts';

const REVISION = { statuses: 'STATUS_UNKNOWN_REVISION' } as const;

const wdm = family('wdm', {
  RtlLengthSecurityDescriptor: row('SecurityDescriptor*', PASSIVE,
    'The bytes of a descriptor and all its parts.', { returns: 'bytes' }),
  RtlValidSecurityDescriptor: row('SecurityDescriptor*', PASSIVE,
    'Whether a descriptor is one.', { returns: 'BOOLEAN' }),
});

const ntifs = family('ntifs', {
  RtlAbsoluteToSelfRelativeSD: row(
    'AbsoluteSecurityDescriptor* SelfRelativeSecurityDescriptor? BufferLength>', APC,
    'Puts an absolute descriptor and its parts into one block.',
    { statuses: 'STATUS_BAD_DESCRIPTOR_FORMAT STATUS_BUFFER_TOO_SMALL' }),
  RtlAddAccessAllowedAce: row('Acl* AceRevision AccessMask Sid*', APC,
    'Adds an entry that gives somebody rights.', {
      statuses: 'STATUS_ALLOTTED_SPACE_EXCEEDED STATUS_INVALID_ACL STATUS_INVALID_SID ' +
        'STATUS_REVISION_MISMATCH',
    }),
  RtlAddAccessAllowedAceEx: row('Acl* AceRevision AceFlags AccessMask Sid*', APC,
    'Adds an entry that gives somebody rights, and what is made below inherits.', {
      statuses: 'STATUS_ALLOTTED_SPACE_EXCEEDED STATUS_INVALID_ACL STATUS_INVALID_PARAMETER ' +
        'STATUS_INVALID_SID STATUS_REVISION_MISMATCH',
    }),
  RtlAddAce: row('Acl* AceRevision StartingAceIndex AceList* AceListLength', APC,
    'Adds entries that lie behind one another.',
    { statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_INVALID_PARAMETER' }),
  RtlConvertSidToUnicodeString: row('UnicodeString* Sid* AllocateDestinationString', APC,
    'Writes a SID as text.', {
      statuses: 'STATUS_BUFFER_OVERFLOW STATUS_INVALID_SID STATUS_NO_MEMORY',
      takes: 'string buffer UnicodeString: RtlFreeUnicodeString',
    }),
  RtlCopySid: row('DestinationSidLength DestinationSid* SourceSid*', APC, 'Copies a SID.',
    { statuses: 'STATUS_BUFFER_TOO_SMALL' }),
  RtlCreateAcl: row('Acl* AclLength AclRevision', APC, 'Begins a list without entries.',
    { statuses: 'STATUS_BUFFER_TOO_SMALL STATUS_INVALID_PARAMETER' }),
  RtlDeleteAce: row('Acl* AceIndex', APC, 'Takes an entry out of a list.',
    { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlEqualPrefixSid: row('Sid1* Sid2*', APC,
    'Whether two SIDs are equal but for the last sub-authority.', { returns: 'BOOLEAN' }),
  RtlEqualSid: row('Sid1* Sid2*', ANY, 'Whether two SIDs are equal.', { returns: 'BOOLEAN' }),
  RtlGetAce: row('Acl* AceIndex Ace>', APC, 'The address of an entry of a list.',
    { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlGetDaclSecurityDescriptor: row(
    'SecurityDescriptor* DaclPresent> Dacl> DaclDefaulted>', APC, 'Gets the DACL.', REVISION),
  RtlGetGroupSecurityDescriptor: row('SecurityDescriptor* Group> GroupDefaulted>', APC,
    'Gets the primary group.', REVISION),
  RtlGetOwnerSecurityDescriptor: row('SecurityDescriptor* Owner> OwnerDefaulted>', PASSIVE,
    'Gets the owner.', REVISION),
  RtlGetSaclSecurityDescriptor: row(
    'SecurityDescriptor* SaclPresent> Sacl> SaclDefaulted>', APC, 'Gets the SACL.', REVISION),
  RtlInitializeSid: row('Sid* IdentifierAuthority* SubAuthorityCount', APC, 'Begins a SID.',
    { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlInitializeSidEx: row('Sid* IdentifierAuthority* SubAuthorityCount ...', APC,
    'Makes a whole SID.', { statuses: 'STATUS_INVALID_PARAMETER' }),
  RtlLengthRequiredSid: row('SubAuthorityCount', APC,
    'The bytes that a SID with so many sub-authorities takes.', { returns: 'bytes' }),
  RtlLengthSid: row('Sid*', APC, 'The bytes of a SID.', { returns: 'bytes' }),
  RtlSetGroupSecurityDescriptor: row('SecurityDescriptor* Group? GroupDefaulted', APC,
    'Sets the primary group of an absolute descriptor.',
    { statuses: 'STATUS_INVALID_SECURITY_DESCR STATUS_UNKNOWN_REVISION' }),
  RtlSetOwnerSecurityDescriptor: row('SecurityDescriptor* Owner? OwnerDefaulted', APC,
    'Sets the owner of an absolute descriptor.',
    { statuses: 'STATUS_INVALID_SECURITY_DESCR STATUS_UNKNOWN_REVISION' }),
  RtlSubAuthoritySid: row('Sid* SubAuthority', APC, 'The address of a sub-authority.',
    { returns: 'the address' }),
  RtlValidSid: row('Sid*', APC, 'Whether a SID\'s revision and count are possible.',
    { returns: 'BOOLEAN' }),
});

export const rtlSecurity = { ...wdm, ...ntifs };
