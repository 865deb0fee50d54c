// The shipped filters, and twins of them with one bug planted into each: their built text with one
// place changed.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImageSpec } from '#src/image/js-image.ts';

const filters = new URL('../../../src/minifilters/', import.meta.url);

export interface Mutant {
  readonly filter: string;
  readonly altitude: string;
  /** What is planted, in words. */
  readonly bug: string;
  readonly from: RegExp;
  readonly to: string;
}

export const mutants: readonly Mutant[] = [
  { filter: 'null-filter', altitude: '370020', bug: 'does not unregister when it is unloaded',
    from: /FltUnregisterFilter\(Globals\.Filter\);\n\s+return STATUS_SUCCESS/,
    to: 'return STATUS_SUCCESS' },
  { filter: 'pass-through', altitude: '370030', bug: 'loses a byte of reads of 16',
    from: /'PassPost', \(\) => FLT_POSTOP_FINISHED_PROCESSING/,
    to: `'PassPost', (Data) => {
      if (Data.Iopb.MajorFunction === IRP_MJ_READ && Data.IoStatus.Information === 16) {
        Data.IoStatus.Information = 15;
      }
      return FLT_POSTOP_FINISHED_PROCESSING;
    }` },
  { filter: 'swap-buffers', altitude: '141000', bug: 'copies an even number of bytes back',
    from: /Math\.min\(Information, swap\.Length\)/,
    to: '(Math.min(Information, swap.Length) & ~1)' },
  { filter: 'minispy', altitude: '385100', bug: 'keeps the names of files',
    from: /FltReleaseFileNameInformation\(name\.value\);/, to: '' },
  { filter: 'ctx', altitude: '365000', bug: 'keeps the context that it found',
    from: /FltReleaseContext\(context\.value\);/, to: '' },
  { filter: 'scanner', altitude: '328100', bug: 'keeps the buffer that it scanned with',
    from: /FltFreePoolAlignedWithTag\(Instance, buffer, TAG\);/, to: '' },
];

const built = (filter: string): URL => new URL(`${filter}.js`, filters);

/** A shipped filter. */
export function shipped({ filter, altitude }: Mutant): ImageSpec {
  return { name: filter, module: built(filter).href, altitude };
}

/** The twin with the bug, as a module of its own. */
export function planted({ filter, altitude, from, to }: Mutant): ImageSpec {
  const text = readFileSync(built(filter), 'utf8');
  if (!from.test(text)) throw new Error(`${filter} has no place for the bug any more`);
  const twin = text.replace(from, to).replaceAll(/from '(\.[^']+)'/g, (_all, path: string) =>
    `from '${new URL(path, filters).href}'`);
  const file = join(mkdtempSync(join(tmpdir(), 'fltlab-')), `${filter}-planted.mjs`);
  writeFileSync(file, twin);
  return { name: `${filter}-planted`, module: pathToFileURL(file).href, altitude };
}
