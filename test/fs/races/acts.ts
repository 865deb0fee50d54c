// What a player does for an operation of a script: the system service, with the operation's slot
// for its event, its status block and its buffers. Handles are asynchronous unless a script says
// other.
import { exchange, load, store } from '#src/atomics-sync/atomics.ts';
import { i32, u8 } from '#src/mem/memory.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { KeInitializeEvent, NotificationEvent } from '#src/ntos/ke/event.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER, REQUEST_OPLOCK_OUTPUT_BUFFER }
  from '#src/ntos/io/control-types.ts';
import { FsRtlFreeExtraCreateParameterList } from '#src/ntos/io/ecp.ts';
import { FILE_NON_DIRECTORY_FILE } from '#src/ntos/io/file-constants.ts';
import { FileEndOfFileInformation } from '#src/ntos/io/information/information-classes.ts';
import { NtCancelIoFileEx } from '#src/ntos/io/service/nt-cancel.ts';
import { NtFsControlFile, NtLockFile } from '#src/ntos/io/service/nt-control.ts';
import { NtClose, createFile } from '#src/ntos/io/service/nt-create.ts';
import { NtSetInformationFile } from '#src/ntos/io/service/nt-information.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { STATUS_INVALID_HANDLE, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { accessBits, codeOf, dispositionOf, optionBits, shareOf, sum, writeInput }
  from '#src/lab/oplock-vectors/words.ts';
import { keyList } from '#src/lab/oplock-vectors/keys.ts';
import { cancelWaiterOf } from '#test/fs/support/cancel-waiter.ts';
import { BUFFER, putLarge } from '#test/fs/support/files.ts';
import { RACE_SLOT, RACE_STAGE, handleOf, handleWord, setHandle, slotAt, stage } from './stage.ts';
import type { Step } from '#src/lab/oplock-vectors/vector.ts';
import type { PRACE_SLOT, Scene } from './stage.ts';

const s = RACE_SLOT.bound;

/** The path of a name of a script. */
export function pathOf(name: string): string {
  return `C:\\${name}`;
}

function open(scene: Scene, step: Step, slot: PRACE_SLOT): number {
  const out = s.at_Scratch(slot);
  const keys = keyList(step, out);
  i32[out >> 2] = 0;
  const status = createFile(out, s.at_Iosb(slot), {
    path: pathOf((step['f'] as string | undefined) ?? 'F'),
    desiredAccess: sum(step['access'], accessBits), fileAttributes: 0, shareAccess: shareOf(step),
    disposition: dispositionOf(step), mode: 1,
    options: sum(step['opts'], optionBits) | FILE_NON_DIRECTORY_FILE,
    ...(keys !== 0 && { ecps: keys }),
  });
  if (keys !== 0) FsRtlFreeExtraCreateParameterList(keys);
  setHandle(scene, step.h!, i32[out >> 2]!);
  return status;
}

function close(scene: Scene, step: Step): number {
  const handle = exchange(handleWord(scene, step.h!), 0);
  return handle === 0 ? STATUS_INVALID_HANDLE : NtClose(handle);
}

/** An oplock control pends with its slot. */
function control(handle: number, step: Step, slot: PRACE_SLOT): number {
  writeInput(step, s.at_Input(slot));
  const [inLength, outLength] =
    [REQUEST_OPLOCK_INPUT_BUFFER.size, REQUEST_OPLOCK_OUTPUT_BUFFER.size];
  return NtFsControlFile(handle, s.at_Event(slot), s.at_Iosb(slot), codeOf(step),
    s.at_Input(slot), inLength, s.at_Output(slot), outLength);
}

function cancel(scene: Scene, step: Step): number {
  const index = scene.parts.findIndex((part) => part.n === step['target']);
  const target = scene.parts[index]!;
  const slot = slotAt(index);
  const isPending = load(s.at_Returned(slot)) !== 0;
  if (isPending) NtCancelIoFileEx(handleOf(scene, target.h!), s.at_Iosb(slot));
  else cancelWaiterOf(RACE_STAGE.bound.Oplock(stage), s.Thread(slot));
  return STATUS_SUCCESS;
}

function act(scene: Scene, step: Step, slot: PRACE_SLOT): number {
  const handle = step.h === undefined ? 0 : handleOf(scene, step.h);
  const [event, iosb] = [s.at_Event(slot), s.at_Iosb(slot)];
  const [offset, length] = [Number(step['off'] ?? 0), Number(step['len'] ?? 0)];
  switch (step.op) {
    case 'open':
      return open(scene, step, slot);
    case 'close':
      return close(scene, step);
    case 'request': case 'requestRaw': case 'ack': case 'notify':
      return control(handle, step, slot);
    case 'read':
      return NtReadFile(handle, event, iosb, BUFFER, length, offset);
    case 'write':
      u8[BUFFER] = 1;
      return NtWriteFile(handle, event, iosb, BUFFER, length, offset);
    case 'lock':
      return NtLockFile(handle, event, iosb, offset, length, 0, true, step['excl'] === true);
    case 'setEof':
      putLarge(BUFFER, Number(step['size']));
      return NtSetInformationFile(handle, iosb, BUFFER, 8, FileEndOfFileInformation);
    case 'cancel':
      return cancel(scene, step);
    default:
      throw new Error(`${scene.vector.id}: no player knows how to ${step.op}`);
  }
}

/** Plays the operation with this number and notes what its service returned. */
export function perform(scene: Scene, index: number): void {
  const slot = slotAt(index);
  KeInitializeEvent(s.at_Event(slot), NotificationEvent, false);
  s.set_Thread(slot, currentThread);
  store(s.at_Began(slot), 1);
  const status = act(scene, scene.parts[index]!, slot);
  s.set_Status(slot, status);
  store(s.at_Returned(slot), 1);
}
