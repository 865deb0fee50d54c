// Altitudes: decimal numbers of any precision, held as strings and compared exactly, never as
// floating point (ALT-1). Higher is further from the file system.

/** Whether a string is an altitude: digits and at most one decimal point. */
export function isAltitude(text: string): boolean {
  return /^\d+(\.\d*)?$|^\.\d+$/.test(text);
}

function parts(text: string): [string, string] {
  const [whole = '', fraction = ''] = text.split('.');
  return [whole.replace(/^0+/, ''), fraction.replace(/0+$/, '')];
}

/**
 * Compares two altitudes: negative when `a` is lower, 0 when numerically equal, else positive.
 * Leading zeros of the whole part and trailing zeros of the fraction do not matter (DIS-23).
 */
export function compareAltitudes(a: string, b: string): number {
  const [wholeA, fractionA] = parts(a);
  const [wholeB, fractionB] = parts(b);
  if (wholeA.length !== wholeB.length) return wholeA.length - wholeB.length;
  if (wholeA !== wholeB) return wholeA < wholeB ? -1 : 1;
  if (fractionA === fractionB) return 0;
  return fractionA < fractionB ? -1 : 1;
}

/** The load order groups and the range of altitudes that belongs to each (ALT-5). */
export const loadOrderGroups: readonly (readonly [string, number, number])[] = [
  ['Filter', 420000, 429999],
  ['FSFilter Top', 400000, 409999],
  ['FSFilter Activity Monitor', 360000, 389999],
  ['FSFilter Undelete', 340000, 349999],
  ['FSFilter Anti-Virus', 320000, 329999],
  ['FSFilter Replication', 300000, 309999],
  ['FSFilter Continuous Backup', 280000, 289999],
  ['FSFilter Content Screener', 260000, 269999],
  ['FSFilter Quota Management', 240000, 249999],
  ['FSFilter System Recovery', 220000, 229999],
  ['FSFilter Cluster File System', 200000, 209999],
  ['FSFilter HSM', 180000, 189999],
  ['FSFilter Imaging', 170000, 175000],
  ['FSFilter Compression', 160000, 169999],
  ['FSFilter Encryption', 140000, 149999],
  ['FSFilter Virtualization', 130000, 139999],
  ['FSFilter Physical Quota Management', 120000, 129999],
  ['FSFilter Open File', 100000, 109999],
  ['FSFilter Security Enhancer', 80000, 89999],
  ['FSFilter Copy Protection', 60000, 69999],
  ['FSFilter Bottom', 40000, 49999],
  ['FSFilter System', 20000, 29999],
  ['FSFilter Infrastructure', 0, 19999],
];

/** The load order group an altitude falls into; undefined for the gaps between groups. */
export function loadOrderGroup(altitude: string): string | undefined {
  return loadOrderGroups.find(
    ([, low, high]) =>
      compareAltitudes(altitude, String(low)) >= 0 &&
      compareAltitudes(altitude, String(high + 1)) < 0,
  )?.[0];
}
