// One run from boot to shutdown: boot, load the filters, prepare, run, unload, shut down, count
// what is left. Guarantees: it always ends, and always with a report: a failure becomes a finding
// beside everything that was known until then.
import { Machine, MachineCrash } from '../../machine/machine.ts';
import { FIRST_IMAGE_ROUTINE, MAX_IMAGES, ROUTINES_PER_IMAGE } from '../../mem/param.ts';
import { ReportBuilder } from './report-builder.ts';
import { RunFailure, Supervisor } from './supervisor.ts';
import { DUMP_FORMAT } from '../dump/crash-dump.ts';
import { takeLook } from '../dump/take.ts';
import { waitLines } from '../dump/text.ts';
import { prepared } from './prepared.ts';
import { whereTheySpin } from './spin.ts';
import { RecordStream } from './record-stream.ts';
import { ridingStorm } from './storm.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { FaultPlan } from '../../mem/fault-plan.ts';
import type { Census } from '../../machine/census.ts';
import type { StormCounts } from '../../machine/orders.ts';
import type { ThreadReport, VolumeSpec, WorkloadSpec } from '../../machine/assignment.ts';
import type { MachineOptions } from '../../machine/machine.ts';
import type { MachineLook } from '../dump/crash-dump.ts';
import type { Progress } from '../report/progress.ts';
import type { Finding, RunReport, RunSettings, StressReport }
  from '../report/run-report.ts';
import type { Figures } from './report-builder.ts';
import type { PreparedResult } from './prepared.ts';
import type { Stop } from './stop.ts';

/** What the host does while the requestors work is told, and may do, this. */
export interface Beside {
  readonly machine: Machine;
  readonly images: readonly number[];
  readonly working: () => boolean;
  /** Whether the requestors have begun: before, they prepare. */
  readonly begun: () => boolean;
  readonly counted: (census: Census) => void;
  readonly found: (finding: Finding) => void;
}

/** The work of a run, whatever made it. */
export interface PreparedWork {
  readonly volumes: readonly VolumeSpec[];
  /** Run first, alone. */
  readonly preparation: readonly WorkloadSpec[];
  /** One per requestor. */
  readonly workloads: readonly WorkloadSpec[];
  /** Asks the requestors to end soon. */
  readonly requestStop: () => void;
  /** What the requestors' results amount to. */
  readonly figures: Figures;
  /** What the host does meanwhile, in place of the attach storm of the settings. */
  readonly beside?: (beside: Beside) => Promise<StormCounts>;
  /** What fails although nothing is wrong. */
  readonly faults?: FaultPlan;
  /** What the requestors do now, for progress and reports of hangs; running where nothing is. */
  readonly doing?: () => string;
  /** Told in the report. */
  readonly stress?: () => StressReport;
}

/** What to run: a trace, a preset, a stress run. */
export interface SessionPlan extends PreparedWork {
  readonly settings: RunSettings;
  readonly images: readonly ImageSpec[];
}

export interface SessionOptions {
  readonly progress: Progress;
  /** Where a crash dump is left when something was found; with the version that it names. */
  readonly dump?: { readonly folder: string; readonly version: string };
  readonly stop: Stop;
  readonly watchdogSeconds: number;
}

/** A census is taken this often, for the report of a run that breaks off. */
const CENSUS_MS = 2000;
/** How long a machine in trouble may take to count once more. */
const LAST_CENSUS_MS = 500;
/** How long the machine may take to boot, and to obey an order that the watchdog does not see. */
const BOOT_PATIENCE_MS = 60_000;
/** A filter whose load fails so often by injected faults fails by itself. */
const LOAD_ATTEMPTS = 500;
/** Lines that drivers printed, kept in a dump. */
const PRINTED = 50;

function machineOptions(plan: SessionPlan): MachineOptions {
  const { settings, images, volumes } = plan;
  return {
    memoryBytes: settings.memoryBytes,
    systemWorkers: settings.systemWorkers,
    storageThreads: settings.storageThreads,
    requestors: settings.requestors,
    completion: settings.completion as NonNullable<MachineOptions['completion']>,
    verifier: settings.verifier,
    ...(settings.suppressions !== undefined && { suppressions: settings.suppressions }),
    seed: settings.seed,
    ...(plan.faults !== undefined && { faults: plan.faults }),
    images,
    volumes,
    patienceMs: BOOT_PATIENCE_MS,
  };
}

/** The image that defined a routine; the kernel where none did. */
function ownerOf(images: readonly ImageSpec[]): (routine: number) => string {
  return (routine) => {
    const index = Math.floor((routine - FIRST_IMAGE_ROUTINE) / ROUTINES_PER_IMAGE);
    const image = index >= 0 && index < MAX_IMAGES ? images[index] : undefined;
    return image === undefined ? 'the kernel' : `filter ${image.name}`;
  };
}

class Session {
  readonly #plan: SessionPlan;
  readonly #options: SessionOptions;
  readonly #machine: Machine;
  readonly #supervisor: Supervisor;
  readonly #report: ReportBuilder;
  readonly #records: RecordStream | undefined;

  constructor(plan: SessionPlan, options: SessionOptions, machine: Machine, report: ReportBuilder) {
    this.#plan = plan;
    this.#options = options;
    this.#machine = machine;
    this.#report = report;
    const { records } = plan.settings;
    if (records !== undefined) this.#records = new RecordStream(records, machine.memory);
    this.#supervisor = new Supervisor(machine, options.progress,
      options.watchdogSeconds * 1000, ownerOf(plan.images));
  }

  /** The whole run; rejects with what broke it off. */
  async run(): Promise<void> {
    for (const [index, image] of this.#plan.images.entries()) await this.#load(index, image);
    await this.#work();
    this.#report.before(await this.#guard('counting', this.#machine.census()));
    await this.#unload();
    this.#report.left(await this.#guard('shutting down', this.#machine.shutdown(),
      'the machine has not shut down'));
  }

  /** With faults a DriverEntry may have to be called more than once. */
  async #load(index: number, { name }: ImageSpec): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const load = this.#machine.load(index).then(() => true, (error: Error) => {
        const isFault = this.#plan.faults !== undefined && attempt < LOAD_ATTEMPTS &&
          error.message.includes('STATUS_INSUFFICIENT_RESOURCES');
        if (!isFault) throw error;
        return false;
      });
      const isLoaded = await this.#guard(`loading ${name}`, load,
        `filter ${name}: DriverEntry has not returned`);
      if (isLoaded) return;
    }
  }

  async #work(): Promise<void> {
    const { preparation, workloads, requestStop, figures } = this.#plan;
    const { stop } = this.#options;
    const work = prepared(preparation, workloads);
    stop.onRequest(requestStop);
    let working = true;
    const running = this.#machine.run(work.workloads).finally(() => {
      this.#report.began(work);
      working = false;
    });
    const beside = this.#beside(() => working, () => this.#report.began(work));
    // It may fail long before anybody waits for it: the machine crashed, the requestors say so.
    beside.catch(() => undefined);
    const doing = (): string => this.#plan.doing?.() ?? 'running';
    const phase = (): string => (this.#report.began(work) ? doing() : 'preparing');
    const reports = await this.#guard(phase, running);
    this.#report.results(reports.map(resultOf), figures);
    this.#report.storm(await this.#guard('ending the attach storm', beside));
  }

  /** What the control thread does while the requestors work: attach storms and counting. */
  async #beside(
    working: () => boolean, begun: () => boolean,
  ): Promise<StormCounts | undefined> {
    const everyMs = this.#plan.settings.attachStormMs;
    const beside: Beside = {
      machine: this.#machine, working, begun,
      images: this.#plan.images.map((_image, index) => index),
      counted: (census) => this.#report.before(census),
      found: (finding) => this.#report.found(finding),
    };
    if (this.#plan.beside !== undefined) return this.#plan.beside(beside);
    return ridingStorm({ ...beside, everyMs, censusMs: CENSUS_MS });
  }

  async #unload(): Promise<void> {
    for (const [index, image] of [...this.#plan.images.entries()].toReversed()) {
      const answer = await this.#guard(`unloading ${image.name}`, this.#machine.unload(index),
        `filter ${image.name}: its unload has not returned`);
      this.#report.unloaded(image.name, answer);
    }
  }

  /** `still` says what it means when nothing moves in this phase. */
  async #guard<T>(phase: string | (() => string), work: Promise<T>, still?: string): Promise<T> {
    return this.#supervisor.guard(phase, work, still);
  }

  /** Keeps what can be known of a run that broke off; what broke it. */
  async brokeOff(error: unknown): Promise<RunFailure> {
    this.#report.brokeOff(this.#supervisor.threads(), this.#supervisor.counts());
    const text = error instanceof Error ? error.message : String(error);
    const crash = this.#machine.crash();
    if (crash !== undefined) return failureOf(crash);
    const known = failureOf(error);
    const isExplained = error instanceof RunFailure || known.finding.kind === 'filter';
    const found = isExplained ? known : this.#supervisor.death(text) ?? known;
    const failure = await this.#explained(found);
    // The control thread may still be able to count what the filters did.
    const census = this.#machine.census().catch(() => undefined);
    const last = await Promise.race([census, pause(LAST_CENSUS_MS)]);
    if (last !== undefined) this.#report.before(last);
    return failure;
  }

  /** A hang with who spins where, and who waits for whom where the machine is checked. */
  async #explained(failure: RunFailure): Promise<RunFailure> {
    if (failure.finding.kind !== 'watchdog') return failure;
    const { lines, isInDriver } = await whereTheySpin(failure.suspects);
    const look = await this.#look();
    const waits = look === undefined ? [] : waitLines(look);
    return new RunFailure(isInDriver ? 'spin' : 'watchdog',
      [failure.message, ...lines, ...waits].join('\n  '));
  }

  /** What a debugger sees; undefined when it cannot look. */
  async #look(): Promise<MachineLook | undefined> {
    const { memory, routines, view } = this.#machine;
    return takeLook({ memory, routines, threads: view.threads(), images: this.#plan.images })
      .catch(() => undefined);
  }

  /** Leaves a crash dump where one is wanted and something was found. */
  async #dump(): Promise<void> {
    const { dump } = this.#options;
    if (dump === undefined || !this.#report.hasFindings) return;
    const look = await this.#look();
    if (look === undefined) {
      this.#report.found({ kind: 'internal', text: 'no dump could be taken of the machine' });
      return;
    }
    const { debugLog } = this.#machine.view;
    const printed = debugLog.read().lines.slice(-PRINTED).map((line) => line.text.trimEnd());
    this.#report.dump(dump.folder, { format: DUMP_FORMAT, version: dump.version, ...look,
      settings: this.#plan.settings, filters: this.#plan.images.map(({ name }) => name),
      findings: this.#report.build().findings, printed,
      crash: this.#machine.crash()?.message.split('\nThreads:\n')[0] ?? '' });
  }

  async end(): Promise<void> {
    this.#supervisor.end();
    if (this.#plan.stress !== undefined) this.#report.stress(this.#plan.stress());
    this.#report.verified(this.#machine.view.findings(), this.#machine.view.lostFindings());
    if (this.#records !== undefined) this.#report.records(await this.#records.end());
    await this.#dump();
    await this.#machine.destroy();
  }
}

const pause = (ms: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, ms, undefined));

function resultOf(report: ThreadReport): PreparedResult {
  return (report.result as { result: PreparedResult }).result;
}

/** Runs a plan to its end, whatever that is; rejects only for mistakes found before the boot. */
export async function runSession(plan: SessionPlan, options: SessionOptions): Promise<RunReport> {
  const report = new ReportBuilder(plan.settings, plan.images, options.stop);
  let machine: Machine;
  try {
    machine = await Machine.boot(machineOptions(plan));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    report.failed(failureOf(error));
    return report.build();
  }
  const session = new Session(plan, options, machine, report);
  try {
    await session.run();
  } catch (error) {
    report.failed(await session.brokeOff(error));
  } finally {
    await session.end();
  }
  return report.build();
}

/** What broke a run off, as the kind of finding that it is. */
function failureOf(error: unknown): RunFailure {
  if (error instanceof RunFailure) return error;
  const all = error instanceof Error ? error.message : String(error);
  // The report has a table of threads of its own.
  const text = all.split('\nThreads:\n')[0] ?? all;
  if (/\bnot implemented\b/.test(text)) return new RunFailure('unsupported', text);
  if (error instanceof MachineCrash) {
    const isOurs = text.includes('an exception of the emulator itself');
    return new RunFailure(isOurs ? 'internal' : 'bug-check', text);
  }
  // A module that a thread cannot map ends that thread with the fault of the module.
  const [, fault] = /^(?:the .* thread of processor \d+ died: )?(filter [^]*)$/.exec(text) ?? [];
  if (fault !== undefined) return new RunFailure('filter', fault);
  if (/ died: /.test(text)) return new RunFailure('worker-died', text);
  return new RunFailure('internal', text);
}
