// Who may open an object that has a security descriptor. There are no tokens in the machine: a
// process is an administrator, the system itself, or an ordinary user (EPROCESS.TokenFlags), and a
// descriptor comes down to one mask of rights for each of those combinations.
import { readDacl } from '../rtl/security-descriptor.ts';
import { EPROCESS, TOKEN_ADMINISTRATOR, TOKEN_LOCAL_SYSTEM } from './process.ts';
import type { PSECURITY_DESCRIPTOR } from '../rtl/security-descriptor.ts';
import type { PEPROCESS } from './process.ts';

const { TokenFlags } = EPROCESS.bound;

/** How many masks a descriptor comes down to: one for each combination of the two flags. */
export const ACCESS_MASKS = 4;
const ALL = 0xffff_ffff;
/** Everyone, authenticated users, and the group of users: every process is all of them. */
const EVERY_TOKEN = ['S-1-1-0', 'S-1-5-11', 'S-1-5-32-545'];
const SYSTEM = 'S-1-5-18';
const ADMINISTRATORS = 'S-1-5-32-544';

function groupsOf(combination: number): ReadonlySet<string> {
  const groups = new Set(EVERY_TOKEN);
  if ((combination & TOKEN_LOCAL_SYSTEM) !== 0) groups.add(SYSTEM).add(ADMINISTRATORS);
  if ((combination & TOKEN_ADMINISTRATOR) !== 0) groups.add(ADMINISTRATORS);
  return groups;
}

/**
 * The rights that a descriptor grants to each combination of TOKEN_ADMINISTRATOR and
 * TOKEN_LOCAL_SYSTEM. The first entry that names a right decides it, as SeAccessCheck does.
 */
export function accessByToken(descriptor: PSECURITY_DESCRIPTOR): readonly number[] {
  const entries = readDacl(descriptor);
  return Array.from({ length: ACCESS_MASKS }, (_, combination) => {
    if (entries === undefined) return ALL;
    const groups = groupsOf(combination);
    let granted = 0;
    let denied = 0;
    for (const { allows, mask, sid } of entries) {
      if (!groups.has(sid)) continue;
      if (allows) granted |= mask & ~denied;
      else denied |= mask & ~granted;
    }
    return granted >>> 0;
  });
}

/** Which of the masks counts for a process. */
export function tokenCombination(process: PEPROCESS): number {
  return TokenFlags(process) & (TOKEN_ADMINISTRATOR | TOKEN_LOCAL_SYSTEM);
}
