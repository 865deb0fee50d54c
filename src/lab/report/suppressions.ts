// The file of suppressions (VER-4): one per line, what to do about a rule, in one filter or in all.
//
//   # comments and empty lines are left out
//   ignore lock-usage.shared-recursion scanner     recorded as suppressed, the machine goes on
//   once   leak.pool                               reported once, the machine goes on
//   break  lock-usage.held-across-io *             ends the machine, though the rule would not
//   remove irql-rule minispy                       not even looked at
//
// A rule may be a kind of fault with all its rules (`lock-usage`) or *. The last line that speaks
// of a rule and a filter decides.
import { isRule, ruleNames } from '../../verifier/rule-book.ts';
import type { Suppressed, Suppression } from '../../verifier/policy.ts';

const actions: readonly string[] = ['ignore', 'once', 'break', 'remove'] satisfies Suppressed[];

/** What is wrong with a file of suppressions, with its line. */
export class SuppressionError extends Error {
  constructor(line: number, text: string) {
    super(`line ${line}: ${text}`);
    this.name = 'SuppressionError';
  }
}

/** Rules that begin alike, for a name that is none. */
function perhaps(name: string): string {
  const start = name.split(/[.-]/)[0]!.toLowerCase();
  const near = ruleNames.filter((rule) => rule.includes(start));
  return (near.length > 0 ? near : ruleNames).join(', ');
}

function parseLine(text: string, line: number): Suppression {
  const [action = '', rule = '', filter, ...more] = text.split(/\s+/);
  if (!actions.includes(action)) {
    throw new SuppressionError(line,
      `'${action}' is no action; there are ${actions.join(', ')}, as in ` +
        '"ignore lock-order scanner"');
  }
  if (rule === '' || more.length > 0) {
    throw new SuppressionError(line,
      `expected an action, a rule and perhaps a filter, not '${text}'`);
  }
  if (rule !== '*' && !isRule(rule)) {
    throw new SuppressionError(line,
      `there is no rule '${rule}'; perhaps one of ${perhaps(rule)}`);
  }
  const everyFilter = filter === undefined || filter === '*';
  return { action: action as Suppressed, rule, ...(!everyFilter && { filter }) };
}

/** Reads the text of a file. @throws SuppressionError for the first line that is wrong. */
export function parseSuppressions(text: string): Suppression[] {
  return text.split(/\r?\n/)
    .map((line, n) => ({ text: line.replace(/#.*$/, '').trim(), line: n + 1 }))
    .filter((entry) => entry.text !== '')
    .map((entry) => parseLine(entry.text, entry.line));
}
