// The words of oplock vectors as numbers: access masks, options, levels, control codes.
import * as codes from '../../ntos/io/control-codes.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER } from '../../ntos/io/control-types.ts';
import * as c from '../../ntos/io/file-constants.ts';
import type { Step } from './vector.ts';

export const accessBits: Readonly<Record<string, number>> = {
  READ_DATA: 0x1, WRITE_DATA: 0x2, APPEND_DATA: 0x4, READ_EA: 0x8, WRITE_EA: 0x10, EXECUTE: 0x20,
  READ_ATTRIBUTES: 0x80, WRITE_ATTRIBUTES: 0x100, DELETE: 0x10000, READ_CONTROL: 0x20000,
  WRITE_DAC: 0x40000, WRITE_OWNER: 0x80000, SYNCHRONIZE: 0x100000, GENERIC_READ: 0x120089,
  GENERIC_WRITE: 0x120116, ALL: 0x1f01ff,
};
const dispositions = ['SUPERSEDE', 'OPEN', 'CREATE', 'OPEN_IF', 'OVERWRITE', 'OVERWRITE_IF'];
export const optionBits: Readonly<Record<string, number>> = {
  SYNCHRONOUS_IO_NONALERT: c.FILE_SYNCHRONOUS_IO_NONALERT,
  COMPLETE_IF_OPLOCKED: c.FILE_COMPLETE_IF_OPLOCKED, DELETE_ON_CLOSE: c.FILE_DELETE_ON_CLOSE,
  DIRECTORY_FILE: c.FILE_DIRECTORY_FILE, OPEN_REQUIRING_OPLOCK: c.FILE_OPEN_REQUIRING_OPLOCK,
  RESERVE_OPFILTER: c.FILE_RESERVE_OPFILTER,
};
const shareBits: Readonly<Record<string, number>> = { R: 1, W: 2, D: 4 };
const levels: Readonly<Record<string, number>> = { NONE: 0, R: 1, RH: 3, RW: 5, RWH: 7 };
const legacyCodes: Readonly<Record<string, number>> = {
  L1: codes.FSCTL_REQUEST_OPLOCK_LEVEL_1, L2: codes.FSCTL_REQUEST_OPLOCK_LEVEL_2,
  BATCH: codes.FSCTL_REQUEST_BATCH_OPLOCK, FILTER: codes.FSCTL_REQUEST_FILTER_OPLOCK,
};
const ackCodes: Readonly<Record<string, number>> = {
  ACKNOWLEDGE: codes.FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  ACK_NO_2: codes.FSCTL_OPLOCK_BREAK_ACK_NO_2,
  CLOSE_PENDING: codes.FSCTL_OPBATCH_ACK_CLOSE_PENDING,
};
const requestFlags: Readonly<Record<string, number>> = {
  REQUEST: 1, ACK: 2, COMPLETE_ACK_ON_CLOSE: 4,
};

/** The sum of the bits that words stand for. */
export function sum(words: unknown, bits: Readonly<Record<string, number>>): number {
  return ((words as string[] | undefined) ?? []).reduce((all, w) => all | (bits[w] ?? 0), 0);
}

/** Fills a REQUEST_OPLOCK_INPUT_BUFFER with what a control of a vector asks for. */
export function writeInput(step: Step, at: number): void {
  const raw = step.op === 'requestRaw';
  const level = raw ? Number(step['level']) : levels[(step['level'] ?? step['type']) as string];
  const input = REQUEST_OPLOCK_INPUT_BUFFER.at(at);
  input.StructureVersion = 1;
  input.StructureLength = REQUEST_OPLOCK_INPUT_BUFFER.size;
  input.RequestedOplockLevel = level ?? 0;
  input.Flags = sum(raw ? step['flags'] : [step.op === 'ack' ? 'ACK' : 'REQUEST'], requestFlags);
}

/** The control code of a request, an acknowledgement or a notify. */
export function codeOf(step: Step): number {
  if (step.op === 'notify') return codes.FSCTL_OPLOCK_BREAK_NOTIFY;
  return ackCodes[step['via'] as string] ?? legacyCodes[step['type'] as string] ??
    codes.FSCTL_REQUEST_OPLOCK;
}

/** FILE_OPEN and its like; FILE_OPEN when a step does not say. */
export function dispositionOf(step: Step): number {
  return dispositions.indexOf((step['disp'] as string | undefined) ?? 'OPEN');
}

/** FILE_SHARE_*; everything when a step does not say. */
export function shareOf(step: Step): number {
  return sum([...((step['share'] as string | undefined) ?? 'RWD')], shareBits);
}
