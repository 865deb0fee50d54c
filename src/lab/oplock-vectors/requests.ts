// The IRPs of a vector's operations: which major function, with which parameters. Memory for them
// lies in the user region and is given out once per vector.
import { USER } from '../../mem/memory-map.ts';
import { fillBytes, u8 } from '../../mem/memory.ts';
import * as codes from '../../ntos/io/control-codes.ts';
import { setEcpList } from '../../ntos/io/ecp.ts';
import * as cls from '../../ntos/io/information/information-classes.ts';
import * as majors from '../../ntos/io/types.ts';
import { keyList } from './keys.ts';
import { makeIrp, writeLarge } from './irps.ts';
import { accessBits, codeOf, dispositionOf, optionBits, shareOf, sum, writeInput }
  from './words.ts';
import type { PFILE_OBJECT, PIRP } from '../../ntos/io/types.ts';
import type { Step } from './vector.ts';

const { IO_SECURITY_CONTEXT, IO_STACK_LOCATION, IRP } = majors;

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
    const list = keyList(step, this.memory(8));
    if (list === 0) return;
    setEcpList(irp, list, true);
  }

  /** IRP_MJ_CREATE. */
  create(step: Step, file: PFILE_OBJECT): PIRP {
    const security = this.memory(IO_SECURITY_CONTEXT.size);
    IO_SECURITY_CONTEXT.at(security).DesiredAccess = sum(step['access'], accessBits);
    return makeIrp(majors.IRP_MJ_CREATE, 0, file, (sp, irp) => {
      this.attachKeys(irp, step);
      const create = IO_STACK_LOCATION.at(sp).Parameters.Create;
      create.SecurityContext = security as never;
      create.Options = (dispositionOf(step) << 24) | sum(step['opts'], optionBits);
      create.ShareAccess = shareOf(step);
    });
  }

  /** A request, an acknowledgement, or FSCTL_OPLOCK_BREAK_NOTIFY. */
  control(step: Step, file: PFILE_OBJECT): PIRP {
    const buffer = this.memory(24);
    writeInput(step, buffer);
    return makeIrp(majors.IRP_MJ_FILE_SYSTEM_CONTROL, 0, file, (sp, irp) => {
      const parameters = IO_STACK_LOCATION.at(sp).Parameters.FileSystemControl;
      parameters.FsControlCode = codeOf(step);
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
