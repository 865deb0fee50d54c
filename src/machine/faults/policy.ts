// Faults of a machine: one place decides which request fails, by the plan and the seed. It answers
// at three seams: pool (and what counts as memory), the disk, and posting to a worker.
//
// Who may fail: what a filter asked of the kernel, and the Filter Manager's own allocations, whose
// failure its routines document (tags FM..). What the kernel needs for requests that must succeed
// is not asked about (allocateUngated, reserves), nor what a file system needs for itself: it is
// not the driver under test, as with Driver Verifier's low resources simulation.
import { boot } from '../../mem/boot-options.ts';
import { FAULT_SCALE } from '../../mem/fault-plan.ts';
import { isForDriver } from '../../image/conduct.ts';
import { nextRandom, seedFor } from '../../fs/storage-root.ts';
import { setStorageEnding } from '../../fs/storage-faults.ts';
import { setPostingGate } from '../../fltmgr/pending/work-item.ts';
import { poolTag } from '../../ntos/ex/pool/pool-tags.ts';
import { setAllocationGate } from '../../ntos/ex/pool/pool-block.ts';
import { STATUS_CANCELLED, STATUS_DATA_ERROR, STATUS_IO_DEVICE_ERROR, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FAULT_ALLOCATION, FAULT_INJECTED, FAULT_QUEUEING, FAULT_STORAGE }
  from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import { internText } from '../../verifier/finding/text-pool.ts';
import { callPath } from './call-path.ts';
import { FaultBoard } from './board.ts';
import type { CallPath } from './call-path.ts';
import type { FaultPlan } from '../../mem/fault-plan.ts';
import type { NTSTATUS } from '../../ntos/status.ts';

/** Streams of numbers beside those of the storage. */
const STREAM = 5000;
/** What a disk answers that has failed. */
const diskErrors: readonly NTSTATUS[] =
  [STATUS_DATA_ERROR, STATUS_IO_DEVICE_ERROR, STATUS_CANCELLED];

/** Whether a tag begins so: tags are four characters, the first in the lowest byte. */
const FIRST_TWO = 0xffff;
const FM = 0x4d46;
/**
 * The file system's own, and the packages that it is made with: R..., FS.., FO... Of those, what
 * hangs contexts on a file works for filters alone.
 */
const LETTER_R = 0x52;
const FS = 0x5346;
const FO = 0x4f46;
const fileContexts = poolTag('FSpf');

function isFileSystems(tag: number): boolean {
  const two = tag & FIRST_TWO;
  if (tag === fileContexts) return false;
  return (tag & 0xff) === LETTER_R || two === FS || two === FO;
}

/** Behind routines that return nothing and on Windows allocate nothing: they cannot fail there. */
const neverFails = poolTag('Look');

/** Whether an allocation with this tag may fail. @param asked whether a driver asked for it. */
export function mayFail(tag: number, asked = isForDriver()): boolean {
  if (tag === neverFails) return false;
  return (tag & FIRST_TWO) === FM || (asked && !isFileSystems(tag));
}

class Policy {
  readonly #plan: FaultPlan;
  readonly #board: FaultBoard;
  readonly #told: (path: CallPath) => void;
  #random = seedFor(boot.seed, STREAM + boot.processor);
  /** While this thread decides, its own allocations are nobody's business. */
  #decides = false;

  constructor(plan: FaultPlan, told: (path: CallPath) => void) {
    this.#plan = plan;
    this.#told = told;
    this.#board = new FaultBoard(plan.board);
  }

  #chance(of: number): boolean {
    if (of === 0) return false;
    this.#random = nextRandom(this.#random);
    return (this.#random >>> 8) % FAULT_SCALE < of;
  }

  #note(kind: number, tag: number, frames: readonly string[]): void {
    if (tracer === null) return;
    tracer.event(FAULT_INJECTED, kind, internText(frames.join('\n')), tag, 0);
  }

  readonly allocate = (_kind: number, _bytes: number, tag: number): boolean => {
    if (this.#decides || !mayFail(tag) || this.#board.isCalm) return true;
    this.#decides = true;
    try {
      return !this.#failsAllocation(tag);
    } finally {
      this.#decides = false;
    }
  };

  #failsAllocation(tag: number): boolean {
    const pressure = this.#board.pressure;
    const isUnlucky = this.#chance(pressure === 0 ? this.#plan.allocations : pressure);
    const path = isUnlucky || this.#plan.systematic ? callPath(this.allocate) : undefined;
    const fails = isUnlucky ||
      (path !== undefined && this.#plan.systematic && this.#board.isNewPath(path.hash));
    this.#board.count(FAULT_ALLOCATION, fails);
    if (fails && path !== undefined) {
      this.#board.noteSite(path.site);
      this.#note(FAULT_ALLOCATION, tag, path.frames);
      this.#told(path);
    }
    return fails;
  }

  readonly storage = (): NTSTATUS => {
    if (this.#board.isCalm) return STATUS_SUCCESS;
    const fails = this.#chance(this.#plan.storage);
    this.#board.count(FAULT_STORAGE, fails);
    if (!fails) return STATUS_SUCCESS;
    this.#note(FAULT_STORAGE, 0, []);
    this.#random = nextRandom(this.#random);
    return diskErrors[(this.#random >>> 8) % diskErrors.length]!;
  };

  readonly post = (): boolean => {
    if (this.#board.isCalm) return true;
    const fails = this.#chance(this.#plan.queueing);
    this.#board.count(FAULT_QUEUEING, fails);
    if (fails) this.#note(FAULT_QUEUEING, 0, []);
    return !fails;
  };
}

/**
 * Lets this thread's requests fail as the boot options say; without a plan nothing changes.
 * @param told hears of each allocation that is refused.
 */
export function startFaults(told: (path: CallPath) => void = () => undefined): void {
  const plan = boot.faults;
  if (plan === undefined) return;
  const policy = new Policy(plan, told);
  setAllocationGate(policy.allocate);
  if (plan.storage > 0) setStorageEnding(policy.storage);
  if (plan.queueing > 0) setPostingGate(policy.post);
}

const calmBoard = boot.faults === undefined ? undefined : new FaultBoard(boot.faults.board);

/** Runs something with no fault in the whole machine: files are laid down, a model is mended. */
export function withoutFaults<T>(work: () => T): T {
  if (calmBoard === undefined) return work();
  calmBoard.calm(true);
  try {
    return work();
  } finally {
    calmBoard.calm(false);
  }
}
