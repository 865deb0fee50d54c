// Calls that set what a file is, by name or through a descriptor: its size, security and times.
// Guarantees: by name each is CREATE with the access that the request needs, the request, CLEANUP
// and CLOSE; through a descriptor that lacks the access it goes through a second handle.
// Simplification: chmod and chown become SET_SECURITY without a descriptor's content; what they
// allow or deny is not carried over.
import { STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import type { InformationFields } from '../event.ts';
import * as wdk from '../wdk.ts';
import { setInformation } from './change-calls.ts';
import type { Call, Target } from './events.ts';
import { setSize, withAccess } from './io-calls.ts';
import * as nt from './nt.ts';
import { failedName, succeeded } from './open-calls.ts';
import type { Handler } from './open-calls.ts';
import { ntTime } from './query-calls.ts';
import type { StraceState } from './state.ts';
import { fieldText, flagWords, numberText } from './text.ts';
import type { TreeNode } from './name-tree.ts';

/** Bytes of FILE_BASIC_INFORMATION. */
const BASIC_BYTES = 40;

/** One request on a name that is opened for it: truncate, chmod, chown, utimes. */
function onName(
  state: StraceState, call: Call, name: TreeNode | string, access: number,
  request: (target: Target) => void,
): string | undefined {
  if (typeof name === 'string') return name;
  if (!succeeded(call)) return failedName(state, call, name, {}, { DesiredAccess: access });
  const target = state.events.open(call, name, { DesiredAccess: access });
  request(target);
  state.events.close(call, target);
  state.tree.present(name);
  return undefined;
}

/** The same on an open file. */
function onFile(
  state: StraceState, call: Call, access: number, request: (target: Target) => void,
): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  return withAccess(state, call, file, access, request);
}

const setSecurity = (state: StraceState, call: Call, bits: number) => (target: Target): void =>
  state.events.add(call, 'set-security', target, STATUS_SUCCESS,
    { type: 'security', SecurityInformation: bits, Length: undefined });

const OWNER = nt.OWNER_SECURITY_INFORMATION | nt.GROUP_SECURITY_INFORMATION;

/** `at` calls name their folder first. */
function security(bits: number, access: number, at: boolean): Handler {
  return (state, call) => onName(state, call,
    at ? state.name(call, call.items[0], call.items[1], true)
      : state.name(call, undefined, call.items[0], !call.name.startsWith('l')),
    access, setSecurity(state, call, bits));
}

function securityOpen(bits: number, access: number): Handler {
  return (state, call) => onFile(state, call, access, setSecurity(state, call, bits));
}

/** Times that a utimensat sets, as far as strace printed them. */
function timeFields(text: string | undefined): InformationFields {
  const [access, write] = [...(text ?? '').matchAll(/\{[^}]*\}/g)].map(([one]) => {
    const nanoseconds = fieldText(one, 'tv_nsec') ?? '';
    if (nanoseconds.startsWith('UTIME_')) return undefined;
    return ntTime(`${fieldText(one, 'tv_sec')}.${nanoseconds.padStart(9, '0')}`);
  });
  return {
    ...(access === undefined ? {} : { LastAccessTime: access }),
    ...(write === undefined ? {} : { LastWriteTime: write }),
  };
}

const setTimes = (state: StraceState, call: Call, text: string | undefined) =>
  (target: Target): void => setInformation(state, call, target, STATUS_SUCCESS,
    wdk.FileInformationClass.FileBasicInformation, BASIC_BYTES, timeFields(text));

function utimensat(state: StraceState, call: Call): string | undefined {
  const [folder, path, times, flags] = call.items;
  const request = setTimes(state, call, times);
  if (path === 'NULL') return onFile(state, call, wdk.FILE_WRITE_ATTRIBUTES, request);
  const follow = !flagWords(flags).has('AT_SYMLINK_NOFOLLOW');
  return onName(state, call, state.name(call, folder, path, follow),
    wdk.FILE_WRITE_ATTRIBUTES, request);
}

const utimes: Handler = (state, call) =>
  onName(state, call, state.name(call, undefined, call.items[0], true), wdk.FILE_WRITE_ATTRIBUTES,
    setTimes(state, call, call.items[1]));

const truncate: Handler = (state, call) =>
  onName(state, call, state.name(call, undefined, call.items[0], true), wdk.FILE_WRITE_DATA,
    (target) => setSize(state, call, target, STATUS_SUCCESS, numberText(call.items[1]) ?? 0));

const dacl = nt.DACL_SECURITY_INFORMATION;

export const attributeCalls: Readonly<Record<string, Handler>> = {
  truncate, truncate64: truncate,
  chmod: security(dacl, wdk.WRITE_DAC, false), fchmodat: security(dacl, wdk.WRITE_DAC, true),
  fchmodat2: security(dacl, wdk.WRITE_DAC, true), fchmod: securityOpen(dacl, wdk.WRITE_DAC),
  chown: security(OWNER, wdk.WRITE_OWNER, false), lchown: security(OWNER, wdk.WRITE_OWNER, false),
  fchownat: security(OWNER, wdk.WRITE_OWNER, true), fchown: securityOpen(OWNER, wdk.WRITE_OWNER),
  utimensat, futimesat: utimensat, utime: utimes, utimes,
};
