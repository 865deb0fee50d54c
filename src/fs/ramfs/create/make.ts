// Making what does not exist: a file, a directory, a named stream of a file. Everything is
// allocated before anything is published, so that a failure leaves no trace. The namespace
// resource is held exclusively.
import { FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_TEMPORARY, FILE_CREATED,
  FILE_DELETE_ON_CLOSE, FILE_DIRECTORY_FILE, FILE_OPEN, FILE_OVERWRITE }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_CANNOT_DELETE, STATUS_DELETE_PENDING,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_NOT_A_DIRECTORY,
  STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { FCB_DIRECTORY, RAMFS_FCB } from '../types.ts';
import { createFcb, freeFcb, isDirectory } from '../tree/fcb.ts';
import { createLink, removeLink } from '../tree/link.ts';
import { createStream, freeStream } from '../tree/stream.ts';
import { scbOfStream } from '../tree/scb.ts';
import { isGoing } from '../tree/path.ts';
import { dropEas, putEas } from '../ea/store.ts';
import { releaseSecurity } from '../security/shared.ts';
import { securityOfNew } from '../security/security.ts';
import { touchWrite } from '../info/times.ts';
import { easOfCreate } from './new-eas.ts';
import { settable } from './attributes.ts';
import { finishOpen, isOpened } from './finish.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { CreateOperation } from './operation.ts';
import type { PFCB, PSTREAM } from '../types.ts';

const f = RAMFS_FCB.bound;

function mustExist(op: CreateOperation): boolean {
  return op.disposition === FILE_OPEN || op.disposition === FILE_OVERWRITE;
}

function checkNew(op: CreateOperation): NTSTATUS {
  const directory = op.has(FILE_DIRECTORY_FILE);
  const named = op.found.hasStream && op.found.streamBytes !== 0;
  if (mustExist(op)) return STATUS_OBJECT_NAME_NOT_FOUND;
  if (op.found.wantsDirectory && !directory) return STATUS_OBJECT_NAME_INVALID;
  if (op.found.isIndex && !directory) return STATUS_OBJECT_NAME_INVALID;
  if (directory && named && !op.found.isIndex) return STATUS_NOT_A_DIRECTORY;
  if (isGoing(op.found.parent)) return STATUS_DELETE_PENDING;
  if (directory && op.attributes & FILE_ATTRIBUTE_TEMPORARY) return STATUS_INVALID_PARAMETER;
  const readOnly = (op.attributes & FILE_ATTRIBUTE_READONLY) !== 0;
  if (readOnly && op.has(FILE_DELETE_ON_CLOSE)) return STATUS_CANNOT_DELETE;
  return STATUS_SUCCESS;
}

/** The file itself, without a name yet; NULL when there is no memory. */
function makeFile(op: CreateOperation): PFCB {
  const security = securityOfNew(op.found.parent, op.security);
  if (security === 0) return 0 as PFCB;
  const directory = op.has(FILE_DIRECTORY_FILE);
  const attributes = settable(op.attributes) | (directory ? 0 : FILE_ATTRIBUTE_ARCHIVE);
  const fcb = createFcb(op.vcb, directory ? FCB_DIRECTORY : 0, attributes, security);
  releaseSecurity(security);
  return fcb;
}

/** The stream of a new file that the path asks for; NULL when there is no memory. */
function streamOfNew(op: CreateOperation, fcb: PFCB): PSTREAM {
  const { hasStream, isIndex, stream, streamBytes } = op.found;
  if (!hasStream || isIndex || streamBytes === 0) return f.DataStream(fcb);
  return createStream(fcb, stream, streamBytes);
}

/** Makes a file or directory of the last name of the path, and opens it. */
export function createNew(op: CreateOperation): NTSTATUS {
  const refused = checkNew(op);
  if (refused !== STATUS_SUCCESS) return refused;
  const eas = easOfCreate(op);
  if (eas.status !== STATUS_SUCCESS) return eas.status;
  const fcb = makeFile(op);
  if (fcb === 0) {
    dropEas(eas);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  putEas(fcb, eas);
  const stream = streamOfNew(op, fcb);
  const lcb = stream === 0 ? 0
    : createLink(op.found.parent, fcb, op.found.name, op.found.nameBytes);
  if (lcb === 0) {
    freeFcb(fcb);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  op.found.lcb = lcb;
  return openMade(op, fcb, stream);
}

function openMade(op: CreateOperation, fcb: PFCB, stream: PSTREAM): NTSTATUS {
  const lcb = op.found.lcb;
  const scb = scbOfStream(stream);
  const status = scb === 0 ? STATUS_INSUFFICIENT_RESOURCES : finishOpen(op, scb, fcb, lcb);
  if (!isOpened(status)) {
    removeLink(lcb);
    freeFcb(fcb);
    return status;
  }
  op.information = FILE_CREATED;
  op.madeFile = true;
  op.madeStream = stream !== f.DataStream(fcb);
  touchWrite(op.found.parent);
  return status;
}

/** Makes a named stream of a file that exists, and opens it. */
export function createStreamOf(op: CreateOperation, fcb: PFCB): NTSTATUS {
  if (mustExist(op)) return STATUS_OBJECT_NAME_NOT_FOUND;
  const readOnly = (f.FileAttributes(fcb) & FILE_ATTRIBUTE_READONLY) !== 0;
  if (readOnly && !isDirectory(fcb)) return STATUS_ACCESS_DENIED;
  const stream = createStream(fcb, op.found.stream, op.found.streamBytes);
  if (stream === 0) return STATUS_INSUFFICIENT_RESOURCES;
  const scb = scbOfStream(stream);
  const status = scb === 0 ? STATUS_INSUFFICIENT_RESOURCES
    : finishOpen(op, scb, fcb, op.found.lcb);
  if (!isOpened(status)) {
    freeStream(stream);
    return status;
  }
  op.information = FILE_CREATED;
  op.madeStream = true;
  return status;
}

