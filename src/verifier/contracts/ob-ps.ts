// Contracts: objects, handles, processes and threads.
import { ANY, APC, DISPATCH, PASSIVE, family, row } from './contract.ts';

const wdm = family('wdm', {
  IoGetCurrentProcess: row('', ANY, 'The same under the I/O manager\'s name.'),
  ObDereferenceObject: row('Object*', DISPATCH,
    'Gives a reference back.', { gives: 'object Object', rules: 'IO-15' }),
  ObDereferenceObjectDeferDelete: row('Object*', DISPATCH,
    'Gives a reference back and leaves a deletion to a worker thread.',
    { gives: 'object Object' }),
  ObReferenceObject: row('Object*', DISPATCH,
    'Takes a reference.',
    { takes: 'object Object: ObDereferenceObject, ObDereferenceObjectDeferDelete' }),
  ObReferenceObjectByHandle: row('Handle DesiredAccess ObjectType AccessMode Object> ' +
                               'HandleInformation>?', PASSIVE,
    'Takes a reference on the object of a handle.', {
      statuses: 'STATUS_ACCESS_DENIED STATUS_INVALID_HANDLE STATUS_OBJECT_TYPE_MISMATCH',
      takes: 'object Object: ObDereferenceObject, ObDereferenceObjectDeferDelete',
    }),
  ObReferenceObjectByPointer: row('Object* DesiredAccess ObjectType AccessMode', DISPATCH,
    'Takes a reference on an object known by pointer, after checking its type.', {
      statuses: 'STATUS_OBJECT_TYPE_MISMATCH',
      takes: 'object Object: ObDereferenceObject, ObDereferenceObjectDeferDelete',
    }),
  ObReferenceObjectSafe: row('Object*', DISPATCH,
    'Takes a reference unless the last one has gone.', {
      returns: 'BOOLEAN',
      takes: 'object Object: ObDereferenceObject, ObDereferenceObjectDeferDelete',
    }),
  ObfReferenceObject: row('Object*', DISPATCH,
    'ObReferenceObject under the name of the export behind it.',
    { takes: 'object Object: ObDereferenceObject, ObfDereferenceObject' }),
});

const ntifs = family('ntifs', {
  IoIsSystemThread: row('Thread*', DISPATCH,
    'The same under the I/O manager\'s name.', { returns: 'BOOLEAN' }),
  IoThreadToProcess: row('Thread*', DISPATCH, 'The process on whose behalf a thread runs.'),
  ObOpenObjectByPointer: row('Object* HandleAttributes PassedAccessState? DesiredAccess ' +
                           'ObjectType AccessMode Handle>', APC,
    'Gives an object known by pointer a handle.',
    { statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_OBJECT_TYPE_MISMATCH' }),
  PsGetCurrentThread: row('', ANY, 'This thread.'),
  PsIsSystemThread: row('Thread*', DISPATCH,
    'Whether a thread is one of the system\'s own.', { returns: 'BOOLEAN' }),
  PsIsThreadTerminating: row('Thread*', DISPATCH,
    'Whether a thread is ending: its worker has left or died.', { returns: 'BOOLEAN' }),
  PsLookupProcessByProcessId: row('ProcessId Result>', APC,
    'Finds a process by identity and takes a reference.', {
      statuses: 'STATUS_INVALID_PARAMETER',
      takes: 'object Result: ObDereferenceObject, ObDereferenceObjectDeferDelete',
    }),
  PsLookupThreadByThreadId: row('ThreadIdentity Result>', APC,
    'Finds a live thread by identity and takes a reference.', {
      statuses: 'STATUS_INVALID_CID',
      takes: 'object Result: ObDereferenceObject, ObDereferenceObjectDeferDelete',
    }),
});

const other = family('', {
  ObfDereferenceObject: row('Object*', DISPATCH,
    'ObDereferenceObject under the name of the export behind it.', { gives: 'object Object' }),
  PsGetCurrentProcess: row('', ANY, 'The process on whose behalf this thread runs.'),
  PsGetProcessImageFileName: row('Process*', ANY,
    'Address of the NUL-terminated image name, at most 15 bytes.'),
  PsGetProcessSessionId: row('Process*', ANY, 'The session of a process.'),
  PsInitialSystemProcess: row('', ANY, 'The System process.'),
});

const ntddk = family('ntddk', {
  PsGetCurrentProcessId: row('', ANY, 'The identity of the current process.'),
  PsGetCurrentThreadId: row('', ANY, 'The identity of this thread.'),
  PsGetProcessId: row('Process*', ANY, 'The identity of a process.'),
  PsGetThreadId: row('Thread*', DISPATCH, 'The identity of a thread.'),
  PsGetThreadProcessId: row('Thread*', ANY, 'The identity of the process of a thread.'),
});

export const obPs = { ...wdm, ...ntifs, ...other, ...ntddk };
