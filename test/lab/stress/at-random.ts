// Imported before faults-on.ts: a third of the allocations fails, by chance.
(globalThis as { fltlabFaults?: number }).fltlabFaults = 3333;
export {};
