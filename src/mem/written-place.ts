// Where a row of a joined module came from. The build joins the kernel's modules, room by room,
// and leaves a table beside each (`rooms/NAME.rows.json`); stacks name modules and rows as written.
import { readFileSync } from 'node:fs';

/** Beside a joined module: files below src, and for each row its file and row by turns. */
interface Rows {
  readonly files: readonly string[];
  readonly at: readonly number[];
}

const folder = new URL('../../rooms/', import.meta.url);
const tables = new Map<string, Rows>();

function tableOf(name: string): Rows {
  let table = tables.get(name);
  if (table === undefined) {
    table = JSON.parse(readFileSync(new URL(`${name}.rows.json`, folder), 'utf8')) as Rows;
    tables.set(name, table);
  }
  return table;
}

/**
 * The file below src (`ntos/ex/pool/pool.ts`) and the row that a row of a joined module came from;
 * undefined for a file that is not joined, or a row that the build made itself.
 * @param file file URL as V8 names it
 * @param row counted from 1
 */
export function writtenPlace(file: string, row: number): { file: string; row: number } | undefined {
  if (!file.startsWith(folder.href)) return undefined;
  const table = tableOf(file.slice(folder.href.length).replace(/\.js$/, ''));
  const written = table.files[table.at[2 * (row - 1)] ?? -1];
  return written === undefined ? undefined : { file: written, row: table.at[2 * row - 1] ?? 0 };
}
