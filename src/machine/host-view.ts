// The host's look into a machine that it does not run: state, threads, counters, the crash block.
// Cold code over views of its own; nothing here may be imported by a worker's hot rooms.
import { viewsOf } from '../mem/memory.ts';
import { processorBlock } from '../mem/memory-map.ts';
import { KI_SYSTEM, MACHINE_ABANDONED, MACHINE_CRASHED, MACHINE_OFF, MACHINE_RUNNING,
  MACHINE_STOPPING, kiSystem }
  from '../ntos/ke/bug-check.ts';
import { bugCheckName } from '../ntos/ke/bug-check-codes.ts';
import { KPRCB, KTHREAD, PROCESSOR_DEAD, PROCESSOR_RUNNING, THREAD_IDLE, THREAD_RUNNING,
  THREAD_WAITING, threadOf } from '../ntos/ke/prcb.ts';
import { roleNames } from '../ntos/ke/thread.ts';
import { DebugLogReader } from './debug-log-reader.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '../fltmgr/types.ts';
import { doorInto } from '../atomics-sync/atomics.ts';
import { markDead } from '../atomics-sync/owner.ts';
import { loggedFindings, lostFindings } from '../verifier/finding/finding-log.ts';
import type { LoggedFinding } from '../verifier/finding/finding-log.ts';
import type { Views } from '../mem/memory.ts';

/** One thread as the host sees it. */
export interface ThreadView {
  readonly processor: number;
  readonly role: string;
  readonly irql: number;
  readonly state: 'running' | 'waiting' | 'idle' | 'dead';
  readonly routine: number;
  readonly major: number;
  readonly heartbeat: number;
  readonly issued: number;
  readonly completed: number;
  /** The worker's number in this process; 0 when it has not told. */
  readonly hostThread: number;
}

const states: Record<number, ThreadView['state']> = {
  [THREAD_RUNNING]: 'running', [THREAD_WAITING]: 'waiting', [THREAD_IDLE]: 'idle',
};

/** How many lines of the debug log a crash shows. */
const LAST_WORDS = 10;

/** Views over a machine's memory. */
export class HostView {
  readonly #views: Views;
  readonly #memory: WebAssembly.Memory;
  readonly #processors: number;
  /** What drivers print with DbgPrint. */
  readonly debugLog: DebugLogReader;

  constructor(memory: WebAssembly.Memory, processors: number) {
    this.#memory = memory;
    this.#views = viewsOf(memory);
    this.#processors = processors;
    this.debugLog = new DebugLogReader(this.#views, doorInto(memory));
  }

  #word(address: number): number {
    return this.#views.i32[address >> 2] ?? 0;
  }

  /** The machine's state; see MACHINE_*. */
  get state(): number {
    return this.#word(kiSystem + (KI_SYSTEM.offsets['State'] ?? 0));
  }

  /** Whether the machine has booted and has not begun to stop. */
  get isRunning(): boolean {
    return this.state === MACHINE_RUNNING;
  }

  /** Lets every thread leave at its next wait slice, whatever it waits for. */
  abandon(): void {
    const door = doorInto(this.#memory);
    const at = kiSystem + (KI_SYSTEM.offsets['State'] ?? 0);
    const state = door.load(at);
    if (state === MACHINE_CRASHED || state === MACHINE_OFF || state === MACHINE_STOPPING) return;
    door.store(at, MACHINE_ABANDONED);
  }

  /** A worker died: its locks are reported as orphaned to whoever waits for one. */
  markDead(processor: number): void {
    const door = doorInto(this.#memory);
    markDead(processor + 1, door);
    door.store(processorBlock(processor) + (KPRCB.offsets['State'] ?? 0), PROCESSOR_DEAD);
  }

  /** Every thread that has started. */
  threads(): ThreadView[] {
    const found: ThreadView[] = [];
    for (let n = 0; n < this.#processors; n++) {
      const state = this.#word(processorBlock(n));
      if (state !== PROCESSOR_RUNNING && state !== PROCESSOR_DEAD) continue;
      const thread = KTHREAD.over(this.#views, threadOf(n));
      const prcb = KPRCB.over(this.#views, processorBlock(n));
      found.push({
        processor: n,
        role: roleNames[prcb.Role] ?? '',
        irql: prcb.CurrentIrql,
        state: state === PROCESSOR_DEAD ? 'dead' : (states[thread.State] ?? 'running'),
        routine: thread.CurrentRoutine,
        major: this.#majorOf(thread.CurrentData),
        heartbeat: thread.Heartbeat,
        issued: thread.OperationsIssued,
        completed: thread.OperationsCompleted,
        hostThread: prcb.HostThread,
      });
    }
    return found;
  }

  #majorOf(data: number): number {
    if (data === 0) return -1;
    const iopb = this.#word(data + (FLT_CALLBACK_DATA.offsets['Iopb'] ?? 8));
    return this.#views.u8[iopb + (FLT_IO_PARAMETER_BLOCK.offsets['MajorFunction'] ?? 4)] ?? -1;
  }

  /** Operations issued and completed by all requestors so far. */
  progress(): { issued: number; completed: number } {
    let issued = 0;
    let completed = 0;
    for (const thread of this.threads()) {
      issued += thread.issued;
      completed += thread.completed;
    }
    return { issued, completed };
  }

  /** A line per thread: what it is, where it is. */
  describeThreads(routines: ReadonlyMap<number, string>): string {
    return this.threads()
      .map((t) => {
        const where = t.routine === 0 ? '' :
          ` in ${routines.get(t.routine) ?? `routine ${t.routine}`} ` +
            `(major 0x${t.major.toString(16)})`;
        return `  processor ${t.processor} ${t.role}: ${t.state} at IRQL ${t.irql}${where}`;
      })
      .join('\n');
  }

  /** What drivers printed last, for the report of a crash. */
  #lastWords(): string {
    const { lines } = new DebugLogReader(this.#views, doorInto(this.#memory)).read();
    if (lines.length === 0) return '';
    const last = lines.slice(-LAST_WORDS).map((l) => `  [${l.processor}] ${l.text.trimEnd()}`);
    return `\nPrinted last:\n${last.join('\n')}`;
  }

  /** What the verifier found so far. */
  findings(): LoggedFinding[] {
    return loggedFindings(this.#views);
  }

  /** Findings for which there was no room. */
  lostFindings(): number {
    return lostFindings(this.#views);
  }

  /** The crash block, when the machine crashed. */
  crash(routines: ReadonlyMap<number, string>): { code: number; text: string } | undefined {
    if (this.state !== MACHINE_CRASHED) return undefined;
    const system = KI_SYSTEM.over(this.#views, kiSystem);
    const bytes = this.#views.u8.slice(system.Evidence, system.Evidence + system.EvidenceLength);
    const parameters = [0, 1, 2, 3]
      .map((i) => `0x${(this.#word(system.BugCheckParameters + 4 * i) >>> 0).toString(16)}`)
      .join(', ');
    const code = system.BugCheckCode;
    const text = `*** STOP: 0x${code.toString(16).padStart(8, '0')} ${bugCheckName(code)} ` +
      `(${parameters}) on processor ${system.CrashProcessor}\n` +
      `${new TextDecoder().decode(bytes)}\nThreads:\n${this.describeThreads(routines)}` +
      this.#lastWords();
    return { code, text };
  }
}
