// Contracts: contexts.
import { APC, DISPATCH, fromPagedPool, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltAllocateContext: row('Filter* ContextType ContextSize PoolType ReturnedContext>', APC,
    'Allocates a context of a registered type.', {
      statuses: 'STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND STATUS_FLT_DELETING_OBJECT ' +
        'STATUS_FLT_MUST_BE_NONPAGED_POOL STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_BUFFER_SIZE STATUS_INVALID_PARAMETER STATUS_NOT_SUPPORTED',
      takes: 'context reference ReturnedContext: FltReleaseContext',
      rules: 'CTX-3 CTX-4 CTX-6 CTX-7 CTX-15',
    }),
  FltDeleteContext: row('Context*', APC,
    'Takes a context off the object it is set on.', { rules: 'CTX-15 CTX-19' }),
  FltDeleteFileContext: row('Instance* FileObject* OldContext>?', APC,
    'Takes an instance\'s context off a file.', {
      statuses: 'STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-15 CTX-17 CTX-18',
    }),
  FltDeleteInstanceContext: row('Instance* OldContext>?', APC,
    'Takes the context off an instance.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NOT_FOUND',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-15 CTX-17 CTX-18',
    }),
  FltDeleteStreamContext: row('Instance* FileObject* OldContext>?', APC,
    'Takes an instance\'s context off a stream.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-15 CTX-17 CTX-18',
    }),
  FltDeleteStreamHandleContext: row('Instance* FileObject* OldContext>?', APC,
    'Takes an instance\'s context off a file object.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-15 CTX-17 CTX-18',
    }),
  FltDeleteTransactionContext: row('Instance* Transaction* OldContext>?', APC,
    'Answers STATUS_NOT_SUPPORTED, as FltSetTransactionContext.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-15 CTX-17 CTX-18',
    }),
  FltDeleteVolumeContext: row('Filter* Volume* OldContext>?', APC,
    'Takes a filter\'s context off a volume.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_NOT_FOUND',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-15 CTX-17 CTX-18',
    }),
  FltGetContexts: row('FltObjects* DesiredContexts Contexts*', APC,
    'Gets the contexts that DesiredContexts names (FLT_*_CONTEXT bits), each with a reference.',
    { takes: 'context references Contexts: FltReleaseContexts', rules: 'CTX-12' }),
  FltGetContextsEx: row('FltObjects* DesiredContexts ContextsSize Contexts*', APC,
    'FltGetContexts with room for the section context.', {
      statuses: 'STATUS_INVALID_PARAMETER',
      takes: 'context references Contexts: FltReleaseContextsEx',
      rules: 'CTX-12',
    }),
  FltGetFileContext: row('Instance* FileObject* Context>', APC,
    'Gets an instance\'s context of a file, with a reference.', {
      statuses: 'STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference Context: FltReleaseContext',
      rules: 'CTX-11 CTX-15',
    }),
  FltGetInstanceContext: row('Instance* Context>', APC,
    'Gets the context of an instance, with a reference.', {
      statuses: 'STATUS_NOT_FOUND',
      takes: 'context reference Context: FltReleaseContext',
      rules: 'CTX-11 CTX-15',
    }),
  FltGetSectionContext: row('Instance* FileObject* Context>', APC,
    'Gets an instance\'s section context of a stream, with a reference.', {
      statuses: 'STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference Context: FltReleaseContext',
      rules: 'CTX-11 CTX-15 CTX-20',
    }),
  FltGetStreamContext: row('Instance* FileObject* Context>', APC,
    'Gets an instance\'s context of a stream, with a reference.', {
      statuses: 'STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference Context: FltReleaseContext',
      rules: 'CTX-11 CTX-15',
    }),
  FltGetStreamHandleContext: row('Instance* FileObject* Context>', APC,
    'Gets an instance\'s context of a file object, with a reference.', {
      statuses: 'STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference Context: FltReleaseContext',
      rules: 'CTX-11 CTX-15',
    }),
  FltGetTransactionContext: row('Instance* Transaction* Context>', APC,
    'Answers STATUS_NOT_SUPPORTED, as FltSetTransactionContext.', {
      statuses: 'STATUS_NOT_FOUND STATUS_NOT_SUPPORTED',
      takes: 'context reference Context: FltReleaseContext',
      rules: 'CTX-11 CTX-15',
    }),
  FltGetVolumeContext: row('Filter* Volume* Context>', APC,
    'Gets a filter\'s context of a volume, with a reference.', {
      statuses: 'STATUS_NOT_FOUND',
      takes: 'context reference Context: FltReleaseContext',
      rules: 'CTX-11 CTX-15',
    }),
  FltReferenceContext: row('Context*', DISPATCH,
    'Adds a reference to a context that the caller has one on.',
    { takes: 'context reference Context: FltReleaseContext', rules: 'CTX-13 CTX-15 CTX-16' }),
  FltReleaseContext: row('Context*', fromPagedPool('Context', DISPATCH),
    'Drops a reference; the last one frees the context, at DISPATCH_LEVEL in a system worker.',
    { gives: 'context reference Context', rules: 'CTX-14 CTX-16' }),
  FltReleaseContexts: row('Contexts*', DISPATCH,
    'Releases every context that FltGetContexts found and empties the structure.',
    { gives: 'context references Contexts', rules: 'CTX-12' }),
  FltReleaseContextsEx: row('ContextsSize Contexts*', DISPATCH,
    'FltReleaseContexts for what FltGetContextsEx filled.',
    { gives: 'context references Contexts' }),
  FltSetFileContext: row('Instance* FileObject* Operation NewContext? OldContext>?', APC,
    'Sets an instance\'s context of a file, all its streams together.', {
      statuses: 'STATUS_FLT_CONTEXT_ALREADY_DEFINED STATUS_FLT_CONTEXT_ALREADY_LINKED ' +
        'STATUS_FLT_DELETING_OBJECT STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER ' +
        'STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-7..10 CTX-15 8.3',
    }),
  FltSetInstanceContext: row('Instance* Operation NewContext? OldContext>?', APC,
    'Sets the context of an instance.', {
      statuses: 'STATUS_FLT_CONTEXT_ALREADY_DEFINED STATUS_FLT_CONTEXT_ALREADY_LINKED ' +
        'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-7 CTX-8 CTX-10 CTX-15',
    }),
  FltSetStreamContext: row('Instance* FileObject* Operation NewContext? OldContext>?', APC,
    'Sets an instance\'s context of a stream.', {
      statuses: 'STATUS_FLT_CONTEXT_ALREADY_DEFINED STATUS_FLT_CONTEXT_ALREADY_LINKED ' +
        'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-7..10 CTX-15',
    }),
  FltSetStreamHandleContext: row('Instance* FileObject* Operation NewContext? OldContext>?', APC,
    'Sets an instance\'s context of a file object.', {
      statuses: 'STATUS_FLT_CONTEXT_ALREADY_DEFINED STATUS_FLT_CONTEXT_ALREADY_LINKED ' +
        'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-7..10 CTX-15',
    }),
  FltSetTransactionContext: row('Instance* Transaction* Operation NewContext? OldContext>?', APC,
    'Answers STATUS_NOT_SUPPORTED: no file system here takes part in transactions.', {
      statuses: 'STATUS_FLT_CONTEXT_ALREADY_DEFINED STATUS_FLT_CONTEXT_ALREADY_LINKED ' +
        'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER STATUS_NOT_SUPPORTED',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-7 CTX-8 CTX-10 CTX-15',
    }),
  FltSetVolumeContext: row('Volume* Operation NewContext? OldContext>?', APC,
    'Sets the volume context of the filter that allocated it.', {
      statuses: 'STATUS_FLT_CONTEXT_ALREADY_DEFINED STATUS_FLT_CONTEXT_ALREADY_LINKED ' +
        'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      takes: 'context reference OldContext: FltReleaseContext',
      rules: 'CTX-7 CTX-8 CTX-10 CTX-15 8.3',
    }),
  FltSupportsFileContexts: row('FileObject*', APC,
    'Whether the file system itself supports contexts on the file of a file object.',
    { returns: 'BOOLEAN', rules: 'CTX-23 CTX-24' }),
  FltSupportsFileContextsEx: row('FileObject* Instance*', APC,
    'As FltSupportsFileContexts, or the Filter Manager keeps them on the stream for an instance.',
    { returns: 'BOOLEAN', rules: 'CTX-23' }),
  FltSupportsStreamContexts: row('FileObject*', APC,
    'Whether contexts can hang on the stream of a file object now.',
    { returns: 'BOOLEAN', rules: 'CTX-23' }),
  FltSupportsStreamHandleContexts: row('FileObject*', APC,
    'Whether contexts can hang on a file object now.', { returns: 'BOOLEAN', rules: 'CTX-23' }),
});

export const fltContexts = fltkernel;
