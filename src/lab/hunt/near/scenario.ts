// A plan as a scenario: the applications repeat their operations on files of the same number, the
// control thread unloads and detaches. Before each of them the thread passes a mark, by which the
// strategy knows whose turn it is (strategies/near.ts).
import { boot } from '../../../mem/boot-options.ts';
import { schedule } from '../../../atomics-sync/schedule/hook.ts';
import { markOf } from '../../../atomics-sync/schedule/strategies/near.ts';
import { scenario } from '../machine/scenario.ts';
import { FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE }
  from '../../../ntos/io/file-constants.ts';
import type { Control } from '../machine/control.ts';
import type { Files, OpenFile } from '../machine/files.ts';
import type { HuntScenario } from '../machine/scenario.ts';
import type { NearDeed, NearPlan, NearStep } from './plan.ts';

const SHARE_ALL = { share: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };
const TEXT = 'some text of some length';

const pathOf = (file: number): string => `C:\\near${file}`;

/** The thread begins its next operation. */
function begin(): void {
  schedule?.call(0, markOf(boot.processor));
}

function repeat(files: Files, steps: readonly NearStep[]): void {
  const open = new Map<number, OpenFile>();
  const of = (file: number): OpenFile => {
    const known = open.get(file) ?? files.create(pathOf(file), SHARE_ALL);
    open.set(file, known);
    return known;
  };
  const close = (file: number): void => {
    const known = open.get(file);
    if (known !== undefined) files.close(known);
    open.delete(file);
  };
  // What was open before the first of these operations.
  for (const [i, { what, file }] of steps.entries()) {
    const isFirst = steps.findIndex((step) => step.file === file) === i;
    if (isFirst && what !== 'IRP_MJ_CREATE') of(file);
  }
  for (const { what, file } of steps) {
    begin();
    switch (what) {
      case 'IRP_MJ_CREATE':
        close(file);
        of(file);
        break;
      case 'IRP_MJ_READ': files.read(of(file), 0, TEXT.length); break;
      case 'IRP_MJ_WRITE': files.write(of(file), 0, TEXT); break;
      case 'IRP_MJ_FLUSH_BUFFERS': files.flush(of(file)); break;
      case 'IRP_MJ_SET_INFORMATION': files.resize(of(file), TEXT.length); break;
      case 'IRP_MJ_LOCK_CONTROL': files.lock(of(file), 0, 1); break;
      case 'IRP_MJ_CLEANUP': close(file); break;
      default: throw new Error(`a plan cannot repeat ${what}`);
    }
  }
  for (const file of open.keys()) close(file);
}

function control(on: Control, deeds: readonly NearDeed[]): void {
  for (const { what, filter } of deeds) {
    begin();
    if (what === 'unload') on.unload(filter);
    else on.detach(filter);
  }
}

/** The scenario of a plan. */
export function nearScenario(plan: NearPlan): HuntScenario {
  const count = 1 + Math.max(...plan.applications.flat().map(({ file }) => file));
  return scenario({
    name: plan.name, about: 'the last operations of a crash dump, near the order that they had',
    ...(plan.inline && { completion: 'inline' as const }),
    prepare(files) {
      for (let file = 0; file < count; file++) {
        const made = files.create(pathOf(file));
        files.write(made, 0, TEXT);
        files.close(made);
      }
    },
    applications: plan.applications.map((steps) => (files: Files) => repeat(files, steps)),
    ...(plan.control.length > 0 && { control: (on: Control) => control(on, plan.control) }),
  });
}
