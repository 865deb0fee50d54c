// Contracts: extra create parameters as file systems use them.
import { APC, family, row } from './contract.ts';

const PARAMETER = 'file system parameter';
const LIST = 'file system parameter list';

export const fsrtlEcp = family('ntifs', {
  FsRtlAcknowledgeEcp: row('EcpContext*', APC, 'Says that a parameter was used.'),
  FsRtlAllocateExtraCreateParameter: row(
    'EcpType* SizeOfContext Flags CleanupCallback? PoolTag EcpContext>', APC,
    'Makes a parameter, zeroed, in no list.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES',
      takes: `${PARAMETER} EcpContext: FsRtlFreeExtraCreateParameter`,
    }),
  FsRtlAllocateExtraCreateParameterList: row('Flags EcpList>', APC, 'Makes an empty list.', {
    statuses: 'STATUS_INSUFFICIENT_RESOURCES',
    takes: `${LIST} EcpList: FsRtlFreeExtraCreateParameterList`,
  }),
  FsRtlFindExtraCreateParameter: row('EcpList* EcpType* EcpContext>? EcpContextSize>?', APC,
    'Finds a parameter by its type.', { statuses: 'STATUS_NOT_FOUND' }),
  FsRtlFreeExtraCreateParameter: row('EcpContext*', APC,
    'Frees a parameter that is in no list.', { gives: `${PARAMETER} EcpContext` }),
  FsRtlFreeExtraCreateParameterList: row('EcpList*', APC,
    'Frees a list and what is in it.', { gives: `${LIST} EcpList` }),
  FsRtlGetNextExtraCreateParameter: row('EcpList* CurrentEcpContext? NextEcpType>? ' +
                                      'NextEcpContext>? NextEcpContextSize>?', APC,
    'The parameter after the given one, the first for NULL.', { statuses: 'STATUS_NOT_FOUND' }),
  FsRtlInsertExtraCreateParameter: row('EcpList* EcpContext*', APC,
    'Puts a parameter into a list.', { gives: `${PARAMETER} EcpContext` }),
  FsRtlIsEcpAcknowledged: row('EcpContext*', APC,
    'Whether somebody has used the parameter.', { returns: 'BOOLEAN' }),
  FsRtlIsEcpFromUserMode: row('EcpContext*', APC,
    'Whether an application made the parameter.', { returns: 'BOOLEAN' }),
  FsRtlPrepareToReuseEcp: row('EcpContext*', APC,
    'Makes a parameter ready for the next create.'),
  FsRtlRemoveExtraCreateParameter: row('EcpList* EcpType* EcpContext> EcpContextSize>?', APC,
    'Takes a parameter out of a list; it is the caller\'s then.', {
      statuses: 'STATUS_NOT_FOUND',
      takes: `${PARAMETER} EcpContext: FsRtlFreeExtraCreateParameter`,
    }),
});
