// Facts: contexts, names, ports, byte-range locks, buffers.
import type { Area } from './area.ts';

export const objects: readonly Area[] = [
  { id: 'CTX', title: 'Contexts', pages: 'fltkernel: _flt_context_registration, ' +
    'fltallocatecontext, fltsetstreamcontext, fltreleasecontext; ifs: managing-contexts',
  facts: [
    'A type has up to three fixed sizes and one variable entry, or one entry with an allocator.',
    'Fixed sizes come from lookaside lists, variable ones from pool.',
    'Sizes match exactly unless the flag allows the first that is large enough.',
    'A bad table is refused at registration; volume contexts are nonpaged.',
    'The cleanup callback runs right before the memory goes, at APC_LEVEL or below.',
    'A context has 1 to 65535 bytes, one reference, and old contents.',
    'Setting leaves the caller\'s own reference alone: it is released in any case.',
    'An old context is compared with NULL_CONTEXT.',
    'File, stream and handle contexts need an open file object.',
    'A context hangs on one object, once.',
    'Getting adds a reference or answers STATUS_NOT_FOUND; APC_LEVEL and below.',
    'Several can be fetched and released at once; what is missing is NULL_CONTEXT.',
    'Referencing is for owners of a reference, up to DISPATCH_LEVEL.',
    'Releasing a nonpaged context is allowed at DISPATCH_LEVEL; a worker frees it then.',
    'Each allocation, get, reference and returned old context is released once.',
    'One release too many is 0xF5/0x6D, a use after the end 0xF5/0x6E.',
    'Deleting is seldom needed: what goes takes its contexts along.',
    'Deleting hands the reference to the caller or drops it.',
    'FltDeleteContext takes it off; the memory lives while somebody holds it.',
    'Section contexts come and go with the data scan section.',
    'Handle contexts go with the file object, stream contexts with the stream, others with their ' +
      'object.',
    'An instance\'s contexts are deleted after its teardown is complete.',
    'Support depends on the file system and is missing for paging files and unopened files.',
    'File contexts are emulated on streams where the file system has none.',
    'Instance contexts are cheaper than volume contexts; nonpaged is for post-operation use.',
  ] },
  { id: 'NAM', title: 'Names', pages: 'fltkernel: fltgetfilenameinformation, ' +
    'fltparsefilenameinformation, fltgettunneledname; ifs: managing-file-names',
  facts: [
    'Name information is counted, paged, shared and read-only; one release too many is 0xF5/0x68.',
    'The query method says whether cache or file system may be asked.',
    'Where the file system must not be asked the answer is STATUS_FLT_INVALID_NAME_REQUEST.',
    'Before a create the opened name is the given one; a normalized one has no short parts.',
    'The unsafe form has no such protection.',
    'A rename\'s or link\'s destination is asked for before; never in short form.',
    'Parsing finds volume, share, directory, final component, extension and stream.',
    'A tunnelled name is asked for after a create, rename or link; NULL says there was none.',
    'Cached names of a file or of all are purged.',
    'Name providers take part in queries from the lower altitude up.',
    'A name control grows or says that there is no memory.',
    'A volume\'s name is asked for with two calls; its GUID name may not be known yet.',
  ] },
  { id: 'PORT', title: 'Communication ports', pages: 'fltkernel: fltcreatecommunicationport, ' +
    'fltsendmessage, fltcloseclientport; ifs: communication-between-user-mode-and-kernel-mode',
  facts: [
    'A server port has a unique name, a kernel handle and room for at least one client.',
    'The default descriptor lets the system and administrators connect.',
    'The connect callback runs in the client\'s thread and may refuse; beyond the limit it is ' +
      'not called.',
    'The disconnect callback closes the client port, which empties the variable.',
    'Messages from a client arrive in its thread, with raw user addresses.',
    'Sending waits for delivery and, when asked, for a reply; a timeout is a success code.',
    'User messages and replies begin with headers of 16 bytes.',
    'A closed server port takes no new clients; close it before unregistering.',
  ] },
  { id: 'LOCK', title: 'Byte-range locks', pages: 'fltkernel: fltprocessfilelock, ' +
    'fltchecklockforreadaccess, fltinitializefilelock',
  facts: [
    'A file lock is initialised in place or allocated; APC_LEVEL and below.',
    'Lock operations are completed, pended, or as fast I/O sent back.',
    'Four minor functions lock and unlock.',
    'A completion routine that fails takes the lock away again; each unlock is told.',
    'Reads conflict with foreign exclusive locks, writes with any foreign lock and with the own ' +
      'shared one.',
    'Locks make fast I/O questionable, oplocks may make it impossible.',
  ] },
  { id: 'BUF', title: 'Buffers', pages: 'fltkernel: fltlockuserbuffer, fltdecodeparameters; ifs: ' +
    'accessing-the-user-buffers-for-an-i-o-operation, modifying-parameters',
  facts: [
    'FltDecodeParameters points at the fields, so that they can be changed.',
    'FltLockUserBuffer makes and locks an MDL in any process, at APC_LEVEL or below.',
    'An MDL comes first, then the system buffer, then the caller\'s thread, then locking.',
    'Swapping replaces buffer and MDL, marks the data dirty and needs a post-operation callback.',
    'An operation with a swapped buffer is never drained.',
    'Aligned pool is for non-cached transfers.',
  ] },
];
