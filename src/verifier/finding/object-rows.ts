// The rows in which `!fltkd.filter` shows what a filter holds. Pure: kernel and host both use them.

/** One row. */
export const row = (what: string, count: number): string => `   ${what.padEnd(44)} : ${count}`;

/** What is counted, in the order of `!fltkd.filter`. */
export interface ObjectCounts {
  readonly contexts: number;
  readonly callbackData: number;
  readonly workItems: number;
  readonly names: number;
}

/** The rows of a filter's counts. */
export function countRows({ contexts, callbackData, workItems, names }: ObjectCounts): string[] {
  return [
    row('References to FLT_CONTEXT', contexts),
    row('Allocations of FLT_CALLBACK_DATA', callbackData),
    row('Allocations of FLT_DEFERRED_IO_WORKITEM and', workItems),
    '      FLT_GENERIC_WORKITEM',
    row('References to FLT_FILE_NAME_INFORMATION', names),
  ];
}
