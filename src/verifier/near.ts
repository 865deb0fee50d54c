// Names that look like a given one, for who has mistyped it.

/** How many letters have to be changed, added, left out or swapped to get from one to the other. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The nearest of `names`: those that contain it, and those a third of its letters away at most. */
export function nearest(name: string, names: Iterable<string>, most = 6): string[] {
  const wanted = name.toLowerCase();
  const found: [string, number][] = [];
  for (const candidate of names) {
    const other = candidate.toLowerCase();
    const far = distance(wanted, other);
    if (far <= Math.ceil(wanted.length / 3)) found.push([candidate, far]);
    else if (wanted.length > 3 && other.includes(wanted)) found.push([candidate, wanted.length]);
  }
  return found.toSorted(([a, x], [b, y]) => x - y || a.localeCompare(b)).slice(0, most)
    .map(([candidate]) => candidate);
}
