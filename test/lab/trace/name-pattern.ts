// Wildcard matching for the model file system: `*`, `?` and the DOS forms `<`, `>`, `"`, by the
// shortest definition of FsRtlIsNameInExpression.
import { upperCase } from '#src/lab/trace/volume-path.ts';

/** True when the name is in the expression, without regard to case. */
export function matchesPattern(pattern: string, name: string): boolean {
  return matches(upperCase(pattern), upperCase(name));
}

function matches(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  const rest = pattern.slice(1);
  switch (pattern[0]) {
    case '*': case '<':
      return matches(rest, name) || (name !== '' && matches(pattern, name.slice(1)));
    case '?': return name !== '' && matches(rest, name.slice(1));
    case '>':
      return matches(rest, name) || (name !== '' && name[0] !== '.'
        && matches(rest, name.slice(1)));
    case '"': return name[0] === '.' ? matches(rest, name.slice(1)) : name === ''
      && matches(rest, '');
    default: return name[0] === pattern[0] && matches(rest, name.slice(1));
  }
}
