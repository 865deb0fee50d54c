// File-system controls of the mixes, with the input that each needs and the results it may have.
import { copyBytes, u32 } from '../../../mem/memory.ts';
import * as io from '../../../ntos/io/control-codes.ts';
import * as st from '../../../ntos/status-codes.ts';
import { control } from '../user/requests.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { OpenHandle, Run } from './run.ts';

const READ_JOURNAL_BYTES = 40;
const JOURNAL_ID_AT = 32;
const OUTPUT_BYTES = 2048;
const EVERY_REASON = 0xffff_ffff;

/** Results that belong to a control on an ordinary file. */
const results: Readonly<Record<number, readonly NTSTATUS[]>> = {
  [io.FSCTL_GET_REPARSE_POINT]: [st.STATUS_NOT_A_REPARSE_POINT],
  [io.FSCTL_GET_EXTERNAL_BACKING]: [st.STATUS_INVALID_DEVICE_REQUEST],
};

/** The input lies at the start of the page, the output in its second half. */
function send(run: Run, handle: OpenHandle, code: number, inputLength: number): NTSTATUS {
  return control(run.user, handle, { code, input: inputLength === 0 ? 0 : run.page, inputLength,
    output: run.page + OUTPUT_BYTES, outputLength: OUTPUT_BYTES });
}

/** READ_USN_JOURNAL_DATA: from the oldest record on, whatever the reason. */
function putReadJournal(run: Run): number {
  u32.fill(0, run.page >> 2, (run.page + READ_JOURNAL_BYTES) >> 2);
  u32[(run.page + 8) >> 2] = EVERY_REASON;
  copyBytes(run.page + JOURNAL_ID_AT, run.page + OUTPUT_BYTES, 8);
  return READ_JOURNAL_BYTES;
}

/** Issues a control; reading the journal asks for the journal's identity first. */
export function issueControl(run: Run, handle: OpenHandle, code: number): void {
  let inputLength = 0;
  if (code === io.FSCTL_READ_USN_JOURNAL) {
    if (!run.check('query journal', send(run, handle, io.FSCTL_QUERY_USN_JOURNAL, 0))) return;
    inputLength = putReadJournal(run);
  }
  const status = send(run, handle, code, inputLength);
  run.check(`control 0x${code.toString(16)}`, status, ...(results[code] ?? []));
}
