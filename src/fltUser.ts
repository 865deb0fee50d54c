// What an application's thread of the machine imports, as <fltUser.h> is one include: connect to a
// filter's port, send, get, reply, close. The routines of the header work by address and answer
// HRESULTs; PortClient is the same in the words of TypeScript. For code that runs in the machine's
// threads (scenarios, workloads); the host has Machine.connect, which does not block.
export { FLT_PORT_FLAG_SYNC_HANDLE, FilterClosePort, FilterConnectCommunicationPort,
  FilterGetMessage, FilterReplyMessage, FilterSendMessage } from './fltuser/filter-port.ts';
export { S_OK, hresultOfStatus, hresultOfWin32 } from './fltuser/hresult.ts';
export { Arena } from './fltuser/arena.ts';
export { PortClient } from './fltuser/port-client.ts';
export { MESSAGE_HEADER_BYTES, PortError, REPLY_HEADER_BYTES } from './fltuser/port-message.ts';
export type { PortMessage } from './fltuser/port-message.ts';
