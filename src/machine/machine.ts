// The host's handle of a machine: boot, load filters, run requestors, shut down. The host's thread
// never runs kernel code; it starts the workers, sends orders to the control thread and looks into
// the machine's memory with views of its own.
import { MessageChannel } from 'node:worker_threads';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { bootOptions, createMemory } from '../mem/boot-options.ts';
import { MAX_PROCESSORS } from '../mem/param.ts';
import { HostCalls } from './host-calls.ts';
import { HostPort } from './host-port.ts';
import { HostView } from './host-view.ts';
import type { MessagePort } from 'node:worker_threads';
import type { CompletionPolicy } from '../mem/boot-options.ts';
import type { FaultPlan } from '../mem/fault-plan.ts';
import type { Suppression } from '../verifier/policy.ts';
import type { ImageSpec } from '../image/js-image.ts';
import type { Assignment, Role, ThreadReport, VolumeSpec, WorkloadSpec } from './assignment.ts';
import type { Census } from './census.ts';
import { giveRoomForBoot, giveRoomForChains } from './engine.ts';
import type { ConnectOptions } from './host-port.ts';
import type { LoadAnswer, Order, Reply, StormCounts } from './orders.ts';

/** What a machine is made of. */
export interface MachineOptions {
  readonly memoryBytes?: number;
  readonly systemWorkers?: number;
  readonly storageThreads?: number;
  readonly requestors?: number;
  /** Threads that serve `connect`: one for each call of the host that may wait in a driver. */
  readonly portThreads?: number;
  readonly completion?: CompletionPolicy;
  readonly verifier?: boolean;
  /** What the verifier does about rules, where it is not what the rules say. */
  readonly suppressions?: readonly Suppression[];
  readonly seed?: number;
  /** What fails although nothing is wrong. */
  readonly faults?: FaultPlan;
  readonly images?: readonly ImageSpec[];
  readonly volumes?: readonly VolumeSpec[];
  /** Milliseconds the machine may take to boot or to obey an order before the host gives up. */
  readonly patienceMs?: number;
}

/** The machine stopped by a broken rule or by an exception: the cause in words. */
export class MachineCrash extends Error {
  readonly code: number;
  constructor(text: string, code: number) {
    super(text);
    this.name = 'MachineCrash';
    this.code = code;
  }
}

const defaultVolumes: readonly VolumeSpec[] = [
  { fileSystem: 'ramfs', name: '\\Device\\HarddiskVolume1', letter: 'C' },
];

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A running machine. */
export class Machine {
  readonly view: HostView;
  /** Routine names by number, for reports. */
  routines: ReadonlyMap<number, string> = new Map();
  readonly #pool: Piscina;
  readonly #options: MachineOptions;
  readonly #memory: WebAssembly.Memory;
  readonly #processors: number;
  #orders: MessagePort | undefined;
  #nextProcessor = 0;
  #nextOrder = 1;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #services: Promise<ThreadReport>[] = [];
  readonly #deaths: Error[] = [];
  readonly #calls: HostCalls;

  private constructor(options: MachineOptions) {
    const workers = (options.systemWorkers ?? 1) + (options.storageThreads ?? 1) + 2;
    this.#processors = workers + (options.requestors ?? 1) + (options.portThreads ?? 0);
    if (this.#processors > MAX_PROCESSORS) {
      throw new RangeError(`${this.#processors} threads are more than the ${MAX_PROCESSORS} a ` +
        `machine ` +
        'can have; ask for fewer requestors or workers');
    }
    this.#options = options;
    this.#memory = createMemory(options.memoryBytes);
    this.view = new HostView(this.#memory, this.#processors);
    this.#calls = new HostCalls(this.#memory, () => this.#checkRunning());
    this.#pool = new Piscina({
      filename: new URL('../../workers/entry.js', import.meta.url).href,
      minThreads: this.#processors,
      maxThreads: this.#processors,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
      recordTiming: false,
    });
  }

  /** The machine's memory: the host reads it with views of its own, and minispy's log. */
  get memory(): WebAssembly.Memory {
    return this.#memory;
  }

  /** Starts the threads and boots; resolves when the machine runs. */
  static async boot(options: MachineOptions = {}): Promise<Machine> {
    giveRoomForBoot();
    // Where rules are checked the interpreter walks alone.
    if (options.verifier !== true) giveRoomForChains();
    const machine = new Machine(options);
    try {
      await machine.#boot();
      return machine;
    } catch (error) {
      await machine.destroy();
      throw error;
    }
  }

  #assign(role: Role, more: Partial<Assignment> = {}): Promise<ThreadReport> {
    const boot = bootOptions(
      {
        memory: this.#memory,
        processor: this.#nextProcessor++,
        processors: this.#processors,
        verifier: this.#options.verifier ?? false,
        completion: this.#options.completion ?? 'hostile',
        seed: this.#options.seed ?? 1,
        ...(this.#options.faults && { faults: this.#options.faults }),
        cores: availableParallelism(),
      },
      availableParallelism(),
    );
    const { images = [], suppressions = [] } = this.#options;
    const assignment: Assignment = { boot, role, images, suppressions, ...more };
    const transferList = more.orders === undefined ? [] : [more.orders];
    const run = this.#pool.run(assignment, { transferList }) as Promise<ThreadReport>;
    return run.catch((error: Error) => {
      this.#died(role, boot.processor, error);
      throw error;
    });
  }

  #died(role: Role, processor: number, error: Error): void {
    this.view.markDead(processor);
    const death = new Error(`the ${role} thread of processor ${processor} died: ${error.message}`);
    this.#deaths.push(death);
    for (const [id, resolve] of this.#waiting) resolve({ id, error: death.message });
    this.#waiting.clear();
  }

  async #boot(): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    this.#orders = port1;
    const booted = this.#reply(0);
    port1.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    const volumes = this.#options.volumes ?? defaultVolumes;
    this.#serve(this.#assign('control', { orders: port2, volumes }));
    this.#serve(this.#assign('clock'));
    const { systemWorkers = 1, storageThreads = 1, portThreads = 0 } = this.#options;
    for (let i = 0; i < systemWorkers; i++) this.#serve(this.#assign('system-worker'));
    for (let i = 0; i < storageThreads; i++) this.#serve(this.#assign('storage'));
    for (let i = 0; i < portThreads; i++) this.#serve(this.#assign('port'));
    const { routines } = (await booted) as { routines: [number, string][] };
    this.routines = new Map(routines);
  }

  /** A service thread that ends before it is told to has to be noticed by whoever waits. */
  #serve(report: Promise<ThreadReport>): void {
    const watched = report.then((r) => {
      if (r.exit !== 'done' && r.error !== undefined) this.#abort(r.error);
      return r;
    });
    watched.catch(() => undefined);
    this.#services.push(watched);
  }

  #abort(why: string): void {
    for (const [id, resolve] of this.#waiting) resolve({ id, error: why });
    this.#waiting.clear();
  }

  async #reply(id: number): Promise<unknown> {
    const patience = this.#options.patienceMs ?? 60_000;
    const reply = await new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(this.crash() ?? new Error(`the machine did not answer within ${patience} ms:\n` +
          this.view.describeThreads(this.routines)));
      }, patience);
      this.#waiting.set(id, (r) => {
        clearTimeout(timer);
        resolve(r);
      });
    });
    if (reply.error !== undefined) throw this.crash() ?? new Error(reply.error);
    return reply.value;
  }

  async #order(order: DistributedOmit<Order, 'id'>): Promise<unknown> {
    const id = this.#nextOrder++;
    const reply = this.#reply(id);
    this.#orders?.postMessage({ ...order, id });
    return reply;
  }

  /** Loads image `index`: its DriverEntry runs. Rejects when it fails, with the status. */
  async load(index: number): Promise<void> {
    const answer = (await this.#order({ kind: 'load', image: index })) as LoadAnswer;
    if (!answer.ok) {
      const name = this.#options.images?.[index]?.name ?? String(index);
      throw new Error(`filter ${name}: DriverEntry failed with ${answer.status}`);
    }
  }

  /**
   * Unloads image `index` by its unload callback; the status by name.
   * @param aimMs it watches the filter so long, then strikes when much of it is under way.
   */
  async unload(index: number, mandatory = false, aimMs = 0): Promise<LoadAnswer> {
    return (await this.#order({ kind: 'unload', image: index, mandatory, aimMs })) as LoadAnswer;
  }

  /**
   * Detaches and attaches filters again and again while the requestors run.
   * @param aimMs as for `unload`, before each detach.
   */
  async storm(
    images: readonly number[], everyMs: number, forMs: number, aimMs = 0,
  ): Promise<StormCounts> {
    return (await this.#order({ kind: 'storm', images, everyMs, forMs, aimMs })) as StormCounts;
  }

  #checkRunning(): void {
    const crash = this.crash();
    if (crash !== undefined) throw crash;
    if (!this.view.isRunning) throw new Error('the machine does not run (any more)');
  }

  /**
   * Connects to a filter's communication port, as FilterConnectCommunicationPort does. Needs
   * `portThreads`. @param name for example \MyPort.
   */
  async connect(name: string, options: ConnectOptions = {}): Promise<HostPort> {
    if ((this.#options.portThreads ?? 0) === 0) {
      throw new Error('the machine has no thread for communication ports; boot it with ' +
        'portThreads');
    }
    return HostPort.connect(this.#calls, name, options);
  }

  /** Counts what the machine holds. */
  async census(): Promise<Census> {
    return (await this.#order({ kind: 'census' })) as Census;
  }

  /** Runs one workload per requestor; resolves when all have ended. */
  async run(workloads: readonly WorkloadSpec[]): Promise<ThreadReport[]> {
    const count = workloads.length;
    const runs =
      workloads.map((workload, index) => this.#assign('requestor', { workload, index, count }));
    const settled = await Promise.allSettled(runs);
    const crash = this.crash();
    if (crash !== undefined) throw crash;
    return settled.map((s) => {
      if (s.status === 'rejected') throw s.reason as Error;
      if (s.value.exit !== 'done') throw new Error(s.value.error ?? 'a requestor was stopped');
      return s.value;
    });
  }

  /** What ended the machine, if something did. */
  crash(): MachineCrash | undefined {
    const crash = this.view.crash(this.routines);
    return crash === undefined ? undefined : new MachineCrash(crash.text, crash.code);
  }

  /** Dismounts, counts what is left, and lets every thread leave. */
  async shutdown(): Promise<Census> {
    const left = (await this.#order({ kind: 'dismount' })) as Census;
    await this.#order({ kind: 'shutdown' });
    const reports = await Promise.all(this.#services);
    await this.destroy();
    const crash = this.crash();
    if (crash !== undefined) throw crash;
    const pools = reports.find((r) => r.role === 'control')?.result as Census['pools'];
    return { ...left, pools };
  }

  /** Ends every thread at once, whatever it does. */
  async destroy(): Promise<void> {
    this.view.abandon();
    this.#orders?.close();
    await this.#pool.destroy();
  }
}
