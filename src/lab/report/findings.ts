// Findings as reports and scripts treat them: what makes two of them the same, which of them count.
// Pure: suppressions and baseline come in as data.
import type { Finding, FindingKind } from './finding.ts';

/** A text without what changes from run to run: numbers, addresses, times. */
function normal(text: string): string {
  return (text.split('\n')[0] ?? '')
    .replaceAll(/0x[0-9a-f]+/gi, '#').replaceAll(/\d[\d,.]*/g, '#').replaceAll(/\s+/g, ' ').trim();
}

/** The same for the same fault in another run. */
export function fingerprintOf(finding: Finding): string {
  return finding.details?.fingerprint ?? `${finding.kind}||${normal(finding.text)}`;
}

/** The rule of a finding: the verifier's, or the kind of a finding of the run itself. */
export function ruleOf(finding: Finding): string {
  return finding.details?.rule ?? finding.kind;
}

/** The driver whose fault it is; empty where that is not known. */
export function filterOf(finding: Finding): string {
  return finding.details?.filter ?? '';
}

/** Which findings make a run fail. */
export const failOns = ['any', 'new', 'error', 'never'] as const;
export type FailOn = (typeof failOns)[number];

/** What ends a run so that the silence of the rest means nothing: a thread spins or is gone. */
export const broken: readonly FindingKind[] = ['internal', 'spin', 'worker-died'];

/** Whether a finding makes the run fail. A suppressed one never does, a broken run always. */
export function counts(finding: Finding, failOn: FailOn): boolean {
  if (broken.includes(finding.kind) || finding.kind === 'unsupported') return true;
  if (finding.isSuppressed === true || failOn === 'never') return false;
  if (failOn === 'new') return finding.isKnown !== true;
  return failOn === 'any' || finding.details?.reaction !== 'report';
}
