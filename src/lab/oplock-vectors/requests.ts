// The IRPs of a vector's operations: which major function, with which parameters. Memory for them
// lies in the user region and is given out once per vector.
import { USER } from '../../mem/memory-map.ts';
import { fillBytes, i32, u8 } from '../../mem/memory.ts';
import * as codes from '../../ntos/io/control-codes.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER } from '../../ntos/io/control-types.ts';
import { FsRtlAllocateExtraCreateParameter, FsRtlAllocateExtraCreateParameterList,
  FsRtlInsertExtraCreateParameter, setEcpList } from '../../ntos/io/ecp.ts';
import { DUAL_OPLOCK_KEY_ECP_CONTEXT, GUID_ECP_DUAL_OPLOCK_KEY } from '../../ntos/io/ecp-guids.ts';
import * as c from '../../ntos/io/file-constants.ts';
import * as cls from '../../ntos/io/information-classes.ts';
import * as majors from '../../ntos/io/types.ts';
import { makeIrp, writeLarge } from './irps.ts';
import type { PECP_LIST } from '../../ntos/io/ecp.ts';
import type { PFILE_OBJECT, PIRP } from '../../ntos/io/types.ts';
import type { Step } from './vector.ts';

const { IO_SECURITY_CONTEXT, IO_STACK_LOCATION, IRP } = majors;
const TAG_KEYS = 0x6b65;

export const accessBits: Readonly<Record<string, number>> = {
  READ_DATA: 0x1, WRITE_DATA: 0x2, APPEND_DATA: 0x4, READ_EA: 0x8, WRITE_EA: 0x10, EXECUTE: 0x20,
  READ_ATTRIBUTES: 0x80, WRITE_ATTRIBUTES: 0x100, DELETE: 0x10000, READ_CONTROL: 0x20000,
  WRITE_DAC: 0x40000, WRITE_OWNER: 0x80000, SYNCHRONIZE: 0x100000, GENERIC_READ: 0x120089,
  GENERIC_WRITE: 0x120116, ALL: 0x1f01ff,
};
const dispositions = ['SUPERSEDE', 'OPEN', 'CREATE', 'OPEN_IF', 'OVERWRITE', 'OVERWRITE_IF'];
const optionBits: Readonly<Record<string, number>> = {
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

/** Writes a key of a vector as 16 bytes; 1 when there is one. */
function writeKey(key: unknown, at: number): number {
  if (typeof key !== 'string') return 0;
  for (let i = 0; i < 16; i++) u8[at + i] = i < key.length ? key.charCodeAt(i) : 0;
  return 1;
}

/** What a check is made as: the member `as` of a step. */
interface As {
  readonly mj?: string;
  readonly delete?: boolean;
  readonly paging?: boolean;
  readonly advanceOnly?: boolean;
}

/** Makes the IRPs of one vector. */
export class Requests {
  private next = USER.start + 65536;

  /** Memory that lives as long as the vector. */
  memory(bytes: number): number {
    const at = this.next;
    this.next += Math.ceil(bytes / 8) * 8;
    fillBytes(at, 0, bytes);
    return at;
  }

  /** Hangs an extra create parameter with the keys on a create. */
  private attachKeys(irp: PIRP, step: Step): void {
    if (step['key'] === undefined && step['parentKey'] === undefined) return;
    const out = this.memory(8);
    FsRtlAllocateExtraCreateParameterList(0, out);
    const list = i32[out >> 2]! as PECP_LIST;
    const size = DUAL_OPLOCK_KEY_ECP_CONTEXT.size;
    FsRtlAllocateExtraCreateParameter(GUID_ECP_DUAL_OPLOCK_KEY, size, 0, 0, TAG_KEYS, out);
    const view = DUAL_OPLOCK_KEY_ECP_CONTEXT.at(i32[out >> 2]!);
    const at = DUAL_OPLOCK_KEY_ECP_CONTEXT.bound;
    view.TargetOplockKeySet = writeKey(step['key'], at.at_TargetOplockKey(view.address));
    view.ParentOplockKeySet = writeKey(step['parentKey'], at.at_ParentOplockKey(view.address));
    FsRtlInsertExtraCreateParameter(list, view.address);
    setEcpList(irp, list, true);
  }

  /** IRP_MJ_CREATE. */
  create(step: Step, file: PFILE_OBJECT): PIRP {
    const security = this.memory(IO_SECURITY_CONTEXT.size);
    IO_SECURITY_CONTEXT.at(security).DesiredAccess = sum(step['access'], accessBits);
    const letters = (step['share'] as string | undefined) ?? 'RWD';
    const disposition = dispositions.indexOf((step['disp'] as string | undefined) ?? 'OPEN');
    return makeIrp(majors.IRP_MJ_CREATE, 0, file, (sp, irp) => {
      this.attachKeys(irp, step);
      const create = IO_STACK_LOCATION.at(sp).Parameters.Create;
      create.SecurityContext = security as never;
      create.Options = (disposition << 24) | sum(step['opts'], optionBits);
      create.ShareAccess = sum([...letters], shareBits);
    });
  }

  /** A request, an acknowledgement, or FSCTL_OPLOCK_BREAK_NOTIFY. */
  control(step: Step, file: PFILE_OBJECT): PIRP {
    const buffer = this.memory(24);
    const raw = step.op === 'requestRaw';
    const level = raw ? Number(step['level']) : levels[(step['level'] ?? step['type']) as string];
    const input = REQUEST_OPLOCK_INPUT_BUFFER.at(buffer);
    input.StructureVersion = 1;
    input.StructureLength = REQUEST_OPLOCK_INPUT_BUFFER.size;
    input.RequestedOplockLevel = level ?? 0;
    input.Flags = sum(raw ? step['flags'] : [step.op === 'ack' ? 'ACK' : 'REQUEST'], requestFlags);
    const code = step.op === 'notify'
      ? codes.FSCTL_OPLOCK_BREAK_NOTIFY
      : (ackCodes[step['via'] as string] ?? legacyCodes[step['type'] as string]);
    return makeIrp(majors.IRP_MJ_FILE_SYSTEM_CONTROL, 0, file, (sp, irp) => {
      const parameters = IO_STACK_LOCATION.at(sp).Parameters.FileSystemControl;
      parameters.FsControlCode = code ?? codes.FSCTL_REQUEST_OPLOCK;
      parameters.InputBufferLength = Number(step['inLen'] ?? 12);
      parameters.OutputBufferLength = Number(step['outLen'] ?? 24);
      IRP.at(irp).AssociatedIrp.SystemBuffer = buffer;
    });
  }

  private setInformation(file: PFILE_OBJECT, step: Step, as: As, infoClass: number): PIRP {
    const buffer = this.memory(16);
    u8[buffer] = as.delete === true || step['delete'] === true ? 1 : 0;
    return makeIrp(majors.IRP_MJ_SET_INFORMATION, 0, file, (sp, irp) => {
      const parameters = IO_STACK_LOCATION.at(sp).Parameters.SetFile;
      parameters.FileInformationClass = infoClass;
      parameters.AdvanceOnly = as.advanceOnly === true ? 1 : 0;
      IRP.at(irp).AssociatedIrp.SystemBuffer = buffer;
    });
  }

  private lock(step: Step, file: PFILE_OBJECT): PIRP {
    const length = writeLarge(this.memory(8), Number(step['len'] ?? 1));
    const minor = step.op === 'unlock' ? majors.IRP_MN_UNLOCK_SINGLE : majors.IRP_MN_LOCK;
    return makeIrp(majors.IRP_MJ_LOCK_CONTROL, minor, file, (sp) => {
      const view = IO_STACK_LOCATION.at(sp);
      const exclusive = step['excl'] === true ? majors.SL_EXCLUSIVE_LOCK : 0;
      view.Flags = majors.SL_FAIL_IMMEDIATELY | exclusive;
      view.Parameters.LockControl.Length = length as never;
      view.Parameters.LockControl.ByteOffset = Number(step['off'] ?? 0);
    });
  }

  /** Every other operation, and what a check is made as. */
  operation(step: Step, file: PFILE_OBJECT): PIRP {
    const as = (step['as'] ?? {}) as As;
    const kind = as.mj ?? step.op;
    const set = (infoClass: number): PIRP => this.setInformation(file, step, as, infoClass);
    switch (kind) {
      case 'CREATE':
        return this.create({ ...step, ...as }, file);
      case 'read': case 'READ':
        return makeIrp(majors.IRP_MJ_READ, 0, file);
      case 'write': case 'WRITE':
        return makeIrp(majors.IRP_MJ_WRITE, 0, file, (_sp, irp) => {
          if (as.paging === true) IRP.at(irp).Flags |= majors.IRP_PAGING_IO;
        });
      case 'flush': case 'FLUSH':
        return makeIrp(majors.IRP_MJ_FLUSH_BUFFERS, 0, file);
      case 'lock': case 'LOCK': case 'unlock':
        return this.lock(step, file);
      case 'setEof': case 'SET_EOF':
        return set(cls.FileEndOfFileInformation);
      case 'setAlloc': case 'SET_ALLOC':
        return set(cls.FileAllocationInformation);
      case 'setVdl': case 'SET_VDL':
        return set(cls.FileValidDataLengthInformation);
      case 'rename': case 'RENAME':
        return set(cls.FileRenameInformation);
      case 'disposition': case 'DISPOSITION':
        return set(cls.FileDispositionInformation);
      case 'zeroData': case 'ZERO_DATA':
        return makeIrp(majors.IRP_MJ_FILE_SYSTEM_CONTROL, 0, file, (sp) => {
          IO_STACK_LOCATION.at(sp).Parameters.FileSystemControl.FsControlCode =
            codes.FSCTL_SET_ZERO_DATA;
        });
      case 'SET_SECURITY':
        return makeIrp(majors.IRP_MJ_SET_SECURITY, 0, file);
      case 'close': case 'CLEANUP':
        return makeIrp(majors.IRP_MJ_CLEANUP, 0, file);
      default:
        return set(cls.FileBasicInformation);
    }
  }
}
