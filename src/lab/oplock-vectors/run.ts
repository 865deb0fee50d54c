// One run of one oplock vector in this thread: its operations are issued one by one, what becomes
// of them is written down as events. A step is over when nothing can move any more: completed IRPs
// have been seen, resumed operations have been attempted again.
import { kernelRoutine } from '../../mem/routine.ts';
import { preOperationStatusOf } from '../../fltmgr/lock/oplock.ts';
import { FLT_PREOP_COMPLETE, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_WITH_CALLBACK }
  from '../../fltmgr/constants.ts';
import { IoCancelIrp } from '../../ntos/io/irp/cancel.ts';
import { IRP } from '../../ntos/io/types.ts';
import { FsRtlCheckOplockEx, FsRtlOplockBreakH, FsRtlOplockBreakToNoneEx }
  from '../../ntos/fsrtl/oplock/oplock.ts';
import { onWritableSectionCheck } from '../../ntos/fsrtl/oplock/oplock-fsctrl.ts';
import { FsRtlCurrentOplock } from '../../ntos/fsrtl/oplock/oplock-query.ts';
import { FsRtlUninitializeOplock } from '../../ntos/fsrtl/oplock/oplock-state.ts';
import * as flags from '../../ntos/fsrtl/oplock/oplock-types.ts';
import { asStatus, statusName } from '../../ntos/status.ts';
import { completed, freshPackages, makeFile } from './irps.ts';
import { ModelFs } from './model-fs.ts';
import { operate } from './model-operations.ts';
import { sum } from './words.ts';
import { flagsOf, granularLevels, informations, legacyLevels, tellsLevels } from './told.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { Operation, Result } from './model-types.ts';
import type { Step, Vector, VectorEvent } from './vector.ts';

/** A check that sleeps in its thread: what that thread needs, and what it tells. */
export interface BlockingCheck {
  readonly irp: PIRP;
  readonly oplock: number;
  slept(): void;
  returned(status: NTSTATUS): void;
}

interface Running extends Operation {
  readonly n: number | string;
  /** The oplock that a control is for. */
  oplock: number;
  state: 'running' | 'granted' | 'parked' | 'done';
  everPended: boolean;
}

const checkFlags: Readonly<Record<string, number>> = {
  COMPLETE_IF_OPLOCKED: flags.OPLOCK_FLAG_COMPLETE_IF_OPLOCKED,
  OPLOCK_KEY_CHECK_ONLY: flags.OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY,
  BACK_OUT_ATOMIC_OPLOCK: flags.OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK,
  IGNORE_OPLOCK_KEYS: flags.OPLOCK_FLAG_IGNORE_OPLOCK_KEYS,
  PARENT_OBJECT: flags.OPLOCK_FLAG_PARENT_OBJECT,
  CLOSING_DELETE_ON_CLOSE: flags.OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE,
  REMOVING_FILE_OR_LINK: flags.OPLOCK_FLAG_REMOVING_FILE_OR_LINK,
};
const answers: Readonly<Record<number, string>> = {
  [FLT_PREOP_SUCCESS_WITH_CALLBACK]: 'FLT_PREOP_SUCCESS_WITH_CALLBACK',
  [FLT_PREOP_PENDING]: 'FLT_PREOP_PENDING', [FLT_PREOP_COMPLETE]: 'FLT_PREOP_COMPLETE',
};
const checks = { check: FsRtlCheckOplockEx, breakH: FsRtlOplockBreakH,
  breakToNone: FsRtlOplockBreakToNoneEx } as const;
const controls = ['request', 'requestRaw', 'ack', 'notify'];

let runner: VectorRun;
/** The run whose routines the package calls. */
function adopt(run: VectorRun): void {
  runner = run;
}
const waitComplete = kernelRoutine('VectorWaitComplete', (index) => runner.resumed(index!));
const prePost = kernelRoutine('VectorPrePost', (index) => runner.prePosted(index!));

/** One run of one vector. */
export class VectorRun {
  readonly events: VectorEvent[] = [];
  private readonly fs = new ModelFs();
  private readonly operations: Running[] = [];
  private readonly byIrp = new Map<PIRP, Running>();
  private readonly ready: Running[] = [];
  private step = 0;

  constructor(vector: Vector) {
    freshPackages();
    adopt(this);
    const files = { F: { kind: 'file', size: 4096 }, ...vector.files };
    for (const [name, what] of Object.entries(files)) {
      if (what !== null) this.fs.addNode(name, what.kind === 'dir', what.size ?? 4096);
    }
    onWritableSectionCheck((file) => this.fs.isWritable(file));
  }

  private see(ev: string, fields: object): void {
    this.events.push({ n: this.step, ev, ...fields });
  }

  /** Runs the steps; `order` is the order of the branches of concurrent steps. */
  run(setup: readonly Step[], order: readonly number[]): void {
    for (const step of setup) {
      this.step = Number(step.n);
      if (step.op !== 'par') {
        this.issue(step);
        continue;
      }
      const branches = step['branches'] as Step[][];
      for (const b of order) {
        branches[b]?.forEach((item, i) => {
          this.issue({ ...item, n: `${step.n}.${b + 1}.${i + 1}` });
        });
      }
    }
  }

  /** Issues one operation and lets everything that can go on go on. */
  private issue(step: Step): void {
    const op = this.begin(step, waitComplete, prePost);
    if (step.op === 'cancel') {
      const target = this.operations.find((o) => o.n === step['target']);
      if (target !== undefined) IoCancelIrp(target.irp);
      op.state = 'done';
    } else if (step.op === 'uninitialize') {
      FsRtlUninitializeOplock(this.fs.nodes.get('F')!.oplock);
      op.state = 'done';
    } else {
      this.start(op);
    }
    this.settle();
  }

  private begin(step: Step, routine: number, post: number): Running {
    const op: Running = {
      n: step.n, step, irp: 0 as PIRP, context: this.operations.length, routine, post, oplock: 0,
      state: 'running', everPended: false,
    };
    this.operations.push(op);
    return op;
  }

  private start(op: Running): void {
    const { step } = op;
    const { requests } = this.fs;
    const file = step.op === 'open' ? makeFile() : this.fs.fileOf(step.h!);
    if (controls.includes(step.op)) {
      op.irp = requests.control(step, file);
      op.oplock = this.fs.nodeOf(step.h!).oplock;
      this.byIrp.set(op.irp, op);
      return this.control(op);
    }
    op.irp = step.op === 'open' ? requests.create(step, file) : requests.operation(step, file);
    this.byIrp.set(op.irp, op);
    this.attempt(op);
  }

  private control(op: Running): void {
    const before = completed.length;
    const status = this.fs.control(op);
    const ended = completed.slice(before).some((end) => end.irp === op.irp);
    if (status === 'STATUS_PENDING') {
      if (op.step.op === 'notify') this.park(op);
      else if (!ended) this.grant(op);
      else op.state = 'granted';
    } else if (!ended) {
      // Refused by the file system itself.
      op.state = 'done';
      this.see('completed', { op: op.n, status });
    }
  }

  private grant(op: Running): void {
    op.state = 'granted';
    const level = op.step['via'] === 'ACKNOWLEDGE' ? 'L2' : (op.step['level'] ?? op.step['type']);
    this.see('granted', { req: op.n, level });
  }

  private seePended(op: Running): void {
    if (!op.everPended) this.see('pended', { op: op.n });
    op.everPended = true;
  }

  private park(op: Running): void {
    op.state = 'parked';
    this.seePended(op);
  }

  private attempt(op: Running): void {
    op.state = 'running';
    const result = this.tryOnce(op);
    if (result !== 'pended') this.finish(op, result);
    // The routine may have run before the check returned.
    else if (this.ready.includes(op)) this.seePended(op);
    else this.park(op);
  }

  private tryOnce(op: Running): Result {
    switch (op.step.op) {
      case 'open':
        return this.fs.open(op);
      case 'close':
        return this.fs.close(op);
      case 'check': case 'breakH': case 'breakToNone':
        return this.api(op, checks[op.step.op]);
      default:
        return operate(this.fs, op);
    }
  }

  private finish(op: Running, result: Exclude<Result, 'pended'>): void {
    op.state = 'done';
    const info = result.info === undefined ? {} : { info: informations[result.info] };
    this.see('completed', { op: op.n, status: result.status, ...info });
  }

  /** A call of the package without a file system around it, told as a filter sees it. */
  private api(op: Running, call: typeof FsRtlCheckOplockEx): Result {
    const { step, irp, context, routine, post } = op;
    const { oplock } = this.fs.nodeOf(step.h!);
    const status = call(oplock, irp, sum(step['flags'], checkFlags), context, routine, post);
    const answer = this.seeReturn(op, status);
    if (answer === FLT_PREOP_PENDING) return 'pended';
    return { status: answer === FLT_PREOP_COMPLETE ? statusName(status) : 'STATUS_SUCCESS' };
  }

  private seeReturn(op: Running, status: NTSTATUS): number {
    const answer = preOperationStatusOf(status);
    this.see('returned', { op: op.n, ret: answers[answer], status: statusName(status) });
    return answer;
  }

  /**
   * Prepares a check that sleeps in its thread; the caller runs it on another thread, and says
   * when it sleeps and what it returned.
   */
  prepareBlocking(step: Step): BlockingCheck {
    this.step = Number(step.n);
    const op = this.begin(step, 0, 0);
    op.irp = this.fs.requests.operation(step, this.fs.fileOf(step.h!));
    return {
      irp: op.irp,
      oplock: this.fs.nodeOf(step.h!).oplock,
      slept: () => {
        this.seeElsewhere();
        this.park(op);
      },
      returned: (status) => {
        this.seeReturn(op, status);
        this.finish(op, { status: statusName(status) });
      },
    };
  }

  /** Sees the requests that another thread completed. */
  private seeElsewhere(): void {
    for (const op of this.operations.filter((o) => o.state === 'granted')) {
      const { CurrentLocation, StackCount, IoStatus } = IRP.at(op.irp);
      const { Status, Information } = IoStatus;
      if (CurrentLocation > StackCount) {
        this.sawCompletion(op.irp, statusName(Status), Information);
      }
    }
  }

  /** The wait-complete routine. */
  resumed(index: number): number {
    const op = this.operations[index]!;
    this.see('waitcomplete', { op: op.n, status: statusName(IRP.at(op.irp).IoStatus.Status) });
    this.ready.push(op);
    return 0;
  }

  /** The pre-post routine. */
  prePosted(index: number): number {
    this.see('prepost', { op: this.operations[index]!.n });
    return 0;
  }

  /** Lets completed IRPs be seen and resumed operations go on, until nothing moves. */
  private settle(): void {
    for (;;) {
      for (const end of completed.splice(0)) {
        this.sawCompletion(end.irp, end.status, end.information);
      }
      const op = this.ready.shift();
      if (op === undefined) return;
      const { Status } = IRP.at(op.irp).IoStatus;
      if (asStatus(Status) === 0) this.attempt(op);
      else this.finish(op, { status: statusName(Status) });
    }
  }

  private sawCompletion(irp: PIRP, status: string, information: number): void {
    const op = this.byIrp.get(irp);
    if (op === undefined || ['lock', 'unlock'].includes(op.step.op)) return;
    if (op.state === 'done') throw new Error(`operation ${op.n} was completed twice`);
    const answered = op.step.op === 'ack' && op.state !== 'granted';
    const told = tellsLevels(information);
    const buffer = IRP.at(irp).AssociatedIrp.SystemBuffer;
    if (op.state === 'granted' && status === 'STATUS_CANCELLED') {
      this.see('completed', { op: op.n, status });
    } else if (op.state === 'granted' || (answered && told)) {
      const levels = told ? granularLevels(buffer)
        : legacyLevels(op.step, information, FsRtlCurrentOplock(op.oplock));
      this.see('break', { req: op.n, status, ...levels });
    } else {
      const info = informations[information];
      const out = told ? { outFlags: flagsOf(buffer) } : {};
      this.see('completed', { op: op.n, status, ...(info === undefined ? {} : { info }), ...out });
    }
    op.state = 'done';
  }

  private closeAll(): void {
    for (const h of this.fs.opens.keys()) this.issue({ n: `close ${h}`, op: 'close', h });
  }

  /** Closes everything; says what is wrong afterwards (I1, I2, I8). */
  teardown(): string[] {
    this.step = 0;
    this.closeAll();
    const problems: string[] = [];
    for (const node of this.fs.nodes.values()) {
      if (FsRtlCurrentOplock(node.oplock)) {
        problems.push(`${node.name}: an oplock is left when every handle is closed`);
      }
      FsRtlUninitializeOplock(node.oplock);
    }
    this.settle();
    this.closeAll();
    const left = this.operations.filter((op) => op.state !== 'done')
      .map((op) => `operation ${op.n} (${op.step.op}) is left ${op.state}`);
    return [...problems, ...left];
  }
}
