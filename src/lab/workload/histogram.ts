// Latencies as counts per bucket: eight buckets per power of two, so that a percentile is right to
// an eighth of its value, whatever the range.
// Guarantees: plain arrays, which survive a structured clone and add up element by element.

/** Buckets per power of two, as a power of two itself. */
const SUB_BITS = 3;
const SUB = 1 << SUB_BITS;
/** Covers more than an hour in nanoseconds. */
const BUCKETS = 42 * SUB;

/** Counts per bucket; make one with `newHistogram`. */
export type Histogram = number[];

export function newHistogram(): Histogram {
  return Array.from({ length: BUCKETS }, () => 0);
}

/** The bucket of a value; values below SUB have one each. */
function bucketOf(value: number): number {
  if (value < SUB) return Math.max(0, Math.floor(value));
  const exponent = Math.floor(Math.log2(value));
  const sub = Math.floor(value / 2 ** (exponent - SUB_BITS)) - SUB;
  return Math.min(BUCKETS - 1, (exponent - SUB_BITS + 1) * SUB + sub);
}

/** The highest value of a bucket. */
function topOf(bucket: number): number {
  if (bucket < SUB) return bucket;
  const exponent = Math.floor(bucket / SUB) + SUB_BITS - 1;
  return (SUB + (bucket % SUB) + 1) * 2 ** (exponent - SUB_BITS) - 1;
}

/** Counts one value. */
export function count(histogram: Histogram, value: number): void {
  const bucket = bucketOf(value);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

/** Adds the counts of another histogram. */
export function addHistogram(to: Histogram, from: Histogram): void {
  for (let i = 0; i < from.length; i++) to[i] = (to[i] ?? 0) + (from[i] ?? 0);
}

/** The value that `percent` of all values do not exceed; 0 when there are none. */
export function percentile(histogram: Histogram, percent: number): number {
  const total = histogram.reduce((sum, n) => sum + n, 0);
  if (total === 0) return 0;
  const wanted = Math.max(1, Math.ceil((total * percent) / 100));
  let seen = 0;
  for (let bucket = 0; bucket < histogram.length; bucket++) {
    seen += histogram[bucket] ?? 0;
    if (seen >= wanted) return topOf(bucket);
  }
  return topOf(BUCKETS - 1);
}
