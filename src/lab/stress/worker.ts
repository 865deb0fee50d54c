// A requestor of a stress run: waits for a round, plays its act, closes everything, says so. Its
// files stay from round to round, one tree per mix, and at the end of each round of a mix one of
// its directories is compared with what it should list.
import { delayExecution } from '../../ntos/ke/thread.ts';
import { FILE_DIRECTORY_FILE, FILE_GENERIC_READ, FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT }
  from '../../ntos/io/file-constants.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { withoutFaults } from '../../machine/faults/policy.ts';
import { presets } from '../workload/presets.ts';
import { Prng } from '../workload/prng.ts';
import { closeFile, openFile } from '../workload/user/files.ts';
import { layTree } from '../workload/generator/lay-tree.ts';
import { workMix } from '../workload/generator/mix.ts';
import { Run } from '../workload/generator/run.ts';
import { User } from '../workload/user.ts';
import { nameOfAct } from './acts.ts';
import { cancelStorm } from './acts/cancel-storm.ts';
import { exitStorm } from './acts/exit-storm.ts';
import { lockStorm } from './acts/lock-storm.ts';
import { nameStorm } from './acts/name-storm.ts';
import { oplockDuel } from './acts/oplock-duel.ts';
import { portStorm } from './acts/port-storm.ts';
import { Gate } from './gate.ts';
import { checkNamespace } from './namespace.ts';
import { Stage } from './stage.ts';
import type { GeneratorContext } from '../workload/generator.ts';
import type { GeneratorResult } from '../workload/generator/data.ts';
import type { Act, Storm } from './acts.ts';

/** Told to each requestor. */
export interface StressData {
  readonly acts: readonly Act[];
  readonly seed: number;
  readonly letter: string;
  readonly hasFaults: boolean;
  readonly gate: WebAssembly.Memory;
}

/** 2 ms in the kernel's unit of 100 ns; negative means from now. */
const LOOK_INTERVAL = -20_000;
/** Streams of the storms' choices. */
const STREAM = 2000;
const doers: Readonly<Record<Storm, (stage: Stage) => void>> = {
  'oplock-duel': oplockDuel, 'cancel-storm': cancelStorm, 'name-storm': nameStorm,
  'lock-storm': lockStorm, 'exit-storm': exitStorm, 'port-storm': portStorm,
};

const mixesOf = (acts: readonly Act[]): string[] =>
  [...new Set(acts.filter(({ kind }) => kind === 'mix').map(nameOfAct))];

function makeFolder(path: string): void {
  const user = new User(0, 1);
  const made = openFile(user, { path, DesiredAccess: FILE_GENERIC_READ,
    CreateDisposition: FILE_OPEN_IF,
    CreateOptions: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
  if (NT_SUCCESS(made.status)) closeFile(user, made);
  user.leave();
  if (made.status !== 0) throw new Error(`${path} could not be made: ${statusName(made.status)}`);
}

/** Makes what the storms share. Runs alone, before the requestors. PASSIVE_LEVEL. */
export function prepareStress(data: StressData): void {
  makeFolder(`${data.letter}:\\storm`);
  makeFolder(`${data.letter}:\\storm\\names`);
}

class Requestor {
  readonly #data: StressData;
  readonly #gate: Gate;
  readonly #place: GeneratorContext;
  readonly #mixes: readonly string[];
  readonly #runs = new Map<string, Run>();
  readonly #stage: Stage;
  readonly #isOver: () => boolean;

  constructor(data: StressData, place: GeneratorContext) {
    this.#data = data;
    this.#place = place;
    this.#gate = new Gate(data.gate);
    this.#mixes = mixesOf(data.acts);
    this.#isOver = () => this.#gate.isOver;
    this.#stage = new Stage(Prng.of(data.seed, STREAM + place.index), this.#slice(0), place,
      { letter: data.letter, hasFaults: data.hasFaults, isOver: this.#isOver });
  }

  /** User memory: a slice for the storms, one for each mix. */
  #slice(n: number): GeneratorContext {
    const each = this.#mixes.length + 1;
    return { index: this.#place.index * each + n, count: this.#place.count * each };
  }

  #runOf(name: string): Run {
    const known = this.#runs.get(name);
    if (known !== undefined) return known;
    const { seed, letter, hasFaults } = this.#data;
    const preset = presets[name]!;
    const requestors = this.#place.count * this.#mixes.length;
    const folder = `mix-${name}`;
    const run = new Run(preset, { preset: name, seed, letter, fileSystem: 'ramfs', requestors,
      operations: 0, milliseconds: 0, isPrepared: true, hasFaults, folder }, this.#place.index,
    this.#slice(1 + this.#mixes.indexOf(name)));
    this.#runs.set(name, run);
    withoutFaults(() => layTree(run));
    return run;
  }

  #play(act: Act): void {
    if (act.kind === 'storm') {
      doers[act.storm](this.#stage);
      return;
    }
    const run = this.#runOf(act.preset);
    workMix(run, { operations: 0, milliseconds: 0, isOver: this.#isOver });
    run.closeAll();
    withoutFaults(() => checkNamespace(run));
  }

  /** Plays rounds until the host wants no more. */
  live(): GeneratorResult[] {
    for (let seen = 0; ;) {
      while (this.#gate.round === seen && !this.#gate.isQuitting) delayExecution(LOOK_INTERVAL);
      if (this.#gate.isQuitting) break;
      seen = this.#gate.round;
      this.#play(this.#data.acts[this.#gate.act]!);
      this.#gate.arrive();
    }
    const results = [this.#stage.result()];
    for (const run of this.#runs.values()) results.push(run.result(0));
    this.#stage.user.leave();
    return results;
  }
}

/** One requestor's life. PASSIVE_LEVEL. */
export function stress(data: StressData, place: GeneratorContext): GeneratorResult[] {
  return new Requestor(data, place).live();
}
