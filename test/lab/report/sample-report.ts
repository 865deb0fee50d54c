// A report to print in tests: a clean run of one filter.
import type { RunReport } from '#src/lab/report/run-report.ts';

export function sampleReport(more: Partial<RunReport> = {}): RunReport {
  return {
    settings: { workload: 'trace day.csv', order: 'recorded', fileSystem: 'ramfs', requestors: 2,
      systemWorkers: 1, storageThreads: 1, completion: 'hostile', seed: 1,
      memoryBytes: 512 * 1024 * 1024, verifier: false },
    complete: true, interrupted: false, seconds: 2, issued: 1500, completed: 1500, perSecond: 750,
    operations: [
      { major: 'IRP_MJ_CREATE', issued: 500, completed: 500,
        latencyUs: { p50: 8.25, p90: 40, p99: 1250, max: 2_500_000 } },
      { major: 'IRP_MJ_READ', issued: 1000, completed: 1000,
        latencyUs: { p50: 1, p90: 2, p99: 3, max: 4 } },
    ],
    statuses: [{ status: 'STATUS_SUCCESS', count: 1490 },
      { status: 'STATUS_OBJECT_NAME_NOT_FOUND', count: 10 }],
    filters: [{ name: 'scanner', altitude: '325000', loadOrderGroup: 'FSFilter Anti-Virus',
      counted: true, pre: [1500, 0, 0], post: [900, 0, 600], postElsewhere: 610, pended: 40,
      drained: 0, unload: 'STATUS_SUCCESS',
      objects: { contexts: 17, callbackData: 0, workItems: 2, names: 3 } }],
    storage: { taken: 1200, completed: 1200 }, left: [], findings: [], ...more,
  };
}
