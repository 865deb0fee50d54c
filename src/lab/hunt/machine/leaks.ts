// What must be gone when every filter is unloaded and every volume dismounted: what is left then
// was lost by somebody. Throws with what it is.
import { census } from '../../../machine/census.ts';

/** Something outlived the filters and the volumes. */
export class LeftBehind extends Error {
  override readonly name = 'LeftBehind';
}

/** PASSIVE_LEVEL, by the control thread, when nothing is under way. */
export function checkLeft(): void {
  const left = census();
  const found: string[] = [];
  if (left.handles !== 0) found.push(`${left.handles} open handles`);
  if (left.files !== 0) found.push(`${left.files} file objects`);
  if (left.operations !== 0) found.push(`${left.operations} operations under way`);
  if (found.length > 0) throw new LeftBehind(`left behind at the end: ${found.join(', ')}`);
}
