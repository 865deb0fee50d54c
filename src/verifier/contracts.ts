// The contract of every routine that drivers can call and of every callback they can give, by
// name: one table out of the families in contracts/. A test holds fltKernel against it.
import { aliases } from './contracts/aliases.ts';
import { callbacks } from './contracts/callbacks.ts';
import { dbg } from './contracts/dbg.ts';
import { exInterlocked } from './contracts/ex-interlocked.ts';
import { exLocks } from './contracts/ex-locks.ts';
import { exPool } from './contracts/ex-pool.ts';
import { exWork } from './contracts/ex-work.ts';
import { fltContexts } from './contracts/flt-contexts.ts';
import { fltData } from './contracts/flt-data.ts';
import { fltEcp } from './contracts/flt-ecp.ts';
import { fltFiles } from './contracts/flt-files.ts';
import { fltInitiated } from './contracts/flt-initiated.ts';
import { fltLocks } from './contracts/flt-locks.ts';
import { fltNames } from './contracts/flt-names.ts';
import { fltObjects } from './contracts/flt-objects.ts';
import { fltOplocks } from './contracts/flt-oplocks.ts';
import { fltPending } from './contracts/flt-pending.ts';
import { fltPorts } from './contracts/flt-ports.ts';
import { fltPriority } from './contracts/flt-priority.ts';
import { fltQuery } from './contracts/flt-query.ts';
import { fltTransactions } from './contracts/flt-transactions.ts';
import { fsrtl } from './contracts/fsrtl.ts';
import { fsrtlEcp } from './contracts/fsrtl-ecp.ts';
import { ioDevices } from './contracts/io-devices.ts';
import { ioRequests } from './contracts/io-requests.ts';
import { keLevels } from './contracts/ke-levels.ts';
import { keObjects } from './contracts/ke-objects.ts';
import { macros } from './contracts/macros.ts';
import { obPs } from './contracts/ob-ps.ts';
import { registry } from './contracts/registry.ts';
import { routines } from './contracts/routines.ts';
import { rtlSafeStrings } from './contracts/rtl-safe-strings.ts';
import { rtlStrings } from './contracts/rtl-strings.ts';
import { rtlTables } from './contracts/rtl-tables.ts';
import { rtlText } from './contracts/rtl-text.ts';
import { rtlSecurity } from './contracts/rtl-security.ts';
import { sections } from './contracts/sections.ts';
import { zwFiles } from './contracts/zw-files.ts';
import { zwObjects } from './contracts/zw-objects.ts';
import type { Contract } from './contracts/contract.ts';

export type { Condition, Contract, Exchange, Limit, Parameter } from './contracts/contract.ts';

const families: readonly Readonly<Record<string, Contract>>[] = [
  fltObjects, fltPending, fltData, fltContexts, fltInitiated, fltNames, fltPorts, fltLocks,
  fltOplocks, fltEcp, fltQuery, fltFiles, fltTransactions, fltPriority,
  keLevels, keObjects, exPool, exLocks, exWork, exInterlocked,
  rtlStrings, rtlText, rtlSafeStrings, rtlTables, ioRequests, ioDevices, obPs, registry,
  fsrtl, fsrtlEcp, sections, rtlSecurity, zwFiles, zwObjects, dbg, macros, routines,
  callbacks,
];

function merge(): Map<string, Contract> {
  const all = new Map<string, Contract>();
  for (const rows of families) {
    for (const [name, contract] of Object.entries(rows)) {
      if (all.has(name)) throw new Error(`${name} has two contracts; keep one`);
      all.set(name, contract);
    }
  }
  for (const [name, contract] of aliases(all)) all.set(name, contract);
  return all;
}

/** Every contract, by the name of the routine or callback type. */
export const contracts: ReadonlyMap<string, Contract> = merge();
