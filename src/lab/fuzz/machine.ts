// The checked machine that a fuzzer's thread is: it boots in place, with the filter on volume C and
// a twin volume D from which the filter is detached. The thread plays every part: while the
// application waits, requests at the disk are completed and work items run.
import { calmStorage, drainStorage } from '../../fs/storage.ts';
import { driverOf, mapImage, startImage, stopImage } from '../../image/js-image.ts';
import { FltAttachVolume, FltDetachVolume } from '../../fltmgr/attach/attach.ts';
import { filterOfDriver } from '../../fltmgr/attach/filter.ts';
import { bootMachine, shutdownMachine } from '../../machine/boot.ts';
import { census } from '../../machine/census.ts';
import { mountVolume, unmountVolume } from '../../machine/file-systems.ts';
import { resetThread } from '../../mem/reboot.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { onAlone } from '../../ntos/ke/inline-wait.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { drainWorkQueues, workQueueStatistics } from '../../ntos/ex/work-queue.ts';
import { CriticalWorkQueue, DelayedWorkQueue, HyperCriticalWorkQueue }
  from '../../ntos/ex/types.ts';
import { IRP_CTRL, forEachSheet } from '../../fltmgr/walk/irp-ctrl.ts';
import { poolUsage } from '../../ntos/ex/pool/pool-tags.ts';
import { STATUS_NOT_IMPLEMENTED } from '../../ntos/status-codes.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { loggedFindings } from '../../verifier/finding/finding-log.ts';
import { closeFile, openFile } from '../workload/user/files.ts';
import { clearTree } from '../workload/replay/clear-tree.ts';
import { Player } from './player.ts';
import * as c from '../../ntos/io/file-constants.ts';
import type { ImageSpec, MappedImage } from '../../image/js-image.ts';
import type { PIRP_CTRL } from '../../fltmgr/walk/irp-ctrl.ts';
import type { MountedVolume } from '../../machine/volumes.ts';
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';
import type { PEPROCESS } from '../../ntos/ob/process.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { FuzzOperation } from './sequence.ts';

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

/** The thread's machine: `run` one or many sequences, each machine from boot to shutdown. */
export class FuzzMachine {
  readonly #images: readonly MappedImage[];
  readonly #compares: boolean;
  #played = 0;
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
   * @param each told the index of the sequence that begins.
   * @returns the first fault; undefined when there is none, or when the machine got stuck: its one
   *   thread waited for another one, which only real threads can judge (`isStuck`).
   */
  run(sequences: readonly (readonly FuzzOperation[])[], each: (index: number) => void):
    Fault | undefined {
    resetThread();
    onAlone(others);
    this.isStuck = false;
    try {
      return this.#run(sequences, each);
    } catch (error) {
      this.isStuck = String(error).includes('this wait would never end');
      return this.isStuck ? undefined : faultOf(error);
    }
  }

  #run(sequences: readonly (readonly FuzzOperation[])[], each: (index: number) => void):
    Fault | undefined {
    bootMachine();
    const volumes = [mountVolume(filtered), mountVolume(bare)] as const;
    for (const image of this.#images) this.#load(image, volumes[1]);
    const player = new Player(() => this.#reattach(volumes[0]), () => this.#quiet());
    for (const [index, sequence] of sequences.entries()) {
      each(index);
      const fault = this.#playOn(player, sequence);
      if (fault !== undefined) return fault;
    }
    player.user.leave();
    this.#quiet();
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

  #reattach({ volume }: MountedVolume): NTSTATUS {
    let status = STATUS_NOT_IMPLEMENTED;
    for (const image of this.#images) {
      const filter = filterOfDriver(driverOf(image));
      status = FltDetachVolume(filter, volume, 0);
      if (NT_SUCCESS(status)) status = FltAttachVolume(filter, volume, 0, 0);
    }
    // The twin volume has nothing to attach: what is said of it is the same.
    return NT_SUCCESS(status) ? status : (0 as NTSTATUS);
  }

  #quiet(): void {
    while (drainStorage() > 0 || drainWorkQueues() > 0);
  }

  #playOn(player: Player, sequence: readonly FuzzOperation[]): Fault | undefined {
    const name = `f${this.#played++}`;
    const roots = [`C:\\${name}`, `D:\\${name}`];
    // Half of the sequences find a disk that is done at once.
    const isAtOnce = (sequence[0]?.z ?? 0) % 2 === 1;
    if (isAtOnce) calmStorage(true);
    const [seen = [], right = []] = roots.map((root) => {
      makeFolder(player, root);
      const told = player.play(root, sequence);
      this.#quiet();
      clearTree(player.user, root);
      player.user.act(SYSTEM);
      this.#quiet();
      return told;
    });
    if (isAtOnce) calmStorage(false);
    return reported() ?? unquiet() ?? (this.#compares ? differing(seen, right) : undefined);
  }
}

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
  const { operations, handles, files, storage } = census();
  const left = { operations, handles, 'file objects': files, 'disk requests': storage.inFlight };
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
