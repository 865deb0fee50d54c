// How many seeds a test with threads tries: few in the suite, as many as FLTLAB_SEEDS says in a
// long run (`npm run test:long`).
/** The seeds 1 to n; `usual` of them unless FLTLAB_SEEDS says otherwise. */
export function seeds(usual: number): number[] {
  const wanted = Number(process.env['FLTLAB_SEEDS'] ?? usual);
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new Error(`FLTLAB_SEEDS=${process.env['FLTLAB_SEEDS']} is not a number of seeds`);
  }
  return Array.from({ length: wanted }, (_, index) => index + 1);
}

/** The first `usual` of some variants; all of them in a long run. */
export function variants<const T>(all: readonly T[], usual: number): readonly T[] {
  return process.env['FLTLAB_SEEDS'] === undefined ? all.slice(0, usual) : all;
}
