// Contracts: second names of routines that have a row of their own elsewhere.
import type { Contract } from './contract.ts';

/** Names on the left mean the routines on the right. */
const names: Readonly<Record<string, string>> = {
  RtlInitializeGenericTable: 'RtlInitializeGenericTableAvl',
  RtlInsertElementGenericTable: 'RtlInsertElementGenericTableAvl',
  RtlLookupElementGenericTable: 'RtlLookupElementGenericTableAvl',
  RtlDeleteElementGenericTable: 'RtlDeleteElementGenericTableAvl',
  RtlEnumerateGenericTable: 'RtlEnumerateGenericTableAvl',
  RtlEnumerateGenericTableWithoutSplaying: 'RtlEnumerateGenericTableWithoutSplayingAvl',
  RtlGetElementGenericTable: 'RtlGetElementGenericTableAvl',
  RtlNumberGenericTableElements: 'RtlNumberGenericTableElementsAvl',
  RtlIsGenericTableEmpty: 'RtlIsGenericTableEmptyAvl',
  NtCurrentProcess: 'ZwCurrentProcess',
  NtCurrentThread: 'ZwCurrentThread',
  RtlIpv4AddressToStringEx: 'RtlIpv4AddressToStringExW',
  RtlIpv6AddressToStringEx: 'RtlIpv6AddressToStringExW',
};

/** The contracts under their second names. */
export function aliases(of: ReadonlyMap<string, Contract>): readonly [string, Contract][] {
  return Object.entries(names).map(([name, original]) => {
    const contract = of.get(original);
    if (contract === undefined) {
      throw new Error(`${original} has no contract to share with ${name}`);
    }
    return [name, contract];
  });
}
