// The figures of a replay program: how much of a log is scored, what is not and why.
// Guarantees: every event of the log counts once, as scored or under one reason.
import type { Inference } from '../infer.ts';
import { countOwnResults } from '../infer.ts';
import type { GroupKey, UnscoredReason } from './score.ts';
import type { Step } from './steps.ts';

export interface OperationTotals {
  scored: number;
  unscored: number;
  fromOwnResult: number;
}

export interface ProgramTotals {
  readonly events: number;
  readonly scored: number;
  readonly unscored: Partial<Record<UnscoredReason, number>>;
  /** Events whose parameters had to be taken from their own result; part of `scored` or not. */
  readonly fromOwnResult: number;
  readonly scoredFromOwnResult: number;
  readonly perOperation: Record<string, OperationTotals>;
  readonly perGroup: Partial<Record<GroupKey, number>>;
  /** Steps that inference added: closes and opens that the log does not show. */
  readonly madeUpSteps: number;
  readonly kernelSteps: number;
}

export function totalsOf(
  inference: Inference, steps: readonly Step[],
  omitted: readonly { readonly recordedName: string; readonly reason: UnscoredReason }[],
): ProgramTotals {
  const unscored: Partial<Record<UnscoredReason, number>> = {};
  const perGroup: Partial<Record<GroupKey, number>> = {};
  const perOperation = new Map<string, OperationTotals>();
  const recorded = steps.filter((step) => step.sequence >= 0);
  for (const step of recorded) {
    const operation = totalsFor(perOperation, step.recordedName);
    if (step.fromOwnResult) operation.fromOwnResult++;
    if (step.reason !== undefined) unscored[step.reason] = (unscored[step.reason] ?? 0) + 1;
    if (step.scored) perGroup[step.group] = (perGroup[step.group] ?? 0) + 1;
    if (step.scored) operation.scored++;
    else operation.unscored++;
  }
  for (const { recordedName, reason } of omitted) {
    unscored[reason] = (unscored[reason] ?? 0) + 1;
    totalsFor(perOperation, recordedName).unscored++;
  }
  const scored = recorded.filter((step) => step.scored);
  return {
    events: inference.events.length, scored: scored.length, unscored, perGroup,
    fromOwnResult: countOwnResults(inference),
    scoredFromOwnResult: scored.filter((step) => step.fromOwnResult).length,
    perOperation: Object.fromEntries(perOperation), madeUpSteps: steps.length - recorded.length,
    kernelSteps: recorded.filter((step) => step.requestorMode === 'kernel').length,
  };
}

function totalsFor(table: Map<string, OperationTotals>, name: string): OperationTotals {
  const known = table.get(name);
  if (known !== undefined) return known;
  const made = { scored: 0, unscored: 0, fromOwnResult: 0 };
  table.set(name, made);
  return made;
}
