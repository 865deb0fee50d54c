// What comes before a filter sees an operation: the start of the Filter Manager, a volume that is
// mounted, registration, attachment.
import { expect } from 'vitest';
import { mountC } from '#test/support/ramfs-volume.ts';
import * as k from '#src/fltKernel.ts';
import { i32 } from '#src/mem/memory.ts';
import { initializeRoot } from '#src/fltmgr/attach/root.ts';
import { deleteServiceKey, writeServiceKey } from '#src/fltmgr/attach/service-key.ts';
import { createFastIoTable } from '#src/fltmgr/fast/fast-io.ts';
import { fillPocket } from '#src/fltmgr/walk/back-pocket.ts';
import { initializeSheets } from '#src/fltmgr/walk/irp-ctrl.ts';
import { callPath } from '#src/machine/faults/call-path.ts';
import { createDriver, deleteDriver } from '#src/ntos/io/object/driver.ts';
import { poolTag, poolUsage, setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { withString } from '../../fltmgr/raw-filter.ts';
import { contexts } from './frugal-own.ts';
import { OUT, byDriver, calmly, w } from './frugal.ts';
import type { Act } from './frugal.ts';
import type { Ledger } from './sites.ts';
import type { PFLT_FILTER } from '#src/fltmgr/types.ts';

/** What a machine needs before it has filters, and cannot do without. */
export const startActs: readonly (readonly [what: string, act: () => unknown])[] = [
  ['the sheets of operations', initializeSheets],
  ['the reserve of the paging path', fillPocket],
  ['the slots of instances', initializeRoot],
  ['the fast I/O table', createFastIoTable],
];

/**
 * Refuses each call path of what an act allocates once, of whatever tag: also what the faults of a
 * machine leave alone, as they do what the machine itself is made of.
 */
export function refuseAll(ledger: Ledger, tags: readonly string[], act: () => void): number {
  const known = new Set<number>();
  const asked = tags.map(poolTag);
  const gate = (_kind: number, _bytes: number, tag: number): boolean => {
    if (!asked.includes(tag)) return true;
    const path = callPath(gate);
    if (known.has(path.hash)) return true;
    known.add(path.hash);
    ledger.note(path);
    return false;
  };
  for (let refused = 0; refused < 20; refused++) {
    setAllocationGate(gate);
    try {
      act();
      return refused;
    } catch (error) {
      expect((error as Error).message).toMatch(/no (nonpaged )?pool|INSUFFICIENT|no memory/);
    } finally {
      setAllocationGate(null);
    }
  }
  return Infinity;
}

/** Mounts, again and again; a volume for which there is no memory leaves nothing behind. */
export function mountAgain(): void {
  const blocks = (): unknown => poolUsage().filter((row) => row.blocks > 0)
    .map(({ tag, blocks: count }) => [tag, count]);
  const before = blocks();
  try {
    mountC()();
  } finally {
    expect(blocks()).toEqual(before);
  }
}

const registration = k.fltRegistration({ OperationRegistration: [],
  ContextRegistration: contexts });

/** Registers a filter with contexts and takes it away; the status of the registration. */
export function register(): number {
  const driver = calmly(() => {
    const made = createDriver({});
    writeServiceKey(made, { name: 'brief', altitude: '110', instance: 'brief' });
    return made;
  });
  i32[OUT >> 2] = 0;
  const status = k.FltRegisterFilter(driver, registration, OUT as never);
  if (status >= 0) k.FltUnregisterFilter(i32[OUT >> 2]! as PFLT_FILTER);
  deleteServiceKey(driver);
  deleteDriver(driver);
  return status;
}

/** Attaches the filter to the volume a second time, at an altitude of its own. */
const attach = (): number => withString('frugal 120', (name) => withString('120', (altitude) => {
  const status = k.FltAttachVolumeAtAltitude(w.made.filter, w.volume, altitude as never,
    name as never, 0 as never);
  if (status >= 0) k.FltDetachVolume(w.made.filter, w.volume, name as never);
  return status;
}));

export const registrationActs: readonly Act[] = [
  ['LC-11: FltRegisterFilter', 3, byDriver(register)],
  ['ATT-2: FltAttachVolumeAtAltitude', 1, byDriver(attach)],
];
