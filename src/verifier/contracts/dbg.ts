// Contracts: debug output and assertions.
import { ANY, family, row } from './contract.ts';

const other = family('', {
  ASSERT: row('Condition Text?', ANY, 'Ends the machine when a condition does not hold.'),
  DbgBreakPoint: row('', ANY, 'A breakpoint.'),
  DbgQueryDebugFilterState: row('ComponentId Level', ANY,
    'Whether a component\'s filter lets a level through: TRUE or FALSE as a status.'),
  DbgSetDebugFilterState: row('ComponentId Level State', ANY,
    'Lets levels of a component through, or holds them back.'),
  FLT_ASSERT: row('Condition Text?', ANY, 'ASSERT of minifilters.'),
  FLT_ASSERTMSG: row('Message* Condition', ANY, 'FLT_ASSERT with a message in front.'),
  KdPrintEx: row('ComponentId Level Format* ...', ANY, 'DbgPrintEx of checked drivers.'),
  NT_ASSERT: row('Condition Text?', ANY, 'ASSERT under the name that NT\'s own code uses.'),
  NT_ASSERTMSG: row('Message* Condition', ANY,
    'ASSERT with a message in front, as the WDK\'s macro has it.'),
  PAGED_CODE: row('', ANY,
    'Says that the code is pageable: above APC_LEVEL the checked configuration stops.'),
  RtlAssert: row('FailedAssertion* FileName* LineNumber Message?', ANY,
    'What a failed assertion of a C driver calls.'),
});

const wdm = family('wdm', {
  DbgPrint: row('Format* ...', ANY, 'Prints to the debug log.'),
  DbgPrintEx: row('ComponentId Level Format* ...', ANY,
    'Prints if the component\'s filter lets the level through.'),
  KdPrint: row('Format* ...', ANY, 'DbgPrint of checked drivers.'),
});

export const dbg = { ...other, ...wdm };
