// Name providers (NAM-10): filters that give the filters above them other names than the file
// system's. A request for a name goes to the highest provider below whoever asks; the provider
// builds its name from what it asks itself, which goes to the next one below, and so on down to the
// file system. With FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER a provider asks itself.
//
// A normalized name is asked for first (Windows 8 and later). A provider that cannot say gives the
// opened name, and normalizes it component by component.
import { u8 } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_OBJECT_NAME_INVALID }
  from '../../ntos/status-codes.ts';
import { FLT_FILE_NAME_NORMALIZED, FLT_FILE_NAME_OPENED, FLT_FILE_NAME_SHORT,
  FLT_VALID_FILE_NAME_FORMATS } from '../constants.ts';
import { normalizeByProvider } from './file-name-normalize.ts';
import { createTextName } from './file-name-text.ts';
import { enterInstance, leaveInstance } from '../chain/instance-gate.ts';
import { instancesOnVolume } from '../attach/instance.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { beginNameControl, endNameControl, nameInControl } from './name-control.ts';
import { FLT_FILTER, FLT_INSTANCE, FLT_VOLUME, INSTANCE_ACTIVE, INSTANCE_STATE_MASK }
  from '../attach/object.ts';
import { lockFilterManager, nameProviders, unlockFilterManager } from '../attach/root.ts';
import { textOf } from '../strings.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { NameAnswer, NameRequest } from './file-name-query.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const f = FLT_FILTER.bound;
const s = FLT_INSTANCE.bound;
const c = IRP_CTRL.bound;
const { at_Name: at_VolumeName } = FLT_VOLUME.bound;
const { CurrentFilter, set_CurrentFilter } = KTHREAD.bound;

/** A name, and whether it may be cached. */
export interface ProvidedName {
  readonly answer: NameAnswer;
  readonly mayCache: boolean;
}

/** Enters the highest provider below the asker, for its routine; NULL when there is none. */
function enterProvider(request: NameRequest): PFLT_INSTANCE {
  lockFilterManager();
  const all = instancesOnVolume(request.volume);
  const own = request.instance === 0 ? -1 : all.indexOf(request.instance);
  const first = own + (request.fromSelf === true ? 0 : 1);
  let entered = 0 as PFLT_INSTANCE;
  for (let i = Math.max(first, 0); i < all.length && entered === 0; i++) {
    const at = all[i]!;
    const state = load(s.at_State(at));
    if (f.GenerateFileName(s.Filter(at)) === 0) continue;
    if ((state & INSTANCE_STATE_MASK) !== INSTANCE_ACTIVE) continue;
    if (enterInstance(at, state)) entered = at;
  }
  unlockFilterManager();
  return entered;
}

/** Runs `call` as the provider's: what it asks for by callback data is asked from its place. */
export function asInstance<T>(ctrl: PIRP_CTRL, instance: PFLT_INSTANCE, call: () => T): T {
  const outer = CurrentFilter(currentThread);
  set_CurrentFilter(currentThread, s.Filter(instance));
  if (ctrl === 0) {
    const result = call();
    set_CurrentFilter(currentThread, outer);
    return result;
  }
  const [before, filter, target] =
    [c.Related_Instance(ctrl), c.Related_Filter(ctrl), c.Iopb_TargetInstance(ctrl)];
  c.set_Related_Instance(ctrl, instance);
  c.set_Related_Filter(ctrl, s.Filter(instance));
  c.set_Iopb_TargetInstance(ctrl, instance);
  const result = call();
  c.set_Related_Instance(ctrl, before);
  c.set_Related_Filter(ctrl, filter);
  c.set_Iopb_TargetInstance(ctrl, target);
  set_CurrentFilter(currentThread, outer);
  return result;
}

/** What a provider generates in one format: the text, or a failing status. */
function generate(
  request: NameRequest,
  provider: PFLT_INSTANCE,
  format: number,
): { text: string | NTSTATUS; mayCache: boolean } {
  const ctrl = (request.ctrl ?? 0) as PIRP_CTRL;
  const data = ctrl === 0 ? 0 : c.at_Data(ctrl);
  const options = ((request.options ?? 0) & ~FLT_VALID_FILE_NAME_FORMATS) | format;
  const frame = pushFrame();
  const cache = stackAlloc(4);
  const control = beginNameControl();
  if (control === 0) {
    popFrame(frame);
    return { text: STATUS_INSUFFICIENT_RESOURCES, mayCache: false };
  }
  const routine = f.GenerateFileName(s.Filter(provider));
  const status = asInstance(ctrl, provider, () =>
    routineTable[routine]!(provider, request.file, data, options, cache, control) as NTSTATUS);
  const text = NT_SUCCESS(status) ? nameInControl(control) : status;
  const mayCache = u8[cache] !== 0;
  endNameControl(control);
  popFrame(frame);
  return { text, mayCache };
}

/** The name of a provider's making as the request wants it. */
function provide(request: NameRequest, provider: PFLT_INSTANCE): ProvidedName {
  const volume = textOf(at_VolumeName(request.volume));
  let { text, mayCache } = generate(request, provider, request.format);
  if (typeof text !== 'string' && request.format === FLT_FILE_NAME_NORMALIZED) {
    ({ text, mayCache } = generate(request, provider, FLT_FILE_NAME_OPENED));
    if (typeof text === 'string') text = normalizeByProvider(request, provider, text, 0);
  }
  if (typeof text !== 'string') return { answer: text, mayCache: false };
  const isShort = request.format === FLT_FILE_NAME_SHORT;
  // The name of an opened or normalized file begins with that of its volume.
  if (!isShort && !text.startsWith(volume)) {
    return { answer: STATUS_OBJECT_NAME_INVALID, mayCache: false };
  }
  const volumeBytes = isShort ? 0 : 2 * volume.length;
  return { answer: createTextName(text, request.format, volumeBytes), mayCache };
}

/** Asks a provider below the asker, if there is one; undefined when the file system is next. */
export function askProvider(request: NameRequest): ProvidedName | undefined {
  if (nameProviders() === 0) return undefined;
  const provider = enterProvider(request);
  if (provider === 0) return undefined;
  const provided = provide(request, provider);
  leaveInstance(provider);
  return provided;
}

/** Lets a provider below the asker normalize the name that a file is to get (NAM-6, NAM-10). */
export function normalizeDestination(
  request: NameRequest,
  text: string,
  flags: number,
): string | NTSTATUS {
  if (nameProviders() === 0 || request.format !== FLT_FILE_NAME_NORMALIZED) return text;
  const provider = enterProvider(request);
  if (provider === 0) return text;
  const normalized = normalizeByProvider(request, provider, text, flags);
  leaveInstance(provider);
  return normalized;
}
