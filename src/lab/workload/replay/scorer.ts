// Compares what a replay's steps returned with what the log shows.
// Guarantees: every recorded step of a round counts once: as scored (matched or not), as unscored
// under its reason, or as not issued; counts add up over rounds and requestors. Mismatches are
// grouped, with the lines of a few.
import { statusName } from '../../trace/nt-status.ts';
import { splitStream } from '../../trace/volume-path.ts';
import type { GroupKey } from '../../trace/program/score.ts';
import type { Step } from '../../trace/program/steps.ts';

/** One kind of mismatch. */
export interface Mismatch {
  readonly operation: string;
  readonly expected: string;
  readonly got: string;
  /** What the path looks like: an extension, `directory root`, `volume`, `stream`. */
  readonly pathClass: string;
  /** What it is about: see `groupSentences` of the program. */
  readonly group: GroupKey;
  count: number;
  /** Rows of the log, the first few. */
  readonly lines: number[];
}

/** What was compared; plain data. */
export interface Score {
  scored: number;
  matched: number;
  /** The part of both whose parameters came from the event's own result. */
  scoredFromOwnResult: number;
  matchedFromOwnResult: number;
  readonly unscored: Record<string, number>;
  readonly mismatches: Record<string, Mismatch>;
  /** Steps that inference made up: how many, and those that failed, with their lines of text. */
  madeUp: number;
  readonly madeUpFailures: Record<string, number>;
  /** Kinds of steps that the machine has no way to issue. */
  readonly notIssued: Record<string, number>;
}

const MAX_LINES = 8;

export function newScore(): Score {
  return { scored: 0, matched: 0, scoredFromOwnResult: 0, matchedFromOwnResult: 0, unscored: {},
    mismatches: {}, madeUp: 0, madeUpFailures: {}, notIssued: {} };
}

/** Counts the answer of one step; undefined when it never ended. */
export function scoreStep(score: Score, step: Step, got: number | undefined): void {
  if (step.sequence < 0) scoreMadeUp(score, step, got);
  else if (step.scored) scoreRecorded(score, step, got);
  else addTo(score.unscored, step.reason ?? 'not-recorded');
}

/** Counts a step that could not be issued. */
export function scoreNotIssued(score: Score, step: Step, why: string): void {
  addTo(score.notIssued, why);
  if (step.sequence >= 0 && !step.scored) addTo(score.unscored, step.reason ?? 'not-recorded');
}

function scoreMadeUp(score: Score, step: Step, got: number | undefined): void {
  score.madeUp++;
  if (got === undefined || got >= 0) return;
  addTo(score.madeUpFailures, `${step.call} ${step.path}: ${statusName(got)}`);
}

function scoreRecorded(score: Score, step: Step, got: number | undefined): void {
  const isMatch = got !== undefined
    && (got === step.expectedStatus || step.alsoAccepted.includes(got));
  score.scored++;
  if (isMatch) score.matched++;
  if (step.fromOwnResult) score.scoredFromOwnResult++;
  if (step.fromOwnResult && isMatch) score.matchedFromOwnResult++;
  if (!isMatch) addMismatch(score, step, got);
}

function addMismatch(score: Score, step: Step, got: number | undefined): void {
  const facts = {
    operation: step.recordedName,
    expected: step.expectedStatus === undefined ? 'no status' : statusName(step.expectedStatus),
    got: got === undefined ? 'still pending' : statusName(got),
    pathClass: pathClass(step.path), group: step.group,
  };
  const key = Object.values(facts).join('|');
  const mismatch = (score.mismatches[key] ??= { ...facts, count: 0, lines: [] });
  mismatch.count++;
  if (mismatch.lines.length < MAX_LINES) mismatch.lines.push(step.line);
}

/** What kind of path this is, for grouping. */
export function pathClass(path: string): string {
  const inside = path.slice(path.indexOf('\\') + 1);
  if (!path.includes('\\')) return 'volume';
  if (inside === '') return 'root directory';
  const { base, stream } = splitStream(`\\${inside}`);
  if (stream !== '') return 'stream';
  const name = base.slice(base.lastIndexOf('\\') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? 'no extension' : `*${name.slice(dot).toLowerCase()}`;
}

function addTo(table: Record<string, number>, key: string, n = 1): void {
  table[key] = (Object.hasOwn(table, key) ? table[key] ?? 0 : 0) + n;
}

/** Adds up the scores of several requestors. */
export function addScores(scores: readonly Score[]): Score {
  const total = newScore();
  for (const score of scores) {
    total.scored += score.scored;
    total.matched += score.matched;
    total.scoredFromOwnResult += score.scoredFromOwnResult;
    total.matchedFromOwnResult += score.matchedFromOwnResult;
    total.madeUp += score.madeUp;
    for (const table of ['unscored', 'madeUpFailures', 'notIssued'] as const) {
      for (const [key, n] of Object.entries(score[table])) addTo(total[table], key, n);
    }
    for (const [key, { lines, count, ...facts }] of Object.entries(score.mismatches)) {
      const to = (total.mismatches[key] ??= { ...facts, count: 0, lines: [] });
      to.count += count;
      to.lines.push(...lines.slice(0, MAX_LINES - to.lines.length));
    }
  }
  return total;
}
