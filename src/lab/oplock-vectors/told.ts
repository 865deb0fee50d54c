// What a completed oplock control told its issuer, in the words of vectors: granular ones in the
// output buffer, legacy ones in IoStatus.Information.
import { REQUEST_OPLOCK_OUTPUT_BUFFER, REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED,
  REQUEST_OPLOCK_OUTPUT_FLAG_MODES_PROVIDED } from '../../ntos/io/control-types.ts';
import * as types from '../../ntos/fsrtl/oplock/oplock-types.ts';
import type { Step } from './vector.ts';

const levelNames = ['NONE', 'R', '', 'RH', '', 'RW', '', 'RWH'];
const outputFlags: readonly (readonly [number, string])[] = [
  [REQUEST_OPLOCK_OUTPUT_FLAG_MODES_PROVIDED, 'MODES_PROVIDED'],
  [types.REQUEST_OPLOCK_OUTPUT_FLAG_WRITABLE_SECTION_PRESENT, 'WRITABLE_SECTION_PRESENT'],
];

/** The names of IoStatus.Information. */
export const informations: Readonly<Record<number, string>> = {
  [types.FILE_OPLOCK_BROKEN_TO_LEVEL_2]: 'FILE_OPLOCK_BROKEN_TO_LEVEL_2',
  [types.FILE_OPLOCK_BROKEN_TO_NONE]: 'FILE_OPLOCK_BROKEN_TO_NONE',
  [types.FILE_OPBATCH_BREAK_UNDERWAY]: 'FILE_OPBATCH_BREAK_UNDERWAY',
};

/** Whether the output buffer was filled. */
export function tellsLevels(information: number): boolean {
  return information === REQUEST_OPLOCK_OUTPUT_BUFFER.size;
}

/** The extra flags of the output buffer at an address. */
export function flagsOf(buffer: number): string[] {
  const { Flags } = REQUEST_OPLOCK_OUTPUT_BUFFER.at(buffer);
  return outputFlags.filter(([bit]) => Flags & bit).map(([, name]) => name);
}

/** What an output buffer tells: from, to, whether an answer is expected, extra flags. */
export function granularLevels(buffer: number): object {
  const out = REQUEST_OPLOCK_OUTPUT_BUFFER.at(buffer);
  const more = flagsOf(buffer);
  return {
    from: levelNames[out.OriginalOplockLevel], to: levelNames[out.NewOplockLevel],
    ackRequired: (out.Flags & REQUEST_OPLOCK_OUTPUT_FLAG_ACK_REQUIRED) !== 0,
    ...(more.length === 0 ? {} : { outFlags: more }),
  };
}

/** The same of a legacy control; `held`: something is held yet, so an answer is expected. */
export function legacyLevels(step: Step, information: number, held: boolean): object {
  const from = step['via'] === 'ACKNOWLEDGE' ? 'L2' : step['type'];
  return {
    from, to: information === types.FILE_OPLOCK_BROKEN_TO_LEVEL_2 ? 'L2' : 'NONE',
    ackRequired: from !== 'L2' && held, info: informations[information],
  };
}
