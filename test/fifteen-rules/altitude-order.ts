// Altitudes from the top down, as the decimal numbers that they are, and what naive comparisons
// make of them.

/** Each below the one before; as texts or as floating point numbers they are in another order. */
export const ORDER: readonly string[] = [
  '364999.99999999999999999999', '364999.99999999999999999998', '100000.5', '100000.25',
  '0100000.123456789012345678901', '100000.1234567890123456789', '099999', '9999.50', '9999.49',
  '03333', '100.123456', '20.1', '20.09', '3',
];

/** The rank of each when it is compared as a text. */
export function ranksAsText(): number[] {
  const sorted = ORDER.toSorted().toReversed();
  return ORDER.map((altitude) => sorted.indexOf(altitude));
}

/** Whether a comparison puts them in this order: negative for the lower one. */
export function isInOrder(compare: (a: string, b: string) => number): boolean {
  return ORDER.every((a, n) => ORDER.every((b, m) => Math.sign(compare(a, b)) === Math.sign(m - n)));
}
