// Contracts: extra create parameters.
import { APC, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltAcknowledgeEcp: row('Filter* EcpContext*', APC, 'Says that a parameter was used.'),
  FltAllocateExtraCreateParameter: row('Filter* EcpType* SizeOfContext Flags ' +
                                     'CleanupCallback? PoolTag EcpContext>', APC,
    'Makes a parameter, zeroed, in no list.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES',
      takes: 'extra create parameter EcpContext: FltFreeExtraCreateParameter',
    }),
  FltAllocateExtraCreateParameterList: row('Filter* Flags EcpList>', APC,
    'Makes an empty list.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES',
      takes: 'extra create parameter list EcpList: FltFreeExtraCreateParameterList',
    }),
  FltFindExtraCreateParameter: row('Filter* EcpList* EcpType* EcpContext>? EcpContextSize>?', APC,
    'Finds a parameter by its type.', { statuses: 'STATUS_NOT_FOUND' }),
  FltFreeExtraCreateParameter: row('Filter* EcpContext*', APC,
    'Frees a parameter that is in no list.', { gives: 'extra create parameter EcpContext' }),
  FltFreeExtraCreateParameterList: row('Filter* EcpList*', APC,
    'Frees a list and what is in it.',
    { gives: 'extra create parameter list EcpList', rules: 'IO-19' }),
  FltGetEcpListFromCallbackData: row('Filter* CallbackData* EcpList>', APC,
    'Gives the list of a create, NULL when it has none.',
    { statuses: 'STATUS_INVALID_PARAMETER', rules: 'IO-19 9.5' }),
  FltGetNextExtraCreateParameter: row('Filter* EcpList* CurrentEcpContext? NextEcpType>? ' +
                                    'NextEcpContext>? NextEcpContextSize>?', APC,
    'The parameter after the given one, the first for NULL.',
    { statuses: 'STATUS_INVALID_PARAMETER STATUS_NOT_FOUND' }),
  FltInsertExtraCreateParameter: row('Filter* EcpList* EcpContext*', APC,
    'Puts a parameter into a list.',
    { statuses: 'STATUS_INVALID_PARAMETER', gives: 'extra create parameter EcpContext' }),
  FltIsEcpAcknowledged: row('Filter* EcpContext*', APC,
    'Whether somebody has used the parameter.', { returns: 'BOOLEAN' }),
  FltIsEcpFromUserMode: row('Filter* EcpContext*', APC,
    'Whether an application made the parameter.', { returns: 'BOOLEAN' }),
  FltPrepareToReuseEcp: row('Filter* EcpContext*', APC,
    'Makes a parameter ready for the next create.'),
  FltRemoveExtraCreateParameter: row(
    'Filter* EcpList* EcpType* EcpContext> EcpContextSize>?', APC,
    'Takes a parameter out of a list.', {
      statuses: 'STATUS_NOT_FOUND',
      takes: 'extra create parameter EcpContext: FltFreeExtraCreateParameter',
    }),
  FltSetEcpListIntoCallbackData: row('Filter* CallbackData* EcpList?', APC,
    'Sets a list into a create that has none.', {
      statuses: 'STATUS_INVALID_PARAMETER_2 STATUS_INVALID_PARAMETER_3',
      gives: 'extra create parameter list EcpList',
      rules: 'IO-19 9.5',
    }),
});

export const fltEcp = fltkernel;
