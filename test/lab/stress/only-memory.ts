// Imported before faults-on.ts: memory is what fails; the disk and the work queues stay whole.
(globalThis as { fltlabOthers?: number }).fltlabOthers = 0;
