// The conductor: lets the players play scripts again and again, each time with other head starts,
// and compares what became of the operations with what a script allows. Between two steps nothing
// moves; there the invariants of the oplocks are looked at (dossier 6, I1 to I3 and I8).
import { load, notify, store } from '#src/atomics-sync/atomics.ts';
import { parkWhile } from '#src/atomics-sync/park.ts';
import { fillBytes } from '#src/mem/memory.ts';
import { KeSetEvent } from '#src/ntos/ke/event.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { ObDereferenceObject } from '#src/ntos/ob/object.ts';
import { fileByHandle } from '#src/ntos/io/service/service.ts';
import { FILE_OBJECT, FSRTL_ADVANCED_FCB_HEADER } from '#src/ntos/io/types.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { FileEndOfFileInformation } from '#src/ntos/io/information/information-classes.ts';
import { differences } from '#src/lab/oplock-vectors/compare.ts';
import { SYNC, must, setSize } from '#test/fs/support/files.ts';
import { EventReader, comparable } from './events.ts';
import { perform } from './acts.ts';
import { brokenInvariants, whatIsLeft } from './invariants.ts';
import { pauseAtStart } from './player.ts';
import { untilQuiet } from './quiet.ts';
import { CURTAIN, RACE_PLAYER, RACE_SLOT, RACE_STAGE, handleOf, playerAt, setHandle, slotAt, stage }
  from './stage.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PKTHREAD } from '#src/ntos/ke/prcb.ts';
import type { VectorEvent } from '#src/lab/oplock-vectors/vector.ts';
import type { Scene } from './stage.ts';

const p = RACE_PLAYER.bound;
const st = RACE_STAGE.bound;
const h = FSRTL_ADVANCED_FCB_HEADER.bound;
const BYTES = 4096;
const SLICE_MS = 5;

/** What came of all rounds of a script. */
export interface SceneResult {
  readonly id: string;
  rounds: number;
  /** How often each alternative was seen. */
  readonly seen: number[];
  /** What went wrong, of the first rounds in which something did. */
  readonly problems: string[];
}

/** The address of the OPLOCK of a file, which lives as long as the file has its name. */
function oplockOf(path: string): number {
  const handle = must(path, { desiredAccess: c.FILE_READ_ATTRIBUTES | c.SYNCHRONIZE });
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const at = h.at_Oplock(FILE_OBJECT.bound.FsContext(file) as never);
  ObDereferenceObject(file);
  NtClose(handle);
  return at;
}

/** Makes F as scripts expect it, and every stream that they open. */
function layOut(): void {
  for (const path of ['\\F', '\\F:s1']) {
    const handle = must(path, {
      disposition: c.FILE_OVERWRITE_IF, options: SYNC | c.FILE_NON_DIRECTORY_FILE });
    setSize(handle, FileEndOfFileInformation, BYTES);
    NtClose(handle);
  }
}

/** Whether an operation may have to wait in its thread, which must not be the conductor's then. */
function mayWait(scene: Scene, step: number): boolean {
  const op = scene.parts[scene.steps[step]![0]![0]!]!.op;
  const asked =
    scene.steps.slice(0, step).flat(2).some((part) => scene.parts[part]!.op === 'request');
  return asked && !['request', 'ack', 'notify', 'close', 'cancel'].includes(op);
}

function isCancelOfRequest(scene: Scene, branch: readonly number[]): boolean {
  const { op, target } = scene.parts[branch[0]!]!;
  return op === 'cancel' && scene.parts.some((part) => part.n === target && part.op !== 'open');
}

/** Fires when so many players stand at the line. */
function startRace(race: number, players: number): void {
  for (;;) {
    const there = load(st.at_AtTheLine(stage));
    if (there === players) break;
    parkWhile(st.at_AtTheLine(stage), there, SLICE_MS);
  }
  store(st.at_Go(stage), race);
  notify(st.at_Go(stage), Infinity);
}

export class Conductor {
  private race = 0;
  private oplocks: readonly number[] = [];
  private readonly players: readonly number[];
  private readonly threads: readonly PKTHREAD[];

  constructor(players: readonly number[]) {
    this.players = players;
    this.threads = players.map((index) => p.Thread(playerAt(index)) as PKTHREAD);
  }

  /** Lets the players go home. */
  curtain(): void {
    for (const index of this.players) this.wake(index, CURTAIN, 0, 0);
  }

  private wake(index: number, step: number, branch: number, race: number): void {
    const player = playerAt(index);
    store(p.at_Busy(player), 1);
    p.set_Step(player, step);
    p.set_Branch(player, branch);
    p.set_Race(player, race);
    KeSetEvent(p.at_Wake(player), 0, false);
  }

  private settle(what: () => string): void {
    if (untilQuiet(this.threads)) return;
    throw new Error(`it does not come to rest: ${what()}`);
  }

  private playStep(scene: Scene, step: number): void {
    const branches = scene.steps[step]!;
    if (branches.length === 1 && !mayWait(scene, step)) {
      for (const part of branches[0]!) perform(scene, part);
      return;
    }
    const free = this.players.filter((index) => load(p.at_Busy(playerAt(index))) === 0);
    const race = branches.length > 1 ? ++this.race : 0;
    store(st.at_AtTheLine(stage), 0);
    let own = -1;
    let others = 0;
    branches.forEach((branch, b) => {
      // A request that is pending is cancelled by the thread that issued it, which is this one.
      if (isCancelOfRequest(scene, branch)) {
        own = b;
        return;
      }
      const player = free[others++];
      if (player === undefined) throw new Error(`${scene.vector.id} needs more players`);
      this.wake(player, step, b, race);
    });
    if (race !== 0) startRace(race, others);
    if (own < 0) return;
    pauseAtStart(0);
    for (const part of branches[own]!) perform(scene, part);
  }

  private closeAll(scene: Scene): void {
    for (let again = true; again; ) {
      again = false;
      for (const name of scene.handles) {
        const handle = handleOf(scene, name);
        if (handle === 0) continue;
        setHandle(scene, name, 0);
        NtClose(handle);
        again = true;
      }
      this.settle(() => `${scene.vector.id}, everything closed`);
    }
  }

  /** Plays a script once; the alternative that was seen, and what is wrong. */
  play(scene: Scene, script: number, seed: number): { alternative: number; problems: string[] } {
    layOut();
    this.oplocks = ['\\F', '\\F:s1'].map(oplockOf);
    st.set_Script(stage, script);
    st.set_Seed(stage, seed);
    st.set_Oplock(stage, this.oplocks[0]!);
    scene.parts.forEach((_, index) => fillBytes(slotAt(index), 0, RACE_SLOT.size));
    const reader = new EventReader(scene);
    const problems: string[] = [];
    scene.steps.forEach((_, step) => {
      this.playStep(scene, step);
      this.settle(() => `${scene.vector.id}, step ${step + 1}: ${JSON.stringify(reader.events)}`);
      reader.read(step + 1);
      problems.push(...this.oplocks.flatMap(brokenInvariants));
    });
    const found = this.judge(scene, reader.events);
    this.closeAll(scene);
    reader.read(0);
    problems.push(...found.problems, ...reader.left(), ...this.oplocks.flatMap(whatIsLeft));
    return { alternative: found.alternative, problems };
  }

  private judge(
    scene: Scene, events: readonly VectorEvent[],
  ): { alternative: number; problems: string[] } {
    const seen = comparable(events);
    const { expect, expectAnyOf } = scene.vector;
    const results = (expectAnyOf ?? [expect]).map((list) => differences(comparable(list), seen));
    const fits = results.findIndex((list) => list.length === 0);
    const closest = results.toSorted((a, b) => a.length - b.length)[0]!;
    return { alternative: fits, problems: fits >= 0 ? [] : closest };
  }
}

