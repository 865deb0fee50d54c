// What requestors count: per major function the operations issued and completed, how they ended and
// how long they took. Each requestor counts for itself; the host adds the counts up.
// Guarantees: plain data at both ends; an operation is counted once as issued and, when its final
// status is known, once as completed.
import { addHistogram, count, newHistogram, percentile, type Histogram } from './histogram.ts';
import { majorName } from '../report/format.ts';
import { statusName } from '../trace/nt-status.ts';

/** Counts of one major function as a requestor keeps them. */
export interface MajorCounts {
  issued: number;
  completed: number;
  /** By NTSTATUS. */
  readonly statuses: Record<number, number>;
  /** Nanoseconds from the call to the final status. */
  readonly latency: Histogram;
  longest: number;
}

/** Counts by major function code. */
export type Counts = Record<number, MajorCounts>;

/** The same for reports: names instead of codes, percentiles instead of buckets. */
export interface MajorReport {
  readonly issued: number;
  readonly completed: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Nanoseconds. */
  readonly latency: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  };
}

function newCounts(): MajorCounts {
  return { issued: 0, completed: 0, statuses: {}, latency: newHistogram(), longest: 0 };
}

/** One requestor's counts. */
export class Statistics {
  readonly counts: Counts = {};

  #of(major: number): MajorCounts {
    return (this.counts[major] ??= newCounts());
  }

  issued(major: number): void {
    this.#of(major).issued++;
  }

  completed(major: number, status: number, nanoseconds: number): void {
    const counts = this.#of(major);
    counts.completed++;
    counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
    count(counts.latency, nanoseconds);
    if (nanoseconds > counts.longest) counts.longest = nanoseconds;
  }
}

/** Adds up what several requestors counted. */
export function addCounts(all: readonly Counts[]): Counts {
  const total: Counts = {};
  for (const counts of all) {
    for (const [key, from] of Object.entries(counts)) {
      const to = (total[Number(key)] ??= newCounts());
      to.issued += from.issued;
      to.completed += from.completed;
      to.longest = Math.max(to.longest, from.longest);
      addHistogram(to.latency, from.latency);
      for (const [status, n] of Object.entries(from.statuses)) {
        to.statuses[Number(status)] = (to.statuses[Number(status)] ?? 0) + n;
      }
    }
  }
  return total;
}

/** Counts in the words of a report, by the name of the major function. */
export function reportCounts(counts: Counts): Record<string, MajorReport> {
  const rows = Object.entries(counts).map(([key, c]): [string, MajorReport] => [
    majorName(Number(key)), {
      issued: c.issued, completed: c.completed,
      statuses: Object.fromEntries(Object.entries(c.statuses)
        .map(([status, n]) => [statusName(Number(status)), n])),
      latency: { p50: percentile(c.latency, 50), p90: percentile(c.latency, 90),
        p99: percentile(c.latency, 99), max: Math.round(c.longest) },
    },
  ]);
  return Object.fromEntries(rows);
}
