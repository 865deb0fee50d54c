// Reads and writes by MDL as fast I/O: the data stays in the cache, the caller gets a chain of MDLs
// for it and gives the chain back. The driver below cannot do it for a file that is not cached yet;
// whoever asked then decides how to go on (OP-5).
import { kernelRoutine } from '../../mem/routine.ts';
import { IRP_MJ_MDL_READ, IRP_MJ_MDL_READ_COMPLETE, IRP_MJ_MDL_WRITE_COMPLETE,
  IRP_MJ_PREPARE_MDL_WRITE } from '../../ntos/io/types.ts';
import { readInt64, writeInt64 } from '../../ntos/rtl/large-integer.ts';
import { fastCall } from './fast-call.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';

const c = IRP_CTRL.bound;

/** MdlRead and PrepareMdlWrite: their parameters have one shape. */
function obtain(member: string, major: number, args: number[]): number {
  const [file = 0, offsetAt = 0, length = 0, key = 0, chainAt = 0, iosb = 0, device = 0] = args;
  return fastCall({
    member, major, file, device, iosb, args: args.slice(0, 6),
    fill(ctrl) {
      c.set_Iopb_Parameters_MdlRead_FileOffset(ctrl, readInt64(offsetAt));
      c.set_Iopb_Parameters_MdlRead_Length(ctrl, length);
      c.set_Iopb_Parameters_MdlRead_Key(ctrl, key);
      c.set_Iopb_Parameters_MdlRead_MdlChain(ctrl, chainAt as never);
    },
    lower(ctrl) {
      writeInt64(offsetAt, c.Iopb_Parameters_MdlRead_FileOffset(ctrl));
      return [c.Iopb_TargetFileObject(ctrl), offsetAt, c.Iopb_Parameters_MdlRead_Length(ctrl),
        c.Iopb_Parameters_MdlRead_Key(ctrl), c.Iopb_Parameters_MdlRead_MdlChain(ctrl), iosb];
    },
  });
}

function readComplete(args: number[]): number {
  const [file = 0, chain = 0, device = 0] = args;
  return fastCall({
    member: 'MdlReadComplete', major: IRP_MJ_MDL_READ_COMPLETE, file, device,
    args: args.slice(0, 2),
    fill: (ctrl) => c.set_Iopb_Parameters_MdlReadComplete_MdlChain(ctrl, chain as never),
    lower: (ctrl) => [c.Iopb_TargetFileObject(ctrl),
      c.Iopb_Parameters_MdlReadComplete_MdlChain(ctrl)],
  });
}

function writeComplete(args: number[]): number {
  const [file = 0, offsetAt = 0, chain = 0, device = 0] = args;
  return fastCall({
    member: 'MdlWriteComplete', major: IRP_MJ_MDL_WRITE_COMPLETE, file, device,
    args: args.slice(0, 3),
    fill(ctrl) {
      c.set_Iopb_Parameters_MdlWriteComplete_FileOffset(ctrl, readInt64(offsetAt));
      c.set_Iopb_Parameters_MdlWriteComplete_MdlChain(ctrl, chain as never);
    },
    lower(ctrl) {
      writeInt64(offsetAt, c.Iopb_Parameters_MdlWriteComplete_FileOffset(ctrl));
      return [c.Iopb_TargetFileObject(ctrl), offsetAt,
        c.Iopb_Parameters_MdlWriteComplete_MdlChain(ctrl)];
    },
  });
}

export const fastMdlRoutines: Readonly<Record<string, number>> = {
  MdlRead: kernelRoutine('FltpMdlRead', (...a) => obtain('MdlRead', IRP_MJ_MDL_READ, a)),
  MdlReadComplete: kernelRoutine('FltpMdlReadComplete', (...a) => readComplete(a)),
  PrepareMdlWrite: kernelRoutine('FltpPrepareMdlWrite', (...a) =>
    obtain('PrepareMdlWrite', IRP_MJ_PREPARE_MDL_WRITE, a)),
  MdlWriteComplete: kernelRoutine('FltpMdlWriteComplete', (...a) => writeComplete(a)),
};
