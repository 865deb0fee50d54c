// One query on its way: which open it is about, where the answer goes, how much of it was written.
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { PCCB, PFCB, PSCB, PVCB } from '../types.ts';

/** The subject and the buffer of a query. */
export class Answer {
  readonly vcb: PVCB;
  readonly file: PFILE_OBJECT;
  readonly scb: PSCB;
  readonly ccb: PCCB;
  readonly fcb: PFCB;
  readonly buffer: number;
  readonly length: number;
  /** Bytes written: IoStatus.Information. */
  used = 0;

  constructor(
    vcb: PVCB, file: PFILE_OBJECT, scb: PSCB, ccb: PCCB, fcb: PFCB, buffer: number, length: number,
  ) {
    this.vcb = vcb;
    this.file = file;
    this.scb = scb;
    this.ccb = ccb;
    this.fcb = fcb;
    this.buffer = buffer;
    this.length = length;
  }
}
