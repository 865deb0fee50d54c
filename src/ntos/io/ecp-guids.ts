// The types of extra create parameters that the system itself knows, and what they carry. A type
// is the address of its GUID: each lies at a fixed place, written alike by every thread that loads
// this room, and again when the machine boots in cleared memory.
import { BOOLEAN, ULONG } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { writeGuid } from '../rtl/guid.ts';
import { GUID } from '../rtl/types.ts';
import type { PGUID } from '../rtl/types.ts';
import type { Ptr } from '../../mem/pointer.ts';

const texts: readonly string[] = [
  '{48850596-3050-4be7-9863-fec350ce8d7f}',
  '{41621a14-b08b-4df1-b676-a05ffdf01bea}',
  '{4248be44-647f-488f-8be5-a08aaf70f028}',
  '{44aec90b-de65-4d46-8fbf-763f9d970b1d}',
  '{e1777b21-847e-4837-aa45-64161d280655}',
  '{bebfaebc-aabf-489d-9d2c-e9e361102853}',
];
const root = systemRoot('ecp', texts.length * GUID.size);

function at(index: number): PGUID {
  return (root + index * GUID.size) as PGUID;
}

/** Carries an OPLOCK_KEY_ECP_CONTEXT. */
export const GUID_ECP_OPLOCK_KEY = at(0);
/** Carries a DUAL_OPLOCK_KEY_ECP_CONTEXT (Windows 8 and later). */
export const GUID_ECP_DUAL_OPLOCK_KEY = at(1);
/** An internal open of the cluster file system on its coordinating node. */
export const GUID_ECP_CSV_DOWN_LEVEL_OPEN = at(2);
/** Asks the cluster file system for the revision of a file. */
export const GUID_ECP_CSV_QUERY_FILE_REVISION = at(3);
/** An open of the prefetcher. */
export const GUID_ECP_PREFETCH_OPEN = at(4);
/** An open of the file server, for a client. */
export const GUID_ECP_SRV_OPEN = at(5);

/** Writes the GUIDs; when the machine boots. */
export function initializeEcpGuids(): void {
  for (const [index, text] of texts.entries()) writeGuid(at(index), text);
}

/** Who opens the file, as far as oplocks are concerned. */
export const OPLOCK_KEY_ECP_CONTEXT = struct('OPLOCK_KEY_ECP_CONTEXT', {
  OplockKey: GUID,
  Reserved: ULONG,
});
export type POPLOCK_KEY_ECP_CONTEXT = Ptr<'OPLOCK_KEY_ECP_CONTEXT'>;

/** The same, and who the client is that holds an oplock on the directory. */
export const DUAL_OPLOCK_KEY_ECP_CONTEXT = struct('DUAL_OPLOCK_KEY_ECP_CONTEXT', {
  ParentOplockKey: GUID,
  TargetOplockKey: GUID,
  ParentOplockKeySet: BOOLEAN,
  TargetOplockKeySet: BOOLEAN,
});
export type PDUAL_OPLOCK_KEY_ECP_CONTEXT = Ptr<'DUAL_OPLOCK_KEY_ECP_CONTEXT'>;

initializeEcpGuids();
