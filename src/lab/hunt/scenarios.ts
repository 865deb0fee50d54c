// Which scenarios a name or a path means: a built-in family, or what a module exports. A module's
// export is a scenario of a machine (scenario(…)) or over words (wordScenario(…)).
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { families, familyByName } from './families.ts';
import { machineTarget, wordTarget } from './target.ts';
import type { Grain, Target } from './target.ts';
import type { HuntScenario } from './machine/scenario.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { Play } from '../../atomics-sync/schedule/scenario.ts';

/** What a target is made with beside its scenario. */
export interface TargetSettings {
  readonly images: readonly ImageSpec[];
  readonly grain: Grain;
  readonly verifier: boolean;
  readonly races: boolean;
  readonly timeouts: 'late' | 'any';
}

/** A name that means nothing, or a module without a scenario. */
export class UnknownScenario extends Error {
  override readonly name = 'UnknownScenario';
}

const familyModule = new URL('./families.js', import.meta.url).href;

function familyTarget(family: HuntScenario, settings: TargetSettings): Target {
  return machineTarget(family, { ...settings, module: familyModule, export: family.name });
}

function isMachineScenario(value: unknown): value is HuntScenario {
  return typeof value === 'object' && value !== null &&
    Array.isArray((value as HuntScenario).applications);
}

function isPlay(value: unknown): value is Play {
  return typeof value === 'object' && value !== null && typeof (value as Play).body === 'function';
}

/** The scenarios of a module, as targets. */
async function moduleTargets(path: string, settings: TargetSettings): Promise<Target[]> {
  const url = path.startsWith('file:') ? path
    : pathToFileURL(isAbsolute(path) ? path : resolve(path)).href;
  let module: Record<string, unknown>;
  try {
    module = (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw new UnknownScenario(`${path} cannot be loaded: ${(error as Error).message}`);
  }
  const targets = Object.entries(module).flatMap(([name, value]) => {
    if (isMachineScenario(value)) {
      return [machineTarget(value, { ...settings, module: url, export: name })];
    }
    return isPlay(value) ? [wordTarget(url, name, value, { timeouts: settings.timeouts })] : [];
  });
  if (targets.length === 0) {
    throw new UnknownScenario(
      `${path} exports no scenario; one is made with scenario({ … }) for a ` +
      'machine, or wordScenario({ … }) for threads over shared words');
  }
  return targets;
}

/** The targets that a name or path means; every family without one. */
export async function resolveScenarios(
  names: readonly string[], settings: TargetSettings,
): Promise<Target[]> {
  if (names.length === 0) return families.map((family) => familyTarget(family, settings));
  const found: Target[] = [];
  for (const name of names) {
    const family = familyByName[name];
    if (family !== undefined) found.push(familyTarget(family, settings));
    else if (/[/\\]|\.[cm]?[jt]s$/.test(name)) found.push(...(await moduleTargets(name, settings)));
    else {
      const all = families.map((f) => f.name).join(', ');
      throw new UnknownScenario(`no scenario is called ${name}; there are ${all}. A module of ` +
        `your ` +
        `own is given by its path, such as ./${name}.js`);
    }
  }
  return found;
}
