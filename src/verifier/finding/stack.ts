// Stacks, as WinDbg prints them: module!routine. A capture keeps V8's frames and is not formatted
// until somebody asks; then each place of a script is put into words once, because words are what
// costs. Frames of the verifier, of the driver boundary and of Node itself are left out.
import { internText, textOf } from './text-pool.ts';
import { writtenPlace } from '../../mem/written-place.ts';

/** A stack that was captured: V8's until `framesOf` asks for it, and its frames from then on. */
export interface Captured {
  readonly stack?: unknown;
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

/**
 * Takes this thread's stack.
 * @param depth frames at most, those included that no report shows.
 * @param above a routine that is left out with all that it called.
 */
export function captureStack(
  depth = DEPTH, above: AnyFunction = omitted ?? captureStack,
): Captured {
  const holder: Captured = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = depth;
  Error.captureStackTrace(holder, above);
  Error.stackTraceLimit = limit;
  return holder;
}

/** One frame: where it is, and whether it is a driver's code. */
export interface Frame {
  readonly text: string;
  readonly isDriver: boolean;
  /** The file and line that V8 names: tells one place of a driver from another. */
  readonly place: string;
  /** The same for the same place and routine in this thread. */
  readonly id: number;
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

let frameCount = 0;

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
    place: `${place}:${column}`, id: frameCount++ };
}

/** The frames of a stack that is text already: what a debugger says of another thread. */
export function framesOfText(stack: string): readonly Frame[] {
  return stack.split('\n').map(frameOf).filter((frame) => frame !== undefined);
}

/** What was put into words before, by script and by the position in it. */
const known = new Map<string, Map<number, Frame | undefined>>();

function frameAt(site: NodeJS.CallSite): Frame | undefined {
  const script = site.getFileName();
  if (script === null || script === undefined) return undefined;
  let places = known.get(script);
  if (places === undefined) known.set(script, places = new Map());
  const position = site.getPosition();
  const before = places.get(position);
  if (before !== undefined || places.has(position)) return before;
  const frame = frameOf(`    at ${String(site)}`);
  places.set(position, frame);
  return frame;
}

function framesAt(_error: unknown, sites: NodeJS.CallSite[]): Frame[] {
  return sites.map(frameAt).filter((frame) => frame !== undefined);
}

/** The frames of a stack, innermost first. */
export function framesOf(captured: Captured): readonly Frame[] {
  const prepare = Error.prepareStackTrace;
  Error.prepareStackTrace = framesAt;
  const { stack } = captured;
  // Whoever had no handler of his own gets V8's text again.
  Error.prepareStackTrace = prepare;
  return (stack ?? []) as readonly Frame[];
}

/** The stack as lines of a report. */
export function stackLines(captured: Captured): string[] {
  return framesOf(captured).map(({ text }) => text);
}

/** The texts of stacks by the ids of their frames: a text that is the same object is found fast. */
const texts = new Map<string, string>();

/** Stores a stack where every thread can read it; its number. */
export function internStack(captured: Captured): number {
  const frames = framesOf(captured);
  let key = '';
  for (const { id } of frames) key += `${id} `;
  let text = texts.get(key);
  if (text === undefined) {
    text = frames.map((frame) => frame.text).join('\n');
    texts.set(key, text);
  }
  return internText(text);
}

let isKept = true;

/**
 * Says whether rules store the stacks of what may matter later (allocations, references, waits).
 * No rule judges by them; a finding made without them is found again with them.
 */
export function keepStacks(keep: boolean): void {
  isKept = keep;
}

/** Stores this thread's stack for a finding that may come; its number, 0 while none is kept. */
export function noteStack(): number {
  return isKept ? internStack(captureStack()) : 0;
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
