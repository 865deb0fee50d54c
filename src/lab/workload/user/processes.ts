// The processes of a workload: one EPROCESS per recorded process, shared by all requestors, which
// play them in turn. Made once in a preparation step, looked up by identity afterwards.
import { i32 } from '../../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { ObDereferenceObject } from '../../../ntos/ob/object.ts';
import { PsInitialSystemProcess, PsLookupProcessByProcessId, createProcess, exitProcess,
  SYSTEM_PROCESS_ID } from '../../../ntos/ob/process.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import type { PEPROCESS } from '../../../ntos/ob/process.ts';

/** A process as the log knows it. */
export interface ProcessFacts {
  readonly id: number;
  readonly name: string;
}

const NONE = 0 as PEPROCESS;

/** The process with this identity; NULL when there is none. It lives until `endProcesses`. */
export function findProcess(id: number): PEPROCESS {
  const frame = pushFrame();
  const out = stackAlloc(4);
  const found = NT_SUCCESS(PsLookupProcessByProcessId(id, out));
  const process = (found ? i32[out >> 2] : 0) as PEPROCESS;
  popFrame(frame);
  if (!found) return NONE;
  ObDereferenceObject(process);
  return process;
}

/** Makes the processes that do not exist yet. PASSIVE_LEVEL. */
export function startProcesses(processes: readonly ProcessFacts[]): void {
  for (const { id, name } of processes) {
    if (findProcess(id) !== 0) continue;
    const made = createProcess({ id, image: name });
    if (made === 0) throw new Error(`no memory for process ${id} (${name}); give the machine more`);
  }
}

/** Ends them; nothing may run on their behalf any more. PASSIVE_LEVEL. */
export function endProcesses(processes: readonly ProcessFacts[]): void {
  for (const { id } of processes) {
    const process = id === SYSTEM_PROCESS_ID ? NONE : findProcess(id);
    if (process !== 0) exitProcess(process);
  }
}

/** Looks processes up once and remembers where they are. */
export class ProcessTable {
  readonly #known = new Map<number, PEPROCESS>();

  /** The process, or System when the identity is not known. */
  of(id: number): PEPROCESS {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const found = findProcess(id) || PsInitialSystemProcess();
    this.#known.set(id, found);
    return found;
  }
}
