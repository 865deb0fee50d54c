// What the verifier costs: the same mix through the same filters on two machines of one process,
// checked and unchecked, a few seconds each. Figures of one computer and one moment, so only their
// ratio is worth keeping.
import { planGenerator } from '../workload/plan-generator.ts';
import { runSession } from './session.ts';
import { Stop } from './stop.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { Progress } from '../report/progress.ts';
import type { PriceReport, RunSettings } from '../report/run-report.ts';

/** Seconds that each of the two machines works. */
const SECONDS = 4;
const DEFAULT_MIX = 'win10-desktop';
const WATCHDOG_SECONDS = 20;

/** What is measured with. */
export interface PriceOf {
  readonly settings: RunSettings;
  readonly images: readonly ImageSpec[];
  /** The mix; a desktop's where it is left out. */
  readonly preset: string | undefined;
  readonly progress: Progress;
}

async function rate(price: PriceOf, verifier: boolean): Promise<number> {
  const { images, progress, preset = DEFAULT_MIX } = price;
  const { attachStormMs: _, suppressions: __, ...settings } = price.settings;
  const { requestors, seed } = settings;
  const plan = planGenerator(preset, { requestors, seed, milliseconds: SECONDS * 1000 });
  const report = await runSession({ ...plan, images, settings: { ...settings, verifier } },
    { progress, stop: new Stop(), watchdogSeconds: WATCHDOG_SECONDS });
  return report.complete ? report.perSecond : 0;
}

/** Measures; undefined when one of the two runs broke off: the run itself will say why. */
export async function measurePrice(price: PriceOf): Promise<PriceReport | undefined> {
  const on = await rate(price, true);
  const off = await rate(price, false);
  return on > 0 && off > 0
    ? { mix: price.preset ?? DEFAULT_MIX, on, off, ratio: off / on } : undefined;
}
