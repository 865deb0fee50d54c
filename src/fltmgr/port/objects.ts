// What closing and deleting means for the three kinds of port objects. Loaded with the Filter
// Manager, in every thread.
import { kernelRoutine } from '../../mem/routine.ts';
import { OB_TYPE_PORT, ObDereferenceObject, ObpRegisterType } from '../../ntos/ob/object.ts';
import { clientHandleClosed, disconnect } from './disconnect.ts';
import { deleteServer, serverHandleClosed } from './server.ts';
import { FLT_CLIENT_PORT, FLT_CONNECTION, FLT_PORT_BASE, PORT_CLIENT, PORT_CONNECTION, PORT_SERVER }
  from './types.ts';
import type { PFLT_CLIENT_PORT, PFLT_CONNECTION, PFLT_SERVER_PORT } from './types.ts';

const { Kind } = FLT_PORT_BASE.bound;
const { Server } = FLT_CLIENT_PORT.bound;
const { Port } = FLT_CONNECTION.bound;
type PBASE = Parameters<typeof Kind>[0];

const closed = kernelRoutine('FltpPortHandleClosed', (object = 0, left = 0) => {
  if (left !== 0) return 0;
  const kind = Kind(object as PBASE);
  if (kind === PORT_SERVER) serverHandleClosed(object as PFLT_SERVER_PORT);
  else if (kind === PORT_CLIENT) clientHandleClosed(object as PFLT_CLIENT_PORT);
  else if (kind === PORT_CONNECTION) disconnect(Port(object as PFLT_CONNECTION));
  return 0;
});

const deleted = kernelRoutine('FltpPortDeleted', (object = 0) => {
  const kind = Kind(object as PBASE);
  if (kind === PORT_SERVER) deleteServer(object as PFLT_SERVER_PORT);
  else if (kind === PORT_CLIENT) ObDereferenceObject(Server(object as PFLT_CLIENT_PORT));
  else if (kind === PORT_CONNECTION) ObDereferenceObject(Port(object as PFLT_CONNECTION));
  return 0;
});

ObpRegisterType(OB_TYPE_PORT, { close: closed, delete: deleted });
