// Stacks, as WinDbg prints them: module!routine. A capture keeps V8's frames and is not formatted
// until somebody asks, because formatting is what costs. Frames of the verifier, of the driver
// boundary and of Node itself are left out.
import { internText, textOf } from './text-pool.ts';
import { writtenPlace } from '../../mem/written-place.ts';

/** A stack that was captured and perhaps not formatted yet. */
export interface Captured {
  readonly stack?: string;
}

const DEPTH = 12;
const root = new URL('../../../', import.meta.url).href;
const kernel = `${root}src/`;
const workers = `${root}workers/`;

/** Modules of the kernel by folder, as a debugger knows them. */
const modules: readonly (readonly [string, string])[] = [
  ['ntos/', 'nt'], ['fltmgr/', 'fltmgr'], ['fs/null-fs', 'nullfs'], ['fs/storage', 'disk'],
  ['fs/', 'ramfs'], ['atomics-sync/', 'nt'], ['mem/', 'nt'], ['machine/', 'fltlab'],
  ['lab/', 'fltlab'], ['cli/', 'fltlab'], ['index.', 'fltlab'],
];
const hidden = ['verifier/', 'trace/', 'image/role.', 'image/publish-room.'];

type AnyFunction = (...args: never[]) => unknown;
let omitted: AnyFunction | undefined;

/** Leaves out a routine and what it called from the stacks taken from now on. */
export function omitAbove(routine: AnyFunction | undefined): void {
  omitted = routine;
}

/** Takes this thread's stack. */
export function captureStack(): Captured {
  const holder: Captured = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  Error.captureStackTrace(holder, omitted ?? captureStack);
  Error.stackTraceLimit = limit;
  return holder;
}

/** One frame: where it is, and whether it is a driver's code. */
export interface Frame {
  readonly text: string;
  readonly isDriver: boolean;
  /** The file and line that V8 names: tells one place of a driver from another. */
  readonly place: string;
}

/** The name of the module that a file belongs to; undefined for what no report shows. */
function moduleOf(file: string): { name: string; isDriver: boolean } | undefined {
  if (file.startsWith('node:') || file.includes('/node_modules/')) return undefined;
  const base = file.slice(file.lastIndexOf('/') + 1).replace(/\.[cm]?[jt]s$/, '');
  if (file.startsWith(workers)) return { name: 'fltlab', isDriver: false };
  if (!file.startsWith(kernel)) return { name: base, isDriver: true };
  const path = file.slice(kernel.length);
  if (path.startsWith('minifilters/')) return { name: base, isDriver: true };
  if (hidden.some((prefix) => path.startsWith(prefix))) return undefined;
  const known = modules.find(([prefix]) => path.startsWith(prefix));
  return { name: known?.[1] ?? 'fltlab', isDriver: false };
}

const shape = /^\s+at (?:(?:async |new )?(\S.*?) \()?((?:file:|\/|node:)[^()]*?):(\d+):(\d+)\)?$/;

function frameOf(line: string): Frame | undefined {
  const [, routine = '', named = '', ranAt = '', column = ''] = shape.exec(line) ?? [];
  if (named === '') return undefined;
  const ran = named.startsWith('/') ? `file://${named}` : named;
  const written = writtenPlace(ran, Number(ranAt));
  const file = written === undefined ? ran : kernel + written.file;
  const module = moduleOf(file);
  if (module === undefined) return undefined;
  const name = routine.replace(/^.*[.\]] ?(?=\w+$)/, '').replace(/\$\d+$/, '') || 'anonymous';
  const place = `${file.slice(file.lastIndexOf('/') + 1)}:${written?.row ?? ranAt}`;
  return { text: `${module.name}!${name} (${place})`, isDriver: module.isDriver,
    place: `${place}:${column}` };
}

/** The frames of a stack, innermost first. */
export function framesOf(captured: Captured): Frame[] {
  const lines = (captured.stack ?? '').split('\n').slice(1);
  return lines.map(frameOf).filter((frame) => frame !== undefined);
}

/** The stack as lines of a report. */
export function stackLines(captured: Captured): string[] {
  return framesOf(captured).map(({ text }) => text);
}

/** Stores a stack where every thread can read it; its number. */
export function internStack(captured: Captured): number {
  return internText(stackLines(captured).join('\n'));
}

/** The lines of a stored stack. */
export function storedStack(id: number): string[] {
  const text = textOf(id);
  return text === '' ? [] : text.split('\n');
}

/**
 * The innermost place of a stack that lies in a driver, with its caller's when that is the
 * driver's too, so that a helper does not make one place of many; else the innermost routine of the
 * kernel that is not `isOurs`.
 */
export function siteOf(captured: Captured, isOurs: (text: string) => boolean): string {
  const frames = framesOf(captured);
  const first = frames.findIndex(({ isDriver }) => isDriver);
  if (first < 0) return placeOf(frames.find(({ text }) => !isOurs(text)) ?? frames[0]);
  const caller = frames[first + 1];
  const from = caller?.isDriver === true ? ` < ${placeOf(caller)}` : '';
  return placeOf(frames[first]) + from;
}

function placeOf(frame: Frame | undefined): string {
  return frame === undefined ? '' : `${frame.text.replace(/ \(.*$/, '')} (${frame.place})`;
}
