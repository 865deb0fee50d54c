// One file-system control on its way: its code, the open it came through, and where its input and
// output lie, whichever way the code's method passes buffers.
import { requestBuffer } from '../../../ntos/io/irp/mdl.ts';
import { IO_STACK_LOCATION, IRP } from '../../../ntos/io/types.ts';
import { METHOD_BUFFERED, METHOD_FROM_CTL_CODE, METHOD_NEITHER }
  from '../../../ntos/io/control-codes.ts';
import { RAMFS_SCB } from '../types.ts';
import { mayUse } from '../tree/ccb.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PFCB, PSCB, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const { AssociatedIrp_SystemBuffer } = IRP.bound;
const { Fcb } = RAMFS_SCB.bound;

/** A file-system control. */
export class ControlRequest {
  readonly vcb: PVCB;
  readonly irp: PIRP;
  readonly file: PFILE_OBJECT;
  readonly scb: PSCB;
  readonly ccb: PCCB;
  /** NULL for the volume itself. */
  readonly fcb: PFCB;
  readonly code: number;
  readonly input: number;
  readonly inputLength: number;
  readonly output: number;
  readonly outputLength: number;
  /** Bytes of output: IoStatus.Information. */
  used = 0;

  constructor(vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB) {
    this.vcb = vcb;
    this.irp = irp;
    this.file = s.FileObject(location) as PFILE_OBJECT;
    this.scb = scb;
    this.ccb = ccb;
    this.fcb = Fcb(scb) as PFCB;
    this.code = s.Parameters_FileSystemControl_FsControlCode(location);
    this.inputLength = s.Parameters_FileSystemControl_InputBufferLength(location);
    this.outputLength = s.Parameters_FileSystemControl_OutputBufferLength(location);
    const method = METHOD_FROM_CTL_CODE(this.code);
    const system = AssociatedIrp_SystemBuffer(irp);
    this.input = method === METHOD_NEITHER
      ? s.Parameters_FileSystemControl_Type3InputBuffer(location) : system;
    this.output = method === METHOD_BUFFERED ? system : requestBuffer(irp);
  }

  /** Whether the request may use one of these rights of its handle. */
  may(rights: number): boolean {
    return mayUse(this.irp, this.ccb, rights);
  }
}
