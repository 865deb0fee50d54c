// Contracts: communication ports.
import { APC, PASSIVE, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltBuildDefaultSecurityDescriptor: row('SecurityDescriptor> DesiredAccess', APC,
    'Makes a security descriptor that grants DesiredAccess to the system and to ' +
      'administrators, and nothing to anybody else.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES',
      takes: 'security descriptor SecurityDescriptor: FltFreeSecurityDescriptor',
      rules: 'PORT-2',
    }),
  FltCloseClientPort: row('Filter* ClientPort*', PASSIVE,
    'Closes the filter\'s end of a connection and clears its variable; messages that wait end.',
    { thread: 'the disconnect callback', gives: 'client port ClientPort', rules: 'PORT-4' }),
  FltCloseCommunicationPort: row('ServerPort*', PASSIVE,
    'Closes a server port: no new connections.',
    { gives: 'server port ServerPort', rules: 'LC-17 PORT-8' }),
  FltCreateCommunicationPort: row('Filter* ServerPort> ObjectAttributes* ServerPortCookie? ' +
                                'ConnectNotifyCallback* DisconnectNotifyCallback* ' +
                                'MessageNotifyCallback? MaxConnections', PASSIVE,
    'Makes a communication server port.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_PARAMETER STATUS_INVALID_SECURITY_DESCR STATUS_OBJECT_NAME_COLLISION ' +
        'STATUS_OBJECT_NAME_INVALID',
      thread: 'DriverEntry, before FltStartFiltering',
      takes: 'server port ServerPort: FltCloseCommunicationPort',
      rules: 'PORT-1 PORT-8',
    }),
  FltFreeSecurityDescriptor: row('SecurityDescriptor*', APC,
    'Frees what FltBuildDefaultSecurityDescriptor made.',
    { gives: 'security descriptor SecurityDescriptor', rules: 'PORT-2' }),
  FltSendMessage: row('Filter* ClientPort* SenderBuffer* SenderBufferLength ReplyBuffer? ' +
                    'ReplyLength? Timeout?', APC,
    'Sends a message to an application.', {
      statuses: 'STATUS_BUFFER_OVERFLOW STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_PARAMETER STATUS_PORT_DISCONNECTED STATUS_THREAD_IS_TERMINATING ' +
        'STATUS_TIMEOUT',
      rules: 'DIS-20 PORT-3 PORT-4 PORT-6',
    }),
});

export const fltPorts = fltkernel;
