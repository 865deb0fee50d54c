// Control codes of a replay: oplock requests go on, the journal's readers need its identity, the
// rest is a buffer in and a buffer out.
import { STATUS_PENDING } from '../../../ntos/status-codes.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { FSCTL_QUERY_USN_JOURNAL, FSCTL_READ_USN_JOURNAL }
  from '../../../ntos/io/control-codes.ts';
import { readInt64 } from '../../../ntos/rtl/large-integer.ts';
import { inputBytes, putControlInput } from '../user/control-input.ts';
import { control, startControl } from '../user/requests.ts';
import type { UserFile } from '../user.ts';
import type { Step } from '../../trace/program/steps.ts';
import type { Issuer } from './issuer.ts';
import type { PlannedStep } from './plan-types.ts';

type ControlStep = Extract<Step, { call: 'NtFsControlFile' | 'NtDeviceIoControlFile' }>;
/** USN_JOURNAL_DATA_V0. */
const JOURNAL_BYTES = 56;

/** The volume part of a step's path. */
const volumeOf = (step: ControlStep): string => /^[^\\]*/.exec(step.path)?.[0] ?? '';

/** Issues a control; undefined when it goes on. */
export function issueControl(
  x: Issuer, planned: PlannedStep, step: ControlStep, file: UserFile,
): number | undefined {
  const { IoControlCode: code } = step;
  const volume = volumeOf(step);
  if (code === FSCTL_READ_USN_JOURNAL && !x.journals.has(volume)) learnJournal(x, file, volume);
  const inputLength = step.InputBufferLength ?? inputBytes(code);
  const input = x.user.arena.take(Math.max(inputLength, inputBytes(code)));
  putControlInput(input, inputLength, code, { FileOffset: step.FileOffset, Length: step.Length,
    RequestedOplockLevel: step.RequestedOplockLevel, journalId: x.journals.get(volume) });
  const output = x.buffer(step.OutputBufferLength);
  const request = { code, input, inputLength, output: output.at, outputLength: output.length };
  const blocks = [input, output.at];
  if (step.mayPend) return start(x, planned, step, file, request, blocks);
  const status = control(x.user, file, request, step.call === 'NtDeviceIoControlFile');
  if (code === FSCTL_QUERY_USN_JOURNAL && NT_SUCCESS(status)) {
    x.journals.set(volume, readInt64(output.at));
  }
  if (NT_SUCCESS(status)) x.changedByControl(planned, code);
  for (const block of blocks) x.user.arena.give(block);
  return status;
}

function start(
  x: Issuer, planned: PlannedStep, step: ControlStep, file: UserFile,
  request: Parameters<typeof startControl>[2], blocks: readonly number[],
): undefined {
  const { status, request: pending } = startControl(x.user, file, request, blocks,
    (end) => x.ended(step, end));
  if (status === STATUS_PENDING) x.goesOn(planned, pending, file);
}

/** A reader whose own question to the journal lies before the log. */
function learnJournal(x: Issuer, file: UserFile, volume: string): void {
  const output = x.user.arena.take(JOURNAL_BYTES);
  const status = control(x.user, file, { code: FSCTL_QUERY_USN_JOURNAL, input: 0, inputLength: 0,
    output, outputLength: JOURNAL_BYTES });
  if (NT_SUCCESS(status)) x.journals.set(volume, readInt64(output));
  x.user.arena.give(output);
}
