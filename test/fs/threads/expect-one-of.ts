// For workloads in worker threads, where a test runner's expectations do not reach.

/** Throws unless the status is one of those that are allowed. */
export function expectOneOf(status: string, allowed: readonly string[], what: string): void {
  if (!allowed.includes(status)) {
    throw new Error(`${what}: ${status}, not one of ${allowed.join(', ')}`);
  }
}
