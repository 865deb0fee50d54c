// Collects what a session learns, in whatever order and however far it comes, and makes the report
// of it. Everything that must be zero or equal is judged here, so that text and JSON agree.
import { compareAltitudes, loadOrderGroup } from '../../fltmgr/attach/altitude.ts';
import { judge, leftRows } from './judge.ts';
import { writeDump } from '../dump/file.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { CrashDump } from '../dump/crash-dump.ts';
import type { Census } from '../../machine/census.ts';
import type { LoadAnswer, StormCounts } from '../../machine/orders.ts';
import type { ContentReport, FilterRow, Finding, LeftRow, OperationRow,
  RecordsReport, ReplayReport, RunReport,
  RunSettings, StatusRow, StressReport, ThreadRow } from '../report/run-report.ts';
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';
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
  #records: RecordsReport | undefined;
  #verified: readonly LoggedFinding[] = [];
  #threads: readonly ThreadRow[] | undefined;
  #stress: StressReport | undefined;
  #dump: string | undefined;

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

  records(report: RecordsReport): void {
    this.#records = report;
    if (report.error === undefined) return;
    this.#findings.push({ kind: 'internal',
      text: `the records could not be written to ${report.file}: ${report.error}` });
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

  /** What the verifier found. */
  verified(findings: readonly LoggedFinding[], lost: number): void {
    this.#verified = findings;
    if (lost === 0) return;
    this.#findings.push({ kind: 'internal',
      text: `${lost} findings of the verifier found no room in the machine's memory` });
  }

  /** Findings with what the verifier knows of them: of the bug check that ended the run, too. */
  #withDetails(): Finding[] {
    const breaking = this.#verified.filter(({ reaction }) => reaction === 'break');
    const others = this.#verified.filter(({ reaction }) => reaction !== 'break');
    const crash = this.#findings.find(({ kind }) => kind === 'bug-check');
    const last = breaking[0];
    const own = this.#findings.map((finding) =>
      (finding === crash && last !== undefined ? { ...finding, details: last } : finding));
    const rest = [...breaking.slice(crash === undefined ? 0 : 1), ...others];
    return [...own, ...rest.map((details): Finding => ({
      kind: 'rule', text: `${details.rule}: ${details.cause}`, details,
      ...(details.reaction === 'ignore' && { isSuppressed: true }),
    }))];
  }

  found(finding: Finding): void {
    this.#findings.push(finding);
  }

  /** Whether anything was found that counts for somebody who wants to look closer. */
  get hasFindings(): boolean {
    return this.build().findings.length > 0;
  }

  /** Writes a crash dump; a disk that is full is a finding, and the report goes on. */
  dump(folder: string, dump: CrashDump): void {
    try {
      this.#dump = writeDump(folder, dump);
    } catch (error) {
      this.#findings.push({ kind: 'internal',
        text: `the crash dump could not be written to ${folder}: ${(error as Error).message}` });
    }
  }

  stress(report: StressReport): void {
    this.#stress = report;
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
    return {
      settings: this.#settings, complete, interrupted: this.#stop.bySignal,
      ...(this.#figures.fidelity !== undefined && { fidelity: this.#figures.fidelity }),
      seconds: this.#seconds, issued, completed,
      perSecond: this.#figures.perSecond ?? (this.#seconds > 0 ? completed / this.#seconds : 0),
      operations, statuses: this.#figures.statuses, filters: this.#filters(),
      ...(this.#records && { records: this.#records }),
      ...(this.#storm && { attachments: { ...this.#storm } }),
      ...(this.#stress && { stress: this.#stress }),
      ...(this.#dump !== undefined && { dump: this.#dump }),
      ...(this.#figures.replay && { replay: this.#figures.replay }),
      ...(this.#figures.content && !this.#contentMayDiffer && { content: this.#figures.content }),
      ...(this.#figures.content && this.#contentMayDiffer && { contentNotCompared:
        'a filter that transforms data was attached and detached while files were used' }),
      ...(storage && { storage: { taken: storage.taken, completed: storage.completed } }),
      ...(left && { left }),
      ...(this.#threads && { threads: this.#threads }),
      findings: [...this.#withDetails(), ...this.#judge(left)],
    };
  }

  /** Without results: what the threads had counted when the run broke off. */
  #soFar(): Progress {
    const { issued, completed } = this.#counts;
    if (this.#startedAt === undefined) return { issued: 0, completed: 0 };
    return { issued: Math.max(0, issued - this.#prepared),
      completed: Math.max(0, completed - this.#prepared) };
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
        drained: census?.drained ?? 0,
        ...(census && { objects: { contexts: census.contexts, callbackData: census.callbackData,
          workItems: census.workItems, names: census.nameInformation } }),
        ...(census !== undefined && census.detached > 0 &&
          { objectsAtDetach: census.heldAtDetach }),
        ...(unload && { unload: unload.status }),
      };
    });
  }

  /** Applications see now what a filter made of the data, and now what lies in the file. */
  get #contentMayDiffer(): boolean {
    return this.#settings.attachStormMs !== undefined &&
      this.#images.some(({ transformsData }) => transformsData === true);
  }

  #judge(left: readonly LeftRow[] | undefined): Finding[] {
    const { operations, content, unexpected } = this.#figures;
    return judge({ operations, content, unexpected, left, storage: this.#left?.storage,
      contentMayDiffer: this.#contentMayDiffer });
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
