// The control thread: processor 0. It boots the machine, loads and unloads drivers, attaches and
// detaches them, and shuts the machine down, as the host orders by a message port. Orders are
// rare; everything that happens often goes through the machine's memory.
import { receiveMessageOnPort, threadId } from 'node:worker_threads';
import { load, wait } from '../src/atomics-sync/atomics.ts';
import { IopShutdownDevice } from '../src/ntos/io/shutdown.ts';
import { startImage, stopImage, driverOf } from '../src/image/js-image.ts';
import { namedRoutines } from '../src/mem/routine.ts';
import { bootMachine, shutdownMachine } from '../src/machine/boot.ts';
import { mountVolume, unmountVolume } from '../src/machine/file-systems.ts';
import { census } from '../src/machine/census.ts';
import { awaitWorstMoment } from '../src/machine/worst-moment.ts';
import { startFaults } from '../src/machine/faults/policy.ts';
import { KI_SYSTEM, MACHINE_STOPPING, kiSystem, setMachineState, stopIfCrashed }
  from '../src/ntos/ke/bug-check.ts';
import { KPRCB, KTHREAD, THREAD_IDLE, THREAD_RUNNING, currentPrcb, currentThread,
  forEachProcessor }
  from '../src/ntos/ke/prcb.ts';
import { poolUsage } from '../src/ntos/ex/pool/pool-tags.ts';
import { boot } from '../src/mem/boot-options.ts';
import { deliverApcsIfPossible } from '../src/ntos/ke/apc.ts';
import { tickCount } from '../src/ntos/ke/time.ts';
import { FltAttachVolume, FltDetachVolume } from '../src/fltmgr/attach/attach.ts';
import { filterOfDriver } from '../src/fltmgr/attach/filter.ts';
import { NT_SUCCESS, statusName } from '../src/ntos/status.ts';
import { STATUS_FLT_DO_NOT_ATTACH, STATUS_INSUFFICIENT_RESOURCES }
  from '../src/ntos/status-codes.ts';
import type { NTSTATUS } from '../src/ntos/status.ts';
import type { PFLT_FILTER, PFLT_VOLUME } from '../src/fltmgr/types.ts';
import type { Assignment, VolumeSpec } from '../src/machine/assignment.ts';
import type { MappedImage } from '../src/image/js-image.ts';
import type { MountedVolume } from '../src/machine/volumes.ts';
import type { Order, Reply, StormCounts } from '../src/machine/orders.ts';

const { set_State } = KTHREAD.bound;
const bell = kiSystem + (KI_SYSTEM.offsets['BarrierPhase'] ?? 0);

interface Session {
  readonly images: MappedImage[];
  readonly mounted: { spec: VolumeSpec; volume: MountedVolume }[];
  isOver: boolean;
}

function imageOf(session: Session, index: number): MappedImage {
  const image = session.images[index];
  if (image === undefined) throw new Error(`the machine has no image ${index}`);
  return image;
}

/** What an attach that was short of memory answers, by itself or by the filter's setup. */
const wantsMemory: readonly NTSTATUS[] = [STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_DO_NOT_ATTACH];
const ATTACH_ATTEMPTS = 200;

/** Attaches a filter to a volume; what fails by an injected fault is tried again. */
function attachTo(filter: PFLT_FILTER, volume: PFLT_VOLUME): NTSTATUS {
  for (let attempt = 1; ; attempt++) {
    const status = FltAttachVolume(filter, volume, 0, 0);
    if (boot.faults === undefined || !wantsMemory.includes(status)) return status;
    if (attempt === ATTACH_ATTEMPTS) return status;
  }
}

/** Attaches or detaches a filter on every volume; counts what succeeded. */
function everywhere(session: Session, index: number, attach: boolean): number {
  const filter = filterOfDriver(driverOf(imageOf(session, index)));
  let done = 0;
  for (const { volume } of session.mounted.map((m) => m.volume)) {
    const status = attach
      ? attachTo(filter, volume)
      : FltDetachVolume(filter, volume, 0);
    if (NT_SUCCESS(status)) done++;
  }
  return done;
}

/** Waits for a bad moment to take a filter away; whether something of it is under way now. */
function aim(session: Session, index: number, aimMs: number): boolean {
  if (aimMs === 0) return false;
  const filter = filterOfDriver(driverOf(imageOf(session, index)));
  return filter !== 0 && awaitWorstMoment(filter, aimMs, () => pause(1));
}

/** Detaches and attaches the filters in turn, every so often, for a time. */
function storm(session: Session, order: Order & { kind: 'storm' }): StormCounts {
  const end = tickCount() + order.forMs;
  const counts = { attached: 0, detached: 0, hits: 0 };
  let attach = false;
  while (tickCount() < end && order.images.length > 0) {
    for (const index of order.images) {
      if (!attach && aim(session, index, order.aimMs)) counts.hits++;
      const done = everywhere(session, index, attach);
      if (attach) counts.attached += done;
      else counts.detached += done;
    }
    attach = !attach;
    pause(order.everyMs);
  }
  if (attach) for (const index of order.images) counts.attached += everywhere(session, index, true);
  return counts;
}

function pause(milliseconds: number): void {
  const until = tickCount() + milliseconds;
  while (tickCount() < until) {
    stopIfCrashed();
    deliverApcsIfPossible();
    wait(bell, load(bell), Math.min(milliseconds, 10));
  }
}

function obey(session: Session, order: Order): unknown {
  switch (order.kind) {
    case 'load': {
      const status = startImage(imageOf(session, order.image));
      // What FltStartFiltering could not attach for want of memory it does not tell.
      if (NT_SUCCESS(status) && boot.faults !== undefined) everywhere(session, order.image, true);
      return { ok: NT_SUCCESS(status), status: statusName(status) };
    }
    case 'unload': {
      const hit = aim(session, order.image, order.aimMs);
      const status = stopImage(imageOf(session, order.image), order.mandatory);
      return { ok: NT_SUCCESS(status), status: statusName(status), ...(hit && { hit }) };
    }
    case 'attach':
      return everywhere(session, order.image, true);
    case 'detach':
      return everywhere(session, order.image, false);
    case 'storm':
      return storm(session, order);
    case 'census':
      return census();
    case 'dismount':
      // The system goes down: file systems and whoever filters them hear of it first.
      for (const m of session.mounted) IopShutdownDevice(m.volume.fsDevice);
      for (const m of session.mounted.splice(0)) unmountVolume(m.spec, m.volume);
      return census();
    case 'shutdown':
      session.isOver = true;
      return undefined;
    default:
      return order satisfies never;
  }
}

/** Boots, obeys orders until the machine is shut down. */
export function playControl(assignment: Assignment, images: MappedImage[]): unknown {
  const port = assignment.orders;
  if (port === undefined) throw new Error('the control thread needs a port for its orders');
  bootMachine();
  KPRCB.bound.set_HostThread(currentPrcb, threadId);
  const session: Session = { images, mounted: [], isOver: false };
  for (const spec of assignment.volumes ?? []) {
    session.mounted.push({ spec, volume: mountVolume(spec) });
  }
  startFaults();
  port.postMessage({ id: 0, value: { routines: namedRoutines() } } satisfies Reply);
  while (!session.isOver) {
    const message = receiveMessageOnPort(port) as { message: Order } | undefined;
    if (message === undefined) {
      // Nothing to do: the next order may be long in coming.
      set_State(currentThread, THREAD_IDLE);
      pause(5);
      set_State(currentThread, THREAD_RUNNING);
      continue;
    }
    const { id } = message.message;
    try {
      port.postMessage({ id, value: obey(session, message.message) } satisfies Reply);
    } catch (error) {
      port.postMessage({ id, error: (error as Error).stack ?? String(error) } satisfies Reply);
      throw error;
    }
  }
  setMachineState(MACHINE_STOPPING);
  waitForOthers();
  shutdownMachine();
  return poolUsage();
}

/** Every other thread leaves by itself when the machine stops and its work is done. */
function waitForOthers(): void {
  for (;;) {
    let others = 0;
    forEachProcessor((n) => {
      if (n !== boot.processor) others++;
    });
    if (others === 0) return;
    stopIfCrashed();
    wait(bell, load(bell), 5);
  }
}
