// Who has each operation that passes the Filter Manager, and its journey: a record per sheet in
// shared memory, written by whichever thread has the operation at the moment. The owner is the
// image whose callback runs, or ran and kept the operation; nobody while it is on its way.
import { atReboot } from '../mem/reboot.ts';
import { array, LONG, ULONG } from '../mem/field.ts';
import { boot } from '../mem/boot-options.ts';
import { i32, views } from '../mem/memory.ts';
import { MAX_OPERATIONS_IN_FLIGHT } from '../mem/param.ts';
import { routineName } from '../mem/routine.ts';
import { struct } from '../mem/struct.ts';
import { KeGetCurrentIrql } from '../ntos/ke/irql.ts';
import { statusName } from '../ntos/status.ts';
import { irpName } from '../fltmgr/data.ts';
import { sheetRange } from '../fltmgr/walk/irp-ctrl.ts';
import { DRIVER_ENTERED, DRIVER_LEFT, OP_BEGAN, OP_ENDED, OP_GIVEN, OP_PENDED, OP_RESUMED,
  OP_RETURNED, OP_SENT } from '../trace/event.ts';
import { verifierArea } from './area.ts';
import { threadName } from './thread-names.ts';
import { imageName, imageOfRoutine } from './images.ts';
import type { Ptr } from '../mem/pointer.ts';

const STEPS = 12;

const OPERATION = struct('VF_OPERATION', {
  /** The owning image plus one; 0 for nobody. */
  Owner: LONG,
  /** 0 when it is over. */
  IsAlive: LONG,
  Major: ULONG,
  /** Processor + 1 of the thread that waits for it, and the routine that pended it. */
  PendedBy: LONG,
  Irp: ULONG,
  StepCount: ULONG,
  /** One bit per image that has checked its oplock for the operation. */
  Checked: ULONG,
  /** The image plus one that asked for the name before the create, and when (name-binding.ts). */
  Asked: ULONG,
  Steps: array(ULONG, 2 * STEPS),
});
type POPERATION = Ptr<'VF_OPERATION'>;
const { Owner, set_Owner, IsAlive, set_IsAlive, Major, set_Major, PendedBy, set_PendedBy, set_Irp,
  Irp, StepCount, set_StepCount, Checked, set_Checked, Asked, set_Asked,
  at_Steps } = OPERATION.bind(views);

const area = verifierArea('operations');
if (OPERATION.size * MAX_OPERATIONS_IN_FLIGHT > area.end - area.start) {
  throw new Error('the records of operations outgrow their place');
}

let first = 0;
let end = 0;
let size = 1;

/** Whether an address lies in a sheet; looks anew where the sheets lie once per boot. */
function inSheets(address: number): boolean {
  if (first === 0) ({ first, end, size } = sheetRange());
  return address >= first && address < end;
}

/** Finds out where the sheets lie: for a debugger, which sees no operation begin. */
export function learnSheets(): void {
  inSheets(0);
}

/** Forgets where the sheets lie: the machine boots. */
export function forgetSheets(): void {
  first = 0;
  end = 0;
}
atReboot(forgetSheets);

/** The record of the operation whose sheet holds an address; 0 where there is none. */
export function operationAt(address: number): POPERATION {
  if (address === 0 || !inSheets(address)) return 0 as POPERATION;
  return (area.start + Math.floor((address - first) / size) * OPERATION.size) as POPERATION;
}

function note(op: POPERATION, kind: number, about: number): void {
  const n = StepCount(op);
  const at = (at_Steps(op) >> 2) + 2 * (n % STEPS);
  i32[at] = kind | (KeGetCurrentIrql() << 8) | (boot.processor << 16);
  i32[at + 1] = about;
  set_StepCount(op, n + 1);
}

/** A step of an operation; `about` is the routine or status that the kind of event has. */
export function noteStep(data: number, kind: number, about: number): void {
  const op = operationAt(data);
  if (op !== 0) note(op, kind, about);
}

/** An operation begins. */
export function noteBegin(data: number, irp: number, major: number): void {
  const op = operationAt(data);
  if (op === 0) return;
  set_StepCount(op, 0);
  set_Owner(op, 0);
  set_PendedBy(op, 0);
  set_Checked(op, 0);
  set_Asked(op, 0);
  set_Major(op, major);
  set_Irp(op, irp);
  set_IsAlive(op, 1);
  note(op, OP_BEGAN, major);
}

/** It is over, or gone down for good; whoever still touches it is too late. */
export function noteEnd(data: number, status: number, isGone: boolean): void {
  const op = operationAt(data);
  if (op === 0) return;
  if (isGone) note(op, OP_SENT, 1);
  else note(op, OP_ENDED, status);
  set_Owner(op, 0);
  set_IsAlive(op, 0);
}

/** Says who has it; -1 for nobody. */
export function setOwner(data: number, image: number): void {
  const op = operationAt(data);
  if (op !== 0) set_Owner(op, image + 1);
}

/** Says which routine pended it; 0 when it was resumed. */
export function setPendedBy(data: number, routine: number): void {
  const op = operationAt(data);
  if (op !== 0) set_PendedBy(op, routine);
}

/** An image checks its oplock for an operation. */
export function noteChecked(data: number, image: number): void {
  const op = operationAt(data);
  if (op !== 0 && image >= 0) set_Checked(op, Checked(op) | (1 << image));
}

/** Whether an image has checked its oplock for an operation. */
export function isChecked(data: number, image: number): boolean {
  const op = operationAt(data);
  return op === 0 || (Checked(op) & (1 << image)) !== 0;
}

/** What name-binding.ts keeps with a create; 0 for nothing. */
export function askedAt(data: number): number {
  const op = operationAt(data);
  return op === 0 ? 0 : Asked(op);
}

export function setAsked(data: number, asked: number): void {
  const op = operationAt(data);
  if (op !== 0) set_Asked(op, asked);
}

/** The image that has the operation of an address: -1 for nobody, -2 for no operation at all. */
export function ownerAt(address: number): number {
  const op = operationAt(address);
  return op === 0 ? -2 : Owner(op) - 1;
}

/** The major function of the operation of an address. */
export function majorOf(address: number): number {
  const op = operationAt(address);
  return op === 0 ? -1 : Major(op);
}

/** The processor in whose callback the operation of an address is; -1 when it is in none. */
export function runnerOf(address: number): number {
  const op = operationAt(address);
  if (op === 0 || IsAlive(op) === 0 || Owner(op) === 0 || PendedBy(op) !== 0) return -1;
  return i32[(at_Steps(op) >> 2) + 2 * ((StepCount(op) - 1) % STEPS)]! >> 16;
}

/** Whether the operation of an address is over. */
export function isOver(address: number): boolean {
  const op = operationAt(address);
  return op !== 0 && IsAlive(op) === 0;
}

const words: Readonly<Record<number, (about: number) => string>> = {
  [OP_BEGAN]: (major) => `fltmgr!FltpDispatch: ${irpName(major)} begins`,
  [OP_SENT]: (gone) => `nt!IofCallDriver: sent to the driver below` +
    (gone === 0 ? '' : ', and nobody waits for it'),
  [OP_RETURNED]: (status) => `fltmgr!FltpPassThroughCompletion: completed below with ` +
    statusName(status),
  [OP_PENDED]: (routine) => `pended by ${driverRoutine(routine)}`,
  [OP_RESUMED]: (isPost) => `fltmgr!FltCompletePended${isPost === 0 ? 'Pre' : 'Post'}Operation`,
  [OP_GIVEN]: (how) => ['', 'given to a work item', 'given to a posted safe callback',
    'given to a queue', 'given to an oplock break'][how] ?? 'given away',
  [OP_ENDED]: (status) => `nt!IofCompleteRequest: over, ${statusName(status)}`,
  [DRIVER_ENTERED]: (routine) => `${driverRoutine(routine)} entered`,
  [DRIVER_LEFT]: (status) => `returned ${status}`,
};

function driverRoutine(routine: number): string {
  const image = imageName(imageOfRoutine(routine));
  return `${image === '' ? '' : `${image}!`}${routineName(routine)}`;
}

/** The journey of the operation of an address, a line per step, oldest first. */
export function journeyOf(address: number): string[] {
  const op = operationAt(address);
  if (op === 0) return [];
  const count = StepCount(op);
  const lines: string[] = count > STEPS ? [`(${count - STEPS} earlier steps)`] : [];
  for (let n = Math.max(0, count - STEPS); n < count; n++) {
    const at = (at_Steps(op) >> 2) + 2 * (n % STEPS);
    const head = i32[at]!;
    const text = words[head & 0xff]?.(i32[at + 1]!) ?? 'step';
    lines.push(`${threadName(head >> 16)}, IRQL ${(head >> 8) & 0xff}: ${text}`);
  }
  return lines;
}

/** An operation that is under way, for reports of hangs. */
export interface LiveOperation {
  readonly address: number;
  readonly major: number;
  readonly irp: number;
  /** The image that has it; -1 for nobody. */
  readonly owner: number;
  /** The routine that pended it; 0 when it is not pended. */
  readonly pendedBy: number;
}

/** Every operation that is under way. */
export function liveOperations(): LiveOperation[] {
  const found: LiveOperation[] = [];
  if (!inSheets(first) && first === 0) return found;
  for (let n = 0; n < MAX_OPERATIONS_IN_FLIGHT; n++) {
    const op = (area.start + n * OPERATION.size) as POPERATION;
    if (IsAlive(op) === 0) continue;
    found.push({ address: first + n * size, major: Major(op), irp: Irp(op), owner: Owner(op) - 1,
      pendedBy: PendedBy(op) });
  }
  return found;
}
