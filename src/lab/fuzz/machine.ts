// The checked machine that a fuzzer's thread is: it boots in place, with the filter on volume C and
// a twin volume D from which the filter is detached. The thread plays every part: while the
// application waits, requests at the disk are completed and work items run.
import { calmStorage, drainStorage, storageCounters } from '../../fs/storage.ts';
import { driverOf, mapImage, startImage, stopImage } from '../../image/js-image.ts';
import { FltAttachVolume, FltDetachVolume } from '../../fltmgr/attach/attach.ts';
import { filterOfDriver } from '../../fltmgr/attach/filter.ts';
import { bootMachine, shutdownMachine } from '../../machine/boot.ts';
import { mayFail } from '../../machine/faults/policy.ts';
import { mountVolume, unmountVolume } from '../../machine/file-systems.ts';
import { resetThread } from '../../mem/reboot.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { onAlone } from '../../ntos/ke/inline-wait.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { drainWorkQueues, workQueueStatistics } from '../../ntos/ex/work-queue.ts';
import { CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue }
  from '../../ntos/ex/types.ts';
import { IRP_CTRL, forEachSheet, sheetsInUse } from '../../fltmgr/walk/irp-ctrl.ts';
import { setAllocationGate } from '../../ntos/ex/pool/pool-block.ts';
import { poolUsage } from '../../ntos/ex/pool/pool-tags.ts';
import { openHandles } from '../../ntos/ob/handle.ts';
import { objectCount } from '../../ntos/ob/object.ts';
import { OB_TYPE_FILE } from '../../ntos/ob/types.ts';
import { STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { currentCall, currentImage } from '../../verifier/driver-frames.ts';
import { loggedFindings } from '../../verifier/finding/finding-log.ts';
import { keepStacks } from '../../verifier/finding/stack.ts';
import { closeFile, openFile } from '../workload/user/files.ts';
import { Player } from './player.ts';
import { noteStatus } from './reached.ts';
import * as c from '../../ntos/io/file-constants.ts';
import type { ImageSpec, MappedImage } from '../../image/js-image.ts';
import type { PIRP_CTRL } from '../../fltmgr/walk/irp-ctrl.ts';
import type { MountedVolume } from '../../machine/volumes.ts';
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';
import type { PEPROCESS } from '../../ntos/ob/process.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { FuzzOperation } from './sequence.ts';
import type { Reached } from './reached.ts';

/** What went wrong, in words; with what the verifier knows of it. */
export interface Fault {
  readonly text: string;
  /** The same for the same fault: while it is shrunk, another fault is not the one. */
  readonly kind: string;
  readonly details?: LoggedFinding;
}

const filtered = { fileSystem: 'ramfs', name: '\\Device\\HarddiskVolume1', letter: 'C' } as const;
const bare = { fileSystem: 'ramfs', name: '\\Device\\HarddiskVolume2', letter: 'D' } as const;
const { CurrentRoutine } = KTHREAD.bound;
const { DispatchThread, set_DispatchThread } = IRP_CTRL.bound;
const SYSTEM = 0 as PEPROCESS;

type Sequences = readonly (readonly FuzzOperation[])[];

/** How sequences are played. */
export interface Playing {
  /** Told the index of the sequence that begins. */
  readonly each?: (index: number) => void;
  /** Whether findings say where things came from; costs a fifth more. */
  readonly stacks?: boolean;
  /** Where it is counted what the application got. */
  readonly reached?: Reached;
}

/** The thread's machine: `run` one or many sequences, each machine from boot to shutdown. */
export class FuzzMachine {
  readonly #images: readonly MappedImage[];
  readonly #compares: boolean;
  readonly #shortage = new Shortage();
  /** Which filters a sequence has detached from the volume. */
  readonly #detached = new Set<MappedImage>();
  /** Whether the last run broke off because its one thread would have waited for ever. */
  isStuck = false;

  private constructor(images: readonly MappedImage[], compares: boolean) {
    this.#images = images;
    this.#compares = compares;
  }

  /** Maps the filters, each once per thread, from image slot `first` on. */
  static async map(
    specs: readonly ImageSpec[], compares: boolean, first = 0,
  ): Promise<FuzzMachine> {
    const images: MappedImage[] = [];
    for (const [n, spec] of specs.entries()) images.push(await mapImage(first + n, spec));
    return new FuzzMachine(images, compares);
  }

  /**
   * Boots, plays the sequences one after the other, shuts down.
   * @returns the first fault; undefined when there is none, or when the machine got stuck: its one
   *   thread waited for another one, which only real threads can judge (`isStuck`).
   */
  run(sequences: Sequences, playing: Playing = {}): Fault | undefined {
    resetThread();
    onAlone(others);
    keepStacks(playing.stacks ?? true);
    this.isStuck = false;
    this.#detached.clear();
    try {
      return this.#run(sequences, playing);
    } catch (error) {
      this.isStuck = String(error).includes('this wait would never end');
      return this.isStuck ? undefined : faultOf(error);
    } finally {
      this.#shortage.end();
      keepStacks(true);
    }
  }

  #run(sequences: Sequences, playing: Playing): Fault | undefined {
    bootMachine();
    const volumes = [mountVolume(filtered), mountVolume(bare)] as const;
    const player = new Player({ disk: quiet, starve: (...how) => this.#shortage.begin(...how),
      reattach: (what) => this.#reattach(volumes[0], what) });
    // Before the filters come, which have nothing to do with it.
    for (const index of sequences.keys()) {
      for (const root of rootsOf(index)) makeFolder(player, root);
    }
    quiet();
    for (const image of this.#images) this.#load(image, volumes[1]);
    for (const [index, sequence] of sequences.entries()) {
      playing.each?.(index);
      const fault = this.#playOn(player, index, sequence, playing);
      if (fault !== undefined) return fault;
      this.#reattach(volumes[0], ATTACH);
    }
    player.user.leave();
    quiet();
    for (const image of this.#images.toReversed()) stopImage(image, true);
    unmountVolume(bare, volumes[1]);
    unmountVolume(filtered, volumes[0]);
    shutdownMachine();
    return reported() ?? leaked();
  }

  #load(image: MappedImage, twin: MountedVolume): void {
    const status = startImage(image);
    if (!NT_SUCCESS(status)) {
      throw new Error(`${image.spec.name}: DriverEntry failed with ${statusName(status)}`);
    }
    FltDetachVolume(filterOfDriver(driverOf(image)), twin.volume, 0);
  }

  /** Detaches the filters, attaches those that are not, or both. */
  #reattach({ volume }: MountedVolume, what: number): NTSTATUS {
    for (const image of this.#images) {
      const filter = filterOfDriver(driverOf(image));
      if (what !== ATTACH && !this.#detached.has(image)) {
        if (NT_SUCCESS(FltDetachVolume(filter, volume, 0))) this.#detached.add(image);
      }
      if (what !== DETACH && this.#detached.has(image)) {
        if (NT_SUCCESS(FltAttachVolume(filter, volume, 0, 0))) this.#detached.delete(image);
      }
    }
    // The twin volume has nothing to attach: what is said of it is the same.
    return STATUS_SUCCESS;
  }

  #playOn(
    player: Player, index: number, sequence: readonly FuzzOperation[], { reached }: Playing,
  ): Fault | undefined {
    // Half of the sequences find a disk that is done at once.
    const isAtOnce = (sequence[0]?.z ?? 0) % 2 === 1;
    if (isAtOnce) calmStorage(true);
    const [seen = [], right = []] = rootsOf(index).map((root, side) => {
      const told = player.play(root, sequence, side === 0 && reached !== undefined
        ? ({ kind }, status) => noteStatus(reached, kind, status) : undefined);
      this.#shortage.end();
      quiet();
      player.user.act(SYSTEM);
      return told;
    });
    if (isAtOnce) calmStorage(false);
    const compares = this.#compares && !sequence.some(({ kind }) => kind === 'starve');
    return reported() ?? unquiet() ?? (compares ? differing(seen, right) : undefined);
  }
}

const ATTACH = 2;
const DETACH = 1;

/** Lets everything end that only the disk or a queue keeps from it. */
function quiet(): void {
  while (drainStorage() > 0 || drainWorkQueues() > 0);
}

/** Short memory for drivers and for the Filter Manager: some of their allocations fail. */
class Shortage {
  begin(first: number, count: number): void {
    let before = first;
    let left = count;
    setAllocationGate((_kind, _bytes, tag) => {
      const asked = currentImage() >= 0 && currentCall() !== '';
      if (!mayFail(tag, asked) || before-- > 0) return true;
      return left-- <= 0;
    });
  }

  end(): void {
    setAllocationGate(null);
  }
}

/** The folder of a sequence on either volume. */
const rootsOf = (index: number): readonly string[] => ['C', 'D'].map((x) => `${x}:\\f${index}`);

/** What the machine's other threads would do now; false when there is nothing. */
function others(): boolean {
  if (KeGetCurrentIrql() >= DISPATCH_LEVEL) return false;
  if (drainStorage() > 0) return true;
  // Inside of a driver its own thread waits: another may not run the driver on top of it.
  if (CurrentRoutine(currentThread) !== 0 || !hasWork()) return false;
  return asAnother(drainWorkQueues) > 0;
}

function hasWork(): boolean {
  return [CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue]
    .some((queue) => workQueueStatistics(queue).waiting > 0);
}

/** Does work as a thread that issued none of the operations which are under way now. */
function asAnother<T>(work: () => T): T {
  const mine: PIRP_CTRL[] = [];
  forEachSheet((ctrl) => {
    if (DispatchThread(ctrl) !== currentThread) return;
    mine.push(ctrl);
    set_DispatchThread(ctrl, 0 as never);
  });
  try {
    return work();
  } finally {
    for (const ctrl of mine) set_DispatchThread(ctrl, currentThread);
  }
}

function makeFolder({ user }: Player, path: string): void {
  for (const folder of [path, `${path}\\d`]) {
    const made = openFile(user, { path: folder, DesiredAccess: c.FILE_GENERIC_READ,
      CreateDisposition: c.FILE_OPEN_IF,
      CreateOptions: c.FILE_DIRECTORY_FILE | c.FILE_SYNCHRONOUS_IO_NONALERT });
    if (!NT_SUCCESS(made.status)) {
      throw new Error(`a folder could not be made: ${statusName(made.status)}`);
    }
    closeFile(user, made);
  }
}

/** The first thing that the verifier reported without stopping the machine. */
function reported(): Fault | undefined {
  const [details] = loggedFindings();
  return details && { text: `${details.rule}: ${details.cause}`, kind: details.rule, details };
}

function unquiet(): Fault | undefined {
  const left = { operations: sheetsInUse(), handles: openHandles(),
    'file objects': objectCount(OB_TYPE_FILE), 'disk requests': storageCounters().inFlight };
  const found = Object.entries(left).filter(([, n]) => n !== 0).map(([what, n]) => `${n} ${what}`);
  if (found.length === 0) return undefined;
  return { kind: 'left', text: `with everything closed the machine still had ${found.join(', ')}` };
}

function leaked(): Fault | undefined {
  const [first] = poolUsage();
  return first && { kind: 'leak', text: `after the unload pool is left: ${first.blocks} blocks ` +
    `with tag ${first.tag}` };
}

function differing(seen: readonly string[], right: readonly string[]): Fault | undefined {
  const at = seen.findIndex((told, n) => told !== right[n]);
  if (at < 0) return undefined;
  return { kind: 'differs', text: `operation ${at + 1} gave "${seen[at]}"; without the filter it ` +
    `gives "${right[at]}"` };
}

/** An exception that ended a sequence, as a fault: a bug check with what the verifier says. */
function faultOf(error: unknown): Fault | undefined {
  const text = error instanceof Error ? error.message : String(error);
  const breaking = loggedFindings().find(({ reaction }) => reaction === 'break');
  if (breaking !== undefined) {
    return { text: `${breaking.rule}: ${breaking.cause}`, kind: breaking.rule, details: breaking };
  }
  const own = error instanceof Error && error.name !== 'BugCheck' ? error.stack ?? text : text;
  return { text: own, kind: text.split('\n')[0]!.replaceAll(/0x[0-9a-f]+|\d+/g, '#') };
}
