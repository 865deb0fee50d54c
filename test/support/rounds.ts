// How many rounds a test with threads plays on one machine: few in the suite, as many as
// FLTLAB_ROUNDS says in a long run (`FLTLAB_ROUNDS=1000 npx vitest run test/fs/races`).
/** The number of rounds; `usual` unless FLTLAB_ROUNDS says otherwise. */
export function rounds(usual: number): number {
  const wanted = Number(process.env['FLTLAB_ROUNDS'] ?? usual);
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new Error(`FLTLAB_ROUNDS=${process.env['FLTLAB_ROUNDS']} is not a number of rounds`);
  }
  return wanted;
}
