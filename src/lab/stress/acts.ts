// What the requestors of a stress run do in a round: an op mix, or a storm of one kind. Host and
// requestors know acts by their place in this list.
import { presets } from '../workload/presets.ts';

/** Mixes that a rotation goes through; those for throughput are left out. */
const mixes = ['stress', 'win10-desktop', 'varmail', 'build', 'win7-desktop', 'fileserver',
  'av-burst', 'webproxy'] as const;

/** Storms by name; each is a routine of acts/. */
export const storms = ['oplock-duel', 'cancel-storm', 'name-storm', 'lock-storm', 'exit-storm',
  'port-storm'] as const;
export type Storm = (typeof storms)[number];

/** One thing to do in a round. */
export type Act =
  | { readonly kind: 'mix'; readonly preset: string }
  | { readonly kind: 'storm'; readonly storm: Storm };

/** What the report calls an act. */
export const nameOfAct = (act: Act): string => (act.kind === 'mix' ? act.preset : act.storm);

const isStorm = (name: string): name is Storm => (storms as readonly string[]).includes(name);

/** The acts that a user names, in this order. @throws RangeError when there is no such act. */
export function actsNamed(names: readonly string[]): readonly Act[] {
  return names.map((name) => {
    if (isStorm(name)) return { kind: 'storm', storm: name };
    if (presets[name] !== undefined) return { kind: 'mix', preset: name };
    throw new RangeError(`no act is called ${name}; there are ${[...storms].join(', ')}, and the ` +
      `mixes ${Object.keys(presets).join(', ')}`);
  });
}

/** The acts of a run in their order: mixes and storms by turns, or one mix and all storms. */
export function actsOf(preset: string | undefined): readonly Act[] {
  if (preset !== undefined && presets[preset] === undefined) {
    throw new RangeError(`no preset is called ${preset}`);
  }
  const chosen = preset === undefined ? [...mixes] : [preset];
  const rounds = Math.max(chosen.length, storms.length);
  return Array.from({ length: rounds }, (_, n): readonly Act[] => [
    { kind: 'mix', preset: chosen[n % chosen.length]! },
    { kind: 'storm', storm: storms[n % storms.length]! },
  ]).flat();
}
