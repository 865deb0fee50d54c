// Medians and spreads of rounds.

function quantile(values: readonly number[], fraction: number): number {
  const all = values.toSorted((a, b) => a - b);
  const at = (all.length - 1) * fraction;
  const low = all[Math.floor(at)] ?? Number.NaN;
  const high = all[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** The median; NaN of nothing. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** How far the middle half of the values reaches, as a fraction of the median. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}
