// Which filters a run gets: built-in names and paths of modules, with their altitudes. Also
// `fltlab filters`, the list of what is built in.
import { existsSync, readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compareAltitudes, isAltitude, loadOrderGroup } from '../fltmgr/attach/altitude.ts';
import { importDriver } from '../image/js-image.ts';
import { MAX_IMAGES } from '../mem/param.ts';
import { UsageError } from './options.ts';
import { probeDriver } from './probe-driver.ts';
import type { ImageSpec } from '../image/js-image.ts';

const builtInFolder = new URL('../minifilters/', import.meta.url);
/** A module that takes longer than this to load is told apart from one that works. */
const LOAD_PATIENCE_MS = 5000;

/** A filter that comes with the package. */
export interface BuiltIn {
  readonly name: string;
  readonly altitude: string;
  readonly loadOrderGroup: string;
  readonly description: string;
}

/** Names of the modules in the folder of the built-in filters; helpers of theirs among them. */
function builtInModules(): string[] {
  return readdirSync(builtInFolder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length))
    .toSorted();
}

/** The filters that come with the package, highest altitude first. */
export async function builtInFilters(): Promise<BuiltIn[]> {
  const found: BuiltIn[] = [];
  for (const name of builtInModules()) {
    const module = (await import(new URL(`${name}.js`, builtInFolder).href)) as
      Record<string, unknown>;
    if (typeof module['DriverEntry'] !== 'function') continue;
    const altitude = String(module['altitude'] ?? '');
    found.push({ name, altitude, loadOrderGroup: loadOrderGroup(altitude) ?? '',
      description: String(module['description'] ?? '') });
  }
  return found.toSorted((a, b) => compareAltitudes(b.altitude, a.altitude));
}

interface Named {
  readonly target: string;
  readonly altitude?: string;
}

/** Splits NAME@altitude; an @ inside a path is a part of the path. */
function splitAltitude(text: string): Named {
  const [, target = '', altitude = ''] = /^(.+)@([^@/\\]*)$/.exec(text) ?? [];
  if (target === '' || existsSync(text)) return { target: text };
  if (!isAltitude(altitude)) {
    throw new UsageError(`--filter ${text}: "${altitude}" is no altitude; ` +
      'an altitude is a decimal number such as 321410 or 321410.5');
  }
  return { target, altitude };
}

const isPath = (target: string): boolean => /[/\\]|\.[cm]?[jt]s$/.test(target);

interface Found {
  readonly name: string;
  readonly url: string;
  readonly altitude: string | undefined;
  readonly transformsData: boolean;
}

async function builtIn(name: string): Promise<Found> {
  const names = builtInModules();
  if (!names.includes(name)) {
    throw new UsageError(`--filter ${name}: no built-in filter has that name; built in are ` +
      `${names.join(', ')}. A module of your own is given by its path, such as ./${name}.js`);
  }
  const url = new URL(`${name}.js`, builtInFolder).href;
  const { altitude, transformsData = false } = await importDriver(name, url);
  return { name, url, altitude, transformsData };
}

async function ownModule(path: string, directory: string): Promise<Found> {
  const file = resolve(directory, path);
  const name = basename(file).replace(/\.[^.]*$/, '');
  if (!existsSync(file)) {
    throw new UsageError(`--filter ${path}: there is no file ${file}; ` +
      'a path is taken from the current directory, and a TypeScript filter is built first');
  }
  const url = pathToFileURL(file).href;
  const { altitude, transformsData = false, error } =
    await probeDriver(name, url, LOAD_PATIENCE_MS);
  if (error !== undefined) throw filterError(error);
  return { name, url, altitude, transformsData };
}

const OUR_FRAME = /^\s+at .*(node:internal|\/js-image\.js|\/probe-driver\.js)/;

/**
 * The fault of a module that cannot be a filter, with the routine that the emulator lacks named.
 */
function filterError(error: string): Error {
  const [, routine] = /does not provide an export named '(\w+)'/.exec(error) ?? [];
  if (routine !== undefined) return new UnsupportedRoutine(error, routine);
  // Of a stack the module's own frames help; ours do not.
  const lines = error.split('\n').filter((line) => !OUR_FRAME.test(line));
  return new UsageError(lines.join('\n'));
}

/** A filter needs a routine that the emulator does not have: exit code 4. */
export class UnsupportedRoutine extends Error {
  constructor(text: string, routine: string) {
    super(`${text.split('\n')[0]}\n${routine} is not among what fltKernel exports: the emulator ` +
      'does not have it (or the name is misspelt)');
    this.name = 'UnsupportedRoutine';
  }
}

/**
 * Finds the filters of a command line, in its order.
 * @param directory where relative paths begin.
 * @throws UsageError or UnsupportedRoutine.
 */
export async function resolveFilters(
  given: readonly string[], directory: string,
): Promise<ImageSpec[]> {
  if (given.length > MAX_IMAGES) {
    throw new UsageError(`${given.length} filters are more than the ${MAX_IMAGES} a machine maps`);
  }
  let images: ImageSpec[] = [];
  for (const text of given) {
    const named = splitAltitude(text);
    const { target } = named;
    const found = await (isPath(target) ? ownModule(target, directory) : builtIn(target));
    const altitude = named.altitude ?? found.altitude;
    if (altitude === undefined || !isAltitude(altitude)) {
      throw new UsageError(`--filter ${text}: the module exports no altitude; ` +
        `give one, such as --filter ${target}@370000`);
    }
    const { name, url: module, transformsData } = found;
    images = addImage(images, { name, module, altitude, transformsData });
  }
  checkAltitudes(images);
  return images;
}

/** A driver is loaded once; drivers of one name get service names of their own. */
function addImage(before: readonly ImageSpec[], image: ImageSpec): ImageSpec[] {
  if (before.some(({ module }) => module === image.module)) {
    throw new UsageError(`--filter ${image.name} is given twice; a driver can be loaded once`);
  }
  let name = image.name;
  for (let n = 2; before.some((other) => other.name === name); n++) name = `${image.name}-${n}`;
  return [...before, { ...image, name }];
}

function checkAltitudes(images: readonly ImageSpec[]): void {
  for (const [index, image] of images.entries()) {
    const other = images.slice(0, index)
      .find(({ altitude }) => compareAltitudes(altitude, image.altitude) === 0);
    if (other !== undefined) {
      throw new UsageError(`--filter ${image.name} and ${other.name} both have altitude ` +
        `${image.altitude}; give one another, such as ${image.name}@${image.altitude}.5`);
    }
  }
}
