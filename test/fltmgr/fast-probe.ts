// A file system whose fast I/O entries do what the test says and write down how they were called.
import { kernelRoutine } from '#src/mem/routine.ts';
import { IO_STATUS_BLOCK, IRP } from '#src/ntos/io/types.ts';
import type { RoutineId } from '#src/mem/routine.ts';

type PIOSB = Parameters<typeof IO_STATUS_BLOCK.bound.Status>[0];
const io = IO_STATUS_BLOCK.bound;

/** Which argument of an entry is the status block. */
const statusAt: Readonly<Record<string, number>> = {
  FastIoRead: 6, FastIoWrite: 6, FastIoQueryBasicInfo: 3, FastIoQueryStandardInfo: 3,
  FastIoQueryNetworkOpenInfo: 3, FastIoLock: 7, FastIoUnlockSingle: 5, FastIoUnlockAll: 2,
  FastIoUnlockAllByKey: 3, FastIoDeviceControl: 7, MdlRead: 5, PrepareMdlWrite: 5,
};
/** These answer an NTSTATUS instead of TRUE or FALSE. */
const answersStatus: readonly string[] = ['AcquireFileForNtCreateSection',
  'ReleaseFileForNtCreateSection', 'AcquireForModWrite', 'ReleaseForModWrite', 'AcquireForCcFlush',
  'ReleaseForCcFlush', 'PreQueryOpen'];

export const fastMembers: readonly string[] = [...Object.keys(statusAt), 'FastIoCheckIfPossible',
  'MdlReadComplete', 'MdlWriteComplete', 'FastIoQueryOpen', ...answersStatus];

export class FastProbe {
  readonly calls: { readonly member: string; readonly args: readonly number[] }[] = [];
  readonly table: Record<string, RoutineId> = {};
  /** What entries with a status block, or with a status for an answer, answer. */
  status = 0;
  information = 0;
  /** Whether the file system can do it now. */
  possible = true;
  /** Called in every entry, before it answers. */
  during: (member: string, args: readonly number[]) => void = () => undefined;

  constructor(members: readonly string[] = fastMembers) {
    for (const member of members) {
      // By name: the routine of the probe that was made last.
      this.table[member] = kernelRoutine(`Probe${member}`, (...args) => this.#called(member, args));
    }
  }

  #called(member: string, args: readonly number[]): number {
    this.calls.push({ member, args });
    this.during(member, args);
    if (answersStatus.includes(member)) return this.status;
    if (!this.possible) return 0;
    const iosb = member === 'FastIoQueryOpen'
      ? IRP.bound.at_IoStatus(args[0] as never) : args[statusAt[member] ?? -1];
    if (iosb !== undefined) {
      io.set_Status(iosb as PIOSB, this.status as never);
      io.set_Information(iosb as PIOSB, this.information);
    }
    return 1;
  }

  /** The arguments of the last call of an entry. */
  last(member: string): readonly number[] {
    return this.calls.findLast((call) => call.member === member)?.args ?? [];
  }

  count(member: string): number {
    return this.calls.filter((call) => call.member === member).length;
  }
}
