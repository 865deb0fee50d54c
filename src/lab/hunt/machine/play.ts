// A machine as an engine plays it: every schedule boots it again in place, in the same threads.
// Boot and the end (unload, dismount, the count of what is left) run quietly, one thread at a time
// as the default says; what the applications and the control thread do in between is explored.
//
// The threads meet at words outside of what boot clears: BOOTED lets all but the control thread
// start their processors, GO lets the applications begin, DONE counts those that have ended.
import { EVERYBODY, add, load, notify, store, wait } from '../../../atomics-sync/atomics.ts';
import { schedule, yieldPoint } from '../../../atomics-sync/schedule/hook.ts';
import { enlistOwner } from '../../../atomics-sync/owner.ts';
import { boot } from '../../../mem/boot-options.ts';
import { i32 } from '../../../mem/memory.ts';
import { SYNC_WORDS } from '../../../mem/memory-map.ts';
import { resetThread } from '../../../mem/reboot.ts';
import { namedRoutines } from '../../../mem/routine.ts';
import { mapImage } from '../../../image/js-image.ts';
import { bootMachine, shutdownMachine } from '../../../machine/boot.ts';
import { mountVolume, unmountVolume } from '../../../machine/file-systems.ts';
import { deliverApcsIfPossible } from '../../../ntos/ke/apc.ts';
import { KiStartProcessor, ROLE_CLOCK, ROLE_REQUESTOR, ROLE_STORAGE,
  ROLE_SYSTEM_WORKER } from '../../../ntos/ke/thread.ts';
import { expireTimers, nextTimerTick, timerBell } from '../../../ntos/ke/timer.ts';
import { tickCount } from '../../../ntos/ke/time.ts';
import { BugCheck } from '../../../ntos/ke/bug-check.ts';
import { loggedFindings } from '../../../verifier/finding/finding-log.ts';
import { startJudge } from '../../../verifier/judge.ts';
import { explainStall } from '../../../verifier/rules/stall.ts';
import { playStorage } from '../../../../workers/storage.ts';
import { playSystemWorker } from '../../../../workers/system-worker.ts';
import { Control } from './control.ts';
import { askBeforeAllocating, setFaultBudget } from './faults.ts';
import { Files } from './files.ts';
import { isIncidental } from './incidental.ts';
import { castOf } from './scenario.ts';
import { checkLeft } from './leaks.ts';
import { labelAddress } from './labels.ts';
import type { ImageSpec, MappedImage } from '../../../image/js-image.ts';
import type { VolumeSpec } from '../../../machine/assignment.ts';
import type { MountedVolume } from '../../../machine/volumes.ts';
import { RaceFinder } from '../../../atomics-sync/schedule/races.ts';
import type { Board } from '../../../atomics-sync/schedule/board.ts';
import type { Play } from '../../../atomics-sync/schedule/scenario.ts';
import type { Cast, HuntScenario } from './scenario.ts';

/** What every thread of the machine is told. */
export interface MachineTold {
  /** File URL of the scenario's module, and which of its exports it is. */
  readonly module: string;
  readonly scenario: string;
  /** All filters, in the order in which they are mapped. */
  readonly images: readonly ImageSpec[];
  /** Given to the export where it is a function that makes the scenario. */
  readonly data?: unknown;
}

/** A scenario, or what makes one. */
type Exported = HuntScenario | ((data: unknown) => HuntScenario);

const BOOTED = SYNC_WORDS.end - 64;
const GO = BOOTED + 4;
const DONE = BOOTED + 8;
const FAULTS = BOOTED + 12;
const SPARE_FILES = 1;

const defaultVolumes: readonly VolumeSpec[] = [
  { fileSystem: 'ramfs', name: '\\Device\\HarddiskVolume1', letter: 'C' },
];

/** A rule was broken that lets the machine go on. */
class RuleBroken extends Error {
  override readonly name = 'RuleBroken';
}

/** A call of the schedule's hook; there is one, or nobody would play. */
function explore(on: boolean): void {
  if (schedule === null) throw new Error('a scenario needs a controlled schedule');
  schedule.explore(on);
}

function raise(word: number): void {
  store(word, 1);
  notify(word, EVERYBODY);
}

function waitFor(word: number, isEnough: (value: number) => boolean): void {
  for (let value = load(word); !isEnough(value); value = load(word)) wait(word, value, Infinity);
}

class MachinePlay implements Play {
  readonly name: string;
  readonly threads: number;
  readonly #scenario: HuntScenario;
  readonly #cast: Cast;
  readonly #images: readonly MappedImage[];

  constructor(scenario: HuntScenario, images: readonly MappedImage[]) {
    this.#scenario = scenario;
    this.#images = images;
    this.#cast = castOf(scenario);
    this.name = scenario.name;
    this.threads = this.#cast.names.length;
  }

  prepare(): void {
    i32.fill(0, BOOTED >> 2, (BOOTED >> 2) + 16);
  }

  body(thread: number): void {
    resetThread();
    if (thread === 0) {
      this.#control();
      return;
    }
    waitFor(BOOTED, (value) => value === 1);
    startJudge();
    const { firstStorage, firstApplication } = this.#cast;
    if (thread === 1) playClock();
    else if (thread < firstStorage) this.#serve(ROLE_SYSTEM_WORKER, playSystemWorker);
    else if (thread < firstApplication) this.#serve(ROLE_STORAGE, playStorage);
    else this.#application(thread - firstApplication);
  }

  #serve(role: number, play: () => unknown): void {
    KiStartProcessor(role);
    play();
  }

  #application(index: number): void {
    KiStartProcessor(ROLE_REQUESTOR);
    const count = this.#scenario.applications.length;
    const files = new Files(index, count + SPARE_FILES);
    waitFor(GO, (value) => value === 1);
    this.#scenario.applications[index]!(files, index);
    files.settle();
    deliverApcsIfPossible();
    files.user.leave();
    add(DONE, 1);
    notify(DONE, EVERYBODY);
  }

  /** Processor 0: boot, the part that is explored, the end. */
  #control(): void {
    const s = this.#scenario;
    bootMachine();
    const volumes = (s.volumes ?? defaultVolumes).map((spec) => ({ spec, at: mountVolume(spec) }));
    const control = new Control(this.#images, volumes.map((v) => v.at));
    this.#images.forEach((image, i) => {
      const status = control.load(i);
      if (!control.isLoaded(i)) throw new Error(`${image.spec.name}: DriverEntry: ${status}`);
    });
    raise(BOOTED);
    // Everybody else gets to where it waits for work.
    yieldPoint();
    const files = new Files(s.applications.length, s.applications.length + SPARE_FILES);
    s.prepare?.(files);
    yieldPoint();
    setFaultBudget(FAULTS, s.faults ?? 0);
    explore(true);
    raise(GO);
    s.control?.(control);
    waitFor(DONE, (value) => value === s.applications.length);
    explore(false);
    setFaultBudget(FAULTS, 0);
    yieldPoint();
    s.check?.(files, control);
    this.#end(control, files, volumes);
  }

  #end(
    control: Control, files: Files, volumes: readonly { spec: VolumeSpec; at: MountedVolume }[],
  ): void {
    files.settle();
    files.user.leave();
    deliverApcsIfPossible();
    if (this.#scenario.keepsLoaded === true) return;
    for (let i = this.#images.length - 1; i >= 0; i--) {
      if (control.isLoaded(i)) control.unload(i, true);
    }
    yieldPoint();
    for (const volume of volumes) unmountVolume(volume.spec, volume.at);
    checkLeft();
    shutdownMachine();
  }

  /** The control thread has checked what there is to check; left is what the verifier let pass. */
  check(): void {
    const [found] = loggedFindings();
    if (found !== undefined) throw new RuleBroken(`${found.rule}: ${found.cause}`);
  }

  deadlock(): string | undefined {
    if (!boot.verifier) return undefined;
    try {
      explainStall();
    } catch (error) {
      if (!(error instanceof BugCheck)) throw error;
    }
    const found = loggedFindings().at(-1);
    return found === undefined ? undefined : `${found.rule}: ${found.cause}`;
  }

  rule(board: Board): string | undefined {
    const [race] = new RaceFinder(board, isIncidental).run();
    if (race === undefined) return undefined;
    const { address, first, second } = race;
    const names = this.#cast.names;
    return `data race on ${this.label(address)}: ${names[first.thread]} ${first.what}s at step ` +
      `${first.step}, ${names[second.thread]} ${second.what}s at step ${second.step}, and ` +
        `nothing ` +
      'orders the two';
  }

  label(address: number): string {
    return labelAddress(address, this.#cast);
  }

  /** Names of routines by number, for reports. */
  routines(): readonly (readonly [number, string])[] {
    return namedRoutines();
  }
}

/** Timers of the machine, as the schedule's time passes. */
function playClock(): void {
  KiStartProcessor(ROLE_CLOCK);
  for (;;) {
    const seen = load(timerBell);
    const now = tickCount();
    const due = nextTimerTick();
    if (due <= now) expireTimers(now);
    else wait(timerBell, seen, due - now);
    deliverApcsIfPossible();
  }
}

/** Makes the play of this thread: maps the filters and loads the scenario. */
export async function machinePlay(told: MachineTold): Promise<Play> {
  const images: MappedImage[] = [];
  for (const [index, spec] of told.images.entries()) images.push(await mapImage(index, spec));
  enlistOwner(boot.processor + 1);
  askBeforeAllocating(FAULTS);
  const module = (await import(told.module)) as Record<string, Exported | undefined> &
    { readonly familyByName?: Readonly<Record<string, HuntScenario>> };
  const found = module[told.scenario] ?? module.familyByName?.[told.scenario];
  if (found === undefined) throw new Error(`${told.module} exports no ${told.scenario}`);
  return new MachinePlay(typeof found === 'function' ? found(told.data) : found, images);
}

