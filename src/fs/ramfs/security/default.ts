// The descriptor that the root of a fresh volume has, and with it every file that is made without
// one of its own: owned by the administrators; they and the system may do all, users may read and
// run, authenticated users may change.
import { u8 } from '../../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { keepSecurity } from './shared.ts';
import type { PSECURITY } from '../types.ts';

/** A SID of the NT authority. */
function sid(...subAuthorities: readonly number[]): number[] {
  return [1, subAuthorities.length, 0, 0, 0, 0, 0, 5, ...subAuthorities.flatMap(little)];
}

function little(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

const administrators = sid(32, 544);
const users = sid(32, 545);
const system = sid(18);
const authenticated = sid(11);
const ALL = 0x001f01ff;
const CHANGE = 0x001301bf;
const READ_AND_RUN = 0x001200a9;
/** The entry goes to files and directories below. */
const INHERITED_BELOW = 3;
const HEAD = 20;

function allow(mask: number, who: readonly number[]): number[] {
  const size = 8 + who.length;
  return [0, INHERITED_BELOW, size & 255, size >> 8, ...little(mask), ...who];
}

function bytesOfDefault(): number[] {
  const entries = [allow(ALL, system), allow(ALL, administrators), allow(READ_AND_RUN, users),
    allow(CHANGE, authenticated)];
  const body = entries.flat();
  const size = 8 + body.length;
  const dacl = [2, 0, size & 255, size >> 8, ...little(entries.length), ...body];
  const owner = HEAD + dacl.length;
  const group = owner + administrators.length;
  const offsets = [owner, group, 0, HEAD].flatMap(little);
  const head = [1, 0, 0x04, 0x80, ...offsets];
  return [...head, ...dacl, ...administrators, ...system];
}

/** The default descriptor, with one reference; NULL when there is no memory. */
export function keepDefaultSecurity(): PSECURITY {
  const bytes = bytesOfDefault();
  const frame = pushFrame();
  const at = stackAlloc(bytes.length);
  u8.set(bytes, at);
  const security = keepSecurity(at, bytes.length);
  popFrame(frame);
  return security;
}
