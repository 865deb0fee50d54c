// The name of a file that a create opens by its id (FILE_OPEN_BY_FILE_ID): what the create gives is
// no name but eight or sixteen bytes. The Filter Manager opens the file for itself, below the
// instance that asks, and asks that file object.
// Simplification: Windows answers a request for the opened name with the volume's name and the
// bytes of the id; here both formats give the name.
import { add } from '../../atomics-sync/atomics.ts';
import { closeOpenedFile } from '../../ntos/io/object/file-object.ts';
import { IopCreateFile } from '../../ntos/io/service/create-file.ts';
import { fileName } from '../../ntos/io/object/file-object.ts';
import { FILE_OPEN, FILE_OPEN_BY_FILE_ID, FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE, FILE_SHARE_READ,
  FILE_SHARE_WRITE } from '../../ntos/io/file-constants.ts';
import { FILE_OBJECT } from '../../ntos/io/types.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_FLT_INVALID_NAME_REQUEST }
  from '../../ntos/status-codes.ts';
import { askFileSystem } from './file-name-query.ts';
import { isDetaching } from '../initiated/initiated-check.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { ringBell } from '../pending/pending.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { NameAnswer, NameRequest } from './file-name-query.ts';

const { RelatedFileObject } = FILE_OBJECT.bound;
const { at_Initiated } = FLT_INSTANCE.bound;
const { DeviceObject } = FLT_VOLUME.bound;

function open(request: NameRequest, root: PFILE_OBJECT): ReturnType<typeof IopCreateFile> {
  return IopCreateFile({
    path: fileName(request.file),
    root,
    desiredAccess: FILE_READ_ATTRIBUTES,
    fileAttributes: 0,
    shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
    disposition: FILE_OPEN,
    options: FILE_OPEN_BY_FILE_ID,
    mode: 0,
    target: DeviceObject(request.volume) as PDEVICE_OBJECT,
    instance: request.instance,
  });
}

/** Asks for the name of the file that a create by id will open. PASSIVE_LEVEL. */
export function nameById(request: NameRequest): NameAnswer {
  const { instance, file } = request;
  const root = RelatedFileObject(file) as PFILE_OBJECT;
  if (root === 0) return STATUS_FLT_INVALID_NAME_REQUEST;
  add(at_Initiated(instance), 1);
  // Pairs with the teardown's load of the count after its store of the state.
  const answer = isDetaching(instance) ? STATUS_FLT_DELETING_OBJECT : ask(request, root);
  add(at_Initiated(instance), -1);
  ringBell(instance);
  return answer;
}

function ask(request: NameRequest, root: PFILE_OBJECT): NameAnswer {
  const { status, file } = open(request, root);
  if (!NT_SUCCESS(status)) return status;
  const answer = askFileSystem({ ...request, file });
  closeOpenedFile(file);
  return answer;
}
