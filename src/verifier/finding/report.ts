// From a broken rule to a finding, and to the bug check that ends the machine unless the rule's
// reaction or a suppression says that it goes on (VER-4).
import { atReboot } from '../../mem/reboot.ts';
import { routineName } from '../../mem/routine.ts';
import { boot } from '../../mem/boot-options.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { bugCheckName } from '../../ntos/ke/bug-check-codes.ts';
import { allThreads } from './evidence.ts';
import { currentFrame, driverFrames } from '../driver-frames.ts';
import { isFirst, logFinding } from './finding-log.ts';
import { imageName } from '../images.ts';
import { reactionFor } from '../policy.ts';
import { ruleBook } from '../rule-book.ts';
import { captureStack, stackLines } from './stack.ts';
import type { Finding, TitledStack } from './finding.ts';
import type { RuleName, RuleRow } from '../rule-book.ts';

/** What a rule says of its violation; the rest comes from the rule book and the machine. */
export interface Violation {
  readonly rule: RuleName;
  readonly cause: string;
  /** Windows' four parameters; with 0xC4 the first is the subcode. */
  readonly parameters: readonly number[];
  /** The bug check, where it is not the one of the rule's row. */
  readonly code?: number;
  /** The driver whose fault it is; the one that runs where it is left out. */
  readonly image?: number;
  /** Further stacks: where the lock was acquired, where the block came from. */
  readonly stacks?: readonly TitledStack[];
  readonly history?: readonly string[];
  /** What makes two findings the same, beside rule and filter; the innermost driver frame. */
  readonly mark?: string;
}

/** Set while this thread reports: the bug check that follows is not recorded once more. */
let isReporting = false;
atReboot(() => {
  isReporting = false;
});

/** Whether the bug check that is being raised was recorded as a finding already. */
export function isRecorded(): boolean {
  return isReporting;
}

function markOf(frames: readonly string[]): string {
  const driver = currentFrame();
  const own = driver === undefined ? undefined : routineName(driver.routine);
  return own ?? frames[0]?.replace(/ \(.*$/, '') ?? '';
}

/** The finding of a violation, with everything the machine knows at this moment. */
export function findingOf(v: Violation, row: RuleRow, reaction: Finding['reaction']): Finding {
  const frames = stackLines(captureStack());
  const image = v.image ?? currentFrame()?.image ?? -1;
  const filter = imageName(image);
  const code = v.code ?? row.code;
  const mark = v.mark ?? markOf(frames);
  const entered = driverFrames().map(({ routine }) => routineName(routine));
  const stacks: TitledStack[] = [{ title: 'caught here', frames }, ...(v.stacks ?? [])];
  return {
    rule: v.rule, cause: v.cause, reaction, filter, code, codeName: bugCheckName(code),
    parameters: [0, 1, 2, 3].map((n) => (v.parameters[n] ?? 0) >>> 0),
    source: row.source, advice: row.advice, processor: boot.processor, stacks,
    threads: allThreads(),
    history: [...(v.history ?? []),
      ...(entered.length === 0 ? [] : [`driver routines entered: ${entered.join(' > ')}`])],
    fingerprint: `${v.rule}|${filter}|${mark}`,
  };
}

/**
 * Reports a broken rule. Returns when the machine goes on.
 * @throws BugCheck when the reaction is to break.
 */
export function report(v: Violation): void {
  if (isReporting) return;
  const row: RuleRow = ruleBook[v.rule];
  const reaction = reactionFor(v.rule, imageName(v.image ?? currentFrame()?.image ?? -1),
    row.reaction);
  if (reaction === 'remove') return;
  isReporting = true;
  try {
    const became = reaction === 'once' ? 'report' : reaction;
    const finding = findingOf(v, row, became);
    if (isFirst(finding.fingerprint) || reaction === 'break') logFinding(finding);
    if (reaction !== 'break') return;
    const [p1 = 0, p2 = 0, p3 = 0, p4 = 0] = finding.parameters;
    KeBugCheckEx(finding.code, p1, p2, p3, p4,
      `${v.rule}: ${v.cause} (${row.source})\n${row.advice}`);
  } finally {
    isReporting = false;
  }
}
