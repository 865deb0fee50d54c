// Contracts: pool and lookaside lists.
import { APC, DISPATCH, POOL_FLAGS, byPoolType, fromPagedPool, family, row } from './contract.ts';

const wdm = family('wdm', {
  ExAllocateFromLookasideListEx: row('Lookaside*', DISPATCH,
    'Takes an entry, with old contents, from a LOOKASIDE_LIST_EX.', {
      returns: 'the entry; NULL without memory',
      takes: 'lookaside entry result: ExFreeToLookasideListEx',
      rules: 'KRN-49',
    }),
  ExAllocateFromNPagedLookasideList: row('Lookaside*', DISPATCH,
    'Takes an entry, with old contents, from a list of nonpaged entries.', {
      returns: 'the entry; NULL without memory',
      takes: 'lookaside entry result: ExFreeToNPagedLookasideList',
      rules: 'KRN-49',
    }),
  ExAllocateFromPagedLookasideList: row('Lookaside*', APC,
    'Takes an entry, with old contents, from a list of paged entries.', {
      returns: 'the entry; NULL without memory',
      takes: 'lookaside entry result: ExFreeToPagedLookasideList',
      rules: 'KRN-49',
    }),
  ExAllocatePool: row('PoolType NumberOfBytes', byPoolType('PoolType'),
    'ExAllocatePoolWithTag with the tag \'None\'.', {
      returns: 'the block; NULL when the pool is exhausted',
      takes: 'pool result: ExFreePool, ExFreePoolWithTag',
      breach: [0xc4, 0x1],
      rules: 'KRN-46..48',
    }),
  ExAllocatePool2: row('Flags NumberOfBytes Tag', POOL_FLAGS,
    'Allocates pool and zeroes it, unless Flags have POOL_FLAG_UNINITIALIZED.', {
      returns: 'the block; NULL when the pool is exhausted, the tag is 0 or the flags are ' +
        'bad; with POOL_FLAG_RAISE_ON_FAILURE a status is raised instead',
      takes: 'pool result: ExFreePool, ExFreePoolWithTag',
      breach: [0xc4, 0x1],
      rules: 'KRN-46..48',
    }),
  ExAllocatePoolUninitialized: row('PoolType NumberOfBytes Tag', byPoolType('PoolType'),
    'ExAllocatePoolWithTag under the name that says that nothing is zeroed.', {
      returns: 'the block; NULL when the pool is exhausted',
      takes: 'pool result: ExFreePool, ExFreePoolWithTag',
      breach: [0xc4, 0x1],
      rules: 'KRN-46..48',
    }),
  ExAllocatePoolWithQuotaTag: row('PoolType NumberOfBytes Tag', byPoolType('PoolType'),
    'ExAllocatePoolWithTag that raises STATUS_INSUFFICIENT_RESOURCES instead of returning ' +
      'NULL, unless PoolType has POOL_QUOTA_FAIL_INSTEAD_OF_RAISE.', {
      returns: 'the block; raises STATUS_INSUFFICIENT_RESOURCES without memory',
      takes: 'pool result: ExFreePool, ExFreePoolWithTag',
      breach: [0xc4, 0x1],
      rules: 'KRN-46..48',
    }),
  ExAllocatePoolWithTag: row('PoolType NumberOfBytes Tag', byPoolType('PoolType'),
    'Allocates pool; the memory is not zeroed.', {
      returns: 'the block, NULL when the pool is exhausted (POOL_RAISE_IF_ALLOCATION_FAILURE ' +
        'raises)',
      takes: 'pool result: ExFreePool, ExFreePoolWithTag',
      breach: [0xc4, 0x1],
      rules: 'KRN-46..48',
    }),
  ExAllocatePoolZero: row('PoolType NumberOfBytes Tag', byPoolType('PoolType'),
    'ExAllocatePoolWithTag that zeroes the block.', {
      returns: 'the block; NULL when the pool is exhausted',
      takes: 'pool result: ExFreePool, ExFreePoolWithTag',
      breach: [0xc4, 0x1],
      rules: 'KRN-46..48',
    }),
  ExDeleteLookasideListEx: row('Lookaside*', DISPATCH,
    'ExDeleteNPagedLookasideList for a LOOKASIDE_LIST_EX.',
    { gives: 'lookaside list Lookaside', rules: 'KRN-49' }),
  ExDeleteNPagedLookasideList: row('Lookaside*', DISPATCH,
    'Frees every kept entry and ends the list.',
    { gives: 'lookaside list Lookaside', rules: 'KRN-49' }),
  ExDeletePagedLookasideList: row('Lookaside*', APC,
    'ExDeleteNPagedLookasideList for a paged list.',
    { gives: 'lookaside list Lookaside', rules: 'KRN-49' }),
  ExFlushLookasideListEx: row('Lookaside*', DISPATCH,
    'Frees the entries that this processor keeps now.', { rules: 'KRN-49' }),
  ExFreePool: row('P*', fromPagedPool('P', DISPATCH),
    'Frees pool whatever its tag.',
    { gives: 'pool P', breach: [0xc4, 0x11], rules: 'KRN-46..48 OP-15' }),
  ExFreePoolWithTag: row('P* Tag', fromPagedPool('P', DISPATCH),
    'Frees pool whose tag must be the given one; tag 0 fits every block.',
    { gives: 'pool P', breach: [0xc4, 0x11], rules: 'KRN-46..48' }),
  ExFreeToLookasideListEx: row('Lookaside* Entry*', DISPATCH,
    'Gives an entry back to a LOOKASIDE_LIST_EX.',
    { gives: 'lookaside entry Entry', rules: 'KRN-49' }),
  ExFreeToNPagedLookasideList: row('Lookaside* Entry*', DISPATCH,
    'Gives an entry back.', { gives: 'lookaside entry Entry', rules: 'KRN-49' }),
  ExFreeToPagedLookasideList: row('Lookaside* Entry*', APC,
    'Gives an entry back to a paged list.', { gives: 'lookaside entry Entry', rules: 'KRN-49' }),
  ExInitializeLookasideListEx: row(
    'Lookaside* Allocate? Free? PoolType Flags Size Tag Depth', DISPATCH,
    'Makes a LOOKASIDE_LIST_EX.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER_4',
      takes: 'lookaside list Lookaside: ExDeleteLookasideListEx',
      rules: 'KRN-49',
    }),
  ExInitializeNPagedLookasideList: row(
    'Lookaside* Allocate? Free? Flags Size Tag Depth', DISPATCH,
    'Makes a list of entries of nonpaged pool.',
    { takes: 'lookaside list Lookaside: ExDeleteNPagedLookasideList', rules: 'KRN-49' }),
  ExInitializePagedLookasideList: row('Lookaside* Allocate? Free? Flags Size Tag Depth', APC,
    'ExInitializeNPagedLookasideList for entries of paged pool.',
    { takes: 'lookaside list Lookaside: ExDeletePagedLookasideList', rules: 'KRN-49' }),
});

export const exPool = wdm;
