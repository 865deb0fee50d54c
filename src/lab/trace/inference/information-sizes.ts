// Buffer lengths of the information classes: the smallest that the I/O manager lets through, and
// whether more may come behind it.
// Guarantees: sizes of the published 64-bit structures, which is what a log of a 64-bit Windows was
// recorded with; a class that is not listed counts as fixed with `UNLISTED` bytes.

export interface ClassSize {
  /** Bytes of the fixed part: the least that a request may pass. */
  readonly least: number;
  /** A name or a list follows: more may be needed. */
  readonly isOpenEnded: boolean;
}

const UNLISTED: ClassSize = { least: 64, isOpenEnded: false };

const fixed = (least: number): ClassSize => ({ least, isOpenEnded: false });
const open = (least: number): ClassSize => ({ least, isOpenEnded: true });

const files: Readonly<Record<number, ClassSize>> = {
  4: fixed(40), 5: fixed(24), 6: fixed(8), 7: fixed(4), 8: fixed(4), 9: open(8), 14: fixed(8),
  16: fixed(4), 17: fixed(4), 18: open(104), 20: fixed(8), 21: open(8), 22: open(32),
  28: fixed(16), 29: fixed(64), 34: fixed(56), 35: fixed(8), 39: fixed(8), 43: fixed(4),
  46: open(16), 48: open(8), 49: open(8), 51: fixed(1), 53: fixed(2), 54: fixed(16),
  55: fixed(116), 58: open(8), 59: fixed(24), 62: open(24), 67: fixed(8), 68: fixed(72),
  70: fixed(96), 71: fixed(4), 74: fixed(4),
};

const volumes: Readonly<Record<number, ClassSize>> = {
  1: open(24), 3: fixed(24), 4: fixed(8), 5: open(16), 6: fixed(48), 7: fixed(32), 8: fixed(64),
  9: open(12), 11: fixed(28), 12: fixed(4), 13: fixed(8), 14: fixed(48),
};

/** Bytes before the name of one directory entry, per class. */
const entries: Readonly<Record<number, number>> = {
  1: 64, 2: 68, 3: 94, 12: 12, 37: 104, 38: 80, 50: 104, 60: 88, 63: 114,
};

export const fileClassSize = (informationClass: number | undefined): ClassSize =>
  files[informationClass ?? 0] ?? UNLISTED;

export const volumeClassSize = (informationClass: number | undefined): ClassSize =>
  volumes[informationClass ?? 0] ?? UNLISTED;

/** The buffer that holds exactly these entries: each aligned to 8 bytes but the last. */
export function directoryBytes(informationClass: number, names: readonly string[]): number {
  const head = entries[informationClass] ?? 104;
  return names.reduce((bytes, name) => ((bytes + 7) & ~7) + head + name.length * 2, 0);
}
