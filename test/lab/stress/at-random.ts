// Imported before faults-on.ts: a third of the allocations fails, by chance.
/** How many of ten thousand fail. */
export const OFTEN = 3333;
(globalThis as { fltlabFaults?: number }).fltlabFaults = OFTEN;
