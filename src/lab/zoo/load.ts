// Finds the entries of a zoo in a folder: one folder for each, with the built modules of the faulty
// filter, its fixed twin and the scenario.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { zooScenario } from './scenario.ts';
import type { ZooScenario } from './scenario.ts';

/** The zoo that comes with the package. */
export const builtInZoo = fileURLToPath(new URL('../../minifilters/faulty/', import.meta.url));

/** A bug with its twin and what drives both. */
export interface ZooEntry {
  /** The folder's name. */
  readonly name: string;
  readonly story: ZooScenario;
  /** File URLs of the modules. */
  readonly scenario: string;
  readonly faulty: string;
  readonly fixed: string;
}

/** What is wrong with a folder, for its author. */
export class ZooError extends Error {
  override readonly name = 'ZooError';
}

const modules = ['faulty', 'fixed', 'scenario'] as const;

function moduleOf(folder: string, name: string): string {
  const path = join(folder, `${name}.js`);
  if (existsSync(path)) return pathToFileURL(path).href;
  const source = join(folder, `${name}.ts`);
  throw new ZooError(existsSync(source)
    ? `${folder}: ${name}.ts is not built; there is no ${name}.js beside it`
    : `${folder}: there is no ${name}.js; an entry has ${modules.join('.js, ')}.js`);
}

async function loadEntry(root: string, name: string): Promise<ZooEntry> {
  const folder = join(root, name);
  const [faulty, fixed, scenario] = [moduleOf(folder, 'faulty'), moduleOf(folder, 'fixed'),
    moduleOf(folder, 'scenario')];
  let module: { readonly story?: ZooScenario };
  try {
    module = (await import(scenario)) as typeof module;
  } catch (error) {
    throw new ZooError(`${folder}: scenario.js cannot be loaded: ${(error as Error).message}`);
  }
  if (module.story?.id === undefined) {
    throw new ZooError(`${folder}: scenario.js exports no story; one is made with ` +
      'export const story = zooScenario({ … })');
  }
  try {
    // A folder's author may write the object without the function around it.
    return { name, story: zooScenario(module.story), scenario, faulty, fixed };
  } catch (error) {
    throw new ZooError(`${folder}: ${(error as Error).message}`);
  }
}

function checkIds(entries: readonly ZooEntry[]): void {
  for (const [index, { name, story }] of entries.entries()) {
    const other = entries.slice(0, index).find((entry) => entry.story.id === story.id);
    if (other === undefined) continue;
    throw new ZooError(`${other.name} and ${name} are both called ${story.id}`);
  }
}

/**
 * Loads the entries of a folder, by their ids.
 * @param only ids or names; all of them when it is empty.
 * @throws ZooError with what to do.
 */
export async function loadZoo(folder: string, only: readonly string[]): Promise<ZooEntry[]> {
  const root = resolve(folder);
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw new ZooError(`there is no folder ${root}`);
  }
  const names = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory());
  if (names.length === 0) {
    const parts = `${modules.join('.js, ')}.js`;
    throw new ZooError(`${root} has no entries; an entry is a folder with ${parts}`);
  }
  const entries: ZooEntry[] = [];
  for (const name of names) entries.push(await loadEntry(root, name));
  entries.sort((a, b) => a.story.id.localeCompare(b.story.id));
  checkIds(entries);
  const isWanted = ({ name, story }: ZooEntry, word: string): boolean =>
    story.id === word || name === word;
  const missing = only.find((word) => !entries.some((entry) => isWanted(entry, word)));
  if (missing !== undefined) {
    const all = entries.map(({ story }) => story.id).join(', ');
    throw new ZooError(`no entry is called ${missing}; there are ${all}`);
  }
  return only.length === 0 ? entries
    : entries.filter((entry) => only.some((word) => isWanted(entry, word)));
}
