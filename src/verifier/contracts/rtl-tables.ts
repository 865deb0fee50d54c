// Contracts: lists, bitmaps, tables.
import { ANY, APC, DISPATCH, resident, family, row } from './contract.ts';

const wdm = family('wdm', {
  InitializeListHead: row('ListHead*', resident('ListHead', ANY),
    'Makes ListHead an empty list.', { rules: 'KRN-52' }),
  InsertHeadList: row('ListHead* Entry*', resident('ListHead Entry', ANY),
    'Puts an entry at the front.', { rules: 'KRN-52' }),
  InsertTailList: row('ListHead* Entry*', resident('ListHead Entry', ANY),
    'Appends an entry.', { rules: 'KRN-52' }),
  IsListEmpty: row('ListHead*', resident('ListHead', ANY),
    'Whether the list has no entry.', { returns: 'BOOLEAN', rules: 'KRN-52' }),
  RemoveEntryList: row('Entry*', resident('Entry', ANY),
    'Takes an entry out of its list.', { returns: 'BOOLEAN', rules: 'KRN-52' }),
  RemoveHeadList: row('ListHead*', resident('ListHead', ANY),
    'Takes the first entry out and returns it.', { rules: 'KRN-52' }),
  RemoveTailList: row('ListHead*', ANY,
    'Takes the last entry out and returns it.', { rules: 'KRN-52' }),
  RtlAreBitsClear: row('BitMapHeader* StartingIndex Length', APC,
    'Whether Length bits from StartingIndex on are all clear.', { returns: 'BOOLEAN' }),
  RtlAreBitsSet: row('BitMapHeader* StartingIndex Length', APC,
    'Whether Length bits from StartingIndex on are all set.', { returns: 'BOOLEAN' }),
  RtlClearAllBits: row('BitMapHeader*', APC, 'Clears every bit.'),
  RtlClearBit: row('BitMapHeader* BitNumber', APC, 'Clears one bit.'),
  RtlClearBits: row('BitMapHeader* StartingIndex NumberToClear', resident('BitMapHeader', ANY),
    'Clears NumberToClear bits from StartingIndex on.'),
  RtlFindClearBits: row('BitMapHeader* NumberToFind HintIndex', APC,
    'Finds a run of clear bits, looking from the hint on and then from the front.',
    { returns: 'the index of its first bit, or 0xffffffff when there is no such run' }),
  RtlFindClearBitsAndSet: row(
    'BitMapHeader* NumberToFind HintIndex', resident('BitMapHeader', ANY),
    'RtlFindClearBits, and sets what it found.'),
  RtlFindSetBits: row('BitMapHeader* NumberToFind HintIndex', APC, 'Finds a run of set bits.'),
  RtlFindSetBitsAndClear: row('BitMapHeader* NumberToFind HintIndex', APC,
    'RtlFindSetBits, and clears what it found.'),
  RtlInitializeBitMap: row(
    'BitMapHeader* BitMapBuffer* SizeInBits', resident('BitMapHeader', ANY),
    'Puts a header over the words at BitMapBuffer, which it leaves as they are.'),
  RtlNumberOfClearBits: row('BitMapHeader*', APC, 'How many bits are clear.'),
  RtlNumberOfSetBits: row('BitMapHeader*', APC, 'How many bits are set.'),
  RtlSetAllBits: row('BitMapHeader*', APC, 'Sets every bit.'),
  RtlSetBit: row('BitMapHeader* BitNumber', APC, 'Sets one bit.'),
  RtlSetBits: row('BitMapHeader* StartingIndex NumberToSet', resident('BitMapHeader', ANY),
    'Sets NumberToSet bits from StartingIndex on.'),
  RtlTestBit: row('BitMapHeader* BitNumber', APC,
    'Whether bit BitNumber is set.', { returns: 'BOOLEAN' }),
});

const ntddk = family('ntddk', {
  RtlDeleteElementGenericTableAvl: row('Table* Buffer>', resident('Table', DISPATCH),
    'Removes and frees the element equal to the one at Buffer.',
    { returns: 'BOOLEAN', gives: 'table element Buffer' }),
  RtlEnumerateGenericTableAvl: row('Table* Restart', resident('Table', DISPATCH),
    'The next element in order.'),
  RtlEnumerateGenericTableWithoutSplayingAvl: row(
    'Table* RestartKey*', resident('Table', DISPATCH),
    'The next element in order.'),
  RtlGetElementGenericTableAvl: row('Table* I', resident('Table', DISPATCH),
    'The element with index I in order, counted from 0.'),
  RtlInitializeGenericTableAvl: row('Table* CompareRoutine* AllocateRoutine* FreeRoutine* ' +
                                  'TableContext?', resident('Table', DISPATCH),
    'Makes an empty table.'),
  RtlInsertElementGenericTableAvl: row(
    'Table* Buffer* BufferSize NewElement>?', resident('Table', DISPATCH),
    'Inserts a copy of an element unless an equal one is there.', {
      returns: 'the element in the table, or 0 when the allocate routine had no memory',
      takes: 'table element result: RtlDeleteElementGenericTableAvl',
    }),
  RtlIsGenericTableEmptyAvl: row('Table*', resident('Table', DISPATCH),
    'Whether the table has no element.', { returns: 'BOOLEAN' }),
  RtlLookupElementGenericTableAvl: row('Table* Buffer>', resident('Table', DISPATCH),
    'The element equal to the one at Buffer, or 0.'),
  RtlNumberGenericTableElementsAvl: row('Table*', resident('Table', DISPATCH),
    'How many elements the table has.'),
});

export const rtlTables = { ...wdm, ...ntddk };
