// The places of the Filter Manager that ask for memory: those that its source has, and those whose
// request was refused. A new place that no test refuses is on the first list and not on the second.
import { readFileSync, readdirSync } from 'node:fs';
import type { CallPath } from '#src/machine/faults/call-path.ts';

/** Routines below the Filter Manager that answer its caller when there is no memory. */
export const takers: readonly string[] = ['ExAllocatePoolWithTag', 'ExAllocateFromLookasideListEx',
  'ExInitializeLookasideListEx', 'IoAllocateIrp', 'IoAllocateMdl', 'IoCreateDevice',
  'ObCreateObject', 'ObpInsertName', 'buildRequest', 'IopCreateFile', 'openTarget', 'askByName',
  'setFileHint', 'ZwQueryInformationFile', 'lockRange', 'FsRtlInsertPerFileContext',
  'FsRtlCreateSectionForDataScan', 'FsRtlAllocateExtraCreateParameterList',
  'FsRtlAllocateExtraCreateParameter'];

/** Routines with such a name that take no memory of their own, or none that may be refused. */
const others: readonly string[] = ['allocateUngated', 'IopAllocateIrpMustSucceed', 'createDriver',
  'createRegistryKey', 'ObpCreateHandle', 'FsRtlInsertPerStreamContext',
  'InsertHeadList', 'InsertTailList', 'RtlCreateSecurityDescriptor', 'allocatedBytes'];

const root = new URL('../../../src/fltmgr/', import.meta.url);
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, base: name.slice(name.lastIndexOf('/') + 1),
    text: readFileSync(new URL(name, root), 'utf8') }));

/** The source without comments and imports, its rows where they were. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|^import[\s\S]*?;$/gm,
    (found) => found.replace(/[^\n]/g, ''));
}

const anyTaker = new RegExp(String.raw`(?<!typeof )\b(${takers.join('|')})\b`);

/** A place of the source. */
export interface Site {
  readonly file: string;
  readonly row: number;
  /** The routine that it asks. */
  readonly taker: string;
}

/** Every place of the source that asks for memory. */
export const knownSites: readonly Site[] = sources.flatMap(({ base, text }) =>
  codeOf(text).split('\n').flatMap((row, i) => {
    const [, taker] = anyTaker.exec(row) ?? [];
    return taker === undefined ? [] : [{ file: base, row: i + 1, taker }];
  }));

/** Imported routines that are called like takers, and are on neither list. */
export function unknownTakers(): string[] {
  const found = new Set<string>();
  for (const { text } of sources) {
    for (const [, names = ''] of text.matchAll(/import \{([^}]*)\}\s*from '[./]*\/ntos\//g)) {
      for (const name of names.split(',').map((one) => one.trim().split(' as ')[0]!.trim())) {
        if (!/^\w*(Allocate|Create|Insert|allocate|create)/.test(name)) continue;
        if (!takers.includes(name) && !others.includes(name)) found.add(name);
      }
    }
  }
  return [...found].toSorted();
}

/** Stacks name a row of the statement, which may have several. */
const MAX_ROWS = 3;
const frame = /^(\w+)!(\S+) \((\S+):(\d+)\)$/;

/** Which places were refused. */
export class Ledger {
  readonly #refused = new Set<Site>();
  readonly #unlisted = new Set<string>();

  /** Hears of an allocation that is refused: the place is the Filter Manager's innermost frame. */
  readonly note = ({ frames }: Pick<CallPath, 'frames'>): void => {
    const at = frames.findIndex((one) => one.startsWith('fltmgr!'));
    if (at < 0) return;
    const [, , , file, row = ''] = frame.exec(frames[at]!) ?? [];
    const [, , taker] = frame.exec(frames[at - 1] ?? '') ?? [];
    const distance = (site: Site): number => Math.abs(site.row - Number(row));
    const [site] = knownSites.filter((one) => one.file === file && one.taker === taker)
      .toSorted((a, b) => distance(a) - distance(b));
    if (site !== undefined && distance(site) <= MAX_ROWS) this.#refused.add(site);
    else this.#unlisted.add(`${frames[at]} calls ${frames[at - 1]}`);
  };

  /** How many places were refused. */
  get refused(): number {
    return this.#refused.size;
  }

  /** Those never refused, with what they call. */
  missing(): string[] {
    return knownSites.filter((site) => !this.#refused.has(site))
      .map(({ file, row, taker }) => `${file}:${row} ${taker}`);
  }

  /** Places that were refused, and that the source is not known to have. */
  unlisted(): string[] {
    return [...this.#unlisted];
  }
}
