// One create on its way through the file system: what the IRP asks for, what was found, what came
// of it. It lives in one thread for the length of the request.
import { FILE_OBJECT, IO_SECURITY_CONTEXT, IO_STACK_LOCATION, IRP, ACCESS_STATE }
  from '../../../ntos/io/types.ts';
import { FILE_ALL_ACCESS, FILE_APPEND_DATA, FILE_ATTRIBUTE_READONLY, FILE_WRITE_DATA,
  MAXIMUM_ALLOWED } from '../../../ntos/io/file-constants.ts';
import { mapGenericAccess } from '../../../ntos/io/service/access.ts';
import { RAMFS_FCB } from '../types.ts';
import { Located } from '../tree/path.ts';
import type { PACCESS_STATE, PFILE_OBJECT, PIO_SECURITY_CONTEXT, PIO_STACK_LOCATION, PIRP }
  from '../../../ntos/io/types.ts';
import type { PCCB, PFCB, PLCB, PSCB, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const { FileObject } = s;
const { Overlay_AllocationSize, AssociatedIrp_SystemBuffer } = IRP.bound;
const { AccessState, DesiredAccess } = IO_SECURITY_CONTEXT.bound;
const { SecurityDescriptor, RemainingDesiredAccess, set_RemainingDesiredAccess,
  PreviouslyGrantedAccess, set_PreviouslyGrantedAccess } = ACCESS_STATE.bound;
const { FileName_Buffer, FileName_Length, RelatedFileObject } = FILE_OBJECT.bound;
const { FileAttributes } = RAMFS_FCB.bound;

/** What a create asks for and finds. */
export class CreateOperation {
  readonly vcb: PVCB;
  readonly irp: PIRP;
  readonly file: PFILE_OBJECT;
  readonly related: PFILE_OBJECT;
  readonly disposition: number;
  readonly options: number;
  /** Specific rights asked for; with `maximum` set, as many of all as the file allows. */
  readonly desired: number;
  readonly maximum: boolean;
  readonly accessState: PACCESS_STATE;
  readonly share: number;
  readonly attributes: number;
  readonly eaBuffer: number;
  readonly eaLength: number;
  readonly allocationSize: number;
  /** SL_* of the stack location. */
  readonly flags: number;
  /** A security descriptor for a new file, in any form; NULL for what the directory gives. */
  readonly security: number;
  /** The path as the file object has it. */
  readonly path: number;
  readonly pathBytes: number;

  readonly found = new Located();
  /** Answered in IoStatus.Information: FILE_OPENED and so on. */
  information = 0;
  /** What was opened. */
  scb: PSCB = 0 as PSCB;
  lcb: PLCB = 0 as PLCB;
  fcb: PFCB = 0 as PFCB;
  ccb: PCCB = 0 as PCCB;
  /** The contents are to be dropped once the namespace resource is given back. */
  overwrites = false;
  /** The oplocks granted on the stream when the create was let pass. */
  grants = 0;
  /** A file, or a stream of one, was made. */
  madeFile = false;
  madeStream = false;

  constructor(vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION) {
    const context = s.Parameters_Create_SecurityContext(location) as PIO_SECURITY_CONTEXT;
    const state = AccessState(context) as PACCESS_STATE;
    const options = s.Parameters_Create_Options(location);
    this.vcb = vcb;
    this.accessState = state;
    this.irp = irp;
    this.file = FileObject(location) as PFILE_OBJECT;
    this.related = RelatedFileObject(this.file) as PFILE_OBJECT;
    this.disposition = options >>> 24;
    this.options = options & 0xffffff;
    const asked = DesiredAccess(context) | (state === 0 ? 0 : RemainingDesiredAccess(state));
    this.maximum = (asked & MAXIMUM_ALLOWED) !== 0;
    this.desired = mapGenericAccess(DesiredAccess(context) & ~MAXIMUM_ALLOWED);
    this.share = s.Parameters_Create_ShareAccess(location);
    this.attributes = s.Parameters_Create_FileAttributes(location);
    this.eaBuffer = AssociatedIrp_SystemBuffer(irp);
    this.eaLength = this.eaBuffer === 0 ? 0 : s.Parameters_Create_EaLength(location);
    this.allocationSize = Overlay_AllocationSize(irp);
    this.flags = s.Flags(location);
    this.security = state === 0 ? 0 : SecurityDescriptor(state);
    this.path = FileName_Buffer(this.file);
    this.pathBytes = FileName_Length(this.file);
  }

  has(option: number): boolean {
    return (this.options & option) !== 0;
  }

  /** Tells the I/O manager and the filters what was granted. */
  noteGranted(granted: number): void {
    const state = this.accessState;
    if (state === 0) return;
    set_PreviouslyGrantedAccess(state, PreviouslyGrantedAccess(state) | granted);
    set_RemainingDesiredAccess(state,
      RemainingDesiredAccess(state) & ~(granted | MAXIMUM_ALLOWED));
  }

  /** The rights that an open of the file gets. */
  grantedOn(fcb: PFCB): number {
    if (!this.maximum) return this.desired;
    const readOnly = fcb !== 0 && (FileAttributes(fcb) & FILE_ATTRIBUTE_READONLY) !== 0;
    const all = readOnly ? FILE_ALL_ACCESS & ~(FILE_WRITE_DATA | FILE_APPEND_DATA)
      : FILE_ALL_ACCESS;
    return (this.desired | all) >>> 0;
  }
}
