// What a replay came to: the results of all requestors added up, in the words of a report.
// Guarantees: plain data. `fidelity` is matched over scored events, 1 where nothing was scored;
// unscored events are listed under their reasons, whether they were issued or not.
import { groupSentences, unscoredSentences, type UnscoredReason }
  from '../../trace/program/score.ts';
import { addCounts, reportCounts, type MajorReport } from '../statistics.ts';
import { addScores, type Mismatch } from './scorer.ts';
import type { ReplayerResult } from './worker.ts';

/** What the plan knows before anything ran. */
export interface ReplaySummary {
  readonly order: string;
  readonly requestors: number;
  readonly events: number;
  readonly steps: number;
  /** Contents made for the log's reads. */
  readonly initialBytes: number;
  /** Events that nothing was planned for, by reason. */
  readonly omitted: Readonly<Record<string, number>>;
  /** What the log's own history cannot explain. */
  readonly contradictions: number;
}

export interface ExplainedMismatch extends Mismatch {
  readonly explanation: string;
}

export interface ReplayResult extends ReplaySummary {
  readonly issued: number;
  readonly completed: number;
  readonly scored: number;
  readonly matched: number;
  /** 0 to 1. */
  readonly fidelity: number;
  /** The events whose parameters came from their own result, counted apart. */
  readonly fromOwnResult: { readonly scored: number; readonly matched: number };
  /** The most frequent first. */
  readonly mismatches: readonly ExplainedMismatch[];
  readonly unscored: readonly {
    readonly reason: string;
    readonly explanation: string;
    readonly count: number;
  }[];
  readonly notIssued: Readonly<Record<string, number>>;
  readonly madeUp: { readonly steps: number; readonly failures: Readonly<Record<string, number>> };
  readonly majors: Readonly<Record<string, MajorReport>>;
  readonly content: {
    readonly reads: number;
    readonly cells: number;
    readonly holes: number;
    readonly mixed: number;
    readonly unsure: number;
    readonly wrong: number;
    readonly stale: number;
    readonly examples: readonly string[];
  };
  readonly rounds: number;
  readonly milliseconds: number;
  readonly pending: number;
  readonly clipped: number;
  readonly overtaken: number;
  readonly problems: readonly string[];
  readonly leftovers: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, n) => total + n, 0);

/** Adds up the results of all requestors of one replay. */
export function mergeResults(
  results: readonly ReplayerResult[], summary: ReplaySummary,
): ReplayResult {
  const score = addScores(results.map((result) => result.score));
  const majors = reportCounts(addCounts(results.map((result) => result.counts)));
  const rows = Object.values(majors);
  const rounds = Math.max(0, ...results.map((result) => result.rounds));
  return {
    ...summary, majors, rounds, content: mergeContent(results),
    issued: sum(rows.map((row) => row.issued)), completed: sum(rows.map((row) => row.completed)),
    scored: score.scored, matched: score.matched,
    fidelity: score.scored === 0 ? 1 : score.matched / score.scored,
    fromOwnResult: { scored: score.scoredFromOwnResult, matched: score.matchedFromOwnResult },
    mismatches: Object.values(score.mismatches)
      .map((mismatch) => ({ ...mismatch, explanation: groupSentences[mismatch.group] }))
      .toSorted((one, other) => other.count - one.count),
    unscored: unscoredRows(score.unscored, summary.omitted, rounds),
    notIssued: score.notIssued,
    madeUp: { steps: score.madeUp, failures: score.madeUpFailures },
    milliseconds: Math.max(0, ...results.map((result) => result.milliseconds)),
    pending: sum(results.map((result) => result.pending)),
    clipped: sum(results.map((result) => result.clipped)),
    overtaken: Math.max(0, ...results.map((result) => result.overtaken)),
    problems: results.flatMap((result) => result.problems),
    leftovers: sum(results.map((result) => result.leftovers)),
  };
}

function unscoredRows(
  issued: Readonly<Record<string, number>>, omitted: Readonly<Record<string, number>>,
  rounds: number,
): ReplayResult['unscored'] {
  const counts: Record<string, number> = { ...issued };
  for (const [reason, n] of Object.entries(omitted)) {
    counts[reason] = (counts[reason] ?? 0) + n * rounds;
  }
  return Object.entries(counts)
    .map(([reason, count]) =>
      ({ reason, explanation: unscoredSentences[reason as UnscoredReason], count }))
    .toSorted((one, other) => other.count - one.count);
}

function mergeContent(results: readonly ReplayerResult[]): ReplayResult['content'] {
  const of = (member: 'reads' | 'cells' | 'holes' | 'mixed' | 'unsure' | 'wrong' | 'stale') =>
    sum(results.map((result) => result.content[member]));
  return { reads: of('reads'), cells: of('cells'), holes: of('holes'), mixed: of('mixed'),
    unsure: of('unsure'), wrong: of('wrong'), stale: of('stale'),
    examples: results.flatMap((result) => result.content.examples) };
}
