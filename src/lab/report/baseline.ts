// The baseline: findings that are known, so that --fail-on new fails only for others. A JSON file
// that is meant to be committed: sorted, one finding a line in spirit, no times and no addresses.
import { filterOf, fingerprintOf, ruleOf } from './findings.ts';
import type { Finding } from './run-report.ts';

const VERSION = 1;

/** One known finding; what reports do not compare is for the people who read the file. */
interface Known {
  readonly fingerprint: string;
  readonly rule: string;
  readonly filter: string;
  readonly cause: string;
}

export interface Baseline {
  readonly fltlabBaseline: typeof VERSION;
  readonly findings: readonly Known[];
}

/** What is wrong with a baseline file. */
export class BaselineError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'BaselineError';
  }
}

/** Makes the baseline of the findings of a run. */
export function baselineOf(findings: readonly Finding[]): Baseline {
  const known = findings
    .filter(({ kind }) => kind !== 'internal' && kind !== 'unsupported')
    .map((finding) => ({
      fingerprint: fingerprintOf(finding), rule: ruleOf(finding), filter: filterOf(finding),
      cause: (finding.details?.cause ?? finding.text).split('\n')[0]!
        .replaceAll(/0x[0-9a-f]+/gi, '0x…'),
    }))
    .toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  const distinct = known.filter(({ fingerprint }, n) => known[n - 1]?.fingerprint !== fingerprint);
  return { fltlabBaseline: VERSION, findings: distinct };
}

/** The text of a baseline file. */
export function baselineText(baseline: Baseline): string {
  return `${JSON.stringify(baseline, undefined, 2)}\n`;
}

/** Reads a baseline file. @throws BaselineError in words for what it cannot be. */
export function parseBaseline(text: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BaselineError(`it is not JSON: ${(error as Error).message}`);
  }
  const { fltlabBaseline, findings } = (value ?? {}) as Partial<Record<keyof Baseline, unknown>>;
  if (typeof fltlabBaseline !== 'number') {
    throw new BaselineError('it is no baseline of fltlab: there is no "fltlabBaseline" in it');
  }
  if (fltlabBaseline !== VERSION) {
    throw new BaselineError(`it is a baseline of version ${fltlabBaseline}; this fltlab writes ` +
      `and reads version ${VERSION}: make it anew with --write-baseline`);
  }
  const all = Array.isArray(findings) ? (findings as Partial<Known>[]) : undefined;
  if (all === undefined || all.some(({ fingerprint }) => typeof fingerprint !== 'string')) {
    throw new BaselineError('its list of findings is damaged: make it anew with --write-baseline');
  }
  return { fltlabBaseline: VERSION, findings: all as readonly Known[] };
}

/** The findings, with those marked that the baseline knows. */
export function markKnown(findings: readonly Finding[], baseline: Baseline): Finding[] {
  const known = new Set(baseline.findings.map(({ fingerprint }) => fingerprint));
  return findings.map((finding) =>
    (known.has(fingerprintOf(finding)) ? { ...finding, isKnown: true } : finding));
}
