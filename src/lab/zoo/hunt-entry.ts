// One entry of the zoo: its faulty filter is hunted until the detector that the entry names first
// has found it, then the fixed twin is hunted with at least as many schedules.
import { memberOnTurn } from '../../atomics-sync/schedule/strategies/portfolio.ts';
import { detectorsOf } from './detector.ts';
import { Hunt } from '../hunt/hunt.ts';
import { machineTarget } from '../hunt/target.ts';
import { tokenOf } from '../hunt/schedule-file.ts';
import type { Detector } from './scenario.ts';
import type { HuntProgress, HuntReport } from '../hunt/hunt.ts';
import type { Outcome } from '../hunt/outcome.ts';
import type { ZooEntry } from './load.ts';

export interface ZooOptions {
  readonly strategy: string;
  readonly seed: number;
  /** Milliseconds for an entry that needs a chosen interleaving, and for one that does not. */
  readonly milliseconds: { readonly chosen: number; readonly any: number };
  /** Schedules that a twin has at least. */
  readonly twinSchedules: number;
  readonly minimise: boolean;
  /** Milliseconds for looking whether fewer preemptions do as well. */
  readonly proofMilliseconds?: number;
  /** The core that the entry's threads are to stay on. */
  readonly core?: number;
}

/** Something that was met. */
export interface Met {
  readonly detectors: readonly Detector[];
  /** Its first line. */
  readonly text: string;
  readonly schedule: number;
  readonly milliseconds: number;
  readonly token: string;
}

/** The first finding by the right detector. */
export interface Hit extends Met {
  readonly strategy: string;
  readonly preemptions: number;
  readonly minimal?: 'proven' | 'open';
}

export interface ZooResult {
  readonly entry: ZooEntry;
  readonly hit?: Hit;
  /** What other detectors saw of the faulty filter. */
  readonly others: readonly Met[];
  /** Schedules of the faulty filter, and of the twin, with the milliseconds they took. */
  readonly schedules: number;
  readonly milliseconds: number;
  readonly twin: {
    readonly findings: readonly Met[];
    readonly schedules: number;
    readonly milliseconds: number;
    /** There is no other schedule within the bounds of the strategies. */
    readonly exhausted: boolean;
  };
  /** Why the entry could not be hunted. */
  readonly error?: string;
}

/** What is told while an entry is hunted. */
export type ZooProgress = (what: 'faulty' | 'fixed', progress: HuntProgress) => void;

/** A twin may take so many times as long: all of its schedules end well, which takes longer. */
const TWIN_PATIENCE = 2;

/** The first line that says something. */
function firstLine(outcome: Outcome): string {
  const [verdict] = outcome.verdicts;
  if (verdict !== undefined) return `${verdict.rule}: ${verdict.cause}`;
  const [line = ''] = outcome.text.split('\n');
  return line === '' ? outcome.failure : line;
}

function met(report: HuntReport): Met[] {
  return report.findings.map(({ outcome, schedule, milliseconds }) => ({
    detectors: detectorsOf(outcome), text: firstLine(outcome), schedule, milliseconds,
    token: tokenOf(report.target, outcome),
  }));
}

/** Hunts one entry; PASSIVE as a host is: the machine's threads are the cell's. */
export class EntryHunt {
  readonly #entry: ZooEntry;
  readonly #options: ZooOptions;
  readonly #onProgress: ZooProgress;
  #hunt: Hunt | undefined;
  #isInterrupted = false;

  constructor(entry: ZooEntry, options: ZooOptions, onProgress: ZooProgress) {
    this.#entry = entry;
    this.#options = options;
    this.#onProgress = onProgress;
  }

  /** Ends after the present schedule. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#hunt?.interrupt();
  }

  async run(): Promise<ZooResult> {
    const { story } = this.#entry;
    const limit = this.#options.milliseconds[story.interleaving];
    const found = await this.#faulty(limit);
    const enough = Math.max(found.schedules, this.#options.twinSchedules);
    const isFound = found.hit !== undefined;
    const twin = this.#isInterrupted || !isFound
      ? { findings: [], schedules: 0, milliseconds: 0, exhausted: false }
      : await this.#twin(enough, TWIN_PATIENCE * limit);
    return { entry: this.#entry, ...found, twin };
  }

  async #search(
    which: 'faulty' | 'fixed', schedules: number, milliseconds: number,
    until?: (outcome: Outcome, hunt: Hunt) => boolean,
  ): Promise<HuntReport> {
    const { story, scenario } = this.#entry;
    const { strategy, seed, minimise, core, proofMilliseconds } = this.#options;
    const images = [{
      name: which, module: this.#entry[which], altitude: story.altitude ?? '370101',
    }];
    const target = machineTarget(story, { module: scenario, export: 'story', images });
    const hunt = await Hunt.start(target, {
      strategy, seed, schedules, milliseconds, minimise: minimise && which === 'faulty',
      ...(core !== undefined && { core }),
      ...(proofMilliseconds !== undefined && { proofMilliseconds }),
      all: true, until: (outcome) => until?.(outcome, hunt) ?? true,
    });
    this.#hunt = hunt;
    try {
      await hunt.checkArmed();
      await hunt.checkTwice();
      return await hunt.search((progress) => this.#onProgress(which, progress));
    } finally {
      this.#hunt = undefined;
      await hunt.stop();
    }
  }

  async #faulty(limit: number): Promise<Omit<ZooResult, 'entry' | 'twin'>> {
    const [wanted] = this.#entry.story.detectors;
    const names = this.#options.strategy.split('+');
    let strategy = '';
    const report = await this.#search('faulty', 1e9, limit, (outcome, hunt) => {
      if (!detectorsOf(outcome).includes(wanted)) return false;
      strategy = memberOnTurn(hunt.cell.board, names);
      return true;
    });
    const all = met(report);
    const at = all.findIndex(({ detectors }) => detectors.includes(wanted));
    const { schedules, milliseconds } = report;
    if (at < 0) return { others: all, schedules, milliseconds };
    const { outcome, minimal } = report.findings[at]!;
    const hit: Hit = {
      ...all[at]!, strategy, preemptions: outcome.preemptions, ...(minimal && { minimal }),
    };
    return { hit, others: all.filter((_, i) => i !== at), schedules, milliseconds };
  }

  async #twin(schedules: number, limit: number): Promise<ZooResult['twin']> {
    const report = await this.#search('fixed', schedules, limit);
    const { schedules: done, milliseconds, exhausted } = report;
    return { findings: met(report), schedules: done, milliseconds, exhausted };
  }
}
