// Collects what a session learns, in whatever order and however far it comes, and makes the report
// of it. Everything that must be zero or equal is judged here, so that text and JSON agree.
import { compareAltitudes, loadOrderGroup } from '../../fltmgr/altitude.ts';
import { count, counted } from '../../lab/report/format.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { Census, FilterCensus } from '../../machine/census.ts';
import type { LoadAnswer, StormCounts } from '../../machine/orders.ts';
import type { ContentReport, FilterRow, Finding, LeftRow, OperationRow, ReplayReport, RunReport,
  RunSettings, StatusRow, ThreadRow } from '../../lab/report/run-report.ts';
import type { RunFailure } from './supervisor.ts';
import type { Prepared, PreparedResult } from './prepared.ts';
import type { Stop } from './stop.ts';

/** What the requestors' own results amount to. */
export interface WorkloadFigures {
  readonly operations: readonly OperationRow[];
  readonly statuses: readonly StatusRow[];
  readonly fidelity?: number;
  readonly replay?: ReplayReport;
  readonly content?: ContentReport;
  /** Statuses that the workload has no explanation for. */
  readonly unexpected?: { readonly count: number; readonly examples: readonly string[] };
  /** Without the time that the requestors took to start. */
  readonly perSecond?: number;
}

/** Adds up what the requestors, and before them the preparation, came to. */
export type Figures =
  (results: readonly unknown[], preparation: readonly unknown[]) => WorkloadFigures;

interface Progress {
  readonly issued: number;
  readonly completed: number;
}

const nothing: WorkloadFigures = { operations: [], statuses: [] };

export class ReportBuilder {
  readonly #settings: RunSettings;
  readonly #images: readonly ImageSpec[];
  readonly #stop: Stop;
  readonly #findings: Finding[] = [];
  readonly #unloads = new Map<string, LoadAnswer>();
  #startedAt: number | undefined;
  #seconds = 0;
  /** Operations of the preparation. */
  #prepared = 0;
  #counts: Progress = { issued: 0, completed: 0 };
  #census: Census | undefined;
  #left: Census | undefined;
  #storm: StormCounts | undefined;
  #figures: WorkloadFigures = nothing;
  #threads: readonly ThreadRow[] | undefined;

  constructor(settings: RunSettings, images: readonly ImageSpec[], stop: Stop) {
    this.#settings = settings;
    this.#images = images;
    this.#stop = stop;
  }

  /** Whether the requestors have begun; the clock starts when that is first seen. */
  began(work: Pick<Prepared, 'isOpen' | 'issued'>): boolean {
    if (!work.isOpen()) return false;
    this.#startedAt ??= performance.now();
    this.#prepared = work.issued();
    return true;
  }

  /** Measured by the requestors where they came to their end, else by the host. */
  #stopped(milliseconds?: number): void {
    if (this.#startedAt === undefined || this.#seconds > 0) return;
    this.#seconds = (milliseconds ?? performance.now() - this.#startedAt) / 1000;
  }

  /** A count while the filters are loaded: the last one is what the report shows. */
  before(census: Census): void {
    this.#census = census;
  }

  results(results: readonly PreparedResult[], figures: Figures): void {
    this.#stopped(Math.max(...results.map(({ milliseconds }) => milliseconds)));
    this.#figures = figures(results.map(({ result }) => result),
      results.flatMap(({ preparation }) => preparation));
  }

  storm(counts: StormCounts | undefined): void {
    this.#storm = counts;
  }

  unloaded(name: string, answer: LoadAnswer): void {
    this.#unloads.set(name, answer);
    if (answer.ok) return;
    this.#findings.push({ kind: 'unload',
      text: `filter ${name} refused to unload: ${answer.status}` });
  }

  left(census: Census): void {
    this.#left = census;
  }

  brokeOff(threads: readonly ThreadRow[], progress: Progress): void {
    this.#stopped();
    this.#threads = threads;
    this.#counts = progress;
  }

  failed(failure: RunFailure): void {
    this.#findings.push(failure.finding);
  }

  build(): RunReport {
    const complete = this.#left !== undefined;
    const { operations } = this.#figures;
    const { issued, completed } = operations.length > 0 ? sums(operations) : this.#soFar();
    const left = this.#left && leftRows(this.#left);
    const storage = (this.#left ?? this.#census)?.storage;
    if (complete) this.#judge(issued, completed, left ?? []);
    return {
      settings: this.#settings, complete, interrupted: this.#stop.bySignal,
      ...(this.#figures.fidelity !== undefined && { fidelity: this.#figures.fidelity }),
      seconds: this.#seconds, issued, completed,
      perSecond: this.#figures.perSecond ?? (this.#seconds > 0 ? completed / this.#seconds : 0),
      operations, statuses: this.#figures.statuses, filters: this.#filters(),
      ...(this.#storm && { attachments: { ...this.#storm } }),
      ...(this.#figures.replay && { replay: this.#figures.replay }),
      ...(this.#figures.content && { content: this.#figures.content }),
      ...(storage && { storage: { taken: storage.taken, completed: storage.completed } }),
      ...(left && { left }),
      ...(this.#threads && { threads: this.#threads }),
      findings: this.#findings,
    };
  }

  /** Without results: what the threads had counted when the run broke off. */
  #soFar(): Progress {
    const { issued, completed } = this.#counts;
    if (this.#startedAt === undefined) return { issued: 0, completed: 0 };
    return { issued: issued - this.#prepared, completed: completed - this.#prepared };
  }

  #filters(): FilterRow[] {
    const byAltitude = this.#images
      .toSorted((a, b) => compareAltitudes(b.altitude, a.altitude));
    return byAltitude.map((image) => {
      const census = this.#census?.filters.find(({ name }) => name === image.name);
      const unload = this.#unloads.get(image.name);
      return {
        name: image.name, altitude: image.altitude,
        loadOrderGroup: loadOrderGroup(image.altitude) ?? '',
        counted: census !== undefined,
        pre: census?.pre ?? [0, 0, 0], post: census?.post ?? [0, 0, 0],
        postElsewhere: census?.postElsewhere ?? 0, pended: census?.pended ?? 0,
        drained: census?.drained ?? 0, ...(unload && { unload: unload.status }),
      };
    });
  }

  #judge(issued: number, completed: number, left: readonly LeftRow[]): void {
    for (const row of this.#figures.operations) this.#judgeRow(row);
    if (issued !== completed && this.#figures.operations.length === 0) {
      this.#lost('operations', issued, completed);
    }
    const storage = this.#left?.storage;
    if (storage !== undefined && storage.taken !== storage.completed) {
      this.#lost('requests to storage', storage.taken, storage.completed);
    }
    const content = this.#figures.content;
    if (content !== undefined && content.errors > 0) {
      this.#findings.push({ kind: 'content', text: `${counted(content.errors, 'read')} returned ` +
        `other bytes than were written: ${content.examples.join('; ')}` });
    }
    const { unexpected } = this.#figures;
    if (unexpected !== undefined && unexpected.count > 0) {
      this.#findings.push({ kind: 'unexpected-status', text: `${counted(unexpected.count,
        'operation')} returned what nothing explains: ${unexpected.examples.join('; ')}` });
    }
    if (left.length > 0) {
      const what = left.map((row) => `${row.owner} ${row.kind}`.trim()).join(', ');
      this.#findings.push({ kind: 'leak', text: `after everything was unloaded the machine ` +
        `still holds: ${what}` });
    }
  }

  #judgeRow({ major, issued, completed }: OperationRow): void {
    if (issued !== completed) this.#lost(major, issued, completed);
  }

  #lost(what: string, issued: number, completed: number): void {
    const text = issued > completed
      ? `${what}: ${count(issued)} issued, only ${count(completed)} came back`
      : `${what}: ${count(issued)} issued, but ${count(completed)} came back`;
    this.#findings.push({ kind: 'lost-operation', text });
  }
}

function sums(rows: readonly OperationRow[]): Progress {
  let issued = 0;
  let completed = 0;
  for (const row of rows) {
    issued += row.issued;
    completed += row.completed;
  }
  return { issued, completed };
}

const perFilter = [['contexts', 'contexts'], ['callback data', 'callbackData'],
  ['work items', 'workItems'], ['name information', 'nameInformation']] as const;

/** Everything that is not zero after the end. */
function leftRows(census: Census): LeftRow[] {
  const rows: LeftRow[] = census.pools.map(({ tag, paged, blocks, bytes }) => (
    { kind: 'pool', owner: `${tag} (${paged ? 'paged' : 'nonpaged'})`, count: blocks, bytes }));
  for (const kind of ['operations', 'files', 'handles'] as const) {
    if (census[kind] !== 0) rows.push({ kind, owner: '', count: census[kind], bytes: 0 });
  }
  for (const filter of census.filters) rows.push(...filterRows(filter));
  return rows;
}

function filterRows(filter: FilterCensus): LeftRow[] {
  return perFilter
    .filter(([, member]) => filter[member] !== 0)
    .map(([kind, member]) => ({ kind, owner: filter.name, count: filter[member], bytes: 0 }));
}
