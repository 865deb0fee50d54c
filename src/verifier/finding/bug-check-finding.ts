// Bug checks that the kernel's own rooms raise, as findings of the same form: the kind of fault is
// told by the code and its first parameter, evidence and threads are those of the moment.
import * as code from '../../ntos/ke/bug-check-codes.ts';
import { logFinding } from './finding-log.ts';
import { journeyOf, operationAt } from '../operations.ts';
import { findingOf, isRecorded } from './report.ts';
import { filterName } from '../../fltmgr/attach/filter.ts';
import { filterAt, filterLines } from './filter-objects.ts';
import { imageNamed } from '../images.ts';
import type { PFLT_FILTER } from '../../fltmgr/types.ts';
import { blockStacks, blocksOf } from './block-evidence.ts';
import type { TitledStack } from './finding.ts';
import type { RuleRow } from '../rule-book.ts';

/** A kind of fault by bug check code; with 0xC4 and 0xF5 by the first parameter as well. */
const kinds: Readonly<Record<string, string>> = {
  '1': 'irql-rule', 'a': 'irql-rule', 'd1': 'paged-memory', 'c8': 'irql-rule', 'b8': 'irql-rule',
  '4a': 'irql-rule', 'f': 'lock-usage', '10': 'lock-usage', '11': 'lock-usage', '20': 'contract',
  'e3': 'lock-usage', '162': 'lock-usage', '192': 'irql-rule', '18': 'lifetime', '19': 'lifetime',
  '7f': 'stack-depth',
  '50': 'lifetime', 'c1': 'lifetime', 'c2': 'lifetime', '44': 'double-complete',
  '48': 'contract', '96': 'lifetime',
  'e1': 'irql-rule', 'e4': 'lifetime', 'c9': 'contract', 'cb': 'leak',
  'ce': 'drain-teardown', '133': 'starvation',
  '139': 'lifetime', '35': 'contract', 'c': 'contract', '1e': 'contract',
  'f5/66': 'contract', 'f5/68': 'lifetime', 'f5/6a': 'contract', 'f5/6d': 'lifetime',
  'f5/6e': 'lifetime',
};

/** 0xC4 by subcode, in ranges. */
const subcodes: readonly (readonly [number, number, string])[] = [
  [0x00, 0x02, 'contract'], [0x10, 0x10, 'lifetime'], [0x11, 0x12, 'irql-rule'],
  [0x13, 0x17, 'lifetime'], [0x30, 0x42, 'irql-rule'], [0x51, 0x59, 'lifetime'],
  [0x60, 0x62, 'leak'], [0x70, 0x82, 'contract'], [0xc5, 0xc6, 'irql-rule'],
  [0xca, 0xd2, 'lifetime'], [0xe0, 0xe4, 'buffer'], [0xe5, 0xeb, 'irql-rule'],
  [0xfa, 0xfb, 'irql-rule'], [0x11a, 0x123, 'irql-rule'], [0x130, 0x131, 'contract'],
  [0x1000, 0x100b, 'lock-usage'], [0x20000, 0x20fff, 'irql-rule'],
];

/** 0xC4/0xF500 + number of the list of violations (12.1). */
const violations: Readonly<Record<number, string>> = {
  6: 'irql-rule', 17: 'drain-teardown', 18: 'drain-teardown', 22: 'irql-rule', 23: 'leak',
  24: 'lifetime', 25: 'lifetime', 28: 'double-complete', 29: 'lock-usage', 31: 'buffer',
};

/** The kind of fault that a bug check stands for. */
export function kindOfBugCheck(number: number, p1: number): string {
  if (number === code.DRIVER_VERIFIER_DETECTED_VIOLATION) {
    if (p1 >= 0xf500 && p1 < 0xf540) return violations[p1 - 0xf500] ?? 'contract';
    return subcodes.find(([low, high]) => p1 >= low && p1 <= high)?.[2] ?? 'contract';
  }
  const key = number.toString(16);
  return kinds[`${key}/${p1.toString(16)}`] ?? kinds[key] ?? 'contract';
}

/** Which parameter of a bug check is a block of pool. */
const blocks: Readonly<Record<string, number>> = {
  'c1': 0, 'c2/7': 3, 'c2/a': 1, 'c4/51': 1, 'f5/6d': 1, 'f5/6e': 1, '19/3': 1,
};

/** Where the block that a bug check is about was allocated and freed. */
function stacksOf(number: number, parameters: readonly number[]): TitledStack[] {
  const key = number.toString(16);
  const at = blocks[`${key}/${(parameters[0] ?? 0).toString(16)}`] ?? blocks[key];
  return at === undefined ? [] : blockStacks(parameters[at] ?? 0);
}

/** Where a filter allocated the objects that it holds. */
function leakStacks(filter: PFLT_FILTER): TitledStack[] {
  return blocksOf(imageNamed(filterName(filter)))
    .filter(({ routine }) => routine.startsWith('Flt'))
    .map(({ count, routine, stack }) => ({ title: `${count} by ${routine}`, frames: stack }));
}

/** Records a bug check as a finding, unless a rule did so. Never throws. */
export function recordBugCheck(
  number: number, parameters: readonly number[], evidence: string,
): void {
  if (isRecorded()) return;
  const row: RuleRow = { title: '', reaction: 'break', code: number, advice: '',
    source: /\(([A-Z]{2,4}-\d+[^)]*|\d+\.\d+[^)]*)\)[^()]*$/.exec(evidence)?.[1] ?? '' };
  const kind = kindOfBugCheck(number, parameters[0] ?? 0);
  const [cause = '', ...more] = evidence.split('\n');
  const thrown = more.length === 0 ? [] : [{ title: 'as the driver threw it', frames: more }];
  const stacks = [...thrown, ...stacksOf(number, parameters)];
  const filter = kind === 'leak' ? filterAt(parameters[1] ?? 0) : 0;
  if (filter !== 0) stacks.push(...leakStacks(filter as PFLT_FILTER));
  const history = parameters.flatMap((p) => (operationAt(p) === 0 ? [] : journeyOf(p)));
  if (filter !== 0) history.push(...filterLines(filter as PFLT_FILTER));
  logFinding(findingOf({ rule: kind as never, cause, parameters, code: number, stacks, history },
    row, 'break'));
}
