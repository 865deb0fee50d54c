// What a crash dump says of the last operations, as a plan: what each application thread does on
// which file, what the control thread does, and in which order they began. Plain data: it goes from
// the host to every thread of the machine that tries it.
import type { CrashDump, DumpStep } from '../../dump/crash-dump.ts';

/** The operations that an application of a scenario can repeat. */
export const repeatable: readonly string[] = ['IRP_MJ_CREATE', 'IRP_MJ_READ', 'IRP_MJ_WRITE',
  'IRP_MJ_FLUSH_BUFFERS', 'IRP_MJ_SET_INFORMATION', 'IRP_MJ_LOCK_CONTROL', 'IRP_MJ_CLEANUP'];

/** An operation of an application; `file` is a number, alike for the same file. */
export interface NearStep {
  readonly what: string;
  readonly file: number;
}

/** What the control thread does to a filter of the hunt. */
export interface NearDeed {
  readonly what: 'unload' | 'detach';
  readonly filter: number;
}

export interface NearPlan {
  readonly name: string;
  readonly applications: readonly (readonly NearStep[])[];
  readonly control: readonly NearDeed[];
  /** Who began what, by stamps: the number of an application, or -1 for the control thread. */
  readonly order: readonly number[];
  readonly inline: boolean;
  /** Operations that cannot be repeated, by name. */
  readonly leftOut: readonly string[];
}

/** A dump that a hunt cannot begin from. */
export class NothingToRepeat extends Error {
  override readonly name = 'NothingToRepeat';
}

/** More threads and operations make each schedule long and the neighbourhood large. */
const MAX_APPLICATIONS = 4;
const MAX_STEPS = 6;
/** Closing follows from cleaning up. */
const implied = ['IRP_MJ_CLOSE'];

interface Told {
  readonly who: number;
  readonly step: DumpStep;
}

/** The steps of each application thread, of those that have left as well. */
function applicationsOf({ threads, past = [] }: CrashDump): (readonly DumpStep[])[] {
  const present = threads.filter(({ role }) => role === 'requestor');
  return [...present.map(({ steps = [] }) => steps), ...past];
}

/** The threads that did something last, the latest first. */
function latest(dump: CrashDump): (readonly DumpStep[])[] {
  return applicationsOf(dump)
    .map((steps) => steps.filter(({ what }) => repeatable.includes(what))
      .slice(-MAX_STEPS))
    .filter((steps) => steps.length > 0)
    .toSorted((a, b) => b.at(-1)!.stamp - a.at(-1)!.stamp)
    .slice(0, MAX_APPLICATIONS);
}

/** The plan of a dump. `filters` are the names of the hunt's filters, by number. */
export function planNear(dump: CrashDump, filters: readonly string[]): NearPlan {
  const threads = latest(dump);
  if (threads.length === 0) {
    throw new NothingToRepeat('the dump tells of no operation that can be repeated: it was taken ' +
      'without the verifier, by an older fltlab, or before any requestor did something');
  }
  const files = new Map<string, number>();
  const fileOf = (name: string): number => {
    if (!files.has(name)) files.set(name, files.size);
    return files.get(name)!;
  };
  const deeds = deedsOf(dump, filters, Math.min(...threads.map((steps) => steps[0]!.stamp)));
  const told: Told[] = [
    ...threads.flatMap((steps, who) => steps.map((step) => ({ who, step }))),
    ...deeds.map((step) => ({ who: -1, step })),
  ].toSorted((a, b) => a.step.stamp - b.step.stamp);
  const all = applicationsOf(dump).flat();
  return {
    name: `near-seed-${dump.settings.seed}`,
    applications: threads.map((steps) =>
      steps.map(({ what, file }) => ({ what, file: fileOf(file) }))),
    control: deeds.map(({ what, file }) =>
      ({ what: what as NearDeed['what'], filter: filters.indexOf(file) })),
    order: told.map(({ who }) => who),
    inline: dump.settings.completion === 'inline',
    leftOut: [...new Set(all.map(({ what }) => what))]
      .filter((what) => !repeatable.includes(what) && !implied.includes(what)).toSorted(),
  };
}

/** Unloads and detaches of the hunt's filters since the first operation that is repeated. */
function deedsOf(
  dump: CrashDump, filters: readonly string[], since: number,
): readonly DumpStep[] {
  const all = dump.threads.flatMap(({ steps = [] }) => steps)
    .filter(({ what, file }) => (what === 'unload' || what === 'detach') && filters.includes(file))
    .toSorted((a, b) => a.stamp - b.stamp);
  // Unloading tears down every instance: that is one deed.
  const unloads = all.filter(({ what }) => what === 'unload').map(({ file }) => file);
  const firsts = all.filter(({ what, file }, i) =>
    (what === 'unload' || !unloads.includes(file)) &&
    all.findIndex((other) => other.what === what && other.file === file) === i);
  return firsts.filter(({ stamp }) => stamp >= since);
}
