// The figures that sctbench.json gives for a row: medians of published artefacts, and of a prototype.
import { existsSync, readFileSync } from 'node:fs';

interface Trials {
  readonly hits?: number | string;
  readonly trials?: number;
  readonly median?: number | null;
  readonly mean?: number | null;
}

interface Row {
  readonly suite?: string;
  readonly name: string;
  readonly SURW_artifact?: Readonly<Record<string, Trials>> | null;
  readonly RFF_artifact?: Readonly<Record<string, Trials | string>> | null;
  readonly our_prototype?: Readonly<Record<string, unknown>> | null;
}

interface File {
  readonly benchmarks: readonly Row[];
  readonly variants: readonly Row[];
  readonly kernel_cve_shapes: readonly Row[];
}

/** The columns that `publishedFor` fills. */
export const publishedColumns = ['surw:POS', 'surw:SURW', 'rff:RFF', 'proto:RW', 'proto:PCT3',
  'proto:POS', 'proto:SURW', 'proto:DPOR'] as const;

function figure(trials: unknown): string {
  if (typeof trials !== 'object' || trials === null) return '';
  const { hits, trials: of, median, mean } = trials as Trials;
  const value = median ?? mean;
  if (value === null || value === undefined) return of === undefined ? '' : '-';
  const isPart = typeof hits === 'number' && of !== undefined && hits < of;
  return `${Math.round(value)}${isPart ? ` (${hits}/${of})` : ''}`;
}

/** Reads the file; a table of no rows where there is none. */
export function readPublished(path: string): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, readonly string[]>();
  if (!existsSync(path)) return table;
  const file = JSON.parse(readFileSync(path, 'utf8')) as File;
  for (const row of [...file.benchmarks, ...file.variants, ...file.kernel_cve_shapes]) {
    const surw = row.SURW_artifact ?? {};
    const rff = row.RFF_artifact ?? {};
    const proto = row.our_prototype ?? {};
    const dpor = (proto['sourceDPOR'] as { first_bug?: number | null } | undefined)?.first_bug;
    const cells = [figure(surw['POS']), figure(surw['SURW']), figure(rff['RFF']),
      figure(proto['RW']), figure(proto['PCT3']), figure(proto['POS']), figure(proto['SURW']),
      dpor === undefined ? '' : String(dpor ?? '-')];
    table.set(row.name, cells);
    table.set(`${row.suite}/${row.name}`, cells);
  }
  return table;
}
