// A finding of the verifier as text, in the order in which `!analyze -v` tells a bug check: what it
// is, what was done, who was where, what happened before, and what to do about it.
import { counted } from './format.ts';
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';
import type { LockEvidence, ThreadEvidence, TitledStack } from '../../verifier/finding/finding.ts';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const INDENT = '    ';

function parametersOf({ code, codeName, parameters }: LoggedFinding): string {
  return `${codeName} (${code.toString(16)})  P1=${parameters.map(hex).map((p, n) =>
    (n === 0 ? p : `P${n + 1}=${p}`)).join(' ')}`;
}

function reactionOf({ reaction, count }: LoggedFinding): string {
  const often = count > 1 ? `, found ${counted(count, 'time')}` : '';
  if (reaction === 'break') return `ended the machine${often}`;
  return reaction === 'ignore' ? `suppressed; the machine went on${often}`
    : `reported; the machine went on${often}`;
}

function stackLines({ title, frames }: TitledStack): string[] {
  return [`  ${title}:`, ...(frames.length === 0 ? [`${INDENT}(no stack)`]
    : frames.map((frame) => `${INDENT}${frame}`))];
}

function lockLine({ kind, address, shared, stack }: LockEvidence): string {
  const where = stack.find((frame) => !frame.startsWith('nt!')) ?? stack[0];
  return `${INDENT}holds ${kind} ${hex(address)}${shared ? ' shared' : ''}` +
    (where === undefined ? '' : `, acquired in ${where}`);
}

function threadLines(thread: ThreadEvidence): string[] {
  const { processor, role, irql, state, routine, waitsFor, locks } = thread;
  const where = routine === '' ? '' : ` in ${routine}`;
  const what = waitsFor === undefined ? state : `waits for ${waitsFor}`;
  return [`  ${processor} ${role}, IRQL ${irql}${where}: ${what}`, ...locks.map(lockLine)];
}

/** Threads that tell something: idle ones are counted. */
function threadSection(threads: readonly ThreadEvidence[], caught: number): string[] {
  const telling = threads.filter((thread) => thread.processor === caught ||
    thread.locks.length > 0 || thread.routine !== '' || thread.state === 'waiting');
  const others = threads.length - telling.length;
  if (telling.length === 0) return [];
  return ['THREADS', ...telling.flatMap(threadLines),
    ...(others > 0 ? [`  and ${counted(others, 'other')} with nothing to tell`] : [])];
}

/** The lines of a finding, without a line feed at the end of the last one. */
export function findingLines(finding: LoggedFinding): string[] {
  const { rule, cause, filter, source, advice, stacks, threads, history, processor } = finding;
  return [
    `${rule}: ${cause}`,
    `  BUGCHECK   ${parametersOf(finding)}`,
    `  REACTION   ${reactionOf(finding)}`,
    ...(filter === '' ? [] : [`  FILTER     ${filter}`]),
    ...(source === '' ? [] : [`  RULE       ${source}`]),
    'STACKS', ...stacks.flatMap(stackLines),
    ...threadSection(threads, processor),
    ...(history.length === 0 ? [] : ['HISTORY', ...history.map((line) => `  ${line}`)]),
    ...(advice === '' ? [] : ['WHAT TO DO', `  ${advice}`]),
  ];
}

/** The finding as one text. */
export function findingText(finding: LoggedFinding): string {
  return findingLines(finding).join('\n');
}
