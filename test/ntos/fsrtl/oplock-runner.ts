// Runs an oplock vector: issues its operations, collects what is seen, and compares.
import { kernelRoutine } from '#src/mem/routine.ts';
import { IoCancelIrp } from '#src/ntos/io/cancel.ts';
import { FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_NOTIFY, FSCTL_REQUEST_BATCH_OPLOCK,
  FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '#src/ntos/io/control-codes.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER, REQUEST_OPLOCK_OUTPUT_BUFFER }
  from '#src/ntos/io/control-types.ts';
import { IO_STACK_LOCATION, IRP, IRP_MJ_FILE_SYSTEM_CONTROL } from '#src/ntos/io/types.ts';
import { FsRtlCheckOplockEx, FsRtlOplockBreakH, FsRtlOplockBreakToNoneEx }
  from '#src/ntos/fsrtl/oplock.ts';
import { FsRtlUninitializeOplock } from '#src/ntos/fsrtl/oplock-state.ts';
import { FsRtlCurrentOplock } from '#src/ntos/fsrtl/oplock-query.ts';
import { onWritableSectionCheck } from '#src/ntos/fsrtl/oplock-fsctrl.ts';
import { statusName } from '#src/ntos/status.ts';
import { completed, freshPackages, makeFile, makeIrp } from './irps.ts';
import { TestFs } from './oplock-fs.ts';
import type { Operation, Result, Step } from './oplock-fs.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';

export interface VectorEvent {
  readonly n: number;
  readonly ev: string;
  readonly [field: string]: unknown;
}

export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly disputed?: boolean;
  readonly needs?: readonly string[];
  readonly files?: Record<string, { kind: string; size?: number } | null>;
  readonly setup: readonly Step[];
  readonly expect: readonly VectorEvent[];
  readonly expectAnyOf?: readonly (readonly VectorEvent[])[];
}

/** A check that sleeps in its thread. */
export interface BlockingCheck {
  readonly irp: PIRP;
  readonly oplock: number;
  slept(): void;
  returned(status: string): void;
}

interface Running extends Operation {
  readonly n: number | string;
  /** The oplock that a control is for. */
  oplock: number;
  /** 'running', 'granted' (an IRP pends), 'parked', 'done'. */
  state: string;
  everPended: boolean;
}

const levels: Record<string, number> = { NONE: 0, R: 1, RH: 3, RW: 5, RWH: 7 };
const levelNames = ['NONE', 'R', '', 'RH', '', 'RW', '', 'RWH'];
const legacyCodes: Record<string, number> = {
  L1: FSCTL_REQUEST_OPLOCK_LEVEL_1, L2: FSCTL_REQUEST_OPLOCK_LEVEL_2,
  BATCH: FSCTL_REQUEST_BATCH_OPLOCK, FILTER: FSCTL_REQUEST_FILTER_OPLOCK,
};
const ackCodes: Record<string, number> = {
  ACKNOWLEDGE: FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, ACK_NO_2: FSCTL_OPLOCK_BREAK_ACK_NO_2,
  CLOSE_PENDING: FSCTL_OPBATCH_ACK_CLOSE_PENDING,
};
const flagBits: Record<string, number> = {
  COMPLETE_IF_OPLOCKED: 1, OPLOCK_KEY_CHECK_ONLY: 2, IGNORE_OPLOCK_KEYS: 8,
};
const legacyInfo: Record<number, string> = {
  7: 'FILE_OPLOCK_BROKEN_TO_LEVEL_2', 8: 'FILE_OPLOCK_BROKEN_TO_NONE',
  9: 'FILE_OPBATCH_BREAK_UNDERWAY',
};
const outputFlags: Record<number, string> = { 2: 'MODES_PROVIDED', 4: 'WRITABLE_SECTION_PRESENT' };

let runner: VectorRun;
/** The run whose routines the package calls. */
function adopt(run: VectorRun): void {
  runner = run;
}

const waitComplete = kernelRoutine('TestOplockWaitComplete', (index) => runner.resumed(index!));
const prePost = kernelRoutine('TestOplockPrePost', (index) => runner.prePosted(index!));

/** One run of one vector. */
export class VectorRun {
  readonly events: VectorEvent[] = [];
  readonly fs = new TestFs();
  private readonly operations: Running[] = [];
  private readonly byIrp = new Map<PIRP, Running>();
  private ready: Running[] = [];
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
  issue(step: Step): void {
    const context = this.operations.length;
    const op: Running = {
      n: step.n, step, irp: 0 as PIRP, context, routine: waitComplete, post: prePost,
      oplock: 0, state: 'running', everPended: false,
    };
    this.operations.push(op);
    if (step.op === 'cancel') IoCancelIrp(this.find(step['target'] as number).irp);
    else if (step.op === 'uninitialize') FsRtlUninitializeOplock(this.fs.nodes.get('F')!.oplock);
    else this.start(op);
    if (step.op === 'cancel' || step.op === 'uninitialize') op.state = 'done';
    this.settle();
  }

  private find(n: number | string): Running {
    return this.operations.find((op) => op.n === n)!;
  }

  private start(op: Running): void {
    const { step } = op;
    const file = step.op === 'open' ? makeFile() : this.fs.fileOf(step.h!);
    if (['request', 'requestRaw', 'ack', 'notify'].includes(step.op)) {
      op.irp = this.makeControl(step, file);
      op.oplock = this.fs.nodeOf(step.h!).oplock;
      this.byIrp.set(op.irp, op);
      return this.control(op);
    }
    op.irp = step.op === 'open'
      ? this.fs.makeCreate(step, file)
      : this.fs.makeOperation(step, file);
    this.byIrp.set(op.irp, op);
    this.attempt(op);
  }

  private makeControl(step: Step, file: PFILE_OBJECT): PIRP {
    const buffer = this.fs.memory(24);
    const raw = step.op === 'requestRaw';
    const level = raw ? Number(step['level']) : levels[(step['level'] ?? step['type']) as string];
    const input = REQUEST_OPLOCK_INPUT_BUFFER.at(buffer);
    input.StructureVersion = 1;
    input.StructureLength = 12;
    input.RequestedOplockLevel = level ?? 0;
    const flags = raw ? (step['flags'] as string[]) : [step.op === 'ack' ? 'ACK' : 'REQUEST'];
    input.Flags = (flags.includes('REQUEST') ? 1 : 0) | (flags.includes('ACK') ? 2 : 0);
    const code = step.op === 'notify'
      ? FSCTL_OPLOCK_BREAK_NOTIFY
      : (ackCodes[step['via'] as string] ?? legacyCodes[step['type'] as string]);
    return makeIrp(IRP_MJ_FILE_SYSTEM_CONTROL, 0, file, (sp, irp) => {
      const parameters = IO_STACK_LOCATION.at(sp).Parameters.FileSystemControl;
      parameters.FsControlCode = code ?? FSCTL_REQUEST_OPLOCK;
      parameters.InputBufferLength = Number(step['inLen'] ?? 12);
      parameters.OutputBufferLength = Number(step['outLen'] ?? 24);
      IRP.at(irp).AssociatedIrp.SystemBuffer = buffer;
    });
  }

  private control(op: Running): void {
    const before = completed.length;
    const status = this.fs.control(op);
    if (status === 'STATUS_PENDING') {
      const ended = completed.slice(before).some((c) => c.irp === op.irp);
      if (op.step.op === 'notify') this.park(op);
      else if (!ended) this.grant(op);
      else op.state = 'granted';
    } else if (!completed.slice(before).some((c) => c.irp === op.irp)) {
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

  private park(op: Running): void {
    op.state = 'parked';
    if (!op.everPended) this.see('pended', { op: op.n });
    op.everPended = true;
  }

  private attempt(op: Running): void {
    const { step } = op;
    op.state = 'running';
    let result: Result;
    if (step.op === 'open') result = this.fs.open(op);
    else if (step.op === 'close') result = this.fs.close(op);
    else if (['check', 'breakH', 'breakToNone'].includes(step.op)) result = this.api(op);
    else result = this.fs.operate(op);
    if (result === 'pended') {
      // The routine may have run before the check returned.
      if (!this.ready.includes(op)) this.park(op);
      else this.parkBriefly(op);
      return;
    }
    this.finish(op, result);
  }

  private parkBriefly(op: Running): void {
    if (!op.everPended) this.see('pended', { op: op.n });
    op.everPended = true;
  }

  private finish(op: Running, result: { status: string; info?: number }): void {
    op.state = 'done';
    const info = result.info === undefined ? {} : { info: legacyInfo[result.info] };
    this.see('completed', { op: op.n, status: result.status, ...info });
  }

  /** A call of the package without a file system around it. */
  private api(op: Running): Result {
    const { step, irp, context, routine, post } = op;
    const { oplock } = this.fs.nodeOf(step.h!);
    const flags = ((step['flags'] as string[] | undefined) ?? [])
      .reduce((all, f) => all | (flagBits[f] ?? 0), 0);
    const call = { check: FsRtlCheckOplockEx, breakH: FsRtlOplockBreakH,
      breakToNone: FsRtlOplockBreakToNoneEx }[step.op]!;
    const status = statusName(call(oplock, irp, flags, context, routine, post));
    const ret = status === 'STATUS_PENDING' ? 'FLT_PREOP_PENDING'
      : status === 'STATUS_SUCCESS' || status === 'STATUS_OPLOCK_BREAK_IN_PROGRESS'
        ? 'FLT_PREOP_SUCCESS_WITH_CALLBACK' : 'FLT_PREOP_COMPLETE';
    this.see('returned', { op: op.n, ret, status });
    if (ret === 'FLT_PREOP_PENDING') return 'pended';
    return { status: ret === 'FLT_PREOP_COMPLETE' ? status : 'STATUS_SUCCESS' };
  }

  /**
   * Prepares a check that sleeps in its thread; the caller runs it on another thread, and says
   * when it sleeps and what it returned.
   */
  prepareBlocking(step: Step): BlockingCheck {
    this.step = Number(step.n);
    const op: Running = {
      n: step.n, step, irp: this.fs.makeOperation(step, this.fs.fileOf(step.h!)), context: 0,
      routine: 0, post: 0, oplock: 0, state: 'running', everPended: false,
    };
    this.operations.push(op);
    const returned = (status: string): void => {
      const ret = status === 'STATUS_SUCCESS'
        ? 'FLT_PREOP_SUCCESS_WITH_CALLBACK' : 'FLT_PREOP_COMPLETE';
      this.see('returned', { op: op.n, ret, status });
      this.finish(op, { status });
    };
    const slept = (): void => {
      this.seeElsewhere();
      this.park(op);
    };
    return { irp: op.irp, oplock: this.fs.nodeOf(step.h!).oplock, slept, returned };
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

  prePosted(index: number): number {
    this.see('prepost', { op: this.operations[index]!.n });
    return 0;
  }

  /** Lets completed IRPs be seen and resumed operations go on, until nothing moves. */
  settle(): void {
    for (;;) {
      for (const c of completed.splice(0)) this.sawCompletion(c.irp, c.status, c.information);
      const op = this.ready.shift();
      if (op === undefined) return;
      const status = statusName(IRP.at(op.irp).IoStatus.Status);
      if (status === 'STATUS_SUCCESS') this.attempt(op);
      else this.finish(op, { status });
    }
  }

  private sawCompletion(irp: PIRP, status: string, information: number): void {
    const op = this.byIrp.get(irp);
    if (op === undefined) return;
    if (['lock', 'unlock'].includes(op.step.op)) return;
    if (op.state === 'done') throw new Error(`operation ${op.n} was completed twice`);
    const answered = op.step.op === 'ack' && op.state !== 'granted';
    const told = information === REQUEST_OPLOCK_OUTPUT_BUFFER.size;
    if (op.state === 'granted' && status === 'STATUS_CANCELLED') {
      this.see('completed', { op: op.n, status });
    } else if (op.state === 'granted' || (answered && told)) {
      this.see('break', { req: op.n, status, ...this.levelsOf(op, irp, information) });
    } else {
      const info = legacyInfo[information];
      const out = told ? { outFlags: this.flagsOf(irp) } : {};
      this.see('completed', { op: op.n, status, ...(info === undefined ? {} : { info }), ...out });
    }
    op.state = 'done';
  }

  private flagsOf(irp: PIRP): string[] {
    const { Flags } = REQUEST_OPLOCK_OUTPUT_BUFFER.at(IRP.at(irp).AssociatedIrp.SystemBuffer);
    return [2, 4].filter((bit) => Flags & bit).map((bit) => outputFlags[bit]!);
  }

  private levelsOf(op: Running, irp: PIRP, information: number): object {
    if (information === REQUEST_OPLOCK_OUTPUT_BUFFER.size) {
      const out = REQUEST_OPLOCK_OUTPUT_BUFFER.at(IRP.at(irp).AssociatedIrp.SystemBuffer);
      const flags = this.flagsOf(irp);
      return {
        from: levelNames[out.OriginalOplockLevel], to: levelNames[out.NewOplockLevel],
        ackRequired: (out.Flags & 1) !== 0, ...(flags.length === 0 ? {} : { outFlags: flags }),
      };
    }
    const from = op.step['via'] === 'ACKNOWLEDGE' ? 'L2' : op.step['type'];
    const held = FsRtlCurrentOplock(op.oplock);
    return {
      from, to: information === 7 ? 'L2' : 'NONE', ackRequired: from !== 'L2' && held,
      info: legacyInfo[information],
    };
  }

  private closeAll(): void {
    for (const h of this.fs.opens.keys()) this.issue({ n: `close ${h}`, op: 'close', h });
  }

  /** Closes everything; says what is wrong afterwards. */
  teardown(): string[] {
    this.step = 0;
    this.closeAll();
    const nodes = [...this.fs.nodes.values()];
    for (const node of nodes) {
      if (FsRtlCurrentOplock(node.oplock)) throw new Error(`${node.name}: an oplock is left`);
      FsRtlUninitializeOplock(node.oplock);
    }
    this.settle();
    this.closeAll();
    return this.operations.filter((op) => op.state !== 'done')
      .map((op) => `operation ${op.n} (${op.step.op}) is left ${op.state}`);
  }
}

function fits(expected: VectorEvent, actual: VectorEvent): boolean {
  const optional = (expected['optionalFields'] as string[] | undefined) ?? [];
  const skip = new Set(['optional', 'optionalFields', 'statusOneOf', ...optional]);
  return Object.entries(expected).every(([key, value]) => {
    if (skip.has(key)) return true;
    if (key === 'status' && expected['statusOneOf'] !== undefined) {
      return (expected['statusOneOf'] as string[]).includes(actual['status'] as string);
    }
    const got = actual[key];
    return JSON.stringify(got) === JSON.stringify(value);
  });
}

const callbacks = ['prepost', 'returned', 'waitcomplete'];

/** What differs between the events that were expected and those that were seen. */
export function differences(
  expected: readonly VectorEvent[],
  seen: readonly VectorEvent[],
): string[] {
  const problems: string[] = [];
  const rest = [...seen];
  const listed = new Set(expected.map((e) => e.ev));
  const ends = expected.filter((e) => ['pended', 'completed', 'granted'].includes(e.ev));
  const mentioned = new Set(ends.map((e) => String(e['op'] ?? e['req'])));
  for (const e of expected) {
    if (e.ev === 'held') {
      const ended = seen.some((a) => a.n <= e.n && a.ev !== 'granted' &&
        String(a['req'] ?? a['op']) === String(e['req']));
      if (ended) problems.push(`not held: ${JSON.stringify(e)}`);
      continue;
    }
    const at = rest.findIndex((a) => fits(e, a));
    if (at >= 0) rest.splice(at, 1);
    else if (e['optional'] !== true) problems.push(`missing: ${JSON.stringify(e)}`);
  }
  for (const a of rest) {
    if (a.n === 0 || (callbacks.includes(a.ev) && !listed.has(a.ev))) continue;
    const own = a.ev === 'completed' && a['status'] === 'STATUS_SUCCESS' &&
      !mentioned.has(String(a['op'])) && Number(String(a['op']).split('.')[0]) === a.n;
    if (!own) problems.push(`unexpected: ${JSON.stringify(a)}`);
  }
  return problems;
}
