// What the rooms of the I/O manager share and nobody else sees: type codes and pool tags.
import { poolTag } from '../../ex/pool/pool.ts';

/** The Type member of each I/O object, as NT numbers them. */
export const IO_TYPE_DEVICE = 3;
export const IO_TYPE_DRIVER = 4;
export const IO_TYPE_FILE = 5;
export const IO_TYPE_IRP = 6;
export const IO_TYPE_VPB = 10;

export const TAG_IRP = poolTag('Irp ');
export const TAG_BUFFER = poolTag('IoSB');
export const TAG_NAME = poolTag('IoNm');
export const TAG_MDL = poolTag('Mdl ');
export const TAG_DRIVER = poolTag('Driv');
export const TAG_VPB = poolTag('Vpb ');
export const TAG_WORK_ITEM = poolTag('IoWi');
export const TAG_ECP_LIST = poolTag('IoEl');
